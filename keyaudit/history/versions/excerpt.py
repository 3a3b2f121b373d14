"""Cuts from a text the part that decides what is found in it: lines with hits and their context.

Most versions of a path differ elsewhere. Where the part is the same, so are the findings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from keyaudit.core.paths import suffix
from keyaudit.core.patterns import regex
from keyaudit.core.text import decode, is_utf16
from keyaudit.scanning.needs import MATERIAL, SUPPRESSION
from keyaudit.secrets.candidates import may_be_ini, may_be_settings
from keyaudit.secrets.detection import PRIVATE_KEY
from keyaudit.secrets.patterns import ENCODED
from keyaudit.secrets.values.docstrings import documentation_lines, may_have_documentation

# Files that detect-secrets reads line by line, whatever stands in the other lines; lists of
# requirements among `.txt` it tries as settings, where a value stands on the next line at most.
_LINEWISE = frozenset({
    ".bash", ".c", ".cpp", ".cs", ".css", ".go", ".h", ".htm", ".html", ".java", ".js", ".json",
    ".jsx", ".kt", ".md", ".mjs", ".php", ".po", ".pot", ".py", ".rb", ".rs", ".rst", ".scss",
    ".sh", ".sql", ".svg", ".swift", ".ts", ".tsx", ".txt", ".vue", ".xml",
})  # fmt: skip
_AROUND = 2  # lines
# Keys in other forms than PEM's may begin before the line with the hit, or end anywhere.
_NO_PEM = (b"PuTTY-User-Key", b"kty", b"LS0tLS1CRUdJTi")
_LONG = frozenset({MATERIAL, PRIVATE_KEY, ENCODED})  # what may go on below
_MARK = 16  # bytes
_LONGEST_KEY = 400  # lines, more than any reader of keys takes
# A line that may go on with base64 begun above: more than `keyaudit.secrets.encoded` takes.
_GOES_ON = regex(rb"[\s\"'#+(b]*(?:-\s+)?[A-Za-z0-9+/=]+(?:\\n)?[\s\"'+\\,;)]*")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines (from 1) one after the other; `mark` is equal for versions of a path with the same."""

    mark: bytes
    lines: range


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The blocks of a text; `mark` is equal for versions of a path with the same ones."""

    mark: bytes
    blocks: tuple[Block, ...]


def excerpt_of(
    path: str, data: bytes, lines: Sequence[bytes], tags: Mapping[int, Sequence[str]]
) -> Excerpt | None:
    """The part of a text that its lines with tags lead to. None where other lines may matter.

    `lines` are all lines of the text; `tags` are by number (from 1) and in order.
    """
    if not is_linewise(path, data):
        return None
    named = {tag for found in tags.values() for tag in found}
    if MATERIAL in named and any(word in data for word in _NO_PEM):
        return None
    ends: dict[int, int] = {}
    if not _LONG.isdisjoint(named):
        closing = data.rfind(b"-----END ") if MATERIAL in named or PRIVATE_KEY in named else -1
        last = data.count(b"\n", 0, closing) + 1 if closing >= 0 else 0
        for number, found in tags.items():
            for tag in _LONG.intersection(found):
                end = _end(tag, number, lines, last)
                if end is None:
                    return None
                ends[number] = max(end, ends.get(number, 0))
    blocks = []
    for run in _runs([(number, ends.get(number, number)) for number in tags], len(lines)):
        inside = [f"{at - run.start} {tags[at]}" for at in run if at in tags]
        mark = hashlib.blake2b("\n".join(inside).encode(), digest_size=_MARK)
        mark.update(b"\n".join(lines[run.start - 1 : run.stop - 1]))
        blocks.append(Block(mark.digest(), run))
    return Excerpt(b"".join(block.mark for block in blocks), tuple(blocks))


def is_linewise(path: str, data: bytes) -> bool:
    """Whether the findings on a line depend only on that line and those near it, or on a block
    it begins."""
    return suffix(path) in _LINEWISE and not is_utf16(data)


def is_exact(
    path: str, data: bytes, lines: Sequence[bytes], tags: Mapping[int, Sequence[str]]
) -> bool:
    """Whether each block can be judged by itself, so that its findings hold in other versions.

    Else a text has nothing when each of its blocks stands in another one that has nothing.
    """
    if b"\r" in data or any(SUPPRESSION in found for found in tags.values()):
        return False
    return not may_be_ini(_decoded(lines)) and not may_be_settings(path, _decoded(lines))


def _decoded(lines: Sequence[bytes]) -> Iterator[str]:
    """As text, one by one: mostly the first few tell."""
    return (line.decode("utf-8", "replace").removeprefix("\ufeff") for line in lines)


def documented(path: str, data: bytes, last: int) -> frozenset[int]:
    """The lines up to one that are documentation, by which findings are judged and other lines
    decide.
    """
    if not may_have_documentation(path, data):
        return frozenset()
    return documentation_lines(path, decode(data).split("\n"), last)


def _runs(parts: Sequence[tuple[int, int]], count: int) -> Iterator[range]:
    """First and last lines, in order, with the lines around them, as runs without gaps."""
    start = stop = 0
    for first, last in parts:
        if stop and first - _AROUND > stop:
            yield range(start, stop)
            stop = 0
        if not stop:
            start = max(1, first - _AROUND)
        stop = max(stop, min(last + _AROUND, count) + 1)
    if stop:
        yield range(start, stop)


def _end(tag: str, number: int, lines: Sequence[bytes], last: int) -> int | None:
    """The last line (from 1) of what a hit begins; None where that is far away.

    `last` is the last line that ends a key in PEM's form, 0 for none.
    """
    if tag in (MATERIAL, PRIVATE_KEY):
        if b"BEGIN" not in lines[number - 1]:
            return number if tag == MATERIAL else None
        for end in range(number, min(number + _LONGEST_KEY, last) + 1):
            if b"-----END " in lines[end - 1]:
                return end
        if last > number:
            return None
        return number if tag == MATERIAL else min(number + _LONGEST_KEY, len(lines))
    end = number
    if tag == ENCODED:
        while end < len(lines) and _GOES_ON.fullmatch(lines[end]):
            end += 1
    return end
