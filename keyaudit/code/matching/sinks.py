"""Sinks: the places of a file where a value plays a role."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from keyaudit.catalogue.types import CallModel
from keyaudit.code import syntax as s
from keyaudit.code.provenance.call_targets import callees, last_part
from keyaudit.code.provenance.modelled_returns import bind_arguments
from keyaudit.code.provenance.names import dotted_names, is_builtin
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.argument_binding import Bound
from keyaudit.code.semantics.scopes import Scope

# Methods whose result is how an object looks as text, or what pickle keeps of it.
_AS_TEXT = frozenset({"__repr__", "__str__", "__format__", "__getstate__", "__reduce__",
                      "__reduce_ex__"})  # fmt: skip
_SERIALIZE = frozenset({"serialize"})
_HTTP = frozenset({"http"})
# What an exception is given under another name it keeps, and only shows if it says so: its `args`
# are those given without a name.
_SHOWN = re.compile(
    r"(?i)msg|message|detail|reason|desc|text|error|info|hint|title|body|content|response"
)
# What a condition is passed to, for a database to decide: `query.filter(Token.value == mac)`.
_QUERIES = frozenset({"filter", "filter_by", "where", "having", "and_", "or_", "not_", "any",
                      "find", "get_or_none", "select_from", "join", "outerjoin",
                      "exclude"})  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """A modelled call with its arguments by role; `arguments` holds (parameter, expression).

    `receiver` are the origins of the object it is called on that have the modelled type. `chosen`:
    it is one of several calls that it may be, and stands in a branch that not all of them get to.
    """

    call: s.Call
    scope: Scope
    model: CallModel
    bound: Bound
    arguments: dict[str, list[tuple[str, s.Expr]]] = field(default_factory=dict)
    receiver: tuple[Origin, ...] = ()
    chosen: bool = False

    def together(self, origins: Iterable[Origin]) -> list[Origin]:
        """Those origins of an argument that can be there with the object of the modelled type:
        a function may be called with one cipher and one key, and with another of each."""
        return [o for o in origins if not self.receiver or any(map(o.is_compatible, self.receiver))]

    def plays(self, role: str) -> bool:
        """Whether this call has the role at all, passed or not."""
        return role in self.roles()

    def roles(self) -> set[str | None]:
        """The roles of this call, passed or not."""
        model = self.model
        return {*model.parameters.values(), *model.defaults, *model.constants}


@dataclass(frozen=True, slots=True, eq=False)
class Sink:
    """`value` plays `role` in what `name` says; `use` is the call, when it is one, and `holder`
    the object it is assigned to an attribute or item of, when it is not. `opposite` is what it is
    compared with, `label` the name that the place itself gives it: the parameter of a URL."""

    role: str
    value: s.Expr
    scope: Scope
    name: str
    kinds: frozenset[str]
    use: Use | None = None
    place: tuple[int, int] | None = None
    context: tuple[tuple[str, int, str], ...] = ()
    holder: s.Expr | None = None
    opposite: s.Expr | None = None
    label: str = ""

    @property
    def span(self) -> tuple[int, int]:
        """Where to point: the argument, or the name assigned to."""
        return self.place or (self.value.pos, self.value.end)


def walk(scope: Scope) -> Iterator[Scope]:
    """A scope and all scopes inside it."""
    yield scope
    for child in scope.children:
        yield from walk(child)


class Only(NamedTuple):
    """Some of the modelled calls: their names, and the last words by which they may be called
    in a file, as methods of an object and otherwise."""

    names: frozenset[str]
    methods: frozenset[str]
    words: frozenset[str]

    def may_be(self, func: s.Attr | s.Name, scope: Scope) -> bool:
        """Whether it may be one of them that is called, by its last word."""
        if isinstance(func, s.Name):
            return func.id in self.words or not is_builtin(func.id)
        return func.name in self.words or func.name in scope.module.assigned


def uses_in(resolver: Resolver, scope: Scope, only: Only | None = None) -> list[Use]:
    """The modelled calls that stand directly in a scope; `only` some of them, or all."""
    found: list[Use] = []
    for call in scope.calls:
        if not _may_be_modelled(resolver, call, scope, only):
            continue
        called = callees(resolver, call, scope, None)
        chosen = len(called) > 1 and is_for_some(call, scope)
        for callee in called:
            if callee.model is not None and (only is None or callee.model.name in only.names):
                use = use_of(resolver, call, scope, callee.model, callee.call)
                typed = callee.model.name.rpartition(".")[0]
                held = [o for o in callee.receiver
                        if o.type and resolver.canonical(o.type) == typed]  # fmt: skip
                found.append(replace(use, receiver=tuple(held), chosen=chosen))
    return found


def is_for_some(call: s.Call, scope: Scope) -> bool:
    """Whether what an attribute holds is called in a branch that another attribute of the same
    object leads to: `if self.is_aead: self.cipher(key)` calls no cipher that has no such mode."""
    func = call.func
    if not isinstance(func, s.Attr) or not isinstance(func.value, s.Name):
        return False
    other = re.compile(rf"\b{re.escape(func.value.id)}\.(?!{re.escape(func.name)}\b)")
    for kind, number, part in call.context:
        test = scope.tests.get(number) if kind == "if" else None
        text = scope.module.text[test.pos : test.end] if test is not None else ""
        # What comes to the other branch of `a and b` may be an `a`.
        if other.search(text) and (part == "body" or " and " not in text):
            return True
    return False


def _may_be_modelled(resolver: Resolver, call: s.Call, scope: Scope, only: Only | None) -> bool:
    """Whether it can matter what a call calls. To ask of every object what it is would cost most
    of the time, and a method that no model names is modelled only where it is another's name."""
    func = call.func
    if not isinstance(func, s.Attr | s.Name):
        return True
    if only is not None and not only.may_be(func, scope):
        return False
    names = [] if _is_of_self(func) else dotted_names(resolver, func, scope)
    if names and all(_is_no_model(resolver, name, scope, only) for name in names):
        return False
    if isinstance(func, s.Name):
        return True
    words = resolver.model_index.words if only is None else only.methods
    return bool(names) or func.name in words or func.name in scope.module.assigned


def _is_of_self(func: s.Expr) -> bool:
    """Whether it is a method of the object itself or of one that it holds, most of all calls."""
    while isinstance(func, s.Attr):
        func = func.value
    return isinstance(func, s.Name) and func.id == "self"


def _is_no_model(resolver: Resolver, name: str, scope: Scope, only: Only | None) -> bool:
    """Whether a dotted name stands for something else than a modelled call."""
    if only is not None and (name in resolver.models.calls or name.startswith("builtins.")):
        return name not in only.names
    if resolver.is_modelled(name) or name in resolver.model_index.types:
        return False
    located = resolver.program.locate(name, scope.module)
    if located is None:
        return False
    module, rest = located
    return len(rest) == 1 and module.defines(rest[0])


def use_of(
    resolver: Resolver, call: s.Call, scope: Scope, model: CallModel, arrives: s.Call | None = None
) -> Use:
    """A call as the use of a model, its arguments by role; `arrives` as in `Callee.call`."""
    bound = bind_arguments(resolver, arrives or call, model, scope, None)
    arguments: dict[str, list[tuple[str, s.Expr]]] = {}
    for parameter, role in model.parameters.items():
        if role is not None and parameter in bound.values:
            arguments.setdefault(role, []).append((parameter, bound.values[parameter]))
    return Use(call, scope, model, bound, arguments)


def sinks_of_use(use: Use) -> Iterator[Sink]:
    """The arguments of a modelled call that play a role, and the object it is called on."""
    for role, arguments in use.arguments.items():
        for _, value in arguments:
            yield Sink(role, value, use.scope, use.model.name, use.model.kinds, use)
    if isinstance(use.call.func, s.Attr):
        yield Sink("receiver", use.call.func.value, use.scope, use.model.name, use.model.kinds,
                   use)  # fmt: skip


def cached_by(resolver: Resolver, scope: Scope) -> Iterator[Sink]:
    """What a function returns, when a decorator of the kind `cache` keeps it."""
    for decorator in scope.decorators:
        if scope.parent is None:
            continue
        named = decorator.func if isinstance(decorator, s.Call) else decorator
        for name in dotted_names(resolver, named, scope.parent):
            model = resolver.models.calls.get(name)
            if model is None or "cache" not in model.kinds:
                continue
            # `@cache` without brackets is a call without arguments.
            call = decorator if isinstance(decorator, s.Call) else s.Call(
                decorator.pos, decorator.end, decorator, [], scope.parent)  # fmt: skip
            use = use_of(resolver, call, scope.parent, model)
            for value in scope.returns:
                yield Sink("cached", value, scope, model.name, model.kinds, use)


def sinks_of_scope(scope: Scope) -> Iterator[Sink]:
    """Comparisons, raised exceptions, and what methods such as `__repr__` return."""
    asked = _queries(scope) if scope.compares else frozenset()
    for compare in scope.compares:
        left = compare.left
        if id(compare) in asked:
            continue
        for operator, right in compare.rest:
            if operator in ("==", "!=") and not (_is_empty(left) or _is_empty(right)):
                for side, opposite in ((left, right), (right, left)):
                    yield Sink("comparison", side, scope, "operator.eq", frozenset(),
                               place=(compare.pos, compare.end), opposite=opposite)  # fmt: skip
            left = right
    if scope.owner is not None and scope.name in _AS_TEXT:
        for value in scope.returns:
            yield Sink("serialized", value, scope, f"`{scope.name}`", _SERIALIZE)
    for name, value in scope.placed:
        yield Sink("url", value, scope, "URL", _HTTP, label=name)
    for raised in scope.raises:
        if isinstance(raised, s.Call) and not _is_for_other_types(raised, scope):
            for arg in raised.args:
                if arg.name is not None and not _SHOWN.search(arg.name):
                    continue
                yield Sink("exception", arg.value, scope, "raise", frozenset())


def _is_for_other_types(raised: s.Call, scope: Scope) -> bool:
    """Whether an error stands behind tests for the types that are handled: what is of none of
    them is no key and no password."""
    return last_part(raised.func) == "TypeError" and any(
        kind == "if" and part == "else" and _asks_for_type(scope.tests.get(number))
        for kind, number, part in raised.context
    )


def _asks_for_type(test: s.Expr | None) -> bool:
    if isinstance(test, s.BoolOp):
        return _asks_for_type(test.left) or _asks_for_type(test.right)
    return isinstance(test, s.Call) and last_part(test.func) == "isinstance"


def _queries(scope: Scope) -> frozenset[int]:
    """The comparisons, by id, that are conditions of a query and not made here."""
    return frozenset(
        id(part)
        for call in scope.calls
        if last_part(call.func) in _QUERIES
        for arg in call.args
        for part in _conditions(arg.value)
    )


def _conditions(expr: s.Expr) -> Iterator[s.Expr]:
    """A condition, and those it joins with `&` and `|`."""
    yield expr
    if isinstance(expr, s.BinOp) and expr.op in "&|":
        yield from _conditions(expr.left)
        yield from _conditions(expr.right)


def _is_empty(side: s.Expr) -> bool:
    """Whether it is None, zero or empty: comparing with that only asks whether there is a value."""
    return isinstance(side, s.Const) and not side.value


def values_of(
    resolver: Resolver, use: Use, role: str
) -> tuple[list[Any], list[tuple[s.Expr, Any]], bool]:
    """What a role is in a call: (values by model, pairs of expression and origin, absent)."""
    passed = use.arguments.get(role, [])
    found = [(e, o) for _, e in passed
             for o in use.together(resolver.origins(e, use.scope, None))]  # fmt: skip
    model = use.model
    if role in model.constants:
        return [model.constants[role]], found, False
    if passed:
        return [], found, False
    if role in model.defaults and not use.bound.open:
        return [model.defaults[role]], found, False
    return [], found, role in model.parameters.values() and not use.bound.open
