"""Finds the callers of a function in its own module.

A call is first told by the last part of what it names. Which class a receiver (`x` in `x.f()`) is
of takes a question, whose answer is noted once it is final: in a large module many functions bear
one name, and each of them would go through the calls of all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from keyaudit.code.provenance.call_targets import class_lineage
from keyaudit.code.provenance.deferred_calls import DEFERS, deferred
from keyaudit.code.provenance.names import bindings_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import Arg, Attr, Call, Expr, Name, last_part

if TYPE_CHECKING:
    from keyaudit.code.provenance.resolver import Resolver
    from keyaudit.code.semantics.scopes import Module

_MAX_CALLERS = 12
# By these a class, or a function, is called without its name before the bracket.
_OTHER_CALLS = frozenset({"cls", "partial"}) | DEFERS
_Order = tuple[int, int]


@dataclass(slots=True, eq=False)
class _Place:
    """A call in `scope`; `order` is its place among the calls of the module."""

    order: _Order
    call: Call
    scope: Scope


@dataclass(slots=True)
class CallsByName:
    """The calls in a module whose target is written with a certain last word.

    `plain` are those by a bare name, `own` those on `self` or `cls` by the class (its id) they
    stand in, `made` those of `cls` itself, likewise. Of the others, `open` have a receiver whose
    class is not known for good, and `settled` are by the class of the receiver.
    """

    module: Module  # kept alive, as what names it is its id
    plain: list[_Place] = field(default_factory=list)
    own: dict[int, list[_Place]] = field(default_factory=dict)
    made: dict[int, list[_Place]] = field(default_factory=dict)
    open: dict[_Order, _Place] = field(default_factory=dict)
    settled: dict[int, list[_Place]] = field(default_factory=dict)


def callers_of(resolver: Resolver, function: Scope) -> list[tuple[Call, Scope]]:
    """The calls of a function in its own module, for `__init__` those of its class; no more than
    the first few."""
    module, owner = function.module, function.owner
    if owner is None:
        named = _named(resolver, module, function.name)
        return [(p.call, p.scope) for p in named.plain if _means(p, function)][:_MAX_CALLERS]
    constructor = function.name == "__init__"
    found = _super_calls(resolver, owner) if constructor else []
    named = _named(resolver, module, owner.name if constructor else function.name)
    places = [p for p in named.plain if _means(p, owner if constructor else function)]
    for known in (named.own, named.settled, named.made if constructor else {}):
        places += known.get(id(owner), ())
    # Asking about one place may settle another.
    asked = dict(named.open)
    for place in sorted([*places, *asked.values()], key=attrgetter("order")):
        if len(found) >= _MAX_CALLERS:
            break
        if place.order not in asked or id(owner) in _classes(resolver, named, place):
            found.append((place.call, place.scope))
    return found


def _named(resolver: Resolver, module: Module, word: str) -> CallsByName:
    key = (id(module), word)
    known = resolver.named_calls.get(key)
    if known is None:
        known = resolver.named_calls[key] = CallsByName(module)
        for number in module.words.pieces(word):
            others = not _OTHER_CALLS.isdisjoint(module.words.of(number))
            if not (module.is_read(number) or others or module.words.is_called(word, number)):
                continue
            top = module.scope(number)
            by_word = resolver.once((top, _places), partial(_places, top))
            for count, call, scope in by_word.get(word, ()):
                _note(known, _Place((number, count), call, scope))
            for count, call, scope in by_word.get("cls", ()):
                mine = id(scope.enclosing_class)
                known.made.setdefault(mine, []).append(_Place((number, count), call, scope))
    return known


def _places(top: Scope) -> dict[str, list[tuple[int, Call, Scope]]]:
    """The calls in a module-level scope, numbered, by the word they go by."""
    found: dict[str, list[tuple[int, Call, Scope]]] = {}
    for count, (scope, call) in enumerate(calls_in(top)):
        name = last_part(call.func)
        if name == "partial" and call.args:
            name, call = last_part(call.args[0].value), _kept(call)
        elif (later := deferred(call)) is not None:
            found.setdefault(last_part(later.func), []).append((count, later, scope))
        found.setdefault(name, []).append((count, call, scope))
    return found


def _note(named: CallsByName, place: _Place) -> None:
    func = place.call.func
    if isinstance(func, Name):
        named.plain.append(place)
    elif isinstance(func, Attr):
        if isinstance(func.value, Name) and func.value.id in ("self", "cls"):
            named.own.setdefault(id(place.scope.enclosing_class), []).append(place)
        else:
            named.open[place.order] = place


def _means(place: _Place, target: Scope) -> bool:
    """Whether the bare name of a call is that of a function or class."""
    func = place.call.func
    assert isinstance(func, Name)
    return any(b.definition is target for b in bindings_of(func, place.scope))


def _classes(resolver: Resolver, named: CallsByName, place: _Place) -> set[int]:
    """The ids of the classes that the receiver of a call is of."""
    func = place.call.func
    assert isinstance(func, Attr)
    origins = resolver.origins(func.value, place.scope, None)
    classes = {id(o.scope) for o in origins if o.kind in ("instance", "class")}
    if resolver.is_settled(func.value, None) and named.open.pop(place.order, None) is not None:
        for mine in classes:
            named.settled.setdefault(mine, []).append(place)
    return classes


def _kept(call: Call) -> Call:
    """`partial(f, x)` as the call of `f` that it is going to be, with what is still to come."""
    place = (call.pos, call.end)
    rest = Arg(None, "**", Expr(*place))
    return Call(*place, call.args[0].value, [*call.args[1:], rest], call.scope, call.order)


def _super_calls(resolver: Resolver, owner: Scope) -> list[tuple[Call, Scope]]:
    """`super().__init__(…)` in the classes of the module that are made from `owner`."""
    return [
        (call, scope)
        for number in owner.module.words.pieces("super")
        if "__init__" in owner.module.words.of(number)
        for top in (owner.module.scope(number),)
        for scope, call in calls_in(top)
        if last_part(call.func) == "__init__"
        and isinstance(call.func, Attr)
        and isinstance(call.func.value, Call)
        and scope.enclosing_class not in (None, owner)
        and owner in class_lineage(resolver, scope.enclosing_class)
    ][:_MAX_CALLERS]


def calls_in(scope: Scope) -> list[tuple[Scope, Call]]:
    """Every call in a scope and the scopes inside it."""
    found = [(scope, call) for call in scope.calls]
    for child in scope.children:
        found += calls_in(child)
    return found
