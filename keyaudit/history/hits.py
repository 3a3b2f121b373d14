"""Which of triage's hits are worth a look in past versions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from keyaudit.core.text import as_utf8
from keyaudit.secrets.noise import BY_ENTROPY, BY_NAMES, GUESSES

CODE = "code"
MATERIAL = "material"
SUPPRESSION = "suppression"

# What a name or randomness alone gives away in longer lines is a note (see docs/secrets.md).
_LONGEST = 500
# Of one of these is what holds a private or secret key in a text; the rest is public.
_SECRET_MATERIAL = (b"PRIVATE", b"PuTTY-User-Key", b"kty", b"LS0tLS1CRUdJTi")
# Files that detect-secrets reads line by line, whatever stands in the other lines; lists of
# requirements among `.txt` it tries as settings, where a value stands on the next line at most.
_LINEWISE = frozenset({
    ".bash", ".c", ".cpp", ".cs", ".css", ".go", ".h", ".htm", ".html", ".java", ".js", ".json",
    ".jsx", ".kt", ".md", ".mjs", ".php", ".po", ".pot", ".py", ".rb", ".rs", ".rst", ".scss",
    ".sh", ".sql", ".svg", ".swift", ".tf", ".ts", ".tsx", ".txt", ".vue", ".xml",
})  # fmt: skip
_AROUND = 2  # lines


def worth_a_look(data: bytes, hits: Mapping[str, Sequence[int]]) -> dict[str, Sequence[int]]:
    """The hits without those that can only give notes, which a history does not report.

    That is, unless its form was chosen by a vendor, whatever stands on long lines. Random-looking
    text counts where a name calls it a secret only, so triage need not look for it: all such lines
    are taken for random here. Public keys and certificates go too.
    """
    kept = {tag: numbers for tag, numbers in hits.items() if tag not in GUESSES}
    if kept.get(MATERIAL) and not any(word in as_utf8(data) for word in _SECRET_MATERIAL):
        del kept[MATERIAL]
    names = [tag for tag in hits if tag in BY_NAMES]
    if not names:
        return kept
    lines = data.split(b"\n")
    named: set[int] = set()
    for tag in names:
        short = [n for n in hits[tag] if n > len(lines) or len(lines[n - 1]) <= _LONGEST]
        if short:
            kept[tag] = short
            named.update(short)
    if named:
        kept.update(dict.fromkeys(BY_ENTROPY, sorted(named)))
    return kept


def mark_of(path: str, data: bytes, hits: Mapping[str, Sequence[int]]) -> bytes | None:
    """What is equal for versions of a path in which the text to judge is the same.

    That is the lines with hits and those around them. None where other lines may matter.
    """
    if MATERIAL in hits or CODE in hits or PurePosixPath(path).suffix not in _LINEWISE:
        return None
    lines = data.split(b"\n")
    mark = hashlib.blake2b(path.encode("utf-8", "surrogatepass"), digest_size=16)
    for tag, numbers in hits.items():
        mark.update(f"\0{tag}".encode())
        for number in numbers:
            for line in lines[max(0, number - 1 - _AROUND) : number + _AROUND]:
                mark.update(b"\n" + line)
            mark.update(b"\0")
    return mark.digest()
