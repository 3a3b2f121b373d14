"""Attributes and items: `settings.KEY`, `self.key`, `response["Plaintext"]`, `parts[0]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keyaudit.code import returns
from keyaudit.code import syntax as s
from keyaudit.code.callees import lineage, modelled_bases
from keyaudit.code.names import dotted_names
from keyaudit.code.scopes import Binding, Scope
from keyaudit.code.values import NO_VALUE, Frame, Origin, length_of

if TYPE_CHECKING:
    from keyaudit.code.origins import Resolver

# An item or attribute of what came from outside came from outside as well.
_CARRIES = frozenset({"environment", "file", "network", "database", "user-input", "password",
                      "weak-random", "clock", "identifier", "wrapped-key",
                      "public-key"})  # fmt: skip


def attribute(resolver: Resolver, expr: s.Attr, scope: Scope, frame: Frame | None) -> list[Origin]:
    """The origins of `value.name`."""
    found, open_ended = _reached(resolver, expr.reach, frame)
    if not open_ended:
        return found
    for name in dotted_names(resolver, expr, scope):
        found += [o for o in resolver.named(name, expr, scope) if o.kind != "unknown"]
    if found and expr.reach is None:
        return found
    for base in resolver.origins(expr.value, scope, frame):
        found += of_object(resolver, base, expr.name, expr, scope)
    return found or [resolver.unknown(expr, scope)]


def subscript(resolver: Resolver, expr: s.Sub, scope: Scope, frame: Frame | None) -> list[Origin]:
    """The origins of `value[index]`."""
    found, open_ended = _reached(resolver, expr.reach, frame)
    if not open_ended:
        return found
    bases = resolver.origins(expr.value, scope, frame)
    if isinstance(expr.index, s.Slice):
        cut = _slice(resolver, expr.index, scope, frame)
        return found + [_sliced(o, cut) for o in bases]
    index = resolver.constant(expr.index, scope, frame)
    for base in bases:
        found += element(resolver, base, None if index is NO_VALUE else index)
    return found or [resolver.unknown(expr, scope)]


def _reached(
    resolver: Resolver, reach: tuple[Binding, ...] | None, frame: Frame | None
) -> tuple[list[Origin], bool]:
    """Origins by assignments to the same path, and whether others are possible."""
    if reach is None:
        return [], True
    found: list[Origin] = []
    for binding in reach:
        if binding.kind != "entry":
            found += resolver.bound(binding, frame)
    return found, any(binding.kind == "entry" for binding in reach)


def of_object(
    resolver: Resolver, base: Origin, name: str, expr: s.Expr | None = None,
    scope: Scope | None = None,
) -> list[Origin]:  # fmt: skip
    """The origins of an attribute of an object of known origin."""
    node = expr if expr is not None else base.node
    where = scope if scope is not None else base.scope
    if base.fields and name in base.fields:
        return _field(resolver, base, name)
    if base.type is not None:
        dotted = resolver.canonical(f"{base.type}.{name}")
        spec = resolver.models.attributes.get(dotted)
        if spec is not None and where is not None:
            return returns.born(resolver, spec, dotted, node, where, (base,))
    if base.kind in ("instance", "class") and base.scope is not None:
        return _of_class(resolver, base, name)
    if base.kind in _CARRIES and base.type is None:
        return [base]
    return []


def _of_class(resolver: Resolver, base: Origin, name: str) -> list[Origin]:
    """An attribute of an instance: set in its class or in any of its methods."""
    assert base.scope is not None
    found: list[Origin] = []
    for cls in lineage(resolver, base.scope):
        for binding in cls.bindings.get(name, ()):
            definition = binding.definition
            if definition is not None and definition.decorated("property", "cached_property"):
                found += _returned(resolver, definition)
            else:
                found += resolver.bound(binding, None)
        for method in cls.children:
            if method.kind != "function" or not method.params:
                continue
            frame = base.frame if method.name == "__init__" else None
            path = f"{method.params[0].name}.{name}"
            for binding in method.bindings.get(path, ()):
                found += resolver.bound(binding, frame)
        if found:
            break
    if not found:
        for dotted in modelled_bases(resolver, base.scope):
            spec = resolver.models.attributes.get(f"{dotted}.{name}")
            if spec is not None:
                found += returns.born(resolver, spec, f"{dotted}.{name}", base.node, base.scope, ())
    return found


def _returned(resolver: Resolver, function: Scope) -> list[Origin]:
    return [o for value in function.returns for o in resolver.origins(value, function, None)]


def element(resolver: Resolver, base: Origin, index: Any) -> list[Origin]:
    """The origins of one element; `index` None stands for any."""
    if base.fields:
        return _field(resolver, base, index) if index in base.fields else []
    if base.kind == "container" and base.scope is not None:
        return _entries(resolver, base, index)
    if base.kind == "literal":
        if isinstance(base.value, bytes | str | tuple | list) and isinstance(index, int):
            try:
                item = base.value[index]
            except IndexError:
                return []
            return [base.through("slice").shaped(item, length_of(item))]
        return [base.through("slice").shaped(NO_VALUE, None)]
    if base.kind in _CARRIES:
        return [base]
    if base.kind in ("strong-random", "fast-hash", "derived-key", "key", "shared-secret", "mac"):
        return [base.through("slice").shaped(NO_VALUE, None)]
    return []


def _entries(resolver: Resolver, base: Origin, index: Any) -> list[Origin]:
    assert base.scope is not None
    node = base.node
    values: list[s.Expr] = []
    if isinstance(node, s.Seq):
        if isinstance(index, int) and not any(isinstance(i, s.Starred) for i in node.items):
            values = node.items[index : index + 1] if index >= 0 else node.items[index:][:1]
        else:
            values = node.items[:16]
    elif isinstance(node, s.Dict):
        for key, value in node.items:
            known = resolver.constant(key, base.scope, base.frame) if key is not None else None
            if index is None or key is None or known is NO_VALUE or known == index:
                values.append(value)
        values = values[:16]
    module = base.module
    return [
        o.step(module, value.pos, value.end, "taken from a container")
        for value in values
        for o in resolver.origins(value, base.scope, base.frame)
    ]


def _field(resolver: Resolver, base: Origin, name: Any) -> list[Origin]:
    assert base.scope is not None
    made = returns.born(resolver, base.fields[name], base.source, base.node, base.scope, ())
    text = f"`{name}` of the result of `{returns.short(base.source)}()`"
    return [o.held(str(name)).step(base.module, base.node.pos, base.node.end, text) for o in made]


def _slice(resolver: Resolver, index: s.Slice, scope: Scope, frame: Frame | None) -> slice | None:
    parts: list[int | None] = []
    for part in (index.lower, index.upper, index.step):
        value = None if part is None else resolver.constant(part, scope, frame)
        if value is not None and not isinstance(value, int):
            return None
        parts.append(value)
    return slice(*parts)


def _sliced(origin: Origin, cut: slice | None) -> Origin:
    if cut == slice(None, None, None):
        return origin
    value: Any = NO_VALUE
    length: int | None = None
    if cut is not None and cut.step != 0:
        if isinstance(origin.value, bytes | str | tuple):
            value = origin.value[cut]
            length = length_of(value)
        elif origin.length is not None:
            length = len(range(origin.length)[cut])
    return origin.through("slice").shaped(value, length)
