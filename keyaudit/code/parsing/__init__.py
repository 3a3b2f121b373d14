"""Parses Python text into the small nodes of `keyaudit.code.syntax`.

The interpreter's own parser reads fifteen times as fast as libcst, and knows every node's place;
but it knows no syntax newer than itself. So it goes first, and libcst reads what it refuses. A
test holds both readings equal. What only Python 2 reads is rewritten for the first of them.
"""

from __future__ import annotations

from keyaudit.code import syntax as s
from keyaudit.code.parsing import python2
from keyaudit.code.parsing.ast_statements import StatementReader, parse
from keyaudit.core.patterns import regex

# What a text must have of which a later grammar makes more than an early one: f-strings and
# t-strings (PEP 701, 750), `type` statements and type parameters (PEP 695), bare `except a, b:`
# (PEP 758). And `<>`, which libcst reads as well.
_NEWER = regex(
    r"\b(?i:[ft]r?|r[ft])[\"']|\btype[ \t]+\w|\b(?:def|class)[ \t]+\w+[ \t]*\["
    r"|\bexcept\b[^\n:]*,|<>"
)
# What the interpreter says of grammar and numbers, and not of what is in a string.
_OF_GRAMMAR = ("Missing parentheses in call to ", "invalid syntax", "leading zeros in decimal ",
               "invalid decimal literal")  # fmt: skip


class NotPythonError(ValueError):
    """Neither parser can read the text; `line` (from 1) is where, 0 when that is not known."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


def parse_statements(text: str, base: int) -> tuple[list[s.Stmt], set[str]]:
    """The statements of a text that begins at character `base` of its document, and the names they
    bind at module level. Raises NotPythonError.

    `base` is where the text begins in its document, in characters. Raises NotPythonError, and
    RecursionError for what nests too deep for a parser.
    """
    try:
        return StatementReader(text, base).module(parse(text))
    except MemoryError:  # so the interpreter's parser says that its stack is full
        raise RecursionError from None
    except SyntaxError as error:
        found = _as_python2(text, base)
        if found is not None:
            return found
        # To load libcst takes as long as to parse ten thousand lines.
        if error.lineno and str(error.msg).startswith(_OF_GRAMMAR) and not _NEWER.search(text):
            raise NotPythonError(error.lineno) from None
        return _by_libcst(text, base)
    except ValueError:  # it refuses NUL characters and lone surrogates
        return _by_libcst(text, base)


def _as_python2(text: str, base: int) -> tuple[list[s.Stmt], set[str]] | None:
    """The statements of a text in the syntax of Python 2; None for one that is in no such."""
    old = python2.rewritten(text, base)
    if old is None:
        return None
    try:
        return StatementReader(old.text, base, old).module(parse(old.text))
    except (SyntaxError, ValueError, MemoryError):
        return None


def _by_libcst(text: str, base: int) -> tuple[list[s.Stmt], set[str]]:
    import libcst

    from keyaudit.code.parsing import libcst_statements

    try:
        tree = libcst_statements.parse(text)
    except libcst.ParserSyntaxError as error:
        raise NotPythonError(error.raw_line) from None
    except UnicodeEncodeError:  # a lone surrogate
        raise NotPythonError(0) from None
    return libcst_statements.StatementConverter(text, base).module(tree)
