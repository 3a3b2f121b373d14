"""Changes of a file as a unified diff."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from keyaudit.fixes.changes import Change, Draft

CONTEXT = 3


class _Block(NamedTuple):
    """Replaces the lines `old` of the original, from line `start` (from 0), by the lines `new`."""

    start: int
    old: list[str]
    new: list[str]


def unified(draft: Draft, *, is_new: bool = False) -> str:
    """The unified diff of one file, as `git apply` takes it; "" where nothing changes.

    The lines are not masked: `shown.masked` masks them before a user sees the diff. `is_new` says
    that the file does not exist yet.
    """
    lines = _split(draft.original)
    blocks = _blocks(draft.original, lines, [change for change, _ in draft.edits()])
    hunks = _hunks(lines, blocks)
    if not hunks:
        return ""
    head = "/dev/null" if is_new else f"a/{draft.path}"
    return f"--- {head}\n+++ b/{draft.path}\n" + "".join(hunks)


def _split(text: str) -> list[str]:
    """The lines of a text with their line ends; only line feeds end a line."""
    return [f"{line}\n" for line in text.split("\n")[:-1]] + [
        last for last in text.split("\n")[-1:] if last
    ]


def _blocks(text: str, lines: Sequence[str], changes: Sequence[Change]) -> list[_Block]:
    """The changes as replaced whole lines; changes that touch the same line share one block."""
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    blocks: list[_Block] = []
    group: list[Change] = []
    first = last = 0
    for change in changes:
        begin, end = _rows(starts, len(text), text.endswith("\n"), change)
        if group and begin <= last:
            group.append(change)
            last = max(last, end)
            continue
        if group:
            blocks.append(_block(text, starts, lines, group, first, last))
        group, first, last = [change], begin, end
    if group:
        blocks.append(_block(text, starts, lines, group, first, last))
    return [block for block in blocks if block.old != block.new]


def _rows(starts: Sequence[int], size: int, ends_in_line: bool, change: Change) -> tuple[int, int]:
    """The lines (from 0, end exclusive) that a change touches; none where it inserts whole
    lines."""

    def row(offset: int) -> int:
        at = bisect.bisect_right(starts, offset) - 1
        return at - 1 if offset == size and not ends_in_line and at else at

    begin, end = row(change.start), row(change.end)
    whole = change.text.endswith("\n") or (not change.text and starts[begin] == change.start)
    if whole and starts[end] == change.end:
        return begin, end
    return begin, min(end + 1, len(starts) - 1)


def _block(
    text: str, starts: Sequence[int], lines: Sequence[str], group: Sequence[Change],
    first: int, last: int,
) -> _Block:  # fmt: skip
    at, parts = starts[first], []
    for change in group:
        parts += [text[at : change.start], change.text]
        at = change.end
    parts.append(text[at : starts[last]] if at < starts[last] else "")
    old, new = list(lines[first:last]), _split("".join(parts))
    while old and new and old[0] == new[0]:
        old, new, first = old[1:], new[1:], first + 1
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return _Block(first, old, new)


def _hunks(lines: Sequence[str], blocks: Sequence[_Block]) -> list[str]:
    groups: list[list[_Block]] = []
    for block in blocks:
        if groups:
            last = groups[-1][-1]
            if block.start - (last.start + len(last.old)) <= 2 * CONTEXT:
                groups[-1].append(block)
                continue
        groups.append([block])
    shift = 0
    found = []
    for group in groups:
        start = max(0, group[0].start - CONTEXT)
        end = min(len(lines), group[-1].start + len(group[-1].old) + CONTEXT)
        body: list[str] = []
        removed = added = 0
        at = start
        for block in group:
            body += _marked(" ", lines[at : block.start])
            body += _marked("-", lines[block.start : block.start + len(block.old)])
            body += _marked("+", block.new)
            at = block.start + len(block.old)
            removed += len(block.old)
            added += len(block.new)
        body += _marked(" ", lines[at:end])
        count = end - start
        found.append(
            f"@@ -{_range(start, count)} +{_range(start + shift, count - removed + added)} @@\n"
            + "".join(body)
        )
        shift += added - removed
    return found


def _range(start: int, count: int) -> str:
    return f"{start + 1 if count else start},{count}"


def _marked(sign: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if line.endswith("\n"):
            yield f"{sign}{line}"
        else:
            yield f"{sign}{line}\n\\ No newline at end of file\n"
