"""One Python file: its pieces, parsed on demand, and its module-level names."""

from __future__ import annotations

import bisect
import io
import re
import tokenize
from itertools import count

from keyaudit.code.parsing import NotPythonError, parse_statements
from keyaudit.code.parsing.pieces import Piece, TooDeepError, cut
from keyaudit.code.parsing.word_index import Words
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.code.semantics.use_def import MAX_REACH, StatementFlow
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex
from keyaudit.core.python_text import PythonText

# What a definition begins with, after blank lines and comments; and the name it binds.
_LEADING = regex(r"(?:[ \t]*(?:#[^\n]*)?\n)*+(?:@|def\b|class\b|async[ \t]+def\b)")
_DEFINITION = regex(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
# Two that begin with a character of their own are twice as fast as one of both.
_ASSIGNED = tuple(
    regex(start + r"(\w+)[ \t]*(?::[^\n=]*)?=(?!=)") for start in (r"\.", r"\n[ \t]+")
)


class UndecodableError(ValueError):
    """The bytes are not text in the encoding the file declares."""


def decode(data: bytes) -> str:
    """The text of a Python source, by its BOM or coding comment; raises UndecodableError."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding).removeprefix("\ufeff")
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise UndecodableError(str(error).split("\n")[0]) from None


class SourceModule:
    """A file at `path`, importable as `name`. Pieces are read on demand and once.

    `errors` collects the places (character offsets) where a piece did not parse.
    `whole` reads the file as one piece. By its path `judged` it is judged to be a test.
    """

    def __init__(
        self, path: str, name: str, data: bytes, *, whole: bool = False, judged: str | None = None
    ) -> None:
        self.path = path
        self.judged = path if judged is None else judged
        self.name = name
        self.is_package = path.endswith("__init__.py")
        self.text = decode(data)
        self.errors: list[tuple[int, str]] = []
        self._lines: list[int] | None = None
        self._literals: PythonText | None = None
        self._numbers = count(1)
        try:
            pieces = cut(self.text)
        except TooDeepError as error:
            self.errors.append((0, str(error)))
            pieces = []
        self.pieces = [Piece(0, len(self.text), "whole")] if whole and pieces else pieces
        self.words = Words(self.text, self.pieces)
        self._scopes: list[Scope | None] = [None] * len(self.pieces)
        self._assigned: frozenset[str] | None = None
        self._globals: dict[str, list[Binding]] = {}
        self._reaching: dict[tuple[str, int], list[Binding]] = {}
        self._binding: dict[str, list[int]] = {}
        self._stars: list[Binding] | None = None
        self._number_of: dict[int, int] = {}
        self._defined: dict[int, str | None] = {}
        self._any_walrus = ":=" in self.text

    @property
    def assigned(self) -> frozenset[str]:
        """The names that are given a value as an attribute, or in the body of a class."""
        if self._assigned is None:
            found = [name for given in _ASSIGNED for name in given.findall(self.text)]
            self._assigned = frozenset(found)
        return self._assigned

    def scope(self, number: int) -> Scope:
        """The module-level scope of one piece."""
        known = self._scopes[number]
        if known is not None:
            return known
        piece = self.pieces[number]
        scope = Scope("module", "", self, None)
        self._scopes[number] = scope
        self._number_of[id(scope)] = number
        text = self.text[piece.start : piece.end]
        try:
            body, scope.bound = parse_statements(text, piece.start)
            StatementFlow(scope, self._numbers).run(body)
        except NotPythonError as error:
            self.errors.append((piece.start, f"line {error.line}" if piece.start == 0 else ""))
        except RecursionError:
            self.errors.append((piece.start, "nested too deep"))
        return scope

    def is_read(self, number: int) -> bool:
        """Whether a piece was read before."""
        return self._scopes[number] is not None

    def loaded(self) -> list[Scope]:
        """The module-level scopes read so far, in order."""
        return [scope for scope in self._scopes if scope is not None]

    def loaded_at(self, pos: int) -> Scope | None:
        """The module-level scope of the piece in which a character stands, if that was read."""
        number = bisect.bisect_right(self.pieces, pos, key=lambda piece: piece.start) - 1
        return self._scopes[number] if number >= 0 else None

    @property
    def pieces_read(self) -> int:
        """How many of the pieces were read so far."""
        return len(self._number_of)

    def number_of(self, scope: Scope) -> int:
        """The piece a module-level scope belongs to."""
        return self._number_of[id(scope)]

    def stars(self) -> list[Binding]:
        """The `from x import *` bindings at module level."""
        if self._stars is None:
            self._stars = [
                binding
                for number, piece in enumerate(self.pieces)
                if piece.kind in ("import", "whole") and "*" in self.text[piece.start : piece.end]
                for binding in self.scope(number).bindings.get("*", ())
                if binding.kind == "import"
            ]
        return self._stars

    def before(self, scope: Scope | None, path: str) -> list[Binding]:
        """What `path` may hold when the piece of `scope` begins, or at the module's end (None)."""
        root = path.split(".")[0].split("[")[0]
        numbers = self._binders(root)
        mine = self.number_of(scope) if scope is not None else len(self.pieces)
        at = bisect.bisect_left(numbers, mine)
        found: list[Binding] = []
        passed: list[tuple[int, list[Binding]]] = []
        while at:
            known = self._reaching.get((path, at))
            if known is not None:
                found = known
                break
            held = self.scope(numbers[at - 1]).exits.get(path)
            given = [b for b in held or () if b.kind != "entry"]
            passed.append((at, given))
            if held is not None and len(given) == len(held):
                break
            at -= 1
        # Kept for the pieces on the way as well: a long script asks from every line of it.
        for at, given in reversed(passed):
            found = self._reaching[path, at] = [*given, *found][:MAX_REACH] if given else found
        return list(found)

    def _binders(self, name: str) -> list[int]:
        """The pieces that can give a module-level name a value, in order."""
        known = self._binding.get(name)
        if known is None:
            known = self._binding[name] = [
                number
                for number in self.words.pieces(name)
                if self.defined_by(number) in (None, name) or self._has_walrus(number)
            ]
        return known

    def defined_by(self, number: int) -> str | None:
        """The name of the function or class that a piece defines; None for any other piece.

        It binds no other name at module level, if not by `:=`, and need not be read to know that.
        """
        if number not in self._defined:
            piece, name = self.pieces[number], None
            if piece.kind == "compound" and _LEADING.match(self.text, piece.start, piece.end):
                head = _DEFINITION.search(self.text, piece.start, piece.end)
                name = head[1] if head is not None else None
            self._defined[number] = name
        return self._defined[number]

    def _has_walrus(self, number: int) -> bool:
        piece = self.pieces[number]
        return self._any_walrus and self.text.find(":=", piece.start, piece.end) >= 0

    def defines(self, name: str) -> bool:
        """Whether a name stands for a function or a class of the module, in the end."""
        if "global" in self.words.all:
            return False
        numbers = self._binders(name)
        return bool(numbers) and self.defined_by(numbers[-1]) == name

    def definitions(self) -> dict[str, int]:
        """The functions and classes of the module, by name, and the pieces they stand in."""
        names = ((self.defined_by(number), number) for number in range(len(self.pieces)))
        return {name: number for name, number in names if name is not None}

    def globals(self, name: str) -> list[Binding]:
        """What a module-level name may hold for a function: its last value at module level,
        and what functions give it by `global`."""
        known = self._globals.get(name)
        if known is None:
            known = self.before(None, name)
            for number in self.words.pieces(name) if "global" in self.words.all else ():
                if "global" in self.words.of(number):
                    known += _outer_bindings(self.scope(number), name)
            self._globals[name] = known
        return known

    def span(self, pos: int, end: int) -> Span:
        """Lines and columns (from 1) of a stretch of characters."""
        if self._lines is None:
            self._lines = [0, *(m.end() for m in re.finditer("\n", self.text))]
        first = bisect.bisect_right(self._lines, pos) - 1
        last = bisect.bisect_right(self._lines, end) - 1
        return Span(first + 1, pos - self._lines[first] + 1,
                    last + 1, end - self._lines[last] + 1)  # fmt: skip

    def line(self, number: int) -> str:
        """The text of a line (from 1), without its end."""
        self.span(0, 0)
        assert self._lines is not None
        start = self._lines[number - 1]
        end = self._lines[number] if number < len(self._lines) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def code_of(self, number: int) -> tuple[tuple[int, int], ...]:
        """The stretches of a line (from 1) outside of strings and comments; offsets from 0."""
        self.span(0, 0)
        assert self._lines is not None
        if self._literals is None:
            self._literals = PythonText(self.text)
        start = self._lines[number - 1]
        return self._literals.code(start, start + len(self.line(number)))


def _outer_bindings(scope: Scope, name: str) -> list[Binding]:
    found: list[Binding] = []
    for child in scope.children:
        if name in child.outer:
            found += child.bindings.get(name, ())
        found += _outer_bindings(child, name)
    return found
