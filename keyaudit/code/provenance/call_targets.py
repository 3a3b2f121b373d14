"""Resolves call targets: modelled calls, functions and classes of the scanned code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from keyaudit.catalogue.types import CallModel
from keyaudit.code.provenance import constant_folding
from keyaudit.code.provenance.forwarded_arguments import with_partial_arguments
from keyaudit.code.provenance.names import bindings_of, dotted_names, modelled_reexports
from keyaudit.code.provenance.origin import Frame, Origin, Symbol
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.code.syntax import Attr, BinOp, Call, Class, Const, Expr, Name, Text, last_part

if TYPE_CHECKING:
    from keyaudit.code.provenance.resolver import Resolver

_MAX_TARGETS = 8
_MAX_BASES = 8
_TELLING = frozenset({"log", "output"})
_UNTYPED = frozenset({"unknown", "parameter", "none"})
# What makes a task of a function gives it methods: `send_mail.delay(user)`.
_TASKS = ("task", "shared_task", "periodic_task", "job", "actor", "db_task")


@dataclass(frozen=True, slots=True)
class Callee:
    """One possible target of a call. At most one of `model`, `function`, `cls`, `method` is set.

    `method` is the name of a method of a value that is no modelled object; `receiver` the origins
    of the object a method is called on; `call` the call as it arrives there, when it differs (the
    arguments kept in a `functools.partial` are added). None of the four is set for a function of
    the language itself.
    """

    name: str
    model: CallModel | None = None
    function: Scope | None = None
    cls: Scope | None = None
    method: str | None = None
    receiver: tuple[Origin, ...] = ()
    call: Call | None = None


def callees(resolver: Resolver, call: Call, scope: Scope, frame: Frame | None) -> list[Callee]:
    """The possible targets of a call, best known first; empty when nothing is known of it."""
    func = call.func
    found: list[Callee] = []
    for name in dotted_names(resolver, func, scope):
        found += _by_dotted(resolver, name, scope, call)
    if found and isinstance(func, Attr) and is_replaced(func.value, scope):
        others = _by_receiver(resolver, func, scope, frame, call)
        found += [callee for callee in others if callee.method is None]
    if not found and isinstance(func, Name):
        for binding in bindings_of(func, scope):
            found += _by_binding(resolver, binding, frame, call)
    elif not found and isinstance(func, Attr):
        found += _by_receiver(resolver, func, scope, frame, call)
    elif not found and not isinstance(func, Name):
        for origin in resolver.origins(func, scope, frame):
            found += _by_origin(resolver, origin, call)
    if isinstance(func, Attr) and found and all(each.function is not None for each in found):
        found += own_log(resolver, func, call)
    return found[:_MAX_TARGETS]


def own_log(resolver: Resolver, func: Attr, call: Call) -> list[Callee]:
    """The logger or printer that a call goes by the name of, if any, whatever it is defined as:
    what the `info` of a project's own `logger.py` is told, gets into a log in the end."""
    named = _by_name(resolver, func, (), call)
    return [own for own in named if own.model is not None and own.model.kinds & _TELLING]


def is_replaced(expr: Expr, scope: Scope) -> bool:
    """Whether a name is that of a module on one way, and of an object on another: `random =
    SystemRandom()`, or `import random` where there is none."""
    if not isinstance(expr, Name):
        return False
    kinds = {binding.kind for binding in bindings_of(expr, scope)}
    return {"import", "value"} <= kinds


def _by_dotted(resolver: Resolver, name: str, scope: Scope, call: Call) -> list[Callee]:
    if name in resolver.language:
        return [Callee(name)]
    model = resolver.models.calls.get(name)
    if model is not None:
        return [Callee(name, model=model)]
    if name in resolver.models.symbols:
        return [Callee(name, model=CallModel(name))]
    if name in resolver.model_index.types:
        return [Callee(name, model=CallModel(name, returns={"type": name}))]
    located = resolver.program.locate(name, scope.module)
    if located is None:
        return (
            [Callee(name)] if name.startswith("builtins.") or constant_folding.knows(name) else []
        )
    found: list[Callee] = []
    for other in modelled_reexports(resolver, *located):
        found += _by_dotted(resolver, other, scope, call)
    for origin in resolver.origins_in_module(*located) if not found else ():
        found += _by_origin(resolver, origin, call)
    return found


def _by_binding(
    resolver: Resolver, binding: Binding, frame: Frame | None, call: Call
) -> list[Callee]:
    if binding.kind == "def" and binding.definition is not None:
        return [Callee(binding.name, function=binding.definition)]
    if binding.kind == "class" and binding.definition is not None:
        return [Callee(binding.name, cls=binding.definition)]
    found: list[Callee] = []
    for origin in resolver.origins_of_binding(binding, frame):
        found += _by_origin(resolver, origin, call)
    return found


def _by_origin(resolver: Resolver, origin: Origin, call: Call) -> list[Callee]:
    if origin.kind == "function" and origin.scope is not None:
        return [Callee(origin.source, function=origin.scope)]
    if origin.kind == "class" and origin.scope is not None:
        return [Callee(origin.source, cls=origin.scope)]
    if origin.kind == "callable" or isinstance(origin.value, Symbol):
        model = resolver.models.calls.get(origin.source)
        return [Callee(origin.source, model=model)] if model else []
    if origin.kind == "instance" and origin.scope is not None:
        method = find_method(resolver, origin.scope, "__call__")
        return [Callee("__call__", function=method, receiver=(origin,))] if method else []
    if origin.type is not None:  # an object that can be called: `env = Env()`, `env("KEY")`
        model = resolver.models.calls.get(f"{origin.type}.__call__")
        if model is not None:
            return [Callee(model.name, model=model, receiver=(origin,))]
    if origin.kind == "partial" and isinstance(origin.node, Call) and origin.scope is not None:
        whole = with_partial_arguments(resolver, origin, call)
        kept = resolver.origins(origin.node.args[0].value, origin.scope, origin.frame)
        inner = [callee for o in kept for callee in _by_origin(resolver, o, whole)]
        return [replace(callee, call=callee.call or whole) for callee in inner]
    return []


def _by_receiver(
    resolver: Resolver, func: Attr, scope: Scope, frame: Frame | None, call: Call
) -> list[Callee]:
    receiver = resolver.origins(func.value, scope, frame)
    found: list[Callee] = []
    for origin in receiver:
        found += _method(resolver, origin, func.name, receiver)
    if not found:
        for origin in resolver.origins(func, scope, frame):
            found += _by_origin(resolver, origin, call)
    if not found and all(_is_open(resolver, o) for o in receiver):
        found += _by_name(resolver, func, receiver, call) or _by_keywords(
            resolver, func.name, receiver, call
        )
    return found or [Callee(func.name, method=func.name, receiver=receiver)]


def _is_open(resolver: Resolver, origin: Origin) -> bool:
    """Whether an object may have methods that are not in sight: nothing is known of it, or of a
    base of its class."""
    if origin.kind == "instance" and origin.scope is not None:
        return bool(modelled_bases(resolver, origin.scope))
    if origin.kind == "function" and origin.scope is not None:
        return origin.scope.decorated(*_TASKS)
    # An empty text holds the place of what another file puts there.
    empty = origin.kind == "literal" and origin.value == ""
    return origin.type is None and (origin.kind in _UNTYPED or empty)


def _by_name(
    resolver: Resolver, func: Attr, receiver: tuple[Origin, ...], call: Call | None
) -> list[Callee]:
    """The modelled method of an object that nothing is known of but its name, as of a `logger`
    that another file makes, or that is told a message by the `call`."""
    held = func.value.func if isinstance(func.value, Call) else func.value
    told = call is not None and any(_is_message(arg.value) for arg in call.args)
    types = resolver.model_index.types_of(last_part(held), told=told)
    if isinstance(held, BinOp) and held.op == "/" and isinstance(held.right, Const | Text):
        types = ("pathlib.Path",)  # nothing else is divided by a text: `folder / "token.json"`
    for named in types:
        model = resolver.models.calls.get(f"{named}.{func.name}")
        if model is not None:
            return [Callee(model.name, model=model, receiver=receiver)]
    return []


def _is_message(expr: Expr, depth: int = 0) -> bool:
    """Whether an argument is a text for people: of several words, or put together."""
    match expr:
        case Const(value=str() as text):
            return " " in text.strip()
        case Text():
            return True
        case BinOp(op="%" | "+", left=left):
            return isinstance(left, Const | Text | BinOp) and _is_message(left, depth)
        case Call(func=Attr(name="format", value=Const(value=str()))):
            return True
        case Name(reach=[binding]) if depth == 0 and binding.value is not None:
            return binding.kind == "value" and _is_message(binding.value, 1)
    return False


def _by_keywords(
    resolver: Resolver, name: str, receiver: tuple[Origin, ...], call: Call
) -> list[Callee]:
    """The modelled method of an object of which nothing is known, told by its name and the names
    of its arguments: a client is often made elsewhere, or passed in."""
    model = resolver.model_index.by_keywords.get(name)
    if model is None or not call.args:
        return []
    positional = any(arg.name is None and arg.star != "**" for arg in call.args)
    if positional or not any(a.name in model.parameters for a in call.args):
        return []
    return [Callee(model.name, model=model, receiver=receiver)]


def _method(
    resolver: Resolver, origin: Origin, name: str, receiver: tuple[Origin, ...]
) -> list[Callee]:
    if origin.type is not None:
        model = resolver.models.calls.get(resolver.canonical(f"{origin.type}.{name}"))
        if model is not None:
            return [Callee(model.name, model=model, receiver=receiver)]
    # Handed on as a value: `Sealer(AES).library.new(…)`; some modules stand for an algorithm.
    if origin.kind == "module" or isinstance(origin.value, Symbol):
        model = resolver.models.calls.get(resolver.canonical(f"{origin.source}.{name}"))
        return [Callee(model.name, model=model)] if model is not None else []
    if origin.kind in ("instance", "class") and origin.scope is not None:
        method = find_method(resolver, origin.scope, name)
        if method is not None:
            return [Callee(f"{origin.scope.name}.{name}", function=method, receiver=(origin,))]
    if origin.kind == "super" and origin.scope is not None:
        method = find_method(resolver, origin.scope, name, above=True)
        if method is not None:
            return [Callee(f"super.{name}", function=method, receiver=(origin,))]
    if origin.kind in ("instance", "class", "super") and origin.scope is not None:
        for base in modelled_bases(resolver, origin.scope):
            model = resolver.models.calls.get(f"{base}.{name}")
            # `str.encode(text)` is modelled, where the text is the first argument.
            if model is not None and not base.startswith("builtins."):
                return [Callee(model.name, model=model, receiver=receiver)]
    return []


def class_lineage(resolver: Resolver, cls: Scope) -> list[Scope]:
    """A class of the scanned code, then its bases in the scanned code, nearest first."""
    found = [cls]
    for known in found:
        node = known.node
        if len(found) > _MAX_BASES or not isinstance(node, Class):
            break
        for base in node.bases:
            if base.name is None and known.parent is not None:
                for origin in resolver.origins(base.value, known.parent, None):
                    if origin.kind == "class" and origin.scope and origin.scope not in found:
                        found.append(origin.scope)
    return found


def find_method(resolver: Resolver, cls: Scope, name: str, *, above: bool = False) -> Scope | None:
    """The function that a method name stands for in a class or its bases; with `above`, in its
    bases only. None when it is not in the scanned code."""
    for known in class_lineage(resolver, cls)[above:]:
        for binding in reversed(known.bindings.get(name, [])):
            if binding.definition is not None and binding.kind == "def":
                return binding.definition
    return None


def modelled_bases(resolver: Resolver, cls: Scope) -> list[str]:
    """The dotted names of the bases of a class that are not in the scanned code."""
    found: list[str] = []
    for known in class_lineage(resolver, cls):
        if isinstance(known.node, Class) and known.parent is not None:
            for base in known.node.bases:
                if base.name is None:
                    found += dotted_names(resolver, base.value, known.parent)
    # A class by the name that its methods go by: `paramiko.client.SSHClient`.
    models = [resolver.models.calls.get(name) for name in found]
    types = [str(model.returns["type"]) for model in models if model and "type" in model.returns]
    return [*found, *(name for name in types if name not in found)]
