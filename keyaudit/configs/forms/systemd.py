"""Units of systemd: what a service runs, and the variables that it is given.

Each `Exec…=` is a command of the form `shell`. The variables of `Environment=` are those of one
resource of the form `settings` and the kind `unit`, under `environment`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.configs.forms import shell
from keyaudit.configs.readers.offsets import lines_of
from keyaudit.configs.templates import blanked, is_template
from keyaudit.configs.tree import Entry, Mapping, Resource, Scalar
from keyaudit.core.patterns import regex

_LINE = regex(r"^[ \t]*(Environment|Exec\w{4,12})[ \t]*=[ \t]*[-@:+!|]{0,4}", re.MULTILINE)
# Two of the groups match: the name, and the value in one of its ways to be quoted.
_PAIR = regex(
    r"\"([A-Za-z_]\w*)=([^\"\n]*)\"|'([A-Za-z_]\w*)=([^'\n]*)'"
    r"|([A-Za-z_]\w*)=(?:'([^'\n]*)'|\"([^\"\n]*)\"|([^\s\"']*))"
)


def resources(text: str, path: str) -> Iterator[Resource]:
    """The commands of a unit, and its variables."""
    plain = blanked(text)[0] if is_template(text) else text
    place = lines_of(text)
    variables: dict[str, Entry] = {}
    for found in _LINE.finditer(text):
        end = _end(text, found.end())
        if found[1] == "Environment":
            for pair in _PAIR.finditer(plain, found.end(), end):
                name, value = (part for part in pair.groups() if part is not None)
                span = place(*pair.span())
                variables.setdefault(name, Entry(name, span, Scalar(value, span, path)))
        else:
            at = place(found.end(), end)
            own = " " * (at.column - 1) + text[found.end() : end]
            yield from shell.resources(own, path, lines_of(own, at.line - 1))
    if variables:
        at = next(iter(variables.values())).key_span
        listed = Mapping(variables, at, path)
        body = Mapping({"environment": Entry("environment", at, listed)}, at, path)
        yield Resource("settings", "unit", "", at, path, body, "the service")


def _end(text: str, at: int) -> int:
    """Where a setting ends: a line that ends in a backslash goes on."""
    end = text.find("\n", at)
    while end > 0 and text[end - 1] == "\\":
        end = text.find("\n", end + 1)
    return len(text) if end < 0 else end
