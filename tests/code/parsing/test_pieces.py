"""Cutting a file into pieces changes nothing that is found in it."""

from __future__ import annotations

import ast
import inspect
import json
import random
from types import ModuleType

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from keyaudit.code.parsing import parse_statements
from keyaudit.code.parsing.pieces import TooDeepError, cut
from keyaudit.code.semantics.module import SourceModule, decode
from keyaudit.code.semantics.scopes import Scope

_STATEMENTS = [
    "import os\n", "from a import (\n    b,\n    c,\n)\n", "x = 1\n", "X = {\n'a': [1,\n2]}\n",
    "def f(a, b=(1,\n2)):\n    return '''\ndef no():\n'''\n", "# def g():\n", "\n\n",
    "class C:\n\n    x = 1\n\n    def m(self):\n        pass\n", "@d\n@e(1)\ndef h():\n    pass\n",
    "if x:\n    y = 2\nelif y:\n    y = 3\nelse:\n    y = 4\n",
    "try:\n    z = 1\nexcept E:\n    z = 2\nfinally:\n    z = 3\n", "w = 'a' \\\n    'b'\n",
    's = """x\ny # "\n"""\n', "for i in x:\n    pass\nelse:\n    pass\n", "t = r'\\\\'\n", "u = f'{x!r}'\n",
    "with a as b:\n    pass\n", "x = 5; y = 6\n", "v = \"'\"  # it's\n", "print('(')\n",
]  # fmt: skip


def _names(scope: Scope) -> list[tuple[str, str]]:
    found = [(scope.qualname, name) for name in scope.bindings]
    for child in scope.children:
        found += _names(child)
    return found


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(_STATEMENTS), max_size=12))
def test_pieces_cover_the_text_and_hold_the_same_names(statements: list[str]) -> None:
    text = "".join(statements)
    pieces = cut(text)
    assert "".join(text[p.start : p.end] for p in pieces) == text
    found: list[list[tuple[str, str]]] = []
    for whole in (False, True):
        module = SourceModule("a.py", "a", text.encode(), whole=whole)
        names = [n for number in range(len(module.pieces)) for n in _names(module.scope(number))]
        found.append(sorted(set(names)))
        assert not module.errors
    assert found[0] == found[1]


@pytest.mark.parametrize("module", [ast, inspect, json, random])
def test_every_piece_of_real_files_parses(module: ModuleType) -> None:
    text = inspect.getsource(module)
    for piece in cut(text):
        assert isinstance(parse_statements(text[piece.start : piece.end], piece.start)[0], list)


@pytest.mark.parametrize("module", [ast, inspect, random])
def test_places_of_names_are_exact(module: ModuleType) -> None:
    """Every name and attribute that is read stands in the text where its place says."""
    text = inspect.getsource(module)
    loaded = SourceModule("m.py", "m", text.encode())
    checked = 0
    for number in range(len(loaded.pieces)):
        for call in loaded.scope(number).calls:
            assert text[call.pos : call.end].endswith(")")
            checked += 1
    expected = {
        (n.lineno, n.end_lineno) for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)
    }
    spans = set()
    for number in range(len(loaded.pieces)):
        scopes = [loaded.scope(number)]
        for scope in scopes:
            scopes += scope.children
            for call in scope.calls:
                span = loaded.span(call.pos, call.end)
                spans.add((span.line, span.end_line))
    assert checked >= 0
    assert len(expected - spans) <= len(expected) // 50


@pytest.mark.parametrize(
    "text", ["(" * 300 + ")" * 300, "x = " + "-" * 4000 + "1", "x = a" + ".b" * 4000]
)
def test_what_would_break_a_parser_is_refused(text: str) -> None:
    with pytest.raises(TooDeepError):
        cut(text)
    module = SourceModule("a.py", "a", text.encode())
    assert module.errors
    assert module.pieces == []


def test_a_piece_that_does_not_parse_leaves_the_others() -> None:
    module = SourceModule("a.py", "a", b"print 'two' x\n\ndef f():\n    return g(1)\n")
    scopes = [module.scope(number) for number in range(len(module.pieces))]
    assert len(module.errors) == 1
    assert [child.name for scope in scopes for child in scope.children] == ["f"]


def test_decoding_follows_the_file() -> None:
    assert decode(b"\xef\xbb\xbfx = 1") == "x = 1"
    assert decode("# -*- coding: latin-1 -*-\nx = 'é'".encode("latin-1")).endswith("'é'")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="abc'\"\\\n#(){}[] =f@:", max_size=60))
def test_any_text_is_cut_or_refused(text: str) -> None:
    pieces = cut(text)
    assert "".join(text[p.start : p.end] for p in pieces) == text


def test_text_in_a_literal_is_no_chain_of_operators() -> None:
    embedded = "a+b/c" * 5000
    assert [piece.kind for piece in cut(f"data = '{embedded}'\nimport os\n")] == [
        "simple",
        "import",
    ]
    with pytest.raises(TooDeepError):
        cut(f"total = {'a + ' * 2000}a  # '{embedded}'\n")
