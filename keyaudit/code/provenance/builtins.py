"""Provenance of calls of built-in functions: `super()`, `dict(k=v)`, `enumerate(x)` and such.

They build, take apart or hand on objects, so that they cannot be told by a model's `passes`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from keyaudit.code import syntax as s
from keyaudit.code.provenance import attributes, durations
from keyaudit.code.provenance.origin import CHOSEN, NO_VALUE, Frame, Origin, Symbol, combine
from keyaudit.code.semantics.scopes import Scope

if TYPE_CHECKING:
    from keyaudit.code.provenance.resolver import Resolver

_MAX_ITEMS = 16
# Modules of which something is often asked for by a name in a variable.
_LIBRARIES = frozenset(
    f"cryptography.hazmat.primitives.{name}"
    for name in ("hashes", "ciphers.modes", "ciphers.algorithms")
) | {"hashlib"}
_Answer = Callable[["Resolver", s.Call, Scope, "Frame | None"], list[Origin]]


def of_call(
    resolver: Resolver, name: str, call: s.Call, scope: Scope, frame: Frame | None
) -> list[Origin]:
    """The origins of a call of one of the built-in functions in `FUNCTIONS`."""
    return FUNCTIONS[name](resolver, call, scope, frame)


def dict_views(name: str, receiver: tuple[Origin, ...]) -> list[Origin]:
    """The sequences that `d.keys()`, `d.values()` and `d.items()` (`name`) give for dict
    displays."""
    found: list[Origin] = []
    for base in receiver:
        if base.kind != "container" or not isinstance(base.node, s.Dict):
            continue
        at = (base.node.pos, base.node.end)
        items: list[s.Expr] = []
        for key, value in base.node.items[:_MAX_ITEMS]:
            if key is not None:
                pair = s.Seq(*at, "tuple", [key, value])
                items.append({"keys": key, "values": value}.get(name, pair))
        node = s.Seq(*at, "list", items)
        found.append(Origin("container", base.module, node, scope=base.scope, frame=base.frame))
    return found


def _partial(resolver: Resolver, call: s.Call, scope: Scope, frame: Frame | None) -> list[Origin]:
    if not call.args or call.args[0].star or call.args[0].name is not None:
        return []
    return [Origin("partial", scope.module, call, scope=scope, frame=frame, source="partial")]


def _super(resolver: Resolver, call: s.Call, scope: Scope, frame: Frame | None) -> list[Origin]:
    cls = scope.enclosing_class
    return [Origin("super", scope.module, call, scope=cls, source="super")] if cls else []


def _getattr(resolver: Resolver, call: s.Call, scope: Scope, frame: Frame | None) -> list[Origin]:
    if not 2 <= len(call.args) <= 3:
        return []
    name = resolver.constant(call.args[1].value, scope, frame)
    found: list[Origin] = []
    if isinstance(name, str):
        read = s.Attr(call.pos, call.end, call.args[0].value, name)
        found = [o for o in attributes.of_attribute(resolver, read, scope, frame)
                 if o.kind != "unknown"]  # fmt: skip
    elif len(call.args) == 2:
        found = _request_of_any_method(resolver, call, scope, frame)
        found += _chosen_by_name(resolver, call, scope, frame) if not found else []
    if len(call.args) == 3:
        if not found:  # what it is when it is there, is out of sight
            found.append(Origin("unknown", scope.module, call))
        default = resolver.origins(call.args[2].value, scope, frame)
        found += [o.transformed("default") for o in default]
    return found


def _request_of_any_method(
    resolver: Resolver, call: s.Call, scope: Scope, frame: Frame | None
) -> list[Origin]:
    """`getattr(requests, method)`: one of the functions that send a request, which take alike what
    they are given by name."""
    return [
        Origin("callable", scope.module, call, source=name)
        for base in resolver.origins(call.args[0].value, scope, frame)
        for name in [resolver.canonical(f"{base.type or base.source}.post")]
        if (base.type is not None or base.kind == "module")
        and (model := resolver.models.calls.get(name)) is not None
        and "http" in model.kinds
    ]


def _chosen_by_name(
    resolver: Resolver, call: s.Call, scope: Scope, frame: Frame | None
) -> list[Origin]:
    """`getattr(hashes, name.upper())`: what a library has under one of the names that come there.
    A parameter stands for whatever its callers give."""
    return [
        chosen
        for base in resolver.origins(call.args[0].value, scope, frame)
        if base.kind == "module" and base.source in _LIBRARIES
        for origin in resolver.origins(call.args[1].value, scope, frame)
        if (chosen := _of_library(resolver, base.source, origin)) is not None
    ]


def _of_library(resolver: Resolver, library: str, origin: Origin) -> Origin | None:
    if origin.kind == "parameter":
        return origin.transformed(CHOSEN)
    text = origin.value if isinstance(origin.value, str) else ""
    for spelling in (text, text.upper(), text.lower()):
        name = f"{library}.{spelling}"
        if name in resolver.models.symbols:
            value = Symbol(resolver.models.symbols[name])
            via = origin.via | {CHOSEN}
            return replace(origin, kind="literal", value=value, source=name, via=via)
        if name in resolver.models.calls:
            return replace(origin, kind="callable", value=NO_VALUE, source=name)
    return None


def _dict(resolver: Resolver, call: s.Call, scope: Scope, frame: Frame | None) -> list[Origin]:
    at = (call.pos, call.end)
    items: list[tuple[s.Expr | None, s.Expr]] = []
    for arg in call.args:
        if arg.name is not None:
            items.append((s.Const(arg.value.pos, arg.value.end, arg.name), arg.value))
        else:
            items.append((None, arg.value))
    return [Origin("container", scope.module, s.Dict(*at, items), scope=scope, frame=frame)]


def _same(resolver: Resolver, call: s.Call, scope: Scope, frame: Frame | None) -> list[Origin]:
    """`list(x)` and its like hold what x holds."""
    if not call.args:
        node = s.Seq(call.pos, call.end, "list", [])
        return [Origin("container", scope.module, node, (), scope=scope, frame=frame)]
    found: list[Origin] = []
    for origin in resolver.origins(call.args[0].value, scope, frame):
        if origin.kind != "container":
            found.append(origin.transformed("convert").with_value(NO_VALUE, None))
        elif isinstance(origin.node, s.Dict):
            found += dict_views("keys", (origin,))
        else:
            found.append(origin)
    return found


def _next(resolver: Resolver, call: s.Call, scope: Scope, frame: Frame | None) -> list[Origin]:
    found: list[Origin] = []
    for number, arg in enumerate(call.args):
        for origin in resolver.origins(arg.value, scope, frame):
            found += attributes.of_iteration(resolver, origin) if number == 0 else [origin]
    return found


def _rows(resolver: Resolver, call: s.Call, scope: Scope, frame: Frame | None) -> list[Origin]:
    """`enumerate(x)` and `zip(x, y)`: rows of a number or item each."""
    columns: list[list[s.Expr]] = []
    for arg in call.args:
        known = [o for o in resolver.origins(arg.value, scope, frame) if o.kind == "container"]
        if len(known) != 1 or not isinstance(known[0].node, s.Seq) or known[0].scope is None:
            return []
        origin = known[0]
        at = (arg.value.pos, arg.value.end)
        assert origin.scope is not None
        columns.append([s.Forwarded(*at, item, origin.scope, origin.frame)
                        for item in known[0].node.items[:_MAX_ITEMS]])  # fmt: skip
        if isinstance(call.func, s.Name) and call.func.id == "enumerate":
            columns.insert(0, [s.Const(*at, n) for n in range(len(columns[0]))])
            break
    at = (call.pos, call.end)
    rows: list[s.Expr] = [s.Seq(*at, "tuple", list(row)) for row in zip(*columns, strict=False)]
    node = s.Seq(*at, "list", rows)
    return [Origin("container", scope.module, node, scope=scope, frame=frame)]


def _map(resolver: Resolver, call: s.Call, scope: Scope, frame: Frame | None) -> list[Origin]:
    """`map(f, x)`: what `f` gives for an item of `x`."""
    if len(call.args) != 2 or any(arg.star for arg in call.args):
        return []

    def one() -> s.Call:
        at = (call.pos, call.end)
        item = s.Sub(*at, call.args[1].value, s.Opaque(*at, []))
        return s.Call(*at, call.args[0].value, [s.Arg(None, "", item)], call.scope, call.order,
                      call.context)  # fmt: skip

    made = resolver.once((call, "map"), one)
    return list(combine([resolver.origins(made, scope, frame)], "join", whole=False))


def _date(resolver: Resolver, call: s.Call, scope: Scope, frame: Frame | None) -> list[Origin]:
    """`datetime(2099, 1, 1)`: the day, as a text in the order of ISO 8601."""
    parts = [resolver.constant(arg.value, scope, frame) for arg in call.args[:3] if not arg.star]
    if len(parts) < 3 or not all(isinstance(part, int) for part in parts):
        return []
    year, month, day = parts
    return [resolver.literal(call, scope, f"{year:04d}-{month:02d}-{day:02d}")]


FUNCTIONS: dict[str, _Answer] = {
    "functools.partial": _partial, "functools.partialmethod": _partial, "builtins.super": _super,
    "builtins.getattr": _getattr, "builtins.dict": _dict, "collections.OrderedDict": _dict,
    "builtins.list": _same, "builtins.tuple": _same, "builtins.set": _same,
    "builtins.frozenset": _same, "builtins.sorted": _same, "builtins.reversed": _same,
    "builtins.iter": _same, "builtins.next": _next, "builtins.enumerate": _rows,
    "datetime.datetime": _date, "datetime.timedelta": durations.of_call,
    "dateutil.relativedelta.relativedelta": durations.of_call,
    "builtins.zip": _rows, "builtins.map": _map,
}  # fmt: skip
