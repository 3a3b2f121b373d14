"""The questions that a resolver answers about where values come from.

Each module of this folder answers for one kind of expression or call, and asks these questions in
turn; `memoizing_resolver` puts the answers together. The modules depend on this protocol alone, so
that none of them imports what imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from keyaudit.catalogue.types import Models
from keyaudit.code import syntax as s
from keyaudit.code.provenance.model_index import ModelIndex
from keyaudit.code.provenance.origin import Frame, Origin
from keyaudit.code.semantics.module_resolver import Program
from keyaudit.code.semantics.scopes import Binding, Scope

_T = TypeVar("_T")


class Resolver(Protocol):
    """Answers questions about one program.

    `exhausted` counts the questions that a bound on depth, breadth or steps cut off; their answer
    is `unknown`. `language` names the functions of the language itself, for which `builtins`
    answers as models do for a library's. `asked` holds the functions, by id, whose callers
    mattered to some question; `named_calls` is the index that `callers` makes, `foreign_callers`
    the calls of a function (by id) from other modules.
    """

    program: Program
    models: Models
    model_index: ModelIndex
    language: frozenset[str]
    exhausted: int
    asked: dict[int, Scope]
    named_calls: dict[tuple[int, str], Any]
    foreign_callers: dict[int, list[tuple[s.Call, Scope]]]

    def origins(self, expr: s.Expr, scope: Scope, frame: Frame | None) -> tuple[Origin, ...]:
        """The origins of an expression that stands in `scope`, seen through `frame`."""

    def constant(self, expr: s.Expr, scope: Scope, frame: Frame | None) -> Any:
        """The value of an expression that has one literal origin; NO_VALUE otherwise."""

    def origins_of_binding(self, binding: Binding, frame: Frame | None) -> list[Origin]:
        """The origins of the value that a binding gives its name."""

    def origins_by_binding(
        self, bound: Iterable[Binding], frame: Frame | None
    ) -> list[tuple[Binding, list[Origin]]]:
        """Each of several bindings with the origins of its value."""

    def origins_of_path(self, dotted: str, expr: s.Expr, scope: Scope) -> list[Origin]:
        """The origins of what a dotted path (`hashlib.md5`) stands for where `expr` names it."""

    def origins_in_module(self, module: Any, rest: list[str]) -> list[Origin]:
        """The origins of `name.attribute…` in a module of the scanned tree."""

    def canonical(self, dotted: str) -> str:
        """The name that a dotted path is modelled by (`Cryptodome.X` -> `Crypto.X`)."""

    def is_modelled(self, dotted: str) -> bool:
        """Whether any model speaks of this name."""

    def is_settled(self, expr: s.Expr, frame: Frame | None) -> bool:
        """Whether the origins of an expression are known for good."""

    def frame(
        self, callee: Scope, call: s.Call, scope: Scope, parent: Frame | None, skip_self: bool
    ) -> Frame | None:
        """The frame of looking through a call; None where calls are nested too deep or recur."""

    def once(self, about: tuple[Any, ...], make: Callable[[], _T]) -> _T:
        """The result of `make` for these objects, computed once, so that it keeps its identity."""

    def expanding(self, container: Origin) -> AbstractContextManager[bool]:
        """Whether a container may be expanded to its items: not while that is being done
        already."""

    def add_caller(self, function: Scope, call: s.Call, scope: Scope) -> None:
        """Adds a call in another module to the callers of a function."""

    def unknown(self, expr: s.Expr, scope: Scope) -> Origin:
        """An origin of the kind `unknown`, on which no rule fires."""

    def literal(self, expr: s.Expr, scope: Scope, value: Any) -> Origin:
        """A literal origin with its first step."""
