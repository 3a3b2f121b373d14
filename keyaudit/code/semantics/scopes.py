"""Scopes and bindings: where names get their values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from keyaudit.code.parsing.pieces import Piece
from keyaudit.code.parsing.word_index import Words
from keyaudit.code.semantics.placements import Placement
from keyaudit.code.syntax import Call, Class, Compare, Def, Expr, Handler, Lambda, Param, Yield
from keyaudit.core.location import Span


@dataclass(slots=True, eq=False)
class Binding:
    """One event that gives a name (or a path such as `self.key`) a value.

    `kind`: `value` (value is the expression), `unpack` (item `index` of value), `iter` (an
    element of value), `enter` (`with value as name`), `augment` (`name op= value`; `before`
    are the bindings it builds on, `index` how many of its kind in a row), `grow`
    (`name.append(value)`, likewise), `import` (dotted `target`), `def`, `class`, `param`,
    `except`, `delete`, `entry` (whatever the name held when the function, or this piece of the
    module, began). `context` as in `Call`.
    """

    kind: str
    name: str
    pos: int
    end: int
    scope: Scope
    value: Expr | None = None
    index: tuple[int, ...] = ()
    op: str = ""
    before: tuple[Binding, ...] = ()
    target: str = ""
    level: int = 0
    definition: Scope | None = None
    param: Param | None = None
    context: tuple[tuple[str, int, str], ...] = ()

    @property
    def assigned(self) -> Expr | None:
        """The expression whose value the name gets; None for an event of any other kind."""
        return self.value if self.kind == "value" else None


@dataclass(slots=True, eq=False)
class TryFacts:
    """A try statement: its number in `Call.context`, and its handlers."""

    number: int
    handlers: list[Handler]
    scope: Scope


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class, function or lambda, with the bindings, calls and other facts that stand
    directly in it."""

    kind: str
    name: str
    module: Module
    parent: Scope | None
    node: Def | Class | Lambda | None = None
    bound: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)
    params: list[Param] = field(default_factory=list)
    decorators: list[Expr] = field(default_factory=list)
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    exits: dict[str, tuple[Binding, ...]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    compares: list[Compare] = field(default_factory=list)
    returns: list[Expr] = field(default_factory=list)
    yields: list[Yield] = field(default_factory=list)
    raises: list[Expr] = field(default_factory=list)
    dropped: list[Call] = field(default_factory=list)  # calls whose result nobody takes
    asserted: list[Expr] = field(default_factory=list)
    tries: list[TryFacts] = field(default_factory=list)
    tests: dict[int, Expr] = field(default_factory=dict)  # of `if`, by the number in `context`
    children: list[Scope] = field(default_factory=list)
    placed: list[Placement] = field(default_factory=list)  # into URLs
    entry: Binding | None = None

    @property
    def qualname(self) -> str:
        """Dotted name inside the module, "" for the module itself."""
        parts: list[str] = []
        scope: Scope | None = self
        while scope is not None and scope.kind != "module":
            parts.append(scope.name)
            scope = scope.parent
        return ".".join(reversed(parts))

    @property
    def enclosing_class(self) -> Scope | None:
        """The class whose method this function is, or stands in."""
        scope: Scope | None = self
        while scope is not None and scope.kind != "class":
            scope = scope.parent
        return scope

    @property
    def owner(self) -> Scope | None:
        """The class this function is directly a method of."""
        is_method = self.kind == "function" and self.parent and self.parent.kind == "class"
        return self.parent if is_method else None

    @property
    def is_static(self) -> bool:
        """Whether a function of a class is given no object: it is marked so, or its first
        parameter is called as no object is (`class SHA: def hash(message): …`)."""
        if self.decorated("staticmethod"):
            return True
        first = next((param.name for param in self.params if param.kind == ""), "")
        return not self.decorators and first != "" and first.strip("_") not in _OBJECTS

    def decorated(self, *names: str) -> bool:
        """Whether a decorator's last part is one of these names."""
        for decorator in self.decorators:
            node = decorator.func if isinstance(decorator, Call) else decorator
            last = getattr(node, "name", None) or getattr(node, "id", None)
            if last in names:
                return True
        return False


# What the object or class itself is called, as the first parameter of a method.
_OBJECTS = frozenset({"", "self", "cls", "klass", "mcs", "mcls", "metacls", "meta", "this", "obj",
                      "instance", "inst", "me", "slf", "s", "that", "type", "typ",
                      "owner"})  # fmt: skip


class Module(Protocol):
    """One Python file, as its scopes know it: what stands in it is read when somebody asks.

    `path` is the file, `judged` the path by which it is judged to be a test, `name` what imports
    call it, `text` its source. `words` tells which names
    stand in which of its `pieces`; `errors` are the places (character offsets) that did not parse.
    `assigned` are the names that are given a value as an attribute, or in the body of a class.
    `SourceModule` is what fulfils this.
    """

    path: str
    judged: str
    name: str
    is_package: bool
    text: str
    errors: list[tuple[int, str]]
    pieces: list[Piece]
    words: Words

    @property
    def assigned(self) -> frozenset[str]: ...

    @property
    def pieces_read(self) -> int:
        """How many of the pieces were read so far."""

    def scope(self, number: int) -> Scope:
        """The module-level scope of one piece."""

    def is_read(self, number: int) -> bool:
        """Whether a piece was read before."""

    def loaded(self) -> list[Scope]:
        """The module-level scopes read so far, in order."""

    def loaded_at(self, pos: int) -> Scope | None:
        """The module-level scope of the piece in which a character stands, if that was read."""

    def number_of(self, scope: Scope) -> int:
        """The piece that a module-level scope belongs to."""

    def stars(self) -> list[Binding]:
        """The `from x import *` bindings at module level."""

    def before(self, scope: Scope | None, path: str) -> list[Binding]:
        """What `path` may hold when the piece of `scope` begins, or at the module's end (None)."""

    def defined_by(self, number: int) -> str | None:
        """The name of the function or class that a piece defines; None for any other piece."""

    def defines(self, name: str) -> bool:
        """Whether a name stands for a function or a class of the module, in the end."""

    def definitions(self) -> dict[str, int]:
        """The functions and classes of the module, by name, and the pieces they stand in."""

    def globals(self, name: str) -> list[Binding]:
        """What a module-level name may hold for a function."""

    def span(self, pos: int, end: int) -> Span:
        """Lines and columns (from 1) of a stretch of characters."""

    def code_of(self, number: int) -> tuple[tuple[int, int], ...]:
        """The stretches of a line (from 1) outside of strings and comments; offsets from 0."""
        ...

    def line(self, number: int) -> str:
        """The text of a line (from 1), without its end."""


def nested_scopes(scope: Scope) -> Iterator[Scope]:
    """A scope and all scopes inside it."""
    yield scope
    for child in scope.children:
        yield from nested_scopes(child)


def has_made_constructor(cls: Scope) -> bool:
    """Whether the constructor of a class was made from its fields: it stands where the class
    does."""
    return any(
        binding.definition is not None
        and binding.definition.node is not None
        and cls.node is not None
        and binding.definition.node.pos == cls.node.pos
        for binding in cls.bindings.get("__init__", ())
    )
