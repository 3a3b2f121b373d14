"""A masked source line, with the mapping from its columns to those of the original line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Mask(NamedTuple):
    """One replaced stretch: offsets from 0, the end exclusive, in the masked and in the original
    line."""

    shown: int
    shown_end: int
    real: int
    real_end: int


class MaskedLine(str):
    """A masked line; `masks` are the replaced stretches, in order.

    Only `keyaudit.core.redact` makes one from a source line; reports show no other lines.
    """

    __slots__ = ("masks",)

    masks: tuple[Mask, ...]

    def __new__(cls, text: str, masks: Iterable[Mask] = ()) -> MaskedLine:
        line = super().__new__(cls, text)
        line.masks = tuple(masks)
        return line

    def shown(self, start: int, end: int) -> tuple[int, int]:
        """The (start, end) offsets in the masked line of a stretch of the original line. A mask is
        included whole where the stretch overlaps it."""
        first = last = 0
        shown_start: int | None = None
        shown_end: int | None = None
        for mask in self.masks:
            if shown_start is None and start < mask.real_end:
                shown_start = mask.shown if start >= mask.real else first + start
            if end <= mask.real_end:
                shown_end = mask.shown_end if end > mask.real else last + end
                break
            first = last = mask.shown_end - mask.real_end
        return (
            first + start if shown_start is None else shown_start,
            last + end if shown_end is None else shown_end,
        )

    def packed(self) -> list[object]:
        """A list for JSON: the text, then the masks. `unpacked` reads it."""
        return [str(self), *map(list, self.masks)]


def shown(code: str, start: int, end: int) -> tuple[int, int]:
    """The (start, end) offsets at which a stretch of a line is shown, whether the line is masked or
    not."""
    return code.shown(start, end) if isinstance(code, MaskedLine) else (start, end)


def unpacked(data: object) -> str:
    """The line that `packed` wrote, or a plain text as it is. Raises TypeError for other data."""
    if isinstance(data, str):
        return data
    if isinstance(data, Sequence) and data and isinstance(data[0], str):
        masks = [Mask(*map(int, mask)) for mask in data[1:]]
        return MaskedLine(data[0], masks)
    raise TypeError("is no line")
