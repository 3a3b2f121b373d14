"""Text changes: what a fix replaces, and one file's text after the changes of many fixes.

Positions are character offsets (from 0) in the decoded text, the end exclusive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

# What projects call the file that lists their variables; the first is made where there is none.
VARIABLE_LISTS = (
    ".env.example", ".env.sample", ".env.template", ".env.dist", ".env.tmpl", ".env.defaults",
    ".env-example", ".env-sample", ".env_example", ".env_sample", "env.example", "env.sample",
    "env.template", "example.env", "sample.env", "template.env",
)  # fmt: skip
_LISTS = (*VARIABLE_LISTS, ".gitignore")


class Change(NamedTuple):
    """Replaces the characters from `start` to `end` (exclusive) of the file at `path` by `text`."""

    path: str
    start: int
    end: int
    text: str

    @property
    def is_insertion(self) -> bool:
        """Whether the change removes no characters."""
        return self.start == self.end


def clash(one: Change, other: Change) -> bool:
    """Whether two changes overlap, so that they cannot both be made.

    Equal changes count as one, and two imports inserted at one place do not clash, nor do two
    entries of a list.
    """
    if one.path != other.path:
        return False
    if one == other:
        return False
    if one.is_insertion and other.is_insertion:
        # Whatever is put in between, those of two fixes go one after the other.
        return one.start == other.start and not (is_one_of_many(one) and is_one_of_many(other))
    if one.is_insertion:
        return other.start < one.start < other.end
    if other.is_insertion:
        return one.start < other.start < one.end
    return one.start < other.end and other.start < one.end


def is_one_of_many(change: Change) -> bool:
    """Whether a change inserts an import statement, or an entry of a file that is a list of
    entries."""
    if not change.is_insertion:
        return False
    if change.path.rpartition("/")[2] in _LISTS:
        return change.text.endswith("\n")
    return change.text.lstrip().startswith(("import ", "from "))


def in_order(changes: Iterable[Change]) -> list[Change]:
    """The changes of one fix, without duplicates. Insertions at the same place are joined into one
    change, in the order in which they were made; imports and entries of lists stay separate, as
    other fixes may need the same one."""
    found: list[Change] = []
    at: dict[tuple[str, int], int] = {}
    for change in dict.fromkeys(changes):
        if not change.is_insertion or is_one_of_many(change):
            found.append(change)
            continue
        place = (change.path, change.start)
        if place in at:
            known = found[at[place]]
            found[at[place]] = known._replace(text=known.text + change.text)
        else:
            at[place] = len(found)
            found.append(change)
    return found


def merged(changes: Iterable[Change]) -> list[Change]:
    """The changes of one file, sorted by position and without duplicates."""
    return sorted(set(changes), key=lambda change: (change.start, change.end, change.text))


def apply(text: str, changes: Sequence[Change]) -> str:
    """The text after `changes`, which must be sorted by position and must not clash."""
    parts = []
    at = 0
    for change in changes:
        parts += [text[at : change.start], change.text]
        at = change.end
    parts.append(text[at:])
    return "".join(parts)


class Piece(NamedTuple):
    """A stretch of the text after changes, what it stands for in the text before them, and the
    change that made it (None where it is as it was)."""

    start: int
    end: int
    old_start: int
    old_end: int
    change: Change | None


def pieces(text: str, changes: Iterable[Change]) -> tuple[str, list[Piece]]:
    """The text after changes of one file that do not clash, and the pieces that it is made of."""
    ordered = merged(changes)
    found: list[Piece] = []
    at = new = 0
    for change in ordered:
        kept = change.start - at
        if kept:
            found.append(Piece(new, new + kept, at, change.start, None))
        new += kept
        found.append(Piece(new, new + len(change.text), change.start, change.end, change))
        new += len(change.text)
        at = change.end
    if at < len(text):
        found.append(Piece(new, new + len(text) - at, at, len(text), None))
    return apply(text, ordered), found


class _Piece(NamedTuple):
    """A stretch of the original text (`text` is None), or new text that replaces it, with the
    numbers (`labels`) of the fixes that made it."""

    start: int
    end: int
    text: str | None
    labels: frozenset[int] = frozenset()

    def length(self) -> int:
        """The number of characters that the piece has in the current text."""
        return self.end - self.start if self.text is None else len(self.text)


class _Pieces:
    """A queue of pieces, consumed from the front by numbers of characters."""

    def __init__(self, pieces: Sequence[_Piece], end: int) -> None:
        self._rest = list(reversed(pieces))
        self._end = end

    def take(self, count: int) -> list[_Piece]:
        """Remove and return the next `count` characters as pieces; the last one is cut if
        necessary."""
        taken: list[_Piece] = []
        while count > 0:
            piece = self._rest.pop()
            length = piece.length()
            if length > count:
                head, tail = _cut(piece, count)
                self._rest.append(tail)
                piece, length = head, count
            taken.append(piece)
            count -= length
        return taken

    def place(self) -> int:
        """The offset in the original text at which the next piece begins."""
        return self._rest[-1].start if self._rest else self._end

    def rest(self) -> list[_Piece]:
        """All remaining pieces, in order."""
        return self._rest[::-1]


def _cut(piece: _Piece, count: int) -> tuple[_Piece, _Piece]:
    """Cut a piece in two. Where the piece is new text, the second half keeps the original
    stretch."""
    if piece.text is None:
        middle = piece.start + count
        return piece._replace(end=middle), piece._replace(start=middle)
    head = piece._replace(end=piece.start, text=piece.text[:count])
    return head, piece._replace(text=piece.text[count:])


class Draft:
    """A file's original text and its current text after several rounds of fixes.

    `edits` gives all changes in offsets of the original text, however many rounds there were, each
    with the numbers (`labels`) of the fixes that it belongs to.
    """

    def __init__(self, path: str, original: str) -> None:
        self.path = path
        self.original = original
        self.text = original
        self._pieces = [_Piece(0, len(original), None)] if original else []
        self._before: tuple[str, list[_Piece]] | None = None

    def edit(self, changes: Sequence[tuple[Change, frozenset[int]]]) -> None:
        """Apply changes, each with its labels, to the current text. They must be sorted by position
        and must not clash."""
        self._before = self.text, self._pieces
        old = _Pieces(self._pieces, len(self.original))
        new: list[_Piece] = []
        at = 0
        for change, labels in changes:
            new += old.take(change.start - at)
            taken = old.take(change.end - change.start)
            start = taken[0].start if taken else old.place()
            end = taken[-1].end if taken else start
            all_labels = labels.union(*(piece.labels for piece in taken))
            new.append(_Piece(start, end, change.text, all_labels))
            at = change.end
        self._pieces = [*new, *old.rest()]
        self.text = apply(self.text, [change for change, _ in changes])

    def undo(self) -> None:
        """Take back the last `edit`; without one, or called a second time, it does nothing."""
        if self._before is not None:
            self.text, self._pieces = self._before
            self._before = None

    def edits(self) -> list[tuple[Change, frozenset[int]]]:
        """The differences from the original text with their labels, sorted by position; adjacent
        ones are joined into one."""
        found: list[tuple[Change, frozenset[int]]] = []
        for piece in self._pieces:
            if piece.text is None or self.original[piece.start : piece.end] == piece.text:
                continue
            change = Change(self.path, piece.start, piece.end, piece.text)
            if found and found[-1][0].end == change.start:
                last, labels = found.pop()
                change = Change(self.path, last.start, change.end, last.text + change.text)
                found.append((change, labels | piece.labels))
            else:
                found.append((change, piece.labels))
        return found
