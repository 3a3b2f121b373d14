"""A file as text that can be written back with all bytes outside of the changes preserved."""

from __future__ import annotations

import bisect
import io
import re
import tokenize
from collections.abc import Iterable

from keyaudit.core.finding import Edit
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex
from keyaudit.fixes.changes import Change, apply, merged
from keyaudit.fixes.errors import DeclinedError

_BOM = b"\xef\xbb\xbf"
_LONE_CR = regex(r"\r(?!\n)")


class TextFile:
    """`text` is the decoded file without its byte order mark; `newline` is its most frequent line
    end.

    Offsets are in characters of `text` (from 0). Raises DeclinedError for bytes that do not decode
    and encode again exactly, and for lone carriage returns, which programs treat differently.
    """

    def __init__(self, path: str, data: bytes, *, python: bool = False) -> None:
        self.path = path
        self.data = data
        self.bom = _BOM if data.startswith(_BOM) else b""
        self.encoding = _encoding(data) if python else "utf-8"
        try:
            self.text = data[len(self.bom) :].decode(self.encoding)
            same = self.text.encode(self.encoding) == data[len(self.bom) :]
        except (UnicodeError, LookupError):
            same = False
        if not same:
            raise DeclinedError("the file is no text in its encoding")
        if _LONE_CR.search(self.text):
            raise DeclinedError("lines of the file end in a lone carriage return")
        ends = self.text.count("\r\n")
        self.newline = "\r\n" if ends * 2 > self.text.count("\n") else "\n"
        self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]

    def offset(self, line: int, column: int) -> int:
        """The character offset of a line and column, both from 1."""
        return self._starts[line - 1] + column - 1

    def offset_of(self, span: Span) -> int:
        """The character offset at which a span begins."""
        return self.offset(span.line, span.column)

    def line_end(self, line: int) -> int:
        """The character offset at which the next line begins."""
        return self.start_of_line(line + 1)

    def line_of(self, offset: int) -> int:
        """The line (from 1) that contains a character offset."""
        return bisect.bisect_right(self._starts, offset)

    def start_of_line(self, line: int) -> int:
        """The offset at which a line (from 1) begins; the length of the text for lines after the
        last."""
        return self._starts[line - 1] if line <= len(self._starts) else len(self.text)

    @property
    def lines(self) -> int:
        """The number of lines; text that ends in a line feed has an empty last one."""
        return len(self._starts)

    def line_text(self, line: int) -> str:
        """A line (from 1), with its line end."""
        return self.text[self.start_of_line(line) : self.start_of_line(line + 1)]

    def span(self, start: int, end: int) -> Span:
        """The lines and columns (from 1) of the characters from `start` to `end` (exclusive)."""
        first, last = self.line_of(start), self.line_of(end)
        return Span(first, start - self._starts[first - 1] + 1,
                    last, end - self._starts[last - 1] + 1)  # fmt: skip

    def byte(self, offset: int) -> int:
        """The byte offset in the file of a character offset."""
        if self.text.isascii():
            return len(self.bom) + offset
        return len(self.bom) + len(self.text[:offset].encode(self.encoding))

    def edits(self, changes: Iterable[Change]) -> tuple[Edit, ...]:
        """The changes as edits in byte offsets, sorted by position."""
        return tuple(
            Edit(
                self.path,
                self.byte(change.start),
                self.byte(change.end),
                self.span(change.start, change.end),
                change.text,
            )
            for change in merged(changes)
        )

    def changed(self, changes: Iterable[Change]) -> bytes:
        """The file's bytes after changes that do not clash. Raises DeclinedError where the encoding
        lacks a character of the new text."""
        return self.encoded(apply(self.text, merged(changes)))

    def encoded(self, text: str) -> bytes:
        """A text in the file's encoding, with its byte order mark. Raises DeclinedError where the
        encoding lacks a character."""
        try:
            return self.bom + text.encode(self.encoding)
        except UnicodeEncodeError:
            raise DeclinedError("the file's encoding lacks a character of the new text") from None


def _encoding(data: bytes) -> str:
    try:
        name, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError:
        raise DeclinedError("the file declares an encoding that is not known") from None
    return "utf-8" if name == "utf-8-sig" else name
