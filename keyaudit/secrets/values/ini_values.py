"""Reads the values of INI and settings files, with the line numbers that detect-secrets gives them.

detect-secrets' reader compiles an expression for every name and line, which takes nearly all of its
time. The same lines are found here without that; names and values are read by the same
`configparser`.
"""

from __future__ import annotations

import configparser
from collections.abc import Callable, Iterator, Sequence

from keyaudit.core.patterns import regex

_SIGNS = " :="  # between a name and its value
_COMMENTS = ("#", ";")
# Empty lines, comments, and `name = value`. A value begins with what is neither a sign nor, but
# for a pair around all of it, a quote.
_FLAT = regex(
    r"(?:[ ]*(?:[#;][^\n]*)?\n"
    r"|[^\s=:#;\[][^=:\n]*[=:](?:[ ]*[^\s=:\"'][^\n]*|[=:]+[^\s=:\"'][^\n]*|[ ]*"
    r"|[ ]*(?P<quote>[\"'])[^\s=:\"'][^\n]*(?P=quote)[ ]*)\n)*+"
)
_FLAT_NAME = regex(r"\n([^\s=:#;\[][^=:\n]*)[=:]")
# What ends lines for Python, or is taken from the ends of values, beside newlines and spaces.
_SPACE = regex("[\t\r\x0b\x0c\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")


def is_flat(text: str) -> bool:
    """Whether a text consists of settings without sections, each in a line of its own.

    Of such a text detect-secrets' reader makes, line by line, what `virtual_line` does, and refuses
    none.
    """
    if "%" in text or "pragma" in text or _SPACE.search(text):  # interpolation, notes
        return False
    if not _FLAT.fullmatch(f"{text}\n"):
        return False
    names = [name.rstrip(" ") for name in _FLAT_NAME.findall(f"\n{text}")]
    return len(names) == len(set(names)) > 0


def virtual_line(line: str) -> str:
    """The line that the reader makes of a line of an `is_flat` text; "" for one without a value."""
    found = _FLAT_NAME.match(f"\n{line}")
    value = line[found.end() - 1 :].strip() if found else ""
    return _made(found[1].rstrip(" "), value) if found and value else ""


def virtual_lines(text: str, is_note: Callable[[str], bool], *, header: bool) -> list[str]:
    """The lines that detect-secrets' reader makes of a file: `name = "value"`, and empty ones.

    `is_note` tells a comment that allows the line below. With `header` the file needs no section.
    Raises configparser.Error for a text that is no such file.
    """
    parser = configparser.ConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(f"[global]\n{text}" if header else text)
    if not parser.sections():
        raise configparser.Error
    made: list[str] = []
    for name, value, number in _placed(parser, _Lines(text, is_note)):
        made += [""] * (number - 1 - len(made))
        if is_note(value):
            made.append(value)
            continue
        made.append(_made(name, value))
    return made


def _made(name: str, value: str) -> str:
    if value[0] in "'\"" and value[-1] == value[0]:
        value = value[1:-1]
    escaped = value.replace('"', '\\"')
    return f'{name} = "{escaped}"'


def _placed(parser: configparser.ConfigParser, lines: _Lines) -> Iterator[tuple[str, str, int]]:
    """Each line of each value with its name, and the line (from 1) in which it is placed."""
    for section in parser:
        for name, values in parser.items(section):
            first, *others = values.splitlines() or [""]
            if not values:
                continue
            for value, number in lines.take(name, [first, *filter(None, others)]):
                if value:
                    yield name, value, number


class _Lines:
    """The lines of a file, of which each value takes those up to the one after it."""

    def __init__(self, text: str, is_note: Callable[[str], bool]) -> None:
        lines = text.split("\n")
        if not lines[-1]:
            lines.pop()
        self._lines = [line.strip() for line in lines]
        self._is_note = is_note
        self._at = 0

    def take(self, name: str, values: Sequence[str]) -> list[tuple[str, int]]:
        """The values with the numbers (from 1) of their lines, and notes on the way."""
        placed: list[tuple[str, int]] = []
        taken = 0
        for at in range(self._at, len(self._lines)):
            line = self._lines[at]
            if line.startswith(_COMMENTS) and self._is_note(line):
                placed.append((line, at + 1))
            elif not line or line.startswith(_COMMENTS):
                continue
            elif taken == 0:
                if _opens(line, name, values[0]):
                    placed.append((values[0], at + 1))
                    taken = 1
            elif taken == len(values):
                self._at = max(at, self._at + 1)
                return placed
            else:
                placed.append((values[taken], at + 1))
                taken += 1
        self._at = len(self._lines)
        return placed


def _opens(line: str, name: str, value: str) -> bool:
    """Whether name, signs and value begin a line; the value may begin with such a sign itself."""
    if not line.startswith(name):
        return False
    at = len(name)
    while line[at : at + 1] and line[at] in _SIGNS:
        at += 1
        if line.startswith(value, at):
            return True
    return False
