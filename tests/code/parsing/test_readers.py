"""Both readings of Python text, by `ast` and by libcst, give the same syntax."""

from __future__ import annotations

import argparse
import ast
import asyncio.tasks
import dataclasses
import inspect
import json
import random
import sys
import textwrap
from types import ModuleType
from typing import Any

import libcst
import pytest

from keyaudit.code import syntax as s
from keyaudit.code.parsing import NotPythonError, libcst_statements, parse_statements
from keyaudit.code.parsing import ast_statements as statements
from keyaudit.code.parsing.pieces import cut
from keyaudit.code.semantics.module import SourceModule

# Set by what comes after reading, or a matter of places alone.
_LATER = {"scope", "reach", "order", "context"}
_PLACES = {"pos", "end"}

_EXPRESSIONS = [
    "None", "True", "...", "1", "1.5", "2j", "-1", "-x", "not a", "~a", "'a'", "b'a'", "'a' 'b'",
    "(b'a'\n b'b')", "r'\\d'", "f'{a}{b!r:>{w}}c'", "f'a' 'b'", "'a' f'{b}'", "a", "a.b.c",
    "(a).b", "a[1]", "a['k'][0]", "a[1:2]", "a[:]", "a[::s]", "a[1, 2]", "a[(1, 2)]", "f()",
    "f(a, *b, c=d, **e)", "f(c=1, *b)", "(f or g)(x)", "f(x for x in y)", "a + b - c", "(a + b) * c",
    "a + (b + c)", "a and b and c", "a and (b or c)", "a < b <= c", "a is not b", "a not in b",
    "a if b else c", "()", "(a,)", "(a, b)", "[a, *b]", "{a, b}", "{}", "{'a': b, **c}",
    "[a for a in b if c if d]", "{a: b for a, b in c for d in e}", "{a for a in b}",
    "lambda: a", "lambda a, b=1, *c, d, e=2, **f: a", "(a := b)", "a @ b", "a ** -b", "a // b % c",
]  # fmt: skip
_STATEMENTS = [
    "a = b = c", "a, (b, *c) = d", "[a, b] = c", "a.b = c", "a['k'] = b", "a: int = b", "a: int",
    "a: ClassVar[int] = b", "a += b", "a //= b", "del a", "del a, b", "del (a, b)", "del a[0]",
    "a", "f(a)", "assert a", "assert a, f(b)", "raise", "raise A", "raise A(b) from c", "pass",
    "import a", "import a.b.c", "import a.b as c, d", "from a import b", "from a import b as c, d",
    "from . import a", "from ..a.b import (c,\n    d as e,)", "from a import *", "global a, b",
    "a = 1; b = 2", "if a: b = 1", "if a:\n    b\nelif c:\n    d\nelse:\n    e",
    "while a:\n    break\nelse:\n    b", "for a, b in c:\n    continue\nelse:\n    d",
    "with a: b", "with a as b, c as (d, e):\n    f", "with (\n    a as b,\n    c,\n):\n    d",
    "try:\n    a\nexcept:\n    b", "try:\n    a\nexcept A as b:\n    c\nelse:\n    d\nfinally:\n    e",
    "try:\n    a\nexcept (A, B):\n    c", "try:\n    a\nexcept* A:\n    b", "try:\n    a\nfinally:\n    b",
    "match a:\n    case 1: b\n    case [c, *d] if e: f\n    case A(x=g) as h: i\n    case {'k': j}: l",
    "def f(): pass", "def f(a, b=1, /, c=2, *d, e, f=3, **g) -> int:\n    return a",
    "def f(a: int, *, b: str = 'c'):\n    def g():\n        nonlocal a\n        return a",
    "@a\n@b.c(1)\ndef f():\n    'doc'\n    yield\n    yield a\n    yield from b",
    "async def f():\n    await a\n    async with a as b: pass\n    async for c in d: pass",
    "class A: pass", "class A(B, *d, metaclass=C, **e):\n    x = 1\n    def f(self): pass",
    "@dataclass\nclass A:\n    a: int\n    b: str = field(default='c')\n    d: ClassVar[int] = 1",
    "# a comment\na = 1  # another\n", "a = \\\n    1", "'é' + a.ü", "def  f (a) : pass", "",
]  # fmt: skip


def _plain(node: Any, without: set[str]) -> Any:
    if isinstance(node, list | tuple):
        return [_plain(part, without) for part in node]
    if isinstance(node, s.Text):  # the one keeps the letters of an f-string as they are written
        node = dataclasses.replace(node, parts=[p for p in node.parts if type(p) is not s.Const])
    if dataclasses.is_dataclass(node):
        names = [f.name for f in dataclasses.fields(node) if f.name not in without]
        return [type(node).__name__, *[_plain(getattr(node, name), without) for name in names]]
    return repr(sorted(node) if isinstance(node, set) else node)


def _both(text: str, without: set[str]) -> tuple[Any, Any]:
    mine = statements.StatementReader(text, 7).module(statements.parse(text))
    other = libcst_statements.StatementConverter(text, 7).module(libcst_statements.parse(text))
    return _plain(mine, without), _plain(other, without)


@pytest.mark.parametrize("text", _EXPRESSIONS)
def test_expressions_are_read_alike(text: str) -> None:
    mine, other = _both(f"x = {text}\n", _LATER | _PLACES)
    assert mine == other


@pytest.mark.parametrize("text", _STATEMENTS)
def test_statements_are_read_alike(text: str) -> None:
    for whole in (text, "if x:\n" + textwrap.indent(text or "pass", "    ")):
        if text.startswith(("from a import *", "from ..a")) and whole is not text:
            continue
        mine, other = _both(whole, _LATER | _PLACES)
        assert mine == other


@pytest.mark.parametrize("module", [argparse, asyncio.tasks, inspect, json, random])
def test_real_files_are_read_alike(module: ModuleType) -> None:
    text = inspect.getsource(module)
    for piece in cut(text):
        mine, other = _both(text[piece.start : piece.end], _LATER | _PLACES)
        assert mine == other


@pytest.mark.parametrize(
    "text",
    [
        "x = f(a.b, 'c', *d, e=[1, (2, 3)])[g:h]\n",
        "def f(a, b=1):\n    with open(a) as b:\n        return b.read() + 'é' + c(d)\n",
        "class A(B):\n    @d\n    async def m(self):\n        await x.y(z)\n        del self.a\n",
        "try:\n    a = {b: c}\nexcept E as f:\n    raise G(f) from f\nimport a.b as c\n",
        "for a, b in c:\n    if not a < b: continue\n    x: int = -1\n    global y\n",
        "é = 'ü'; z = é(\n    'ß', z)\r\nx = 'a' \\\r\n  'b'\r\n",
    ],
)
def test_places_are_the_same(text: str) -> None:
    mine, other = _both(text, _LATER)
    assert mine == other


def test_places_are_characters_of_the_document() -> None:
    text = "'é', '𝄞'; f(ü, \"s\")\r\nclass  Ü :\r\n  def  g (a): h.i('x')\n"
    body, bound = parse_statements(text, 100)
    assert bound == {"Ü"}
    _, call, cls = body
    assert isinstance(call, s.ExprStmt)
    assert isinstance(cls, s.Class)

    def at(node: Any) -> str:
        return text[node.pos - 100 : node.end - 100]

    assert at(call) == 'f(ü, "s")'
    assert at(cls) == "Ü"
    (method,) = cls.body
    assert isinstance(method, s.Def)
    assert (at(method), at(method.params[0]), at(method.body[0])) == ("g", "a", "h.i('x')")


def test_what_stands_in_an_f_string_has_its_place() -> None:
    (statement,), _ = parse_statements("x = f'{a.b(c)} d'\n", 0)
    assert isinstance(statement, s.Assign)
    text = statement.value
    assert isinstance(text, s.Text)
    call = text.parts[0]
    assert isinstance(call, s.Call)
    assert (call.pos, call.end) == (text.pos, text.end) == (4, 17)


def test_libcst_reads_what_the_interpreter_is_too_old_for(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "x = f(1)\n"
    expected = _plain(parse_statements(text, 3), _LATER)

    def refuse(text: str) -> ast.Module:
        raise SyntaxError("too new")

    monkeypatch.setattr("keyaudit.code.parsing.parse", refuse)
    assert _plain(parse_statements(text, 3), _LATER) == expected
    with pytest.raises(NotPythonError, match="line 2"):
        parse_statements("x = 1\nprint 'a'\n", 0)


@pytest.mark.parametrize("text", ["print 'a' b\n", "def f(:\n", "x = '\ud800'\n", "a b", "\x00("])
def test_what_is_no_python_is_refused(text: str) -> None:
    with pytest.raises(NotPythonError):
        parse_statements(text, 0)


@pytest.mark.parametrize(
    "text",
    [
        "print 'limit'\n",
        "exec 'x = 1'\n",
        "raise Failed, 'why'\n",
        "mode = 0755\n",
        "size = 10L\n",
        "name = ur'a'\n",
        "text = `x`\n",
        "call(a b)\n",
    ],
)
def test_libcst_is_not_loaded_for_what_is_no_python_of_today(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(libcst.ParserSyntaxError):  # which would have read no more of it
        libcst.parse_module(text)
    monkeypatch.setitem(sys.modules, "libcst", None)
    if text == "call(a b)\n":
        with pytest.raises(NotPythonError, match="line 3"):
            parse_statements("import os\nx = 1\n" + text, 0)
    else:
        assert len(parse_statements("import os\nx = 1\n" + text, 0)[0]) == 3


@pytest.mark.parametrize(
    "text",
    [
        "type Key = bytes\n",
        "def first[T](items: list[T]) -> T:\n    return items[0]\n",
        "class Box[T]:\n    pass\n",
        "x = f'{d['a b']}'\n",
        "try:\n    pass\nexcept A, B:\n    pass\n",
    ],
)
def test_what_later_grammars_allow_is_read(text: str) -> None:
    statements, _ = parse_statements(text, 0)
    assert statements or text.startswith("type")


def test_what_nests_too_deep_is_said_to() -> None:
    # More than the interpreter's parser bears, and less than `cut` refuses before it.
    deep = "".join(" " * n + "if x:\n" for n in range(99)) + " " * 99 + "pass\n"
    module = SourceModule("a.py", "a", ("x = 1\n" + deep + "y = " + "[" * 190 + "]" * 190).encode())
    for number in range(len(module.pieces)):
        module.scope(number)
    chained = "x = " + "(".join("-" * 90 for _ in range(90)) + "1" + ")" * 89
    assert SourceModule("a.py", "a", chained.encode()).scope(0).qualname == ""
