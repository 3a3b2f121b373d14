"""Resolves forwarded arguments: `*args`, `**kwargs`, and those kept in a `functools.partial`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyaudit.code import syntax as s
from keyaudit.code.provenance.origin import Frame, Origin
from keyaudit.code.semantics.scopes import Scope

if TYPE_CHECKING:
    from keyaudit.code.provenance.resolver import Resolver

# Of the entries of a display, how many are looked at.
_MAX_ENTRIES = 64
_STORES = frozenset({"update", "setdefault", "append", "extend", "insert", "pop"})


def expand(resolver: Resolver, call: s.Call, scope: Scope, frame: Frame | None) -> s.Call:
    """The call with `*x` and `**y` replaced by what is known to be in them.

    A star stays where it is not known, or where more may have been put in since the display.
    """
    if not any(arg.star for arg in call.args):
        return call
    args: list[s.Arg] = []
    for arg in call.args:
        inside = _inside(resolver, arg, call, scope, frame) if arg.star else None
        args += [arg] if inside is None else inside
    return s.Call(call.pos, call.end, call.func, args, call.scope, call.order, call.context)


def _inside(
    resolver: Resolver, arg: s.Arg, call: s.Call, scope: Scope, frame: Frame | None
) -> list[s.Arg] | None:
    known = resolver.origins(arg.value, scope, frame)
    if len(known) != 1 or known[0].kind != "container":
        return None
    node = known[0].node
    whole = True
    if arg.star == "*" and isinstance(node, s.Seq):
        if any(isinstance(item, s.Starred) for item in node.items):
            return None
        found = [s.Arg(None, "", _placed(arg.value, item, known[0])) for item in node.items]
    elif arg.star == "**" and isinstance(node, s.Dict):
        found, whole = _keywords(resolver, arg.value, known[0], node)
    else:
        return None
    added = _added(arg.value, call, scope)
    if added is None:
        return found if whole else [*found, arg]
    names = {extra.name for extra in added}
    return [known for known in found if known.name not in names] + added + [arg]


def _keywords(
    resolver: Resolver, at: s.Expr, origin: Origin, node: s.Dict
) -> tuple[list[s.Arg], bool]:
    """The entries of a dict display as keyword arguments, and whether they are all.

    What stands before a part that is not known may be replaced by an entry of that part.
    """
    assert origin.scope is not None
    found: dict[str, s.Arg] = {}
    whole = True
    for key, value in node.items[:_MAX_ENTRIES]:
        if key is None:
            parts = resolver.origins(value, origin.scope, origin.frame)
            inner: list[s.Arg] = []
            known = False
            if len(parts) == 1 and isinstance(parts[0].node, s.Dict):
                inner, known = _keywords(resolver, at, parts[0], parts[0].node)
            if not known:
                found, whole = {}, False
            found |= {arg.name: arg for arg in inner if arg.name is not None}
        elif (name := s.literal_text(key)) is not None:
            found[name] = s.Arg(name, "", _placed(at, value, origin))
        else:
            found, whole = {}, False
    return list(found.values()), whole


def _added(value: s.Expr, call: s.Call, scope: Scope) -> list[s.Arg] | None:
    """What was put into a named display after it was made; None when nothing was. What only some
    branch puts in, which the call does not stand in, need not be there."""
    if not isinstance(value, s.Name):
        return None
    home = value.scope or scope
    found: dict[str, s.Expr] = {}
    more = False
    for path, bindings in home.bindings.items():
        if path.startswith(f"{value.id}["):
            more = True
            key = path[len(value.id) + 1 : -1]
            held = bindings[-1].value
            sure = bindings[-1].context == call.context[: len(bindings[-1].context)]
            if key[:1] in "'\"" and key[:1] == key[-1:] and held is not None and sure:
                found[key[1:-1]] = held
    for other in home.calls:
        func = other.func
        if isinstance(func, s.Attr) and func.name in _STORES and isinstance(func.value, s.Name):
            more = more or func.value.id == value.id
    return [s.Arg(name, "", held) for name, held in found.items()] if more else None


def _placed(at: s.Expr, expr: s.Expr, origin: Origin) -> s.Expr:
    assert origin.scope is not None
    return s.Forwarded(at.pos, at.end, expr, origin.scope, origin.frame)


def variadic_tuple(values: list[s.Expr], place: s.Param, frame: Frame) -> s.Seq:
    """The tuple that the parameter `*args` (`place`) holds in a call that is looked through."""
    at = (place.pos, place.end)
    note = f"passed to `{frame.callee.name}`"
    items: list[s.Expr] = [s.Forwarded(*at, v, frame.scope, frame.parent, note) for v in values]
    return s.Seq(*at, "tuple", items)


def variadic_dict(values: dict[str, s.Expr], place: s.Param, frame: Frame) -> s.Dict:
    """The dict that the parameter `**kwargs` (`place`) holds in a call that is looked through."""
    at = (place.pos, place.end)
    to = frame.callee.name
    return s.Dict(*at, [
        (s.Const(*at, name),
         s.Forwarded(*at, value, frame.scope, frame.parent, f"passed to `{to}` as `{name}`"))
        for name, value in values.items()
    ])  # fmt: skip


def with_partial_arguments(resolver: Resolver, partial: Origin, call: s.Call) -> s.Call:
    """The call of a `functools.partial` with the arguments that the partial holds put in."""
    made = partial.node
    assert isinstance(made, s.Call)
    assert partial.scope is not None
    home, frame = partial.scope, partial.frame
    at = (call.pos, call.func.end)

    def merge() -> s.Call:
        given = {arg.name for arg in call.args if arg.name is not None}
        kept = [
            s.Arg(arg.name, arg.star, s.Forwarded(*at, arg.value, home, frame))
            for arg in made.args[1:]
            if arg.name not in given or arg.name is None
        ]
        return s.Call(call.pos, call.end, call.func, [*kept, *call.args],
                      call.scope, call.order, call.context)  # fmt: skip

    return resolver.once((made, call, frame), merge)
