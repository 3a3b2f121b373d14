"""A timeline as a self-contained SVG image: no script, font or style sheet is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from keyaudit.core.finding import Finding
from keyaudit.core.levels import Severity
from keyaudit.reports.life import life
from keyaudit.reports.terminal import count, printable
from keyaudit.reports.timeline.lives import Row, Scale, rows, scale

# In pixels, at the size the image says it has.
_WIDTH, _ROW, _TOP, _BOTTOM = 1100, 22, 56, 44
_LEFT, _RIGHT = 330, 150
_BAR, _DOT = 8, 5
_LONGEST_NAME = 44
_COLORS = {
    Severity.CRITICAL: "#a4002b",
    Severity.HIGH: "#d1382f",
    Severity.MEDIUM: "#c77700",
    Severity.LOW: "#2f7d8c",
    Severity.NOTE: "#7a7f87",
}
_INK, _FAINT, _LINE = "#1f2328", "#59636e", "#d8dee4"
_LEGEND = "bar: in the files | dots: in the history alone | arrow: in HEAD | diamond: replaced"


def render(findings: Iterable[Finding], now: float) -> str:
    """The SVG text, ending in a line feed; `now` is in seconds since 1970."""
    lives = rows(findings)
    height = _TOP + _ROW * max(1, len(lives)) + _BOTTOM
    axis = scale(lives, now)
    title = f"{count(len(lives), 'secret')} in the history"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="12">',
        f"<title>{title}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(16, 26, title, _INK, extra=' font-size="16" font-weight="bold"'),
        *_years(axis, height - _BOTTOM),
    ]
    for number, row in enumerate(lives):
        parts += _row(row, axis, _TOP + _ROW * number + _ROW // 2, now)
    parts.append(_text(16, height - 16, _LEGEND, _FAINT))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _years(axis: Scale, bottom: int) -> Iterator[str]:
    for year, place in axis.years(10):
        at = _at(place)
        yield f'<path d="M{at:.1f} {_TOP - 8}V{bottom}" stroke="{_LINE}"/>'
        yield _text(at, _TOP - 13, str(year), _FAINT, extra=' text-anchor="middle"')


def _row(row: Row, axis: Scale, y: int, now: float) -> Iterator[str]:
    color = _COLORS[row.severity]
    start, today = _at(axis.place(row.start)), _at(axis.place(max(now, row.start)))
    end = today if row.end is None else max(start, _at(axis.place(row.end)))
    name = row.name if len(row.name) <= _LONGEST_NAME else "…" + row.name[1 - _LONGEST_NAME :]
    yield "<g>"
    yield f"<title>{escape(printable(f'{row.name}: {life(row.history)}'))}</title>"
    yield _text(_LEFT - 12, y + 4, name, _INK, extra=' text-anchor="end"')
    yield (
        f'<rect x="{start:.1f}" y="{y - _BAR / 2:g}" width="{max(2.0, end - start):.1f}" '
        f'height="{_BAR}" rx="2" fill="{color}"/>'
    )
    if row.in_head:
        yield (
            f'<path d="M{end:.1f} {y - _BAR}L{end + _BAR:.1f} {y}L{end:.1f} {y + _BAR}Z" '
            f'fill="{color}"/>'
        )
    else:
        yield (
            f'<path d="M{end:.1f} {y}H{today:.1f}" stroke="{color}" stroke-width="2" '
            'stroke-dasharray="1 4"/>'
        )
    if row.rotated_days is not None and not row.in_head:
        yield (
            f'<path d="M{end:.1f} {y - _DOT - 2}l{_DOT + 2} {_DOT + 2}l-{_DOT + 2} {_DOT + 2}'
            f'l-{_DOT + 2} -{_DOT + 2}Z" fill="#ffffff" stroke="{color}" stroke-width="2"/>'
        )
    elif row.end is not None:
        yield (
            f'<circle cx="{end:.1f}" cy="{y}" r="{_DOT}" fill="#ffffff" stroke="{color}" '
            'stroke-width="2"/>'
        )
    yield _text(_WIDTH - _RIGHT + 16, y + 4, row.state, _FAINT)
    yield "</g>"


def _at(place: float) -> float:
    return _LEFT + place * (_WIDTH - _LEFT - _RIGHT)


def _text(x: float, y: float, text: str, color: str, *, extra: str = "") -> str:
    fill = quoteattr(color)
    return f'<text x="{x:g}" y="{y:g}" fill={fill}{extra}>{escape(printable(text))}</text>'
