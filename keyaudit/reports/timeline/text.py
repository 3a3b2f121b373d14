"""A timeline as text for a terminal."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass

from keyaudit.core.finding import Finding
from keyaudit.reports.life import day
from keyaudit.reports.terminal import Style, count, width
from keyaudit.reports.timeline.lives import Row, Scale, rows, scale

_LEAST_CELLS = 20
_LONGEST_NAME = 0.35  # of the width


@dataclass(frozen=True, slots=True)
class _Signs:
    came: str
    stands: str
    left: str
    kept: str
    in_head: str
    replaced: str


_UNICODE = _Signs("●", "━", "○", "┄", "▶", "◆")
_ASCII = _Signs("*", "=", "o", ".", ">", "#")


def render(
    findings: Iterable[Finding],
    now: float,
    *,
    color: bool = False,
    encoding: str = "utf-8",
    columns: int | None = None,
) -> str:
    """The timeline with one line for each secret, ending in a line feed.

    `now` is in seconds since 1970. `encoding` is that of the output, `columns` its width (None:
    that of the terminal).
    """
    lives = rows(findings)
    if not lives:
        return "no secret whose coming is known\n"
    signs = _UNICODE if _can(encoding) else _ASCII
    style = Style(color)
    columns = columns or shutil.get_terminal_size((100, 24)).columns
    most = int(columns * _LONGEST_NAME)
    names = [_cut(row.name, most) for row in lives]
    left = max(width(name) for name in names)
    right = max(len(row.state) for row in lives)
    cells = max(_LEAST_CELLS, columns - left - right - 3)
    axis = scale(lives, now)
    lines = [f"{' ' * left} {style(_axis(axis, cells), 'dim')}".rstrip()]
    for row, name in zip(lives, names, strict=True):
        bar = style.severity(row.severity, _bar(row, axis, cells, now, signs))
        lines.append(f"{name}{' ' * (left - width(name))} {bar} {row.state}")
    first = min(row.history.date or "" for row in lives)
    legend = (
        f"{signs.came} came in  {signs.stands} stands  {signs.left} left  {signs.replaced} replaced"
        f"  {signs.kept} kept by history alone  {signs.in_head} in HEAD"
    )
    lines += ["", style(legend, "dim"), f"{count(len(lives), 'secret')} since {day(first)}"]
    return "\n".join(lines) + "\n"


def _axis(axis: Scale, cells: int) -> str:
    line = [" "] * (cells + 4)
    for year, place in axis.years(cells // 6):
        at = int(place * (cells - 1))
        if at + 4 <= cells:
            line[at : at + 4] = str(year)
    return "".join(line)[:cells]


def _bar(row: Row, axis: Scale, cells: int, now: float, signs: _Signs) -> str:
    def cell(moment: float) -> int:
        return int(axis.place(moment) * (cells - 1))

    start, today = cell(row.start), cell(max(now, row.start))
    end = today if row.end is None else max(start, cell(row.end))
    line = [" "] * cells
    line[start : end + 1] = signs.stands * (end + 1 - start)
    line[end + 1 : today + 1] = signs.kept * max(0, today - end)
    line[start] = signs.came
    if row.in_head:
        line[end] = signs.in_head
    elif row.rotated_days is not None:
        line[max(end, min(start + 1, cells - 1))] = signs.replaced
    elif row.end is not None:
        line[max(end, min(start + 1, cells - 1))] = signs.left
    return "".join(line)


def _cut(name: str, most: int) -> str:
    """The end of a long name says more than its beginning."""
    while width(name) > most:
        name = "~" + name[max(2, 1 + width(name) - most) :]
    return name


def _can(encoding: str) -> bool:
    try:
        "●━○┄▶◆".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
