"""Uses: the calls of a scope that a model describes, with their arguments by role."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from keyaudit.catalogue.types import CallModel
from keyaudit.code import syntax as s
from keyaudit.code.matching.tested_values import as_tested
from keyaudit.code.provenance.call_targets import callees, is_replaced, own_log
from keyaudit.code.provenance.modelled_returns import bind_arguments
from keyaudit.code.provenance.names import dotted_names, is_builtin, is_defined_beside
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.argument_binding import Bound
from keyaudit.code.semantics.scopes import Scope


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
        """The origins of an argument that occur together with the object of the modelled type: a
        function may be called with one cipher and one key, and with another of each."""
        return [o for o in origins if not self.receiver or any(map(o.is_compatible, self.receiver))]

    def plays(self, role: str) -> bool:
        """Whether the model of this call has the role, whether it is passed or not."""
        return role in self.roles()

    def roles(self) -> set[str | None]:
        """The roles of the model of this call, whether they are passed or not."""
        model = self.model
        return {*model.parameters.values(), *model.defaults, *model.constants}


class CallFilter(NamedTuple):
    """Selects some of the modelled calls: by their full names, and before anything is resolved
    by the last words by which a file may call them (`methods` on an object, `words` in any
    form)."""

    names: frozenset[str]
    methods: frozenset[str]
    words: frozenset[str]

    def may_be(self, func: s.Attr | s.Name, scope: Scope) -> bool:
        """Whether a call may be one of the selected ones, by its last word."""
        if isinstance(func, s.Name):
            return func.id in self.words or not is_builtin(func.id)
        return func.name in self.words or func.name in scope.module.assigned


def uses_in(resolver: Resolver, scope: Scope, only: CallFilter | None = None) -> list[Use]:
    """The modelled calls that stand directly in a scope and that a rule may ask about
    (`ModelIndex.telling`); `only` limits them to some."""
    found: list[Use] = []
    for call in scope.calls:
        if not _may_be_modelled(resolver, call, scope, only):
            continue
        called = callees(resolver, call, scope, None)
        chosen = len(called) > 1 and is_in_sibling_branch(call, scope)
        for callee in called:
            if callee.model is not None and (only is None or callee.model.name in only.names):
                use = use_of(resolver, call, scope, callee.model, callee.call)
                typed = callee.model.name.rpartition(".")[0]
                held = [o for o in callee.receiver
                        if o.type and resolver.canonical(o.type) == typed]  # fmt: skip
                found.append(replace(use, receiver=tuple(held), chosen=chosen))
    return found


def is_in_sibling_branch(call: s.Call, scope: Scope) -> bool:
    """Whether the call of an attribute stands in a branch that another attribute of the same
    object decides: `if self.is_aead: self.cipher(key)` calls no cipher that has no such mode."""
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


def _may_be_modelled(
    resolver: Resolver, call: s.Call, scope: Scope, only: CallFilter | None
) -> bool:
    """Whether it can matter what a call calls. To ask of every object what it is would cost most
    of the time, and a method that no model names is modelled only where it is another's name."""
    func = call.func
    if not isinstance(func, s.Attr | s.Name):
        return True
    if only is not None and not only.may_be(func, scope):
        return False
    if isinstance(func, s.Name) and is_defined_beside(func, scope):
        return False
    names = [] if _is_of_self(func) else dotted_names(resolver, func, scope)
    if names and all(_is_no_model(resolver, name, scope, only) for name in names):
        return isinstance(func, s.Attr) and (
            is_replaced(func.value, scope) or bool(own_log(resolver, func, call))
        )
    if isinstance(func, s.Name):
        return True
    words = resolver.model_index.words if only is None else only.methods
    return bool(names) or func.name in words or func.name in scope.module.assigned


def _is_of_self(func: s.Expr) -> bool:
    """Whether it is a method of the object itself or of one that it holds, most of all calls."""
    while isinstance(func, s.Attr):
        func = func.value
    return isinstance(func, s.Name) and func.id == "self"


def _is_no_model(resolver: Resolver, name: str, scope: Scope, only: CallFilter | None) -> bool:
    """Whether a dotted name stands for something else than a modelled call."""
    if only is not None and (name in resolver.models.calls or name.startswith("builtins.")):
        return name not in only.names
    if name in resolver.models.calls or name.startswith("builtins."):
        return name not in resolver.model_index.telling
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
    """The use of a model by a call, its arguments by role; `arrives` is the call in the form
    that reaches the function (`Callee.call`)."""
    bound = bind_arguments(resolver, arrives or call, model, scope, None)
    arguments: dict[str, list[tuple[str, s.Expr]]] = {}
    for parameter, role in model.parameters.items():
        if role is not None and parameter in bound.values:
            arguments.setdefault(role, []).append((parameter, bound.values[parameter]))
    if model.given and not bound.open:
        lacking = {kind for kind, name in model.given.items() if name not in bound.values}
        model = model._replace(kinds=model.kinds - lacking)
    return Use(call, scope, model, bound, arguments)


def role_values(
    resolver: Resolver, use: Use, role: str
) -> tuple[list[Any], list[tuple[s.Expr, Any]], bool]:
    """The values of a role in a call: (values by model, pairs of expression and origin, absent).
    Absent means that the parameter exists and nothing is passed."""
    passed = use.arguments.get(role, [])
    found = []
    for _, expr in passed:
        origins = use.together(resolver.origins(expr, use.scope, None))
        origins = as_tested(resolver, expr, origins, use.scope, use.call.context)
        found += [(expr, origin) for origin in origins]
    model = use.model
    if role in model.constants:
        return [model.constants[role]], found, False
    if passed:
        return [], found, False
    if role in model.defaults and not use.bound.open:
        return [model.defaults[role]], found, False
    return [], found, role in model.parameters.values() and not use.bound.open
