"""Breaks the lines that a fix makes longer than the project's lines are."""

from __future__ import annotations

import configparser
import tokenize
import tomllib
from collections.abc import Callable, Iterable, Sequence

from keyaudit.core.patterns import regex
from keyaudit.fixes.changes import Change, Piece, pieces
from keyaudit.fixes.dependencies import table
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.project import folders_above
from keyaudit.fixes.python_file import PythonFile
from keyaudit.fixes.wrapping import wrapped

WIDTH = 88  # columns: the line length of Black and Ruff
_LEAST, _MOST = 60, 200
_TOOLS = (("black", "line-length"), ("ruff", "line-length"), ("yapf", "column_limit"),
          ("flake8", "max-line-length"))  # fmt: skip
_INI = {"setup.cfg": ("flake8", "pycodestyle"), "tox.ini": ("flake8", "pycodestyle"),
        ".flake8": ("flake8",)}  # fmt: skip
_EDITOR = regex(r"(?m)^\s*max_line_length\s*=\s*(\d{1,9})\s*$")
Read = Callable[[str], bytes | None]


def width(path: str, read: Read) -> int:
    """The length that lines of a Python file may have: what the settings of a formatter or linter
    in the nearest folder above it say, else 88."""
    for folder in folders_above(path):
        head = f"{folder}/" if folder else ""
        found = _told(lambda name, head=head: read(head + name))  # type: ignore[misc]
        if found is not None and _LEAST <= found <= _MOST:
            return found
    return WIDTH


def _told(read: Read) -> int | None:
    """What the files of one folder say, the first of them that says anything."""
    for name in ("ruff.toml", ".ruff.toml", "pyproject.toml"):
        found = _of_toml(name, _with_line(read(name)))
        if found is not None:
            return found
    for name, sections in _INI.items():
        found = _of_ini(sections, _with_line(read(name)))
        if found is not None:
            return found
    editor = _EDITOR.search((read(".editorconfig") or b"").decode("utf-8", "replace"))
    return int(editor[1]) if editor else None


def _with_line(data: bytes | None) -> str:
    """A file as text; "" for one without the word, which need not be taken apart."""
    return data.decode("utf-8", "replace") if data is not None and b"line" in data else ""


def _of_toml(name: str, text: str) -> int | None:
    try:
        settings = tomllib.loads(text)
    except (ValueError, RecursionError):  # no TOML, or a number of too many digits
        return None
    tools = table(settings, "tool") if name == "pyproject.toml" else {"ruff": settings}
    given = (table(tools, tool).get(key) for tool, key in _TOOLS)
    return next((one for one in given if isinstance(one, int)), None)


def _of_ini(sections: Sequence[str], text: str) -> int | None:
    if not text:
        return None
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    given = (
        parser.get(section, key, fallback="")
        for section in sections
        for key in ("max-line-length", "max_line_length")
    )
    found = next((one for one in given if one.isdecimal()), "")
    return int(found) if 0 < len(found) < 10 else None


def fitted(file: PythonFile, changes: Iterable[Change], unit: str, most: int) -> list[Change]:
    """The changes of a file, with each line broken that they make longer than `most` columns, and
    than it was."""
    found = list(changes)
    text, placed = pieces(file.text, found)
    lines = _long_lines(file, text, placed, most)
    if not lines:
        return found
    try:
        closed = _in_texts(PythonFile(file.path, file.encoded(text)))
    except DeclinedError:
        return found  # what does not parse is told of by the verifier
    for start, end in reversed(lines):
        line = text[start:end].rstrip("\r\n")
        if any(first < end and start < last for first, last in closed):
            continue
        broken = wrapped(line, unit, most)
        if broken is None:
            continue
        inside = [one for one in placed if one.start < start + len(line) and start < one.end]
        first, last, stop = inside[0], inside[-1], start + len(line)
        new_start, old_start = first.start, first.old_start
        if first.change is None:
            new_start, old_start = start, first.old_start + start - first.start
        new_end, old_end = last.end, last.old_end
        if last.change is None:
            new_end, old_end = stop, last.old_end - (last.end - stop)
        whole = text[new_start:start] + file.newline.join(broken) + text[stop:new_end]
        over = [one.change for one in inside if one.change is not None]
        place = min(found.index(one) for one in over)
        found = [one for one in found if one not in over]
        found.insert(place, Change(file.path, old_start, old_end, whole))
        return fitted(file, found, unit, most)
    return found


def _long_lines(
    file: PythonFile, text: str, placed: list[Piece], most: int
) -> list[tuple[int, int]]:
    """The lines of the new text that changes make too long, as offsets with their line ends."""
    long: list[tuple[int, int]] = []
    for (start, end), changed in sorted(_changed_lines(text, placed).items()):
        size = len(text[start:end].rstrip("\r\n"))
        if size <= most:
            continue
        rows = range(file.line_of(changed[0].old_start), file.line_of(changed[-1].old_end) + 1)
        if size > max(len(file.line_text(row).rstrip()) for row in rows):
            long.append((start, end))
    return long


def _changed_lines(text: str, placed: Iterable[Piece]) -> dict[tuple[int, int], list[Piece]]:
    """What is changed in each line of the new text that a change touches, by the line's offsets.

    Looked up from the changes, as a large file with many findings is asked for each of them.
    """
    found: dict[tuple[int, int], list[Piece]] = {}
    for one in placed:
        if one.change is None:
            continue
        start = text.rfind("\n", 0, one.start) + 1
        while start < one.end:
            end = text.find("\n", start) + 1 or len(text)
            found.setdefault((start, end), []).append(one)
            start = end
    return found


def _in_texts(file: PythonFile) -> list[tuple[int, int]]:
    """Where texts of several lines stand."""
    return [
        (token.start, token.end)
        for token in file.tokens
        if "\n" in token.text and token.type not in (tokenize.NL, tokenize.NEWLINE)
    ]
