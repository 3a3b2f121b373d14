"""Jupyter notebooks: the Python code of all cells as one text, and the place of each of its lines.

A notebook is JSON (nbformat 4, and 3 with worksheets). Its cells share one namespace and run from
top to bottom, so their code is analyzed as one module.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from keyaudit.core.location import CellPlace, Span
from keyaudit.core.patterns import regex

_LINE_END = regex(r"\r\n|\r|\n")
_BLANKS = regex(r"[ \t\r\n]*")
# Where a notebook says the language of its cells.
_LANGUAGE = (("language_info", "name"), ("kernelspec", "language"), ("kernelspec", "name"))
_DECODER = json.JSONDecoder()
# A character of a JSON string as it is written (RFC 8259, 7).
_WRITTEN = regex(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
                      r"|\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL)  # fmt: skip
# What IPython reads and Python does not: magics, shell commands, help.
_MAGIC = regex(r"(?P<indent>[ \t]*)(?:[\w.\[\], \t]+=[ \t]*)?(?:[%!][\w%!.~/{$]|\?{1,2}\w)"
                    r"|(?P<help>[ \t]*)[\w.]+\?{1,2}[ \t]*$")  # fmt: skip
_CELL_MAGIC = regex(r"[ \t]*%%(\w+)")
# Cell magics below which Python stands (IPython's documentation, built-in magic commands).
_OF_PYTHON = frozenset({"time", "timeit", "capture", "prun"})


class _Piece(NamedTuple):
    """A line of code: its text, and where its characters begin and end in the notebook's text."""

    text: str
    start: int
    end: int


class Line(NamedTuple):
    """A line of code: the number of its cell, its number in that cell (both from 1), its text."""

    cell: int
    number: int
    piece: _Piece


@dataclass(frozen=True)
class Notebook:
    """The Python of a notebook (`code`), and the notebook's text with that blanked out (`around`).

    What is not Python (magics, cells in other languages) is in `around` only.
    """

    code: str
    around: str
    lines: tuple[Line, ...]
    starts: tuple[int, ...]
    raw: str

    def place(self, span: Span) -> Span:
        """The span in the notebook file, with its cell, of a span in `code`."""
        if not self.lines:
            return span
        first = self.lines[min(span.line, len(self.lines)) - 1]
        last = self.lines[min(span.end_line, len(self.lines)) - 1]
        # A stretch that ends with a line's end may be said to end before the next cell.
        if last.cell != first.cell and span.end_column == 1 and span.end_line > span.line:
            last = self.lines[span.end_line - 2]
        line, column = self._at(first, span.column)
        end_line, end_column = self._at(last, span.end_column)
        if last.cell != first.cell or (end_line, end_column) < (line, column):
            last, end_line, end_column = first, line, column
        cell = CellPlace(first.cell, first.number, span.column, last.number, span.end_column)
        return Span(line, column, end_line, end_column, cell)

    def _at(self, line: Line, column: int) -> tuple[int, int]:
        """The line and column in the notebook of a column in a line of code."""
        offset = line.piece.start
        for count, written in enumerate(_WRITTEN.finditer(self.raw, offset, line.piece.end)):
            if count == column - 1:
                break
            offset = written.end()
        row = bisect_right(self.starts, offset)
        return row, offset - self.starts[row - 1] + 1


def read(data: bytes) -> Notebook | None:
    """The code of a Python notebook; None if the bytes are no notebook, or not one in Python."""
    try:
        raw = data.decode("utf-8-sig")
        content = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or not _is_python(content):
        return None
    try:
        cells = list(_cells(raw))
    except (ValueError, IndexError, RecursionError):
        return None
    lines: list[Line] = []
    texts: list[str] = []
    python_pieces: list[_Piece] = []
    for number, pieces in cells:
        python = _python(pieces)
        for row, (piece, text, is_python) in enumerate(zip(pieces, *python, strict=True), 1):
            lines.append(Line(number, row, piece))
            texts.append(text)
            if is_python:
                python_pieces.append(piece)
    around = _blanked(raw, python_pieces)
    starts = (0, *(end.end() for end in _LINE_END.finditer(raw)))
    return Notebook("\n".join(texts) + "\n", around, tuple(lines), starts, raw)


def _blanked(raw: str, pieces: Sequence[_Piece]) -> str:
    """The text with spaces in place of some pieces, which do not overlap."""
    parts: list[str] = []
    copied = 0
    # One that has both cells and worksheets may have them in either order.
    for piece in sorted(pieces, key=lambda piece: piece.start):
        parts += (raw[copied : piece.start], " " * (piece.end - piece.start))
        copied = piece.end
    return "".join((*parts, raw[copied:]))


def _is_python(content: Mapping[str, Any]) -> bool:
    """Whether a notebook's cells are Python: as its kernel says, or as nearly all are."""
    metadata = content.get("metadata")
    if "cells" not in content and "worksheets" not in content:
        return False
    if not isinstance(metadata, dict):
        return True
    for part, name in _LANGUAGE:
        said = metadata.get(part)
        if isinstance(said, dict) and isinstance(said.get(name), str):
            return "python" in said[name].lower()
    return True


def _cells(raw: str) -> Iterator[tuple[int, list[_Piece]]]:
    """The number of each code cell, from 1 over cells of all kinds, and its lines."""
    whole = _members(raw, _after_blanks(raw, 0))
    number = 0
    sheets = _items(raw, whole["worksheets"]) if "worksheets" in whole else ()
    lists = [whole["cells"]] if "cells" in whole else []
    lists += [members["cells"] for at in sheets if "cells" in (members := _members(raw, at))]
    for start in lists:
        for at in _items(raw, start):
            number += 1
            cell = _members(raw, at)
            source = cell.get("source", cell.get("input"))
            if source is not None and _value(raw, cell.get("cell_type")) == "code":
                yield number, list(_pieces(raw, source))


def _value(raw: str, at: int | None) -> object:
    return None if at is None else _DECODER.raw_decode(raw, at)[0]


def _after_blanks(raw: str, at: int) -> int:
    found = _BLANKS.match(raw, at)
    assert found is not None
    return found.end()


def _members(raw: str, at: int) -> dict[str, int]:
    """Where the values of a JSON object at an offset begin; none where there is no object."""
    found: dict[str, int] = {}
    if raw[at] != "{":
        return found
    at = _after_blanks(raw, at + 1)
    while raw[at] != "}":
        name, at = _DECODER.raw_decode(raw, at)
        at = _after_blanks(raw, _after_blanks(raw, at) + 1)  # the colon
        found[name] = at
        at = _after_blanks(raw, _DECODER.raw_decode(raw, at)[1])
        at = _after_blanks(raw, at + 1) if raw[at] == "," else at
    return found


def _items(raw: str, at: int) -> Iterator[int]:
    """Where the items of a JSON array at an offset begin; none where there is no array."""
    if raw[at] != "[":
        return
    at = _after_blanks(raw, at + 1)
    while raw[at] != "]":
        yield at
        at = _after_blanks(raw, _DECODER.raw_decode(raw, at)[1])
        at = _after_blanks(raw, at + 1) if raw[at] == "," else at


def _pieces(raw: str, at: int) -> Iterator[_Piece]:
    """The lines of a cell, whose source is a text or a list of lines."""
    for start in _items(raw, at) if raw[at] == "[" else (at,):
        text, end = _DECODER.raw_decode(raw, start)
        if not isinstance(text, str):
            continue
        start += 1
        for written in _WRITTEN.finditer(raw, start, end - 1):
            if written[0] == "\\n":
                yield _piece(raw, start, written.start())
                start = written.end()
        if start < end - 1 or not text:
            yield _piece(raw, start, end - 1)


def _piece(raw: str, start: int, end: int) -> _Piece:
    text = json.loads(f'"{raw[start:end]}"', strict=False)
    return _Piece(text.rstrip("\r"), start, end)


def _python(pieces: list[_Piece]) -> tuple[list[str], list[bool]]:
    """Each line of a cell as Python, and whether it is. Magics become `pass`."""
    texts = [piece.text for piece in pieces]
    first = next((index for index, text in enumerate(texts) if text.strip()), None)
    magic = _CELL_MAGIC.match(texts[first]) if first is not None else None
    if magic is not None and first is not None:
        if magic[1] not in _OF_PYTHON:
            return [""] * len(texts), [False] * len(texts)
        texts[first] = ""
    found = [_MAGIC.match(text) for text in texts]
    if not any(found) or _parses("\n".join(texts)):
        return texts, [index != first or magic is None for index in range(len(texts))]
    lines = [
        text if line is None else (line["indent"] or line["help"] or "") + "pass"
        for text, line in zip(texts, found, strict=True)
    ]
    return lines, [line is None and bool(text) for text, line in zip(texts, found, strict=True)]


def _parses(code: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True
