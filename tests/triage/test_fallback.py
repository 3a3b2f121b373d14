"""The engine in Python looks for an expression's own letters before it tries the expression."""

from __future__ import annotations

import pytest

from keyaudit.triage.fallback import PythonEngine


@pytest.mark.parametrize(
    ("expression", "data"),
    [
        (rb"a|bcde", b"a"),
        (rb"(?:abc)?xyz", b"xyz"),
        (rb"(?i)abcd", b"ABCD"),
        (rb"abcd?[e]", b"abce"),
        (rb"abcd*", b"abc"),
        (rb"abc{0,2}d", b"abd"),
        (rb"abc\.?d", b"abcd"),
        (rb"ab\.cd[x-z]{2}", b"ab.cdxy"),
        (rb"[a-z]{2}AZDO", b"qqAZDO"),
        (rb"a(?:b|cdefg)hij", b"abhij"),
        (rb"(?:^|[^a\n])bcd$", b"bcd"),
        (rb"\bfoo\b", b"-foo-"),
        (rb"[^]abc]xyz", b"-xyz"),
        (rb"\(abc\)", b"(abc)"),
    ],
)
def test_no_match_is_passed_over(expression: bytes, data: bytes) -> None:
    engine = PythonEngine([b"never", expression])
    assert engine.scan(b"\n" + data + b"\n") == {1: [2]}
    assert engine.scan(b"\n-\n") == {}
