"""What only Python 2 reads is read as what says the same today, at the same places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.code import syntax as s
from keyaudit.code.parsing import NotPythonError, parse_statements, python2
from tests.code.parsing.test_readers import _LATER, _PLACES, _plain

_SAME = [
    ("print a", "print(a)"),
    ("print 'a', b % c", "print('a', b % c)"),
    ("print 'a' if b else c", "print('a' if b else c)"),
    ("print not a or -b", "print(not a or -b)"),
    ("print a,", "print(a,)"),
    ("if a: print b; print c", "if a: print(b); print(c)"),
    ("print >>f, 'a %s' % b", "print('a %s' % b, file=f)"),
    ("print >> sys.stderr , a", "print(a, file=sys.stderr)"),
    ("print '''a\n# b\n''' % c", "print('''a\n# b\n''' % c)"),
    ("exec 'a'", "exec('a')"),
    ("try:\n  print a\nexcept (A, B), e:\n  f(e)", "try:\n  print(a)\nexcept (A, B) as e:\n  f(e)"),
    ("try:\n  a\nexcept A.B, e: b", "try:\n  a\nexcept A.B as e: b"),
    ("raise A, 'b %s' % c", "raise A('b %s' % c)"),
    ("raise A, b, sys.exc_info()[2]", "raise A(b)"),
    ("if a <> b: c = `d` + '<>`'", "if a != b: c = (d) + '<>`'"),
    ("a = 0xFFL + 10l + 0777 + 00", "a = 0xFF + 10 + 511 + 00"),
    ("a = ur'b' + ('0777L', 1.01, a01)", "a = r'b' + ('0777L', 1.01, a01)"),
    ("def f(a, (b, c)): print a", "def f(a, b, c): print(a)"),
    ("print sorted(d, key=lambda (k, v): v)", "print(sorted(d, key=lambda k, v: v))"),
    ("print 'é', 'ü'  # print a", "print('é', 'ü')  # print a"),
]


@pytest.mark.parametrize(("old", "new"), _SAME)
def test_is_read_as_what_says_the_same(old: str, new: str) -> None:
    for before in ("", "class A:\n  x = 1\n"):
        mine = parse_statements(before + old + "\n", 3)
        assert _plain(mine, _LATER | _PLACES) == _plain(
            parse_statements(before + new + "\n", 3), _LATER | _PLACES
        )


def test_every_place_is_that_of_the_text() -> None:
    text = "def f(é, (b, c)):\n    try: print 'é', b\n    except E, x: raise F, `x`\n"
    (function,), _ = parse_statements(text, 50)
    assert isinstance(function, s.Def)
    (attempt,) = function.body
    assert isinstance(attempt, s.Try)
    (said,) = attempt.body
    (handler,) = attempt.handlers
    (raised,) = handler.body
    assert isinstance(said, s.ExprStmt)
    assert isinstance(said.value, s.Call)
    assert isinstance(raised, s.Raise)
    assert text[said.pos - 50 : said.end - 50] == "print 'é', b"
    assert [text[a.value.pos - 50 : a.value.end - 50] for a in said.value.args] == ["'é'", "b"]
    assert (handler.name, text[handler.pos - 50 :][:8]) == ("x", "except E")


@pytest.mark.parametrize("text", ["print a b", "exec", "x = (", "except A, B: c", "def f(: pass"])
def test_other_errors_stay_errors(text: str) -> None:
    if text != "exec":
        with pytest.raises(NotPythonError):
            parse_statements(text + "\nprint x\n", 0)


@pytest.mark.parametrize(
    "text", ["print = f\n", "print (a)\n", "a = '''\nprint b\n'''\n", "x.print a"]
)
def test_what_is_no_statement_of_python2_is_left_alone(text: str) -> None:
    assert python2.rewritten(text, 0) is None


@given(st.text(alphabet="print exc,raise(0L7)<>`'\"#\n\t:=eu\\é;[]A.", max_size=80))
def test_no_character_moves(text: str) -> None:
    old = python2.rewritten(text, 0)
    if old is not None:
        assert len(old.text) == len(text)
        assert old.text.count("\n") == text.count("\n")
