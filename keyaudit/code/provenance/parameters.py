"""Provenance of parameters: what the known callers pass, and the default."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from keyaudit.code.provenance import designations, forwarded_arguments, option_defaults
from keyaudit.code.provenance.callers import callers_of
from keyaudit.code.provenance.names import dotted_names
from keyaudit.code.provenance.origin import ANNOTATED, Frame, Origin
from keyaudit.code.semantics.argument_binding import Bound, bind_params
from keyaudit.code.semantics.scopes import Binding, Scope, has_made_constructor
from keyaudit.code.syntax import Attr, BinOp, Const, Expr, Name, Param, Sub, last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, SECRETS, reading

if TYPE_CHECKING:
    from keyaudit.code.provenance.resolver import Resolver

_PASSWORD = regex(r"(?:^|_)(?:pass(?:word|phrase|wd|code)?|pwd|pin)$", re.IGNORECASE)
# A parameter of such a name is what a function gives back where it has nothing else.
_ANSWERS = frozenset({"default", "fallback", "default_value", "otherwise", "missing"})
# An annotation as a text.
_FORWARD = regex(
    r"\s*(?:(?:typing\.)?Optional\[(?P<optional>[\w.]+)\]|(?P<bare>[\w.]+)(?:\s*\|\s*None)?)\s*"
)


def of_parameter(resolver: Resolver, binding: Binding, frame: Frame | None) -> list[Origin]:
    """The origins of a parameter: by the call that is looked through, or else by every call in
    sight and the default."""
    function, param = binding.scope, binding.param
    assert param is not None
    place = Expr(binding.pos, binding.end)
    module = function.module
    owner = function.owner
    positional = [p for p in function.params if p.kind == ""]
    if owner is not None and positional and positional[0] is param:
        if function.decorated("classmethod"):
            return [Origin("class", module, place, scope=owner, source=owner.name)]
        if not function.is_static:
            return [Origin("instance", module, place, scope=owner, source=owner.name)]
    through = frame
    while through is not None and through.callee is not function:
        through = through.parent
    if through is not None:
        found = _passed(resolver, function, param, through)
    else:
        found = _from_callers(resolver, binding, function, param)
    if param.annotation is not None and not any(
        origin.type or origin.kind == "instance" for origin in found
    ):
        found += _annotated(resolver, function, param.annotation, place)
    return found


def _annotated(
    resolver: Resolver, function: Scope, annotation: Expr, place: Expr
) -> Iterator[Origin]:
    """An object of the modelled type that a parameter is annotated with: `X`, `X | None`,
    `Optional[X]`, each of them also as a text (PEP 484, "Forward references")."""
    match annotation:
        case Const(value=str() as text):
            if (written := _FORWARD.fullmatch(text)) is not None:
                named = _dotted(written["bare"] or written["optional"], annotation)
                yield from _annotated(resolver, function, named, place)
        case BinOp(op="|", left=left, right=right):
            for part in (left, right):
                yield from _annotated(resolver, function, part, place)
        case Sub(value=Name(id="Optional") | Attr(name="Optional"), index=index):
            yield from _annotated(resolver, function, index, place)
        case Name() | Attr() if function.parent is not None:
            for name in dotted_names(resolver, annotation, function.parent):
                if name in resolver.model_index.types and not name.startswith("builtins."):
                    yield Origin("object", function.module, place, type=name, source=name)
            if _may_name_class(annotation):
                yield from _of_fields(resolver, function, annotation, place)


def _may_name_class(annotation: Name | Attr) -> bool:
    """Whether an annotation may be a class of the scanned code, by how it is written."""
    return last_part(annotation)[:1].isupper()


def _of_fields(
    resolver: Resolver, function: Scope, annotation: Expr, place: Expr
) -> Iterator[Origin]:
    """An object of a class that is made of fields (a dataclass, pydantic's settings), which has
    the defaults of those unless somebody says otherwise."""
    assert function.parent is not None
    for origin in resolver.origins(annotation, function.parent, None):
        cls = origin.scope if origin.kind == "class" else None
        if cls is not None and has_made_constructor(cls):
            yield Origin("instance", function.module, place, scope=cls, source=cls.name,
                         via=ANNOTATED)  # fmt: skip


def _dotted(name: str, place: Expr) -> Expr:
    """The expression that a dotted name in a text stands for."""
    first, *rest = name.split(".")
    found: Expr = Name(place.pos, place.end, first)
    for part in rest:
        found = Attr(place.pos, place.end, found, part)
    return found


def _from_callers(
    resolver: Resolver, binding: Binding, function: Scope, param: Param
) -> list[Origin]:
    place = Expr(binding.pos, binding.end)
    resolver.asked[id(function)] = function
    callers = [*resolver.foreign_callers.get(id(function), ()), *callers_of(resolver, function)]
    # Who leaves the argument out gets the default, as those out of sight may.
    hidden = bool(callers) and re.match(r"_(?!_\w+__$)", function.name) is not None
    found = [] if hidden else _default(resolver, function, param)
    for call, scope in callers:
        skip = function.owner is not None and not function.is_static
        frame = resolver.frame(function, call, scope, None, skip)
        if frame is not None:
            passed = _passed(resolver, function, param, frame)
            found += [o.through_call(function, call) for o in passed]
    # A public function has callers out of sight, who pass what the name says.
    if not callers or (_is_of_others(function, param)):
        kind = "password" if _PASSWORD.search(param.name) else "parameter"
        names = frozenset({param.name})
        origin = Origin(kind, function.module, place, names=names, scope=function)
        text = f"parameter `{param.name}` of `{function.name}`"
        named = designations.as_variable([origin], param.name, ())
        found += [o.with_step(function.module, binding.pos, binding.end, text) for o in named]
    return found


def _is_of_others(function: Scope, param: Param) -> bool:
    """Whether a parameter is called a secret and its function may be called from elsewhere: by
    its name it is not private, and it stands in no other function."""
    if reading(param.name) not in SECRETS - {BARE_TOKEN}:
        return False
    if function.parent is not None and function.parent.kind == "function":
        return False
    name = function.name
    return not name.startswith("_") or name.endswith("__")


def _passed(resolver: Resolver, function: Scope, param: Param, frame: Frame) -> list[Origin]:
    call = forwarded_arguments.expand(resolver, frame.call, frame.scope, frame.parent)
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
    passed = resolver.origins(value, frame.scope, frame.parent)
    for origin in designations.as_named(passed, param.name):
        step = origin.with_name(param.name).with_step(module, value.pos, value.end, text)
        found.append(_as_password(step) if password else step)
    return found


def _rest(function: Scope, param: Param, bound: Bound, frame: Frame) -> Origin:
    """What `*args` or `**kwargs` holds in a call."""
    place = Expr(param.pos, param.end)
    if bound.open:
        return Origin("unknown", function.module, place)
    node: Expr = forwarded_arguments.variadic_dict(bound.keywords, param, frame)
    if param.kind == "*":
        node = forwarded_arguments.variadic_tuple(bound.rest, param, frame)
    return Origin("container", function.module, node, scope=function, frame=frame)


def _as_password(origin: Origin) -> Origin:
    """What nobody knows, passed as `password`, is a password."""
    from dataclasses import replace

    return replace(origin, kind="password") if origin.kind == "parameter" else origin


def _default(resolver: Resolver, function: Scope, param: Param) -> list[Origin]:
    if param.default is None or function.parent is None:
        return option_defaults.of_parameter(resolver, function, param.name)
    text = f"default of parameter `{param.name}` of `{function.name}`"
    # `parse(text, default=False)` says what comes of no text, which is no option of the function.
    label = () if param.name in _ANSWERS else ("default",)
    return [
        o.with_name(param.name)
        .transformed(*label)
        .with_step(function.module, param.pos, param.end, text)
        for o in resolver.origins(param.default, function.parent, None)
    ]
