"""Breaks the lines that a fix makes longer than the project's lines are."""

from __future__ import annotations

import configparser
import re
import tokenize
import tomllib
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from keyaudit.fixes.changes import Change, Piece, pieces
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.project import folders_above
from keyaudit.fixes.python_file import PythonFile
from keyaudit.fixes.wrapping import wrapped

WIDTH = 88  # columns: the line length of Black and Ruff
_LEAST, _MOST = 60, 200
_INI = {"setup.cfg": ("flake8", "pycodestyle"), "tox.ini": ("flake8", "pycodestyle"),
        ".flake8": ("flake8",)}  # fmt: skip
_EDITOR = re.compile(r"(?m)^\s*max_line_length\s*=\s*(\d+)\s*$")
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
    for name in ("ruff.toml", ".ruff.toml", "pyproject.toml"):
        data = read(name)
        if data is None or b"line" not in data:
            continue
        try:
            settings: dict[str, Any] = tomllib.loads(data.decode("utf-8", "replace"))
        except tomllib.TOMLDecodeError:
            continue
        tools = settings.get("tool", {}) if name == "pyproject.toml" else {"ruff": settings}
        for tool, key in (("black", "line-length"), ("ruff", "line-length"),
                          ("yapf", "column_limit"), ("flake8", "max-line-length")):  # fmt: skip
            found = tools.get(tool, {}).get(key) if isinstance(tools.get(tool), dict) else None
            if isinstance(found, int):
                return found
    for name, sections in _INI.items():
        data = read(name)
        if data is None or b"line" not in data:
            continue
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(data.decode("utf-8", "replace"))
        except configparser.Error:
            continue
        for section in sections:
            for key in ("max-line-length", "max_line_length"):
                text = parser.get(section, key, fallback="")
                if text.isdecimal():
                    return int(text)
    editor = _EDITOR.search((read(".editorconfig") or b"").decode("utf-8", "replace"))
    return int(editor[1]) if editor else None


def fitted(file: PythonFile, changes: Iterable[Change], unit: str, most: int) -> list[Change]:
    """The changes of a file, with each line broken that they make longer than `most` columns, and
    than it was."""
    found = list(changes)
    text, placed = pieces(file.text, found)
    lines = _long_lines(file, text, placed, most)
    if not lines:
        return found
    try:
        new = PythonFile(file.path, text.encode(file.encoding))
        closed = _in_texts(new)
    except (DeclinedError, UnicodeEncodeError):
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
    starts = [0, *(found.end() for found in re.finditer("\n", text)), len(text)]
    long: list[tuple[int, int]] = []
    for start, end in pairwise(starts):
        size = len(text[start:end].rstrip("\r\n"))
        if size <= most:
            continue
        changed = [one for one in placed if one.change and one.start < end and start < one.end]
        if not changed:
            continue
        rows = range(file.line_of(changed[0].old_start), file.line_of(changed[-1].old_end) + 1)
        if size > max(len(file.line_text(row).rstrip()) for row in rows):
            long.append((start, end))
    return long


def _in_texts(file: PythonFile) -> list[tuple[int, int]]:
    """Where texts of several lines stand."""
    return [
        (token.start, token.end)
        for token in file.tokens
        if "\n" in token.text and token.type not in (tokenize.NL, tokenize.NEWLINE)
    ]
