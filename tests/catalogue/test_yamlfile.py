"""The YAML reader: the same data as PyYAML where both agree on YAML, and right line numbers."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.catalogue.yamlfile import Source, dotted, parse
from keyaudit.core.errors import KeyauditError

_WORDS = st.text("abcdefgh-_ {}:#'\"*&é\n", min_size=1, max_size=12)
_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(10**9), 10**9), _WORDS)
_DATA = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(_WORDS, inner, max_size=4)
    ),
    max_leaves=25,
)


def _source(text: str) -> Source:
    return parse("f.yaml", text.encode())


def _error(data: bytes) -> str | None:
    """Where the error is that these bytes give, if they give one."""
    try:
        parse("f.yaml", data)
    except KeyauditError as error:
        return error.where or "nowhere"
    return None


@given(st.dictionaries(_WORDS, _DATA, min_size=1, max_size=4), st.booleans())
def test_reads_what_was_written(data: dict[str, Any], flow: bool) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True, sort_keys=False)
    assert _source(text).data == data


@given(st.dictionaries(_WORDS, _DATA, min_size=1, max_size=4))
def test_lines_are_those_of_the_keys(data: dict[str, Any]) -> None:
    text = yaml.safe_dump(data, default_flow_style=False, allow_unicode=True, sort_keys=False)
    source = _source(text)
    ends = [*(source.line((key,)) for key in data), text.count("\n") + 1]
    lines = text.split("\n")
    for key, start, end in zip(data, ends[:-1], ends[1:], strict=True):
        part = yaml.safe_load("\n".join(lines[start - 1 : end - 1]))
        assert part == {key: data[key]}


@given(st.binary(max_size=200))
def test_any_bytes_give_data_or_an_error(data: bytes) -> None:
    assert _error(data) is None or str(_error(data)).startswith("f.yaml:")


@given(st.text("ab:-[]{}&*!,\n '\"|>", max_size=60))
def test_any_text_gives_data_or_an_error(text: str) -> None:
    assert _error(text.encode()) is None or str(_error(text.encode())).startswith("f.yaml:")


def test_words_of_yaml_1_1_are_text() -> None:
    assert _source("{on: on, off: off, y: yes, n: no, d: 2020-01-02, o: 0b10}").data == {
        "on": "on", "off": "off", "y": "yes", "n": "no", "d": "2020-01-02", "o": "0b10",
    }  # fmt: skip


def test_numbers() -> None:
    data = _source("{a: 600_000, b: -3, c: 1.5, d: '12', e: ~, f: true, g: 0o77, h: 0xff}").data
    assert data == {
        "a": 600000,
        "b": -3,
        "c": 1.5,
        "d": "12",
        "e": None,
        "f": True,
        "g": 63,
        "h": 255,
    }


def test_line_of_a_path_that_does_not_exist_is_the_nearest() -> None:
    source = _source("a:\n  b:\n    - x\n    - y: 1\n")
    assert source.line(("a", "b", 1, "y", "z")) == 4
    assert source.line(("a", "q")) == 1
    assert dotted(("a", "b", 1, "y")) == "a.b[2].y"


def test_anchors_may_be_used_again() -> None:
    assert _source("a: &x {k: 1}\nb: *x\n").data == {"a": {"k": 1}, "b": {"k": 1}}


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]",
        "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
            f"{b}: &{b} [{','.join([f'*{a}'] * 8)}]\n" for a, b in pairwise("abcdefg")
        ),
        "[" * 500 + "]" * 500,
        "a: " + "{x: " * 60 + "1" + "}" * 60,
        "".join("  " * n + "k:\n" for n in range(200)),
    ],
    ids=["itself", "laughs", "lists", "mappings", "block"],
)  # fmt: skip
def test_blow_up_is_refused(text: str) -> None:
    with pytest.raises(KeyauditError):
        _source(text)


@pytest.mark.parametrize("text", ["!!python/object:os.system {}", "!x y", "a: !!binary eA==",
                                  "a: !!set {x: ~}"])  # fmt: skip
def test_tags_are_refused(text: str) -> None:
    with pytest.raises(KeyauditError, match="not allowed"):
        _source(text)


def test_key_that_is_no_text() -> None:
    with pytest.raises(KeyauditError, match="key must be text"):
        _source("? [a, b]\n: 1\n")
