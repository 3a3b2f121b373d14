"""The picture of when secrets came and left."""

from __future__ import annotations

from xml.etree import ElementTree

from keyaudit.core.finding import Finding, History
from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span
from keyaudit.reports.terminal import width
from keyaudit.reports.timeline import render_svg, render_text

NOW = 1_704_067_200.0  # 2024-01-01
_SVG = "{http://www.w3.org/2000/svg}"


def finding(
    came: str | None, left: str | None = None, *, head: bool = False, rotated: int | None = None,
    path: str = "app.py", severity: Severity = Severity.HIGH,
) -> Finding:  # fmt: skip
    commit = None if came is None else f"{came[:4]:0<40}"
    known = History(
        commit=commit, author="Ada", date=came and f"{came}T00:00:00Z",
        removed_commit=left and "b" * 40, removed_date=left and f"{left}T00:00:00Z", in_head=head,
        exposed_days=1, paths=(path,), blobs=(f"{came} {left}",), rotated=rotated is not None,
        rotated_days=rotated,
    )  # fmt: skip
    return Finding("KA507", path, Span(3, 1, 3, 9), "m", severity, Confidence.HIGH, history=known)


def bars(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("app.py:3")]


def test_row_for_each_secret_in_order_of_time() -> None:
    found = [
        finding("2022-01-01", head=True),
        finding("2020-01-01", "2021-01-01"),
        finding("2021-01-01", "2022-01-01", rotated=365),
    ]
    first, second, third = bars(render_text(found, NOW, columns=100))
    assert first.endswith("left after 366 d")
    assert second.endswith("replaced after 365 d")
    assert third.endswith("in HEAD")
    # One begins where the one before ends, and history keeps what left until now.
    assert first.index("○") == second.index("●")
    assert second.index("◆") == third.index("●")
    assert first.rindex("┄") == second.rindex("┄") == third.index("▶")


def test_finding_of_two_rules_is_one_secret() -> None:
    one = finding("2020-01-01", head=True)
    assert len(bars(render_text([one, one], NOW))) == 1


def test_lines_fit_whatever_the_width_and_the_encoding() -> None:
    found = [finding("2001-05-05", "2001-05-05"), finding("2023-12-31"), finding("2030-01-01")]
    for columns in (60, 80, 200):
        text = render_text(found, NOW, columns=columns, encoding="ascii")
        assert text.isascii()
        assert max(width(line) for line in bars(text)) <= columns


def test_years_stand_where_they_begin() -> None:
    text = render_text([finding("2022-01-01", "2023-01-01")], NOW, columns=100)
    axis, row = text.splitlines()[0], bars(text)[0]
    assert abs(axis.index("2023") - row.index("○")) <= 1


def test_without_a_known_coming_there_is_no_picture() -> None:
    assert render_text([finding(None)], NOW) == "no secret whose coming is known\n"
    ElementTree.fromstring(render_svg([finding(None)], NOW))


def test_svg_is_xml_without_script_whatever_a_path_holds() -> None:
    path = 'evil"<script>alert(1)</script>&\x1b[31m\x00.py'
    found = [finding("2020-01-01", "2021-01-01", path=path), finding("2022-01-01", head=True)]
    root = ElementTree.fromstring(render_svg(found, NOW))
    kinds = {element.tag.removeprefix(_SVG) for element in root.iter()}
    assert kinds <= {"svg", "g", "title", "text", "rect", "path", "circle"}
    rows = list(root.iter(f"{_SVG}g"))
    assert len(rows) == 2
    said = [title.text or "" for title in root.iter(f"{_SVG}title")]
    assert any("it came in with 2020" in text for text in said)


def test_bars_of_the_svg_are_as_long_as_the_time() -> None:
    found = [finding("2020-01-01", "2022-01-01"), finding("2020-01-01", "2021-01-01")]
    root = ElementTree.fromstring(render_svg(found, NOW))
    widths = [
        float(rect.get("width", "0"))
        for row in root.iter(f"{_SVG}g")
        for rect in row.iter(f"{_SVG}rect")
    ]
    assert abs(max(widths) / min(widths) - 731 / 366) < 0.05
