"""From offsets to line numbers."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from keyaudit.triage.lines import line_numbers


@given(
    data=st.text("ab\n\r\f", max_size=60).map(str.encode),
    offsets=st.lists(st.integers(0, 59), max_size=12),
)
@example(data=b"\n\n\n", offsets=[0, 1, 2])
@example(data=b"a", offsets=[])
@example(data=b"\r\r\r\na", offsets=[3, 4])
def test_numbers_count_the_newlines_before(data: bytes, offsets: list[int]) -> None:
    offsets = [offset for offset in offsets if offset < len(data)]
    expected = sorted({data.count(b"\n", 0, offset) + 1 for offset in offsets})
    assert line_numbers(data, offsets) == expected


def test_takes_any_iterable_once() -> None:
    assert line_numbers(b"a\nb\nc", iter([4, 0, 0, 2])) == [1, 2, 3]
