"""libyaml's reading of a file gives the very lines that detect-secrets' own reader makes of it."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from detect_secrets import transformers
from hypothesis import given, settings

from keyaudit.secrets.candidates import may_be_ini, split_lines
from keyaudit.secrets.detectors import detect_secrets_plugins
from keyaudit.secrets.values import yaml_values

_WORDS = st.sampled_from(
    ["a", "name", "pass word", "it's", "x-y", "'q # r'", '"d \\" e"', '"{{ v }}"', "1", "0x1f",
     "2020-01-01", "true", "~", "a#b", "a #b", "http://h/p?q=1", "é", "!!str 5", "!Ref x", "*m",
     "&n v", "*n", "|", "? k", "", "a:b", ":c", "-", "- d", "[e, f]", "[g: h]", "{i: j, k: 'l'}",
     "a>#b", "|#", ">-#", "{m: {n: o}, p: [q]}", "{r}", "[s, [t, {u: v}]]", '{"w":x}', "[y,", "z]",
     "[--fix, http://h,", "{u: v},", "{u: v}]", "\tt"]
)  # fmt: skip
_KEYS = st.sampled_from(
    [
        "a",
        "b",
        "name",
        "'c d'",
        '"e"',
        "1",
        "true",
        "<<",
        "? f",
        "g.h",
        "__k__",
        '"__lin\\x65__"',
        "!x i",
        "&j k",
        "*m",
        "l ",
    ]
)
_LINES = st.tuples(
    st.integers(0, 3),
    st.sampled_from(["", "- ", "- - "]),
    st.one_of(_WORDS, st.tuples(_KEYS, st.sampled_from([":", ": ", ":  ", ": &m "]), _WORDS)),
    st.sampled_from(["", "", "", " # note", "#", " "]),
)


def _render(line: tuple[int, str, str | tuple[str, str, str], str]) -> str:
    indent, item, text, end = line
    return "  " * indent + item + (text if isinstance(text, str) else "".join(text)) + end


def _theirs(lines: list[str]) -> list[str] | None:
    file = detect_secrets_plugins._NamedText("\n".join(lines))
    file.name = "some.yaml"
    try:
        return transformers.get_transformed_file(file) or None
    except Exception:
        return None


def _same(text: str) -> bool:
    """Whether libyaml's reading is the reader's; False also where it says nothing."""
    lines = split_lines(text)
    reading = yaml_values.read_yaml(lines)
    if reading is None or not reading.placed or may_be_ini(lines):
        return False
    assert (yaml_values.placed_lines(reading, lines) or None) == _theirs(lines)
    return True


@settings(max_examples=600, deadline=None)
@given(st.lists(_LINES.map(_render), min_size=1, max_size=9).map("\n".join))
def test_no_text_is_read_otherwise(text: str) -> None:
    _same(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: b\nc:\n  d: e # why\n  f: |\n    g\n    h\nlist:\n  - i: j\n    k: l\n",
        "a: {b: c, d: 'e f'}\ng: [h, {i: j}, k]\nl: m\n",
        "a: \"x \\\" y\"\nb: 'it''s'\nc: >-\n  folded\n  text\n\nd: last",
        "base: &base\n  user: u\n  secret: s\nnext:\n  <<: *base\n  secret: t\nlast: *base\n",
        "Key: !Ref Other\nvalue: v\n",
        "a: &n v\nb: 5\nc:\n- &m\n  d: e\n- *m\n",
        "a: [--b, 'c',\n  http://d/e]\nf: g\n",
        "# nothing\n",
    ],
    ids=["blocks", "braces", "quotes", "merged", "foreign", "anchors", "lists", "empty"],
)
def test_what_files_are_made_of_is_read(text: str) -> None:
    assert _same(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: &n v\nb: *n\n",
        "a: {b: c,\n  d: e}\n",
        "a: b\na: c\n",
        "? a\n: b\n",
        "a: b\n---\nc: d\n",
        "a:\tb\n",
        "when: 2020-01-01\na: b\n",
        "__line__: 5\na: b\n",
        "a: b\x0cc\n",
        "- [a: b]\n- c\n",
    ],
    ids=[
        "alias",
        "braces",
        "twice",
        "explicit",
        "documents",
        "tab",
        "date",
        "mark",
        "break",
        "pair",
    ],
)
def test_what_may_be_read_otherwise_is_left_to_the_reader(text: str) -> None:
    assert not _same(text)
