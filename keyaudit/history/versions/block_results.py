"""Caches scan results by text block: one shared by many versions of a file is scanned once."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace

from keyaudit.core.document import Document
from keyaudit.core.finding import Finding
from keyaudit.core.text import as_utf8, decode
from keyaudit.history.exposure.identity import identities
from keyaudit.history.versions.excerpt import Block, Excerpt, documented, excerpt_of, is_exact

Known = tuple[tuple[Finding, str], ...]
Hits = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Version:
    """A document with its lines in UTF-8, and the tags of those that have some (by number, from 1,
    and in order).
    """

    document: Document
    lines: Sequence[bytes]
    tags: Mapping[int, Sequence[str]]

    def hits(self, within: Container[int] | None = None) -> dict[str, list[int]]:
        """The lines by tag: all of them, or those within some."""
        hits: dict[str, list[int]] = {}
        for number, tags in self.tags.items():
            if within is None or number in within:
                for tag in tags:
                    hits.setdefault(tag, []).append(number)
        return hits


def version_of(document: Document, tags: Mapping[int, Sequence[str]]) -> Version:
    """The version that a document is."""
    return Version(document, as_utf8(document.data).split(b"\n"), tags)


class _Examples:
    """Which lines of a document are documentation, found when it is asked for."""

    def __init__(self, document: Document, last: int) -> None:
        """After the line `last` nobody asks."""
        self._document = document
        self._last = last
        self._lines: frozenset[int] | None = None

    def within(self, block: Block) -> bytes:
        """One byte a line of the block."""
        if self._lines is None:
            self._lines = documented(self._document.path, self._document.data, self._last)
        return bytes(map(self._lines.__contains__, block.lines))


class BlockResults:
    """Remembers what was found in blocks of lines (see `keyaudit.history.versions.excerpt`) of a
    path."""

    def __init__(self, analyze: Callable[[Document, Hits], Sequence[Finding]]) -> None:
        """`analyze` gives the findings of a document on the lines of hits, and maybe others."""
        self._analyze = analyze
        self._path = ""
        self._nothing: set[bytes] = set()  # marks of blocks, and of whole excerpts
        self._silent: set[bytes] = set()  # marks of blocks of texts that have nothing
        self._telling: set[bytes] = set()  # marks of blocks
        # By a block's mark and which of its lines are documentation: its first line there, and the
        # findings. What has none is nowhere a secret, in documentation or out of it.
        self._found: dict[tuple[bytes, bytes], tuple[int, Known]] = {}

    def judge(self, version: Version) -> Known:
        """The findings in a text, each with the identity of its value."""
        document = version.document
        if document.path != self._path:
            self._path = document.path
            self._nothing.clear()
            self._silent.clear()
            self._telling.clear()
            self._found.clear()
        excerpt = excerpt_of(document.path, document.data, version.lines, version.tags)
        if excerpt is None:
            return self.whole(document, version.hits())
        if excerpt.mark in self._nothing:
            return ()
        if is_exact(document.path, document.data, version.lines, version.tags):
            found = self._by_block(version, excerpt)
        else:
            found = self._in_silence(version, excerpt)
        if not found:
            self._nothing.add(excerpt.mark)
        return found

    def whole(self, document: Document, hits: Hits) -> Known:
        """The findings in a document that shares no block with others."""
        return known(document, self._analyze(document, hits))

    def _in_silence(self, version: Version, excerpt: Excerpt) -> Known:
        """Judges the whole text, unless each of its blocks stood in one that had nothing."""
        marks = {block.mark for block in excerpt.blocks}
        if marks <= self._silent:
            return ()
        found = self.whole(version.document, version.hits())
        if not found:
            self._silent |= marks
        return found

    def _by_block(self, version: Version, excerpt: Excerpt) -> Known:
        found: list[tuple[Finding, str]] = []
        new: list[Block] = []
        blocks = [block for block in excerpt.blocks if block.mark not in self._nothing]
        examples = _Examples(version.document, blocks[-1].lines.stop if blocks else 0)
        for block in blocks:
            before = None
            if block.mark in self._telling:
                before = self._found.get((block.mark, examples.within(block)))
            if before is None:
                new.append(block)
            else:
                found += _moved(before[1], block.lines.start - before[0])
        if new:
            found += self._look(version, new, excerpt, examples)
        return tuple(sorted(found, key=lambda one: one[0].span))

    def _look(
        self, version: Version, new: Sequence[Block], excerpt: Excerpt, examples: _Examples
    ) -> Known:
        """Judges the new blocks. What comes up in others is known there."""
        lines = {line for block in new for line in block.lines}
        others = {line for block in excerpt.blocks for line in block.lines} - lines
        every = self._analyze(version.document, version.hits(lines))
        found = known(version.document, [f for f in every if f.span.line not in others])
        if any(not _stays(finding, new) for finding, _ in found):
            return found
        for block in new:
            inside = tuple(one for one in found if one[0].span.line in block.lines)
            if inside:
                self._telling.add(block.mark)
                self._found[block.mark, examples.within(block)] = block.lines.start, inside
            else:
                self._nothing.add(block.mark)
        return found


def known(document: Document, findings: Sequence[Finding]) -> Known:
    """The findings with the identities of their values."""
    if not findings:
        return ()
    return tuple(zip(findings, identities(decode(document.data), findings), strict=True))


def _stays(finding: Finding, blocks: Sequence[Block]) -> bool:
    """Whether a finding stands in one block, and points at nothing else."""
    span = finding.span
    return (
        not finding.steps
        and finding.fix is None
        and any(span.line in b.lines and span.end_line in b.lines for b in blocks)
    )


def _moved(found: Known, by: int) -> Known:
    if not by:
        return found
    return tuple(
        (replace(f, span=replace(f.span, line=f.span.line + by, end_line=f.span.end_line + by)), v)
        for f, v in found
    )
