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
from keyaudit.core.location import Span

_LINE = re.compile(r"^[ \t]*(Environment|Exec\w{4,12})[ \t]*=[ \t]*[-@:+!|]{0,4}", re.MULTILINE)
_PAIR = re.compile(
    r"\"(?P<a>[A-Za-z_]\w*)=(?P<x>[^\"\n]*)\"|'(?P<b>[A-Za-z_]\w*)=(?P<y>[^'\n]*)'"
    r"|(?P<c>[A-Za-z_]\w*)=(?:'(?P<s>[^'\n]*)'|\"(?P<q>[^\"\n]*)\"|(?P<z>[^\s\"']*))"
)


def resources(text: str, path: str) -> Iterator[Resource]:
    """The commands of a unit, and its variables."""
    plain = blanked(text)[0] if is_template(text) else text
    variables: dict[str, Entry] = {}
    for found in _LINE.finditer(text):
        end = _end(text, found.end())
        line = text.count("\n", 0, found.start())
        column = found.end() - (text.rfind("\n", 0, found.end()) + 1)
        if found[1] == "Environment":
            for pair in _PAIR.finditer(plain, found.end(), end):
                name, value, span = _variable(pair, plain)
                variables.setdefault(name, Entry(name, span, Scalar(value, span, path)))
        else:
            own = " " * column + text[found.end() : end]
            yield from shell.resources(own, path, lines_of(own, line))
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


def _variable(pair: re.Match[str], text: str) -> tuple[str, str, Span]:
    name = pair["a"] or pair["b"] or pair["c"]
    value = next((pair[g] for g in ("x", "y", "s", "q", "z") if pair[g] is not None), "")
    above = text.rfind("\n", 0, pair.start()) + 1
    number = text.count("\n", 0, pair.start()) + 1
    begin = pair.start() - above + 1
    return name, value, Span(number, begin, number, begin + len(pair[0]))
