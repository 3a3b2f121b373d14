"""A source line as it may be shown, with a map from its columns to those of the real line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Mask(NamedTuple):
    """One replaced stretch: offsets from 0, end exclusive, in the shown and in the real line."""

    shown: int
    shown_end: int
    real: int
    real_end: int


class MaskedLine(str):
    """The text that is shown. `masks` are the replaced stretches, in order.

    Only `keyaudit.core.redact` makes one from a line; a report shows no line of another origin.
    """

    __slots__ = ("masks",)

    masks: tuple[Mask, ...]

    def __new__(cls, text: str, masks: Iterable[Mask] = ()) -> MaskedLine:
        line = super().__new__(cls, text)
        line.masks = tuple(masks)
        return line

    def shown(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the real line is shown: all of a mask of which it has a part."""
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
        """As JSON has it: the text, then the masks; `unpacked` reads it back."""
        return [str(self), *map(list, self.masks)]


def shown(code: str, start: int, end: int) -> tuple[int, int]:
    """Where a stretch of a line is shown, whether something of the line is masked or not."""
    return code.shown(start, end) if isinstance(code, MaskedLine) else (start, end)


def unpacked(data: object) -> str:
    """The line that `packed` wrote, or a text as it is; TypeError for anything else."""
    if isinstance(data, str):
        return data
    if isinstance(data, Sequence) and data and isinstance(data[0], str):
        masks = [Mask(*map(int, mask)) for mask in data[1:]]
        return MaskedLine(data[0], masks)
    raise TypeError("is no line")
