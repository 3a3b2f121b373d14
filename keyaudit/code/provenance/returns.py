"""Provenance of call results: by a model, or by the returns of a known function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keyaudit.code import syntax as s
from keyaudit.code.provenance import (
    attributes,
    builtins,
    compared_defaults,
    constant_folding,
    settings,
    templates,
    text_labels,
)
from keyaudit.code.provenance.call_targets import Callee, callees, find_method
from keyaudit.code.provenance.modelled_returns import folded_call, of_modelled_call
from keyaudit.code.provenance.origin import (
    CHOSEN,
    NO_VALUE,
    STRUCTURE,
    Frame,
    Origin,
    Symbol,
    combine,
    length_of,
)
from keyaudit.code.provenance.string_methods import (
    ARGUMENT_METHODS,
    LOOKUP_METHODS,
    RECEIVER_METHODS,
)
from keyaudit.code.semantics.scopes import Scope

if TYPE_CHECKING:
    from keyaudit.code.provenance.resolver import Resolver


def of_call(resolver: Resolver, call: s.Call, scope: Scope, frame: Frame | None) -> list[Origin]:
    """The origins of what a call returns."""
    # `getattr(hashes, name)()` is the digest of that name, whichever a caller gives.
    if not call.args and isinstance(call.func, s.Call | s.Name):
        chosen = [o for o in resolver.origins(call.func, scope, frame) if CHOSEN in o.via]
        if chosen:
            return chosen
    found: list[Origin] = []
    made = call
    for callee in callees(resolver, call, scope, frame):
        call = callee.call or made
        if callee.model is not None:
            found += of_modelled_call(resolver, callee, callee.model, call, scope, frame)
        elif callee.function is not None:
            found += _by_function(resolver, callee, callee.function, call, scope, frame)
        elif callee.cls is not None:
            found.append(_instance(resolver, callee.cls, call, scope, frame))
        elif callee.method is not None:
            found += _by_method(resolver, callee, call, scope, frame)
        elif callee.name in builtins.FUNCTIONS:
            found += builtins.of_call(resolver, callee.name, call, scope, frame)
        else:
            found += folded_call(resolver, callee.name, call, scope, frame)
    if not found:
        return [
            resolver.unknown(call, scope),
            *settings.of_setting_default(resolver, call, scope, frame),
            *compared_defaults.of_read_bool(resolver, call, scope, frame),
        ]
    return found


# -- functions and classes in sight


def _by_function(
    resolver: Resolver, callee: Callee, function: Scope, call: s.Call, scope: Scope,
    frame: Frame | None,
) -> list[Origin]:  # fmt: skip
    bound_method = bool(callee.receiver) and not function.is_static
    inner = resolver.frame(function, call, scope, frame, bound_method)
    if inner is None:
        return [resolver.unknown(call, scope)]
    found: list[Origin] = []
    if function.yields:
        return [_generator(resolver, function, inner, call, scope)]
    text = f"returned by `{function.name}()`"
    for value in function.returns:
        for origin in resolver.origins(value, function, inner):
            if not origin.trace and origin.kind == "unknown":  # its name is all that tells of it
                origin = origin.with_step(function.module, value.pos, value.end, "taken from here")
            found.append(origin.with_step(scope.module, call.pos, call.end, text))
    return found


def _generator(
    resolver: Resolver, function: Scope, inner: Frame, call: s.Call, scope: Scope
) -> Origin:
    """What a generator function gives: what it yields, to a loop or to a `with`."""

    def collect() -> s.Seq:
        items = [s.Starred(y.pos, y.end, y.value) if y.each else y.value for y in function.yields]
        return s.Seq(call.pos, call.end, "list", items)

    kind = "container"
    if function.decorated("contextmanager", "asynccontextmanager"):
        kind = "manager"
    node = resolver.once((function,), collect)
    return Origin(kind, scope.module, node, scope=function, frame=inner, source=function.name)


def _instance(
    resolver: Resolver, cls: Scope, call: s.Call, scope: Scope, frame: Frame | None
) -> Origin:
    init = find_method(resolver, cls, "__init__")
    inner = resolver.frame(init, call, scope, frame, True) if init is not None else None
    return Origin("instance", scope.module, call, scope=cls, frame=inner, source=cls.name)


# -- methods of plain values


def _by_method(
    resolver: Resolver, callee: Callee, call: s.Call, scope: Scope, frame: Frame | None
) -> list[Origin]:
    name = callee.method or ""
    if name in ("keys", "values", "items") and not call.args:
        return builtins.dict_views(name, callee.receiver)
    positional = call.by_position()
    if name in templates.RENDERS:
        return list(templates.rendered(resolver, call, scope, frame))
    if name in RECEIVER_METHODS:
        values = [resolver.constant(arg, scope, frame) for arg in positional]
        # `return False` says that there is no text: nobody calls a method of texts on it.
        texts = [o for o in callee.receiver if o.kind != "literal" or not isinstance(o.value, bool)]
        changed = [_after(o, name, values, call, scope) for o in texts]
        if name == "replace" and len(positional) > 1 and values[1] is NO_VALUE:
            # What is put in the place of another is part of the text from then on.
            put = resolver.origins(positional[1], scope, frame)
            return list(combine([tuple(changed), put], "format", whole=True))
        return changed
    if name in ARGUMENT_METHODS:
        values = [resolver.origins(arg.value, scope, frame) for arg in call.args]
        said = text_labels.labels(call) if name == "format" else {}
        values = [text_labels.labelled(v, said[id(arg.value)]) if id(arg.value) in said else v
                  for arg, v in zip(call.args, values, strict=True)]  # fmt: skip
        items = [tuple(_elements(resolver, v) if name == "join" else v) for v in values]
        if name == "join" and not any(items):
            return []  # of a list that was filled where nobody saw it
        whole = name != "join" or not any(o.kind == "container" for v in values for o in v)
        return list(combine([callee.receiver, *items], ARGUMENT_METHODS[name], whole=whole))
    if name in LOOKUP_METHODS and positional:
        index = resolver.constant(positional[0], scope, frame)
        found = [
            o
            for base in callee.receiver
            if base.kind != "literal"
            for o in attributes.of_element(resolver, base, None if index is NO_VALUE else index)
        ]
        if len(positional) > 1:
            if not found:  # what it is when it is there, is out of sight
                found.append(Origin("unknown", scope.module, call))
            default = resolver.origins(positional[1], scope, frame)
            outside = any(o.kind == "environment" for o in callee.receiver)
            label: tuple[str, ...] = ("environment-default", "default") if outside else ("default",)
            if index is NO_VALUE and callee.receiver and all(map(_is_table, callee.receiver)):
                label = ()
            found += [o.transformed(*label) for o in default]
        return found
    return []


def _is_table(origin: Origin) -> bool:
    """Whether it is a dict written down here: who looks something up in it by what is not known,
    asks for no option."""
    return isinstance(origin.node, s.Dict) and bool(origin.node.items)


def _elements(resolver: Resolver, origins: tuple[Origin, ...]) -> list[Origin]:
    found: list[Origin] = []
    for origin in origins:
        if origin.kind == "container":
            found += attributes.of_element(resolver, origin, None)
        else:
            found.append(origin)
    return found


def _after(origin: Origin, name: str, values: list[Any], call: s.Call, scope: Scope) -> Origin:
    """An origin after a method of str, bytes or int was called on it."""
    if origin.kind in STRUCTURE:
        return Origin("unknown", scope.module, call)
    label = RECEIVER_METHODS[name]
    value = origin.value
    if name == "strip" and isinstance(value, Symbol):
        return origin
    value = constant_folding.method(name, value, values)
    length = length_of(value)
    if length is None and origin.length is not None:
        if name == "hex":
            length = origin.length * 2
        elif label == "encode" or name in ("decode", "tobytes", "copy"):
            length = origin.length
    return origin.transformed(label).with_value(value, length)
