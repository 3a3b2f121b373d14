"""Judges the text of versions block by block, each block of a path once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from keyaudit.core.document import Document
from keyaudit.core.finding import Finding
from keyaudit.core.text import decode
from keyaudit.history.excerpt import Block, Excerpt, documented, excerpt_of, is_exact
from keyaudit.history.identity import identities

Known = tuple[tuple[Finding, str], ...]
Hits = Mapping[str, Sequence[int]]


class Judged:
    """Remembers what was found in blocks of lines (see `keyaudit.history.excerpt`)."""

    def __init__(self, analyze: Callable[[Document, Hits], Sequence[Finding]]) -> None:
        """`analyze` gives the findings of a document on the lines of hits, and maybe others."""
        self._analyze = analyze
        self._nothing: set[bytes] = set()  # marks of blocks, and of whole excerpts
        self._telling: set[bytes] = set()  # marks of blocks
        # By a block's mark and which of its lines are documentation: its first line there, and the
        # findings. What has none is nowhere a secret, in documentation or out of it.
        self._found: dict[tuple[bytes, bytes], tuple[int, Known]] = {}

    def judge(self, document: Document, hits: Hits) -> Known:
        """The findings in a text, each with what tells its value from others."""
        excerpt = excerpt_of(document.path, document.data, hits)
        if excerpt is None:
            return known(document, self._analyze(document, hits))
        if excerpt.mark in self._nothing:
            return ()
        if is_exact(document.path, document.data, hits):
            found = self._by_block(document, hits, excerpt)
        else:
            found = known(document, self._analyze(document, hits))
        if not found:
            self._nothing.add(excerpt.mark)
        return found

    def _by_block(self, document: Document, hits: Hits, excerpt: Excerpt) -> Known:
        found: list[tuple[Finding, str]] = []
        new: list[Block] = []
        examples = _Examples(document)
        for block in excerpt.blocks:
            if block.mark in self._nothing:
                continue
            before = None
            if block.mark in self._telling:
                before = self._found.get((block.mark, examples.within(block)))
            if before is None:
                new.append(block)
            else:
                found += _moved(before[1], block.lines.start - before[0])
        if new:
            found += self._look(document, hits, new, excerpt, examples)
        return tuple(sorted(found, key=lambda one: one[0].span))

    def _look(
        self,
        document: Document,
        hits: Hits,
        new: Sequence[Block],
        excerpt: Excerpt,
        examples: _Examples,
    ) -> Known:
        """Judges the new blocks. What comes up in others is known there."""
        lines = {line for block in new for line in block.lines}
        others = {line for block in excerpt.blocks for line in block.lines} - lines
        asked = {tag: [n for n in numbers if n in lines] for tag, numbers in hits.items()}
        asked = {tag: numbers for tag, numbers in asked.items() if numbers}
        every = self._analyze(document, asked)
        found = known(document, [f for f in every if f.span.line not in others])
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


class _Examples:
    """Which lines of a document are documentation, found when it is asked for."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._lines: frozenset[int] | None = None

    def within(self, block: Block) -> bytes:
        """One byte a line of the block."""
        if self._lines is None:
            self._lines = documented(self._document.path, self._document.data)
        return bytes(line in self._lines for line in block.lines)


def known(document: Document, findings: Sequence[Finding]) -> Known:
    """Findings with what tells their values apart."""
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
