"""Parameters: what the callers in sight pass, and the default."""

from __future__ import annotations

import re
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING

from keyaudit.code import handed
from keyaudit.code.args import Bound, bind_params
from keyaudit.code.callees import last_part, lineage
from keyaudit.code.names import bindings_of
from keyaudit.code.scopes import Binding, Scope
from keyaudit.code.syntax import Arg, Attr, Call, Expr, Name, Param
from keyaudit.code.values import Frame, Origin

if TYPE_CHECKING:
    from keyaudit.code.origins import Resolver

_PASSWORD = re.compile(r"(?:^|_)(?:pass(?:word|phrase|wd|code)?|pwd|pin)$", re.IGNORECASE)
_MAX_CALLERS = 12


def of_parameter(resolver: Resolver, binding: Binding, frame: Frame | None) -> list[Origin]:
    """The origins of a parameter, through the call looked through or every call in sight."""
    function, param = binding.scope, binding.param
    assert param is not None
    place = Expr(binding.pos, binding.end)
    module = function.module
    owner = function.owner
    positional = [p for p in function.params if p.kind == ""]
    if owner is not None and positional and positional[0] is param:
        if function.decorated("classmethod"):
            return [Origin("class", module, place, scope=owner, source=owner.name)]
        if not function.decorated("staticmethod"):
            return [Origin("instance", module, place, scope=owner, source=owner.name)]
    through = frame
    while through is not None and through.callee is not function:
        through = through.parent
    if through is not None:
        return _passed(resolver, function, param, through)
    return _from_callers(resolver, binding, function, param)


def _from_callers(
    resolver: Resolver, binding: Binding, function: Scope, param: Param
) -> list[Origin]:
    place = Expr(binding.pos, binding.end)
    found = _default(resolver, function, param)
    resolver.asked[id(function)] = function
    callers = [*resolver.foreign_callers.get(id(function), ()), *callers_of(resolver, function)]
    for call, scope in callers:
        skip = function.owner is not None and not function.decorated("staticmethod")
        frame = resolver.frame(function, call, scope, None, skip)
        if frame is not None:
            passed = _passed(resolver, function, param, frame)
            found += [o.called(function, call) for o in passed]
    if not callers:
        kind = "password" if _PASSWORD.search(param.name) else "parameter"
        names = frozenset({param.name})
        origin = Origin(kind, function.module, place, names=names, scope=function)
        text = f"parameter `{param.name}` of `{function.name}`"
        found.append(origin.step(function.module, binding.pos, binding.end, text))
    return found


def _passed(resolver: Resolver, function: Scope, param: Param, frame: Frame) -> list[Origin]:
    call = handed.expand(resolver, frame.call, frame.scope, frame.parent)
    bound = bind_params(call, function.params, frame.skip_self)
    if param.kind in ("*", "**"):
        return [_rest(function, param, bound, frame)]
    value = bound.values.get(param.name)
    module = frame.scope.module
    if value is None:
        if bound.open:
            return [Origin("unknown", module, frame.call)]
        return _default(resolver, function, param)
    text = f"passed to `{function.name}` as `{param.name}`"
    password = bool(_PASSWORD.search(param.name))
    found = []
    for origin in resolver.origins(value, frame.scope, frame.parent):
        step = origin.held(param.name).step(module, value.pos, value.end, text)
        found.append(_as_password(step) if password else step)
    return found


def _rest(function: Scope, param: Param, bound: Bound, frame: Frame) -> Origin:
    """What `*args` or `**kwargs` holds in a call."""
    place = Expr(param.pos, param.end)
    if bound.open:
        return Origin("unknown", function.module, place)
    node: Expr = handed.keywords(bound.keywords, param, frame)
    if param.kind == "*":
        node = handed.rest(bound.rest, param, frame)
    return Origin("container", function.module, node, scope=function, frame=frame)


def _as_password(origin: Origin) -> Origin:
    """What nobody knows, passed as `password`, is a password."""
    from dataclasses import replace

    return replace(origin, kind="password") if origin.kind == "parameter" else origin


def _default(resolver: Resolver, function: Scope, param: Param) -> list[Origin]:
    if param.default is None or function.parent is None:
        return []
    text = f"default of parameter `{param.name}` of `{function.name}`"
    return [
        o.held(param.name).step(function.module, param.pos, param.end, text)
        for o in resolver.origins(param.default, function.parent, None)
    ]


def callers_of(resolver: Resolver, function: Scope) -> list[tuple[Call, Scope]]:
    """The calls of a function in its own module, constructor calls for `__init__`."""
    module, owner = function.module, function.owner
    constructor = owner is not None and function.name == "__init__"
    word = owner.name if constructor and owner is not None else function.name
    found = _super_calls(resolver, owner) if constructor and owner is not None else []
    words = {word, "cls", "partial"} if constructor else {word, "partial"}
    for top in module.scopes_with(word):
        by_word = resolver.once((top, _calls_by_word), partial(_calls_by_word, top))
        for _, scope, call in sorted(
            (one for here in words for one in by_word.get(here, ())), key=itemgetter(0)
        ):
            if len(found) >= _MAX_CALLERS:
                return found
            word_here = last_part(call.func)
            by_cls = constructor and word_here == "cls" and scope.enclosing_class is owner
            if by_cls or (word_here == word and _calls(resolver, call, scope, function, owner)):
                found.append((call, scope))
            elif word_here == "partial" and call.args and last_part(call.args[0].value) == word:
                kept = resolver.once((call, "kept"), partial(_kept, call))
                if _calls(resolver, kept, scope, function, owner):
                    found.append((kept, scope))
    return found


def _kept(call: Call) -> Call:
    """`partial(f, x)` as the call of `f` that it is going to be, with what is still to come."""
    place = (call.pos, call.end)
    rest = Arg(None, "**", Expr(*place))
    return Call(*place, call.args[0].value, [*call.args[1:], rest], call.scope, call.order)


def _super_calls(resolver: Resolver, owner: Scope) -> list[tuple[Call, Scope]]:
    """`super().__init__(…)` in the classes of the module that are made from `owner`."""
    return [
        (call, scope)
        for top in owner.module.scopes_with("super")
        for scope, call in calls_in(top)
        if last_part(call.func) == "__init__"
        and isinstance(call.func, Attr)
        and isinstance(call.func.value, Call)
        and scope.enclosing_class not in (None, owner)
        and owner in lineage(resolver, scope.enclosing_class)
    ][:_MAX_CALLERS]


def calls_in(scope: Scope) -> list[tuple[Scope, Call]]:
    """Every call in a scope and the scopes inside it."""
    found = [(scope, call) for call in scope.calls]
    for child in scope.children:
        found += calls_in(child)
    return found


def _calls_by_word(scope: Scope) -> dict[str, list[tuple[int, Scope, Call]]]:
    """The calls of `calls_in` with their numbers there, by the last part of what they call."""
    found: dict[str, list[tuple[int, Scope, Call]]] = {}
    for number, (inner, call) in enumerate(calls_in(scope)):
        found.setdefault(last_part(call.func), []).append((number, inner, call))
    return found


def _calls(
    resolver: Resolver, call: Call, scope: Scope, function: Scope, owner: Scope | None
) -> bool:
    func = call.func
    if isinstance(func, Name):
        target = owner if owner is not None and function.name == "__init__" else function
        return any(b.definition is target for b in bindings_of(func, scope))
    if not isinstance(func, Attr) or owner is None:
        return False
    if isinstance(func.value, Name) and func.value.id in ("self", "cls"):
        return scope.enclosing_class is owner
    origins = resolver.origins(func.value, scope, None)
    return any(o.scope is owner for o in origins if o.kind in ("instance", "class"))
