"""Answers where a value comes from: backward, on demand, each question once.

Questions are memoized by expression and call frame. Depth, breadth and the number of steps per
question are bounded; where a bound is reached the answer is `unknown`, on which no rule fires.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from keyaudit.catalogue.types import Models
from keyaudit.code import syntax as s
from keyaudit.code.provenance import attributes, bindings, builtins, expressions, qualified_names
from keyaudit.code.provenance.callers import CallsByName
from keyaudit.code.provenance.model_index import index_of
from keyaudit.code.provenance.names import import_path
from keyaudit.code.provenance.origin import (
    NO_VALUE,
    Frame,
    Origin,
    Symbol,
    distinct,
    identity,
    is_public,
    length_of,
)
from keyaudit.code.semantics.module_resolver import Program
from keyaudit.code.semantics.scopes import Binding, Scope

_T = TypeVar("_T")
MAX_DEPTH = 60
MAX_ORIGINS = 24
MAX_STEPS = 1000
# An answer that the bound of depth cut short serves further questions when it looked this far.
_FAR = MAX_DEPTH // 2
# Where values go round in circles: the steps after which an answer that lacks some of them is
# looked for no more than so often, and is kept.
_PATIENCE = 150
_TRIES = 2
# After so many questions that reached the bound of steps, what they found serves others.
_WEARY = 8


class _Provisional(NamedTuple):
    """An answer that came back to open questions, `waiting`, of which `innermost` and `outermost`
    are the marks; `cut`: a bound was reached as well, `worn`: that of steps; `times`: how often
    it was looked for while the outermost was open."""

    found: tuple[Origin, ...]
    waiting: int
    innermost: object
    outermost: object
    cut: bool
    worn: bool
    times: int


class MemoizingResolver:
    """The `Resolver` of one program, which is read on demand. With `every_call` each modelled call
    counts as one that a rule may ask about."""

    def __init__(self, program: Program, models: Models, *, every_call: bool = False) -> None:
        self.program = program
        self.models = models
        index = index_of(models)
        self.model_index = index.with_every_call() if every_call else index
        self.language = frozenset(builtins.FUNCTIONS)
        self.exhausted = 0
        self.asked: dict[int, Scope] = {}  # functions whose callers mattered to some question
        self.named_calls: dict[tuple[int, str], CallsByName] = {}
        self.foreign_callers: dict[int, list[tuple[s.Call, Scope]]] = {}
        self._canonical: dict[str, str] = {}
        self._memo: dict[tuple[int, int], tuple[Origin, ...]] = {}
        self._bound: dict[tuple[int, int], list[Origin]] = {}
        self._short: dict[tuple[int, int], tuple[Origin, ...]] = {}
        self._active: dict[tuple[int, int], int] = {}
        self._naming: dict[tuple[int, str], int] = {}
        self._opened: dict[tuple[int, int], int] = {}
        self._frames: dict[tuple[int, int, int], Frame] = {}
        self._made: dict[tuple[int, ...], Any] = {}
        self._keep: list[Any] = []  # memo keys are ids: what they name must stay alive
        self._depth = 0
        self._steps = 0
        self._worn = 0  # how often the bound of steps was reached
        self._weary = 0  # in how many questions that was so
        # The open questions, by depth, that the current one came back to; a bit each.
        self._waiting = 0
        self._open: list[object] = []  # a mark for each open question
        self._provisional: dict[tuple[int, int], _Provisional] = {}
        self._in_circles: list[tuple[int, int]] = []  # those that wait for an open question

    # -- names and models

    def canonical(self, dotted: str) -> str:
        """The name a dotted path is modelled by (`Cryptodome.X` -> `Crypto.X`)."""
        known = self._canonical.get(dotted)
        if known is None:
            known = self._canonical[dotted] = self._renamed(dotted)
        return known

    def _renamed(self, dotted: str) -> str:
        aliases = self.models.aliases
        head = dotted
        while head:  # the longest part of the path that has another name
            if head in aliases:
                return aliases[head] + dotted[len(head) :]
            head = head.rpartition(".")[0]
        return dotted

    def is_modelled(self, dotted: str) -> bool:
        """Whether any model speaks of this name."""
        models = self.models
        return dotted in models.calls or dotted in models.symbols or dotted in models.attributes

    def frame(
        self, callee: Scope, call: s.Call, scope: Scope, parent: Frame | None, skip_self: bool
    ) -> Frame | None:
        """The frame of looking through a call; None when calls are nested too deep, or when the
        function is being looked through already, since a recursive call adds nothing."""
        depth = parent.depth + 1 if parent else 1
        if depth > 5:
            return None
        outer = parent
        while outer is not None:
            if outer.callee is callee:
                return None
            outer = outer.parent
        key = (id(callee), id(call), id(parent))
        known = self._frames.get(key)
        if known is None:
            known = Frame(callee, call, scope, parent, skip_self, depth)
            self._frames[key] = known
            self._keep += [callee, call, parent]
        return known

    def once(self, about: tuple[Any, ...], make: Callable[[], _T]) -> _T:
        """The result of `make` for these objects, computed once, so that it keeps its identity."""
        key = tuple(id(part) for part in about)
        if key not in self._made:
            self._made[key] = make()
            self._keep.append(about)
        made: _T = self._made[key]
        return made

    @contextmanager
    def expanding(self, container: Origin) -> Iterator[bool]:
        """Whether a container may be expanded to its items: not while that is being done
        already."""
        key = (id(container.node), id(container.frame))
        if key in self._opened:
            self._waiting |= 1 << self._opened[key]
            yield False
            return
        self._opened[key] = self._depth
        try:
            yield True
        finally:
            del self._opened[key]

    def add_caller(self, function: Scope, call: s.Call, scope: Scope) -> None:
        """Adds a call in another module to the callers of a function."""
        self.foreign_callers.setdefault(id(function), []).append((call, scope))
        self._keep.append(function)

    # -- the question

    def origins(self, expr: s.Expr, scope: Scope, frame: Frame | None) -> tuple[Origin, ...]:
        """The origins of an expression that stands in `scope`, seen through `frame`."""
        key = (id(expr), id(frame))
        known = self._memo.get(key)
        if known is not None:
            return known
        if key in self._active:
            self._waiting |= 1 << self._active[key]
            return ()
        kept = self._provisional.get(key)
        if kept is not None and self._is_open(kept.innermost, kept.waiting):
            self._waiting |= kept.waiting
            self.exhausted += kept.cut
            return kept.found
        if kept is not None and kept.times >= _TRIES and self._steps > _PATIENCE:
            outermost = kept.waiting & -kept.waiting
            if self._is_open(kept.outermost, outermost):
                self._waiting |= outermost
                self.exhausted += kept.cut
                return kept.found
        if self._depth == 0:
            self._steps = 0
        self._steps += not isinstance(expr, s.Const)
        short = self._short.get(key)
        if short is not None and self._depth:
            self.exhausted += 1
            return short
        if self._depth >= MAX_DEPTH or self._steps > MAX_STEPS:
            self.exhausted += 1
            self._worn += self._steps > MAX_STEPS
            return (self.unknown(expr, scope),)
        exhausted, worn, outer = self.exhausted, self._worn, self._waiting
        steps, in_circles = self._steps, len(self._in_circles)
        self._waiting = 0
        self._active[key] = self._depth
        self._open.append(object())
        self._depth += 1
        try:
            found = distinct(expressions.of_expression(self, expr, scope, frame), MAX_ORIGINS)
        finally:
            self._depth -= 1
            self._open.pop()
            del self._active[key]
        # An answer that waits for outer questions holds until the innermost of them is answered,
        # and one that was cut short for this question: but in a long chain every link would ask
        # for the same long rest of it.
        waiting = self._waiting & ((1 << self._depth) - 1)
        cut = exhausted != self.exhausted
        if self._depth == 0 or not (waiting or cut):
            self._memo[key] = found
        elif waiting:
            inner_mark = self._open[waiting.bit_length() - 1]
            outer_mark = self._open[(waiting & -waiting).bit_length() - 1]
            times = kept.times if kept is not None and kept.outermost is outer_mark else 0
            self._provisional[key] = _Provisional(
                found, waiting, inner_mark, outer_mark, cut, worn != self._worn, times + 1
            )
            self._in_circles.append(key)
        elif self._depth <= _FAR and (worn == self._worn or self._weary > _WEARY):
            self._short[key] = found
        if self._depth == 0 and self._steps > MAX_STEPS:
            self._weary += 1
        if not waiting and len(self._in_circles) > in_circles:
            self._settle(in_circles, steps)
        self._keep.append(expr)
        self._waiting = outer | waiting
        return found

    def _settle(self, first: int, steps: int) -> None:
        """Keeps for good what was found on the way to an answer that came back to itself, if it
        took long: in a loop of many branches that each make a value from the last one, every
        place would ask all others again. What is missing in those answers came from the outer
        question in a circle; they say less, and nothing wrong."""
        circles = self._in_circles[first:]
        del self._in_circles[first:]
        if self._steps - steps < _PATIENCE:
            return
        for key in circles:
            kept = self._provisional.pop(key, None)
            if kept is not None and not kept.worn and key not in self._memo:
                self._memo[key] = kept.found

    def _is_open(self, innermost: object, waiting: int) -> bool:
        """Whether the question of that mark, the innermost of those waited for, is still open."""
        depth = waiting.bit_length() - 1
        return depth < len(self._open) and self._open[depth] is innermost

    def is_settled(self, expr: s.Expr, frame: Frame | None) -> bool:
        """Whether the origins of an expression are known for good."""
        return (id(expr), id(frame)) in self._memo

    def unknown(self, expr: s.Expr, scope: Scope) -> Origin:
        """An origin of the kind `unknown`, on which no rule fires."""
        return Origin("unknown", scope.module, expr)

    def literal(self, expr: s.Expr, scope: Scope, value: Any) -> Origin:
        """A literal origin with its first step."""
        length = length_of(value)
        text = f"{_noun(value)} of {length} bytes" if length is not None else _noun(value)
        kind = "public-key" if is_public(value) else "literal"
        origin = Origin(kind, scope.module, expr, value, length)
        return origin.with_step(scope.module, expr.pos, expr.end, text)

    def origins_of_binding(self, binding: Binding, frame: Frame | None) -> list[Origin]:
        """The origins of the value that a binding gives its name."""
        key = (id(binding), id(frame))
        known = self._bound.get(key)
        if known is None:
            exhausted, outer = self.exhausted, self._waiting
            self._waiting = 0
            known = bindings.of_binding(self, binding, frame)
            waiting = self._waiting & ((1 << self._depth) - 1)
            if not waiting and exhausted == self.exhausted:
                self._bound[key] = known
                self._keep.append(binding)
            self._waiting |= outer
        return known

    def origins_by_binding(
        self, bound: Iterable[Binding], frame: Frame | None
    ) -> list[tuple[Binding, list[Origin]]]:
        """Each of several bindings with the origins of its value; of many, only as many as an
        answer can hold the origins of."""
        given: list[tuple[Binding, list[Origin]]] = []
        seen: set[object] = set()
        count = marked = 0
        for binding in bound:
            origins = self.origins_of_binding(binding, frame)
            given.append((binding, origins))
            count += len(origins)
            if count >= MAX_ORIGINS:
                for _, more in given[marked:]:
                    seen.update(map(identity, more))
                marked = len(given)
                if len(seen) >= MAX_ORIGINS:
                    break
        return given

    def origins_of_path(self, dotted: str, expr: s.Expr, scope: Scope) -> list[Origin]:
        """The origins of what a dotted path (`hashlib.md5`) stands for where `expr` names it."""
        return qualified_names.of_path(self, self.canonical(dotted), expr, scope)

    def origins_in_module(self, module: Any, rest: list[str]) -> list[Origin]:
        """The origins of `name.attribute…` in a module of the scanned tree."""
        if not rest:
            return []
        key = (id(module), rest[0])
        if key in self._naming:  # two modules that import the name from each other
            self._waiting |= 1 << self._naming[key]
            return []
        self._naming[key] = self._depth
        try:
            found = self._global(module, rest[0])
        finally:
            del self._naming[key]
        for part in rest[1:]:
            found = [o for base in found for o in attributes.of_object(self, base, part)]
        return found

    def _global(self, module: Any, name: str) -> list[Origin]:
        """The origins of a module-level name, star imports included."""
        found: list[Origin] = []
        for binding in module.globals(name):
            found += self.origins_of_binding(binding, None)
        if not found:
            for star in module.stars():
                located = self.program.locate(import_path(star), module)
                if located is not None and located[0] is not module:
                    found += self.origins_in_module(located[0], [*located[1], name])
        return found

    def constant(self, expr: s.Expr, scope: Scope, frame: Frame | None) -> Any:
        """The value of an expression when it has exactly one and it is a literal."""
        if isinstance(expr, s.Const):
            return expr.value
        found = self.origins(expr, scope, frame)
        if len(found) == 1 and found[0].kind in ("literal", "container"):
            return found[0].value
        return NO_VALUE


def _noun(value: Any) -> str:
    if isinstance(value, Symbol):
        return f"`{value}`"
    if isinstance(value, bytes):
        return "bytes literal"
    if isinstance(value, str):
        return "text literal"
    return f"the value {value}" if isinstance(value, bool | int | float) else "literal"
