"""Where does this value come from? `Resolver.origins` answers, backward and on demand.

Questions are memoized by expression and call frame. Depth, breadth and the number of steps per
question are bounded; where a bound is reached the answer is `unknown`, on which no rule fires.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from keyaudit.catalogue.types import Models
from keyaudit.code import attributes, fold, params, returns
from keyaudit.code import syntax as s
from keyaudit.code.modelled import modelled
from keyaudit.code.names import bindings_of, dotted_names, imported, is_fallback
from keyaudit.code.program import Program
from keyaudit.code.scopes import Binding, Scope
from keyaudit.code.values import (
    NO_VALUE,
    Frame,
    Origin,
    Symbol,
    combine,
    is_public,
    length_of,
)

_T = TypeVar("_T")
COUNTED = frozenset({"counted"})
MAX_DEPTH = 60
MAX_ORIGINS = 24
MAX_STEPS = 1000
_NO_CYCLE = 1 << 30


class Resolver:
    """Answers questions about one program. `exhausted` counts questions cut off by a bound."""

    def __init__(self, program: Program, models: Models) -> None:
        self.program = program
        self.models = models
        self.modelled = modelled(models)
        self.exhausted = 0
        self.asked: dict[int, Scope] = {}  # functions whose callers mattered to some question
        self.foreign_callers: dict[int, list[tuple[s.Call, Scope]]] = {}
        self._canonical: dict[str, str] = {}
        self._memo: dict[tuple[int, int], tuple[Origin, ...]] = {}
        self._active: dict[tuple[int, int], int] = {}
        self._naming: dict[tuple[int, str], int] = {}
        self._opened: dict[tuple[int, int], int] = {}
        self._frames: dict[tuple[int, int, int], Frame] = {}
        self._made: dict[tuple[int, ...], Any] = {}
        self._keep: list[Any] = []  # memo keys are ids: what they name must stay alive
        self._depth = 0
        self._steps = 0
        self._head = _NO_CYCLE  # the outermost open question that the current one came back to

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
        """The frame of looking through a call; None when calls are nested too deep, or the
        function is being looked through already: a recursive call says nothing new."""
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
        """What `make` gives for these objects, made once, so that it keeps its identity."""
        key = tuple(id(part) for part in about)
        if key not in self._made:
            self._made[key] = make()
            self._keep.append(about)
        made: _T = self._made[key]
        return made

    @contextmanager
    def opening(self, container: Origin) -> Iterator[bool]:
        """Whether a container may be looked into: not while that is being done already."""
        key = (id(container.node), id(container.frame))
        if key in self._opened:
            self._head = min(self._head, self._opened[key])
            yield False
            return
        self._opened[key] = self._depth
        try:
            yield True
        finally:
            del self._opened[key]

    def called_from(self, function: Scope, call: s.Call, scope: Scope) -> None:
        """Count a call in another module among the callers of a function."""
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
            self._head = min(self._head, self._active[key])
            return ()
        if self._depth == 0:
            self._steps = 0
        self._steps += 1
        if self._depth >= MAX_DEPTH or self._steps > MAX_STEPS:
            self.exhausted += 1
            return (self.unknown(expr, scope),)
        exhausted, outer = self.exhausted, self._head
        self._head = _NO_CYCLE
        self._active[key] = self._depth
        self._depth += 1
        try:
            found = _distinct(self._resolve(expr, scope, frame))
        finally:
            self._depth -= 1
            del self._active[key]
        # An answer that waits for an outer question, or was cut short, holds for that one only.
        complete = self._head >= self._depth and exhausted == self.exhausted
        if complete or self._depth == 0:
            self._memo[key] = found
            self._keep.append(expr)
        self._head = min(outer, _NO_CYCLE if self._head >= self._depth else self._head)
        return found

    def unknown(self, expr: s.Expr, scope: Scope) -> Origin:
        """An origin that says nothing."""
        return Origin("unknown", scope.module, expr)

    def literal(self, expr: s.Expr, scope: Scope, value: Any) -> Origin:
        """A literal origin with its first step."""
        length = length_of(value)
        text = f"{_noun(value)} of {length} bytes" if length is not None else _noun(value)
        kind = "public-key" if is_public(value) else "literal"
        origin = Origin(kind, scope.module, expr, value, length)
        return origin.step(scope.module, expr.pos, expr.end, text)

    def _resolve(
        self, expr: s.Expr, scope: Scope, frame: Frame | None
    ) -> tuple[Origin, ...] | list[Origin]:
        match expr:
            case s.Const(value=None):
                return (Origin("none", scope.module, expr, None),)
            case s.Const():
                return (self.literal(expr, scope, expr.value),)
            case s.Name():
                return self._name(expr, scope, frame)
            case s.Attr():
                return attributes.attribute(self, expr, scope, frame)
            case s.Sub():
                return attributes.subscript(self, expr, scope, frame)
            case s.Call():
                return returns.of_call(self, expr, scope, frame)
            case s.BinOp():
                return self._binary(expr, scope, frame)
            case s.BoolOp():
                return self._boolean(expr, scope, frame)
            case s.IfExp():
                return self._conditional(expr, scope, frame)
            case s.Text():
                parts = [self.origins(part, scope, frame) for part in expr.parts]
                return combine(parts, "format")
            case s.Seq() | s.Dict():
                return (self._display(expr, scope, frame),)
            case s.Comp():
                return self._comprehension(expr, scope, frame)
            case s.Lambda(scope=inner) if inner is not None:
                return (Origin("function", scope.module, expr, scope=inner, source="lambda"),)
            case s.Placed():
                return self.origins(expr.expr, expr.home, expr.frame)
            case s.Walrus(value=value) | s.Await(value=value) | s.Starred(value=value):
                return self.origins(value, scope, frame)
            case s.Unary(op="-", value=value):
                return tuple(
                    o.shaped(-o.value if isinstance(o.value, int | float) else NO_VALUE, None)
                    for o in self.origins(value, scope, frame)
                )
        return (self.unknown(expr, scope),)

    def _name(self, expr: s.Name, scope: Scope, frame: Frame | None) -> list[Origin]:
        found: list[Origin] = []
        bindings = bindings_of(expr, scope)
        given = [(binding, self.bound(binding, frame)) for binding in bindings]
        outside = any(o.kind == "environment" for _, bound in given for o in bound)
        for binding, bound in given:
            if outside and is_fallback(binding):
                bound = [o.through("environment-default") for o in bound]
            found += bound
        if not found:
            for name in dotted_names(self, expr, scope):
                found += self.named(name, expr, scope)
        return found or [self.unknown(expr, scope)]

    def bound(self, binding: Binding, frame: Frame | None) -> list[Origin]:
        """The origins of what one binding gives its name."""
        scope = binding.scope
        inner = frame if frame is not None and frame.callee is scope else None
        last = re.split(r"[.\[]", binding.name)[-1].rstrip("]'\"")
        match binding.kind:
            case "value" if binding.value is not None:
                found = list(self.origins(binding.value, scope, inner))
            case "enter" if binding.value is not None:
                found = [e for o in self.origins(binding.value, scope, inner)
                         for e in attributes.entered(self, o)]  # fmt: skip
            case "unpack" | "iter" if binding.value is not None:
                found = self._item(binding, scope, inner)
            case "augment" if binding.value is not None:
                added = self.origins(binding.value, scope, inner)
                before = tuple(self._before(binding, frame))
                found = list(combine([before, added], "join", whole=False))
                if all(isinstance(o.value, int | float) for o in (*before, *added)):
                    return [Origin("unknown", scope.module, _at(binding), via=COUNTED)]
            case "grow" if binding.value is not None:
                found = [self._grown(o, binding, inner) for o in self._before(binding, frame)]
            case "param" if binding.param is not None:
                return params.of_parameter(self, binding, frame)
            case "def" if binding.definition is not None:
                return [Origin("function", scope.module, _at(binding), scope=binding.definition,
                               source=binding.name)]  # fmt: skip
            case "class" if binding.definition is not None:
                return [Origin("class", scope.module, _at(binding), scope=binding.definition,
                               source=binding.name)]  # fmt: skip
            case "import":
                return self.named(imported(binding), _at(binding), scope)
            case _:
                return [Origin("unknown", scope.module, _at(binding))]
        text = f"assigned to `{_shown(binding.name)}`"
        module = scope.module
        return [o.held(last).step(module, binding.pos, binding.end, text) for o in found]

    def named(self, dotted: str, expr: s.Expr, scope: Scope) -> list[Origin]:
        """The origins of what a dotted path stands for."""
        name = self.canonical(dotted)
        if name in fold.CONSTANTS:
            return [self.literal(expr, scope, fold.CONSTANTS[name])]
        symbol = self.models.symbols.get(name)
        if symbol is not None:
            origin = Origin("literal", scope.module, expr, Symbol(symbol), source=name)
            return [origin.step(scope.module, expr.pos, expr.end, f"`{name.split('.')[-1]}`")]
        spec = self.models.attributes.get(name)
        if spec is not None:
            return returns.born(self, spec, name, expr, scope, ())
        if name in self.models.calls:
            return [Origin("callable", scope.module, expr, source=name)]
        located = self.program.locate(name, scope.module)
        if located is not None:
            return self.in_module(*located)
        return [Origin("unknown", scope.module, expr, source=name)]

    def in_module(self, module: Any, rest: list[str]) -> list[Origin]:
        """The origins of `name.attribute…` in a module of the scanned tree."""
        if not rest:
            return []
        key = (id(module), rest[0])
        if key in self._naming:  # two modules that import the name from each other
            self._head = min(self._head, self._naming[key])
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
            found += self.bound(binding, None)
        if not found:
            for star in module.stars():
                located = self.program.locate(imported(star), module)
                if located is not None and located[0] is not module:
                    found += self.in_module(located[0], [*located[1], name])
        return found

    # -- put together from parts

    def _binary(self, expr: s.BinOp, scope: Scope, frame: Frame | None) -> tuple[Origin, ...]:
        left = self.origins(expr.left, scope, frame)
        right = self.origins(expr.right, scope, frame)
        if len(left) == 1 and len(right) == 1:
            value = fold.binary(expr.op, left[0].value, right[0].value)
            if value is not NO_VALUE and left[0].kind == right[0].kind == "literal":
                return (self.literal(expr, scope, value).through(*left[0].via, *right[0].via),)
        if expr.op == "%" and isinstance(expr.right, s.Seq):
            parts = [self.origins(item, scope, frame) for item in expr.right.items]
            return self._formatted(expr, left, parts, scope)
        if expr.op == "|" and any(isinstance(o.value, Symbol) for o in (*left, *right)):
            return (*left, *right)
        return combine([left, right], "format" if expr.op == "%" else "join")

    def _formatted(
        self, expr: s.BinOp, pattern: tuple[Origin, ...], parts: list[tuple[Origin, ...]],
        scope: Scope,
    ) -> tuple[Origin, ...]:  # fmt: skip
        """`"%s-%s" % (a, b)`."""
        known = [part[0] for part in (pattern, *parts) if len(part) == 1]
        if len(known) == 1 + len(parts) and all(o.kind == "literal" for o in known):
            value = fold.binary("%", known[0].value, tuple(o.value for o in known[1:]))
            if value is not NO_VALUE and all(o.value is not NO_VALUE for o in known):
                via = frozenset().union(*(o.via for o in known))
                return (self.literal(expr, scope, value).through(*via),)
        return combine([pattern, *parts], "format")

    def _boolean(self, expr: s.BoolOp, scope: Scope, frame: Frame | None) -> list[Origin]:
        left = self.origins(expr.left, scope, frame)
        right = self.origins(expr.right, scope, frame)
        if expr.op == "and":
            return list(right)
        if any(o.kind == "environment" for o in left):
            right = tuple(o.through("environment-default") for o in right)
        return [*(o for o in left if o.kind != "none"), *right]

    def _conditional(self, expr: s.IfExp, scope: Scope, frame: Frame | None) -> list[Origin]:
        found: list[Origin] = []
        test = expr.test.value if isinstance(expr.test, s.Const) else NO_VALUE
        if test is NO_VALUE or test:
            found += self.origins(expr.body, scope, frame)
        if test is NO_VALUE or not test:
            found += self.origins(expr.orelse, scope, frame)
        return found

    def _display(self, expr: s.Seq | s.Dict, scope: Scope, frame: Frame | None) -> Origin:
        value: Any = NO_VALUE
        if isinstance(expr, s.Seq) and len(expr.items) <= 512:
            items = [self.constant(item, scope, frame) for item in expr.items]
            if all(item is not NO_VALUE for item in items):
                value = tuple(items)
        return Origin("container", scope.module, expr, value, scope=scope, frame=frame)

    def constant(self, expr: s.Expr, scope: Scope, frame: Frame | None) -> Any:
        """The value of an expression when it has exactly one and it is a literal."""
        if isinstance(expr, s.Const):
            return expr.value
        found = self.origins(expr, scope, frame)
        if len(found) == 1 and found[0].kind in ("literal", "container"):
            return found[0].value
        return NO_VALUE

    def _comprehension(self, expr: s.Comp, scope: Scope, frame: Frame | None) -> tuple[Origin, ...]:
        if expr.kind == "DictComp":
            return (self.unknown(expr, scope),)
        made = combine([self.origins(expr.elt, scope, frame)], "join")
        rounds = self._rounds(expr, scope, frame)
        return tuple(replace(o, bits=o.bits * rounds if o.bits and rounds else None) for o in made)

    def _rounds(self, expr: s.Comp, scope: Scope, frame: Frame | None) -> int | None:
        """How often a comprehension goes round, when that is plain: `for _ in range(16)`."""
        if len(expr.fors) != 1 or expr.fors[0][2]:
            return None
        over = expr.fors[0][1]
        if not isinstance(over, s.Call) or len(over.args) != 1:
            return None
        if not {"builtins.range", "builtins.xrange"} & set(dotted_names(self, over.func, scope)):
            return None
        count = self.constant(over.args[0].value, scope, frame)
        return count if isinstance(count, int) else None

    def _item(self, binding: Binding, scope: Scope, frame: Frame | None) -> list[Origin]:
        assert binding.value is not None
        found: list[Origin] = list(self.origins(binding.value, scope, frame))
        if binding.kind == "iter":
            found = [o for base in found for o in attributes.iterated(self, base)]
        for index in binding.index:
            found = [o for base in found for o in attributes.element(self, base, index)]
        return found

    def _before(self, binding: Binding, frame: Frame | None = None) -> list[Origin]:
        """What the name held before a binding that adds to it."""
        before: list[Origin] = []
        for earlier in binding.before:
            held = [earlier] if earlier.kind != "entry" else []
            if earlier.kind == "entry" and binding.scope.kind == "module":
                held = binding.scope.module.before(binding.scope, binding.name)
            for one in held:
                # Asked as a name is, so that a chain of them is answered once.
                before += self.origins(self.once((one,), partial(_read_of, one)), one.scope, frame)
        return before

    def _grown(self, base: Origin, binding: Binding, frame: Frame | None) -> Origin:
        """A list or set after an item was added to it."""
        value = binding.value
        assert value is not None
        if base.kind != "container" or not isinstance(base.node, s.Seq):
            return Origin("unknown", binding.scope.module, value)
        node = base.node
        item = value.value if isinstance(value, s.Starred) else value

        def longer() -> s.Seq:
            added: s.Expr = s.Placed(item.pos, item.end, item, binding.scope, frame)
            if item is not value:
                added = s.Starred(item.pos, item.end, added)
            return s.Seq(node.pos, node.end, node.kind, [*node.items, added])

        made = self.once((binding, node, frame), longer)
        return base.rebuilt(made)


def _read_of(binding: Binding) -> s.Name:
    name = binding.name
    return s.Name(binding.pos, binding.end, name, (binding,), binding.scope)


def _at(binding: Binding) -> s.Expr:
    return s.Expr(binding.pos, binding.end)


def _shown(path: str) -> str:
    """A path in which constant subscripts show only when they are plain names."""
    return re.sub(r"\[(?!'[A-Za-z_.-]{1,32}'\])[^\]]*\]", "[…]", path)


def _noun(value: Any) -> str:
    if isinstance(value, Symbol):
        return f"`{value}`"
    if isinstance(value, bytes):
        return "bytes literal"
    if isinstance(value, str):
        return "text literal"
    return f"the value {value}" if isinstance(value, bool | int | float) else "literal"


def _distinct(origins: tuple[Origin, ...] | list[Origin]) -> tuple[Origin, ...]:
    seen: dict[tuple[Any, ...], Origin] = {}
    if any(origin.via & COUNTED for origin in origins):
        # A counter is none of the numbers it starts from.
        origins = [o for o in origins if not isinstance(o.value, int | float)]
    for origin in origins:
        key = (origin.kind, id(origin.node), origin.type, id(origin.scope), origin.via,
               id(origin.frame), origin.length, origin.calls)  # fmt: skip
        if key not in seen or len(origin.trace) < len(seen[key].trace):
            seen[key] = origin
    return tuple(seen.values())[:MAX_ORIGINS]
