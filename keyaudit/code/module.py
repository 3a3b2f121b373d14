"""One Python file: its pieces, parsed when somebody asks for them, and its names."""

from __future__ import annotations

import bisect
import io
import re
import tokenize
from itertools import count

from keyaudit.code.cut import Piece, TooDeepError, cut
from keyaudit.code.flow import MAX_REACH, Flow
from keyaudit.code.reading import NotPythonError, read
from keyaudit.code.scopes import Binding, Scope
from keyaudit.core.location import Span

# What a definition begins with, after blank lines and comments; and the name it binds.
_LEADING = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*+(?:@|def\b|class\b|async[ \t]+def\b)")
_DEFINITION = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_ASSIGNED = re.compile(r"(?:\.|^[ \t]+)(\w+)[ \t]*(?::[^\n=]*)?=(?!=)", re.MULTILINE)
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_ASCII_IDENTIFIER = re.compile(r"[^\W\d]\w*", re.ASCII)  # twice as fast


class UndecodableError(ValueError):
    """The bytes are not text in the encoding the file declares."""


def decode(data: bytes) -> str:
    """The text of a Python source, by its BOM or coding comment; raises UndecodableError."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding).removeprefix("\ufeff")
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise UndecodableError(str(error).split("\n")[0]) from None


class Module:
    """A file at `path`, importable as `name`. Pieces are read on demand and once.

    `errors` collects the places (character offsets) where a piece did not parse.
    `whole` reads the file as one piece.
    """

    def __init__(self, path: str, name: str, data: bytes, *, whole: bool = False) -> None:
        self.path = path
        self.name = name
        self.is_package = path.endswith("__init__.py")
        self.text = decode(data)
        self.errors: list[tuple[int, str]] = []
        self._lines: list[int] | None = None
        self._numbers = count(1)
        try:
            pieces = cut(self.text)
        except TooDeepError as error:
            self.errors.append((0, str(error)))
            pieces = []
        self.pieces = [Piece(0, len(self.text), "whole")] if whole and pieces else pieces
        identifier = _ASCII_IDENTIFIER if self.text.isascii() else _IDENTIFIER
        self._words: list[frozenset[str]] = [
            frozenset(identifier.findall(self.text, p.start, p.end)) for p in self.pieces
        ]
        self._scopes: list[Scope | None] = [None] * len(self.pieces)
        self._assigned: frozenset[str] | None = None
        self._globals: dict[str, list[Binding]] = {}
        self._reaching: dict[tuple[str, int], list[Binding]] = {}
        self._binding: dict[str, list[int]] = {}
        self._stars: list[Binding] | None = None
        self._number_of: dict[int, int] = {}
        self._by_word: dict[str, list[int]] = {}
        for number, words in enumerate(self._words):
            for word in words:
                self._by_word.setdefault(word, []).append(number)

    @property
    def words(self) -> set[str]:
        """Every identifier in the text, comments and strings included."""
        return set(self._by_word)

    @property
    def assigned(self) -> frozenset[str]:
        """The names that are given a value as an attribute, or in the body of a class."""
        if self._assigned is None:
            self._assigned = frozenset(_ASSIGNED.findall(self.text))
        return self._assigned

    def pieces_with(self, words: frozenset[str]) -> list[int]:
        """The numbers of the pieces in which one of these identifiers stands."""
        return sorted({n for word in words & self._by_word.keys() for n in self._by_word[word]})

    def words_of(self, number: int) -> frozenset[str]:
        """The identifiers of one piece."""
        return self._words[number]

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
            body, scope.bound = read(text, piece.start)
            Flow(scope, self._numbers).run(body)
        except NotPythonError as error:
            self.errors.append((piece.start, f"line {error.line}" if piece.start == 0 else ""))
        except RecursionError:
            self.errors.append((piece.start, "nested too deep"))
        return scope

    def scopes_with(self, word: str) -> list[Scope]:
        """The module-level scopes of all pieces in which an identifier stands."""
        return [self.scope(number) for number in self._by_word.get(word, ())]

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
            numbers = self._by_word.get(name, ())
            known = self._binding[name] = [n for n in numbers if self._may_bind(n, name)]
        return known

    def _may_bind(self, number: int, name: str) -> bool:
        """Whether a piece can give a module-level name a value: a definition binds its own name
        only, and need not be read to know that."""
        piece = self.pieces[number]
        if piece.kind != "compound":
            return True
        start = _LEADING.match(self.text, piece.start, piece.end)
        head = _DEFINITION.search(self.text, piece.start, piece.end)
        if start is None or head is None or self.text.find(":=", piece.start, piece.end) >= 0:
            return True
        return head[1] == name

    def definitions(self) -> dict[str, int]:
        """The functions and classes of the module, by name, and the pieces they stand in."""
        found: dict[str, int] = {}
        for number, piece in enumerate(self.pieces):
            if piece.kind == "compound" and _LEADING.match(self.text, piece.start, piece.end):
                head = _DEFINITION.search(self.text, piece.start, piece.end)
                if head is not None:
                    found[head[1]] = number
        return found

    def globals(self, name: str) -> list[Binding]:
        """What a module-level name may hold for a function: its last value at module level,
        and what functions give it by `global`."""
        known = self._globals.get(name)
        if known is None:
            known = self.before(None, name)
            if "global " in self.text:
                for number in self._by_word.get(name, ()):
                    if "global" in self._words[number]:
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


def _outer_bindings(scope: Scope, name: str) -> list[Binding]:
    found: list[Binding] = []
    for child in scope.children:
        if name in child.outer:
            found += child.bindings.get(name, ())
        found += _outer_bindings(child, name)
    return found
