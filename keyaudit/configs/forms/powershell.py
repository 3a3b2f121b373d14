"""PowerShell scripts: programs are commands as in a shell, of the form `shell`; what PowerShell has
itself (`Verb-Noun`), its assignments and its members are of the form `powershell`, since no other
process sees their words. Kinds of that form are in small letters.
"""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.configs.forms import shell
from keyaudit.configs.readers.faults import ReadError
from keyaudit.configs.readers.powershell import read
from keyaudit.configs.tree import Resource
from keyaudit.core.patterns import regex

FORM = "powershell"
_OWN = regex(r"[A-Za-z]+-[A-Za-z]\w*")
# Short names of its own commands; `curl` and `wget` are programs in newer ones.
_SHORT = {"iwr": "invoke-webrequest", "irm": "invoke-restmethod", "echo": "write-output",
          "write": "write-output"}  # fmt: skip


def resources(text: str, path: str) -> Iterator[Resource]:
    """The commands and assignments of a script in the file at `path`.

    Raises ReadError, in the end, where it is not read to its end.
    """
    script = read(text)
    for resource in shell.of_read(script, path):
        low = resource.kind.lower()
        if low == "assignment" or _OWN.fullmatch(resource.kind) or low in _SHORT:
            resource.form = FORM
            resource.kind = _SHORT.get(low, low)
        yield resource
    if script.is_cut:
        raise ReadError("is longer than scripts are read (50,000 commands, 2,000,000 characters)")
