"""Changes of texts: what a fix replaces, and a file's text with the changes of many fixes.

Places are character offsets in the decoded text, end exclusive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Change(NamedTuple):
    """The characters from `start` to `end` of the file at `path` become `text`."""

    path: str
    start: int
    end: int
    text: str

    @property
    def is_insertion(self) -> bool:
        """Whether nothing is taken away."""
        return self.start == self.end


def clash(one: Change, other: Change) -> bool:
    """Whether two changes of one text cannot both be made as they are.

    Equal changes are one.
    """
    if one.path != other.path:
        return False
    if one == other:
        return False
    if one.is_insertion and other.is_insertion:
        # Whatever is put in between, the imports of two fixes go one after the other.
        return one.start == other.start and not (is_import(one) and is_import(other))
    if one.is_insertion:
        return other.start < one.start < other.end
    if other.is_insertion:
        return one.start < other.start < one.end
    return one.start < other.end and other.start < one.end


def is_import(change: Change) -> bool:
    """Whether a change puts an import in."""
    return change.is_insertion and change.text.lstrip().startswith(("import ", "from "))


def in_order(changes: Iterable[Change]) -> list[Change]:
    """The changes of one fix: what it puts in at one place is one change, in the order it was made,
    but for imports, which other fixes may need as well."""
    found: list[Change] = []
    at: dict[tuple[str, int], int] = {}
    for change in dict.fromkeys(changes):
        if not change.is_insertion or is_import(change):
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
    """The changes of one text in the order of their places, equal ones once."""
    return sorted(set(changes), key=lambda change: (change.start, change.end, change.text))


def apply(text: str, changes: Sequence[Change]) -> str:
    """The text with `changes` made, which are in order and do not clash."""
    parts = []
    at = 0
    for change in changes:
        parts += [text[at : change.start], change.text]
        at = change.end
    parts.append(text[at:])
    return "".join(parts)


class _Piece(NamedTuple):
    """A stretch of the original text, or a new text in its place with the fixes that made it."""

    start: int
    end: int
    text: str | None
    labels: frozenset[int] = frozenset()

    def length(self) -> int:
        """How many characters stand there now."""
        return self.end - self.start if self.text is None else len(self.text)


class _Pieces:
    """Pieces to be taken from the front, so many characters at a time."""

    def __init__(self, pieces: Sequence[_Piece], end: int) -> None:
        self._rest = list(reversed(pieces))
        self._end = end

    def take(self, count: int) -> list[_Piece]:
        """The next pieces, `count` characters in all; the last is cut where need be."""
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
        """Where in the original text the next piece begins."""
        return self._rest[-1].start if self._rest else self._end

    def rest(self) -> list[_Piece]:
        """All that are left."""
        return self._rest[::-1]


def _cut(piece: _Piece, count: int) -> tuple[_Piece, _Piece]:
    """A piece in two; what a new text stands in place of goes with its second half."""
    if piece.text is None:
        middle = piece.start + count
        return piece._replace(end=middle), piece._replace(start=middle)
    head = piece._replace(end=piece.start, text=piece.text[:count])
    return head, piece._replace(text=piece.text[count:])


class Draft:
    """A text and what fixes have made of it, round after round.

    Whatever the rounds, `edits` are in places of the original text, each with the numbers of the
    fixes (`labels`) that it belongs to.
    """

    def __init__(self, path: str, original: str) -> None:
        self.path = path
        self.original = original
        self.text = original
        self._pieces = [_Piece(0, len(original), None)] if original else []
        self._before: tuple[str, list[_Piece]] | None = None

    def edit(self, changes: Sequence[tuple[Change, frozenset[int]]]) -> None:
        """Make changes of the text as it is now; they are in order and do not clash."""
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
        """As if the last `edit` had not been."""
        if self._before is not None:
            self.text, self._pieces = self._before
            self._before = None

    def edits(self) -> list[tuple[Change, frozenset[int]]]:
        """What differs from the original text, in order; what touches is one edit."""
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
