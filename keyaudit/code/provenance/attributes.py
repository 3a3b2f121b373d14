"""Provenance of attributes and items: `settings.KEY`, `self.key`, `response["Plaintext"]`."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from keyaudit.code import syntax as s
from keyaudit.code.provenance import designations, modelled_returns, option_defaults
from keyaudit.code.provenance.call_targets import class_lineage, find_method, modelled_bases
from keyaudit.code.provenance.names import dotted_names
from keyaudit.code.provenance.origin import (
    ANNOTATED,
    NO_VALUE,
    UNRESOLVED,
    Frame,
    Origin,
    length_of,
)
from keyaudit.code.semantics.mutations import path_of
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import SECRETS, reading

if TYPE_CHECKING:
    from keyaudit.code.provenance.resolver import Resolver

# An item or attribute of what came from outside came from outside as well.
_CARRIES = frozenset({"environment", "file", "network", "database", "user-input", "password",
                      "weak-random", "clock", "identifier", "wrapped-key",
                      "public-key"})  # fmt: skip


# What stands beside a secret in the record that it is one part of, and is none.
_BESIDE_SECRET = regex(
    r"(?i)(?:(?:db|database|iam|aws|smtp|master)_?)?(?:user_?(?:name)?|login|host(?:name)?|port|engine"
    r"|db_?(?:name|instance_?identifier|cluster_?identifier)|database|schema|region|arn|url|endpoint"
    r"|server|e?mail|role|version|type|name|id)|(?:access_?)?key_?id|access_?key"
    r"|(?:client|tenant|account|project|subscription)_?id|kid|alg|kty"
)

# In what an answer of a service holds the record, or the secret.
_HOLDS_RECORD = frozenset({"data", "value", "Value", "Parameter", "Parameters"})

# Of the items that are put into something at places not known, how many are looked at.
_MAX_STORED = 64
# A text of so many characters has all of a password in it.
_WHOLE = 64


def of_attribute(
    resolver: Resolver, expr: s.Attr, scope: Scope, frame: Frame | None
) -> list[Origin]:
    """The origins of `value.name`."""
    found, open_ended = _reached(resolver, expr.reach, frame)
    if not open_ended:
        return found
    found += _from_module_level(resolver, expr, scope)
    for name in dotted_names(resolver, expr, scope):
        found += [o for o in resolver.origins_of_path(name, expr, scope) if o.kind != "unknown"]
    if found and expr.reach is None:
        return found
    bases = resolver.origins(expr.value, scope, frame)
    for base in bases:
        found += of_object(resolver, base, expr.name, expr, scope)
    if found and any(base.via >= ANNOTATED for base in bases):
        found.append(resolver.unknown(expr, scope))
    if not found:
        found += [resolver.unknown(expr, scope)]
        for base in bases:
            found += option_defaults.of_parsed(resolver, base, expr.name)
    return found


def of_subscript(
    resolver: Resolver, expr: s.Sub, scope: Scope, frame: Frame | None
) -> list[Origin]:
    """The origins of `value[index]`."""
    found, open_ended = _reached(resolver, expr.reach, frame)
    if not open_ended:
        return found
    found += _from_module_level(resolver, expr, scope)
    bases = resolver.origins(expr.value, scope, frame)
    if isinstance(expr.index, s.Slice):
        cut = _slice(resolver, expr.index, scope, frame)
        return found + [_sliced(o, cut) for o in bases]
    index = resolver.constant(expr.index, scope, frame)
    if index is NO_VALUE:  # any item, those included that were put in at places not known
        found += _picked(resolver, expr, bases, scope, frame)
        stored = scope.bindings.get(f"{path_of(expr.value)}[*]", [])[:_MAX_STORED]
        found += [o for _, bound in resolver.origins_by_binding(stored, frame) for o in bound]
    for base in bases:
        found += of_element(resolver, base, None if index is NO_VALUE else index)
    kinds = {base.kind for base in bases}
    if not found or (kinds & UNRESOLVED and "container" not in kinds):
        # What was passed in has items, whatever stands in its place where nothing is.
        found.append(resolver.unknown(expr, scope))
    return found


def _picked(
    resolver: Resolver, expr: s.Sub, bases: tuple[Origin, ...], scope: Scope, frame: Frame | None
) -> list[Origin]:
    """One of the signs of a text, or of the items of a list, at a random place:
    `alphabet[random.randrange(62)]`."""
    choices = bases[0].value if len(bases) == 1 else None
    bits = None
    if isinstance(choices, str | bytes | tuple) and choices:
        bits = math.log2(len(set(choices)))
    return [
        replace(o.transformed("pick").with_value(NO_VALUE, None), bits=bits)
        for o in resolver.origins(expr.index, scope, frame)
        if o.kind in ("weak-random", "strong-random")
    ]


def _reached(
    resolver: Resolver, reach: tuple[Binding, ...] | None, frame: Frame | None
) -> tuple[list[Origin], bool]:
    """Origins by assignments to the same path, and whether others are possible."""
    if reach is None:
        return [], True
    given = resolver.origins_by_binding((b for b in reach if b.kind != "entry"), frame)
    found = [origin for _, bound in given for origin in bound]
    return found, any(binding.kind == "entry" for binding in reach)


def _from_module_level(resolver: Resolver, expr: s.Attr | s.Sub, scope: Scope) -> list[Origin]:
    """What other pieces of the module give an item or attribute of a module-level name.

    For a function that is what it holds when the module is loaded: `conf["key"] = …`.
    """
    path = path_of(expr)
    root: s.Expr = expr
    while isinstance(root, s.Attr | s.Sub):
        root = root.value
    if path is None or not isinstance(root, s.Name):
        return []
    home = root.scope or scope
    inner: Scope | None = home
    while inner is not None and inner.kind != "module":
        if root.id in inner.bound and root.id not in inner.outer:
            return []
        inner = inner.parent
    piece = home if home.kind == "module" else None
    bindings = home.module.before(piece, path)
    return [origin for _, bound in resolver.origins_by_binding(bindings, None) for origin in bound]


def of_object(
    resolver: Resolver, base: Origin, name: str, expr: s.Expr | None = None,
    scope: Scope | None = None,
) -> list[Origin]:  # fmt: skip
    """The origins of an attribute of an object of known origin."""
    node = expr if expr is not None else base.node
    where = scope if scope is not None else base.scope
    is_module = base.kind == "module" or base.source in resolver.model_index.modules
    if is_module and where is not None and base.type is None:
        return resolver.origins_of_path(f"{base.source}.{name}", node, where)
    if base.fields and name in base.fields:
        return _field(resolver, base, name)
    if base.type is not None:
        dotted = resolver.canonical(f"{base.type}.{name}")
        spec = resolver.models.attributes.get(dotted)
        if spec is not None and where is not None:
            return modelled_returns.of_modelled_attribute(
                resolver, spec, dotted, node, where, (base,)
            )
        if dotted in resolver.models.symbols and where is not None:
            return resolver.origins_of_path(dotted, node, where)
    if base.kind in ("instance", "class") and base.scope is not None:
        return _of_class(resolver, base, name)
    if base.kind in _CARRIES and base.type is None:
        return [base.transformed(f"[{name!r}]")]
    if base.kind == "literal" and name == "value":
        return [base]  # only a member of an Enum has it
    return []


def of_context_manager(resolver: Resolver, base: Origin) -> list[Origin]:
    """The origins of `x` in `with base as x`."""
    if base.kind == "manager":
        return _all_items(resolver, base)
    if base.kind == "instance" and base.scope is not None:
        method = find_method(resolver, base.scope, "__enter__")
        if method is None or not method.params:
            return [base]
        me = method.params[0].name
        found: list[Origin] = []
        for value in method.returns:
            itself = isinstance(value, s.Name) and value.id == me
            found += [base] if itself else resolver.origins(value, method, None)
        return found
    return [base]


def of_iteration(resolver: Resolver, base: Origin) -> list[Origin]:
    """The origins of a loop's variable: the items of a sequence, the keys of a dict."""
    if base.kind == "container" and base.scope is not None:
        if isinstance(base.node, s.Dict):
            keys = [key for key, _ in base.node.items if key is not None]
            return [o for k in keys[:16] for o in resolver.origins(k, base.scope, base.frame)]
        return _all_items(resolver, base)
    return of_element(resolver, base, None)


def _all_items(resolver: Resolver, base: Origin) -> list[Origin]:
    assert base.scope is not None
    assert isinstance(base.node, s.Seq)
    found: list[Origin] = []
    with resolver.expanding(base) as opened:  # a list may be put into itself: `l = [*l, …]`
        for item in base.node.items[:16] if opened else ():
            for origin in resolver.origins(item, base.scope, base.frame):
                found += of_iteration(resolver, origin) if isinstance(item, s.Starred) else [origin]
    return found


def _of_class(resolver: Resolver, base: Origin, name: str) -> list[Origin]:
    """An attribute of an instance: set in its class or in any of its methods."""
    assert base.scope is not None
    found: list[Origin] = []
    frame = base.frame
    for cls in class_lineage(resolver, base.scope):
        for binding in cls.bindings.get(name, ()):
            definition = binding.definition
            if definition is not None and definition.decorated("property", "cached_property"):
                found += _returned(resolver, definition)
            else:
                found += resolver.origins_of_binding(binding, None)
        set_in = resolver.once((cls, set_in_methods), partial(set_in_methods, cls))
        for method, binding in set_in.get(name, ()):
            found += resolver.origins_of_binding(
                binding, frame if method.name == "__init__" else None
            )
        if found:
            break
        frame = _frame_of_base(resolver, cls, frame)
    if not found:
        for dotted in modelled_bases(resolver, base.scope):
            spec = resolver.models.attributes.get(f"{dotted}.{name}")
            if spec is not None:
                found += modelled_returns.of_modelled_attribute(
                    resolver, spec, f"{dotted}.{name}", base.node, base.scope, ()
                )
    return found


def set_in_methods(cls: Scope) -> dict[str, list[tuple[Scope, Binding]]]:
    """What the methods of a class give the attributes of `self`, by name."""
    found: dict[str, list[tuple[Scope, Binding]]] = {}
    for method in cls.children:
        if method.kind == "function" and method.params:
            start = f"{method.params[0].name}."
            for path, bindings in method.bindings.items():
                if path.startswith(start):
                    given = found.setdefault(path[len(start) :], [])
                    given += [(method, binding) for binding in bindings]
    return found


def _frame_of_base(resolver: Resolver, cls: Scope, frame: Frame | None) -> Frame | None:
    """The frame of the base's constructor, as the constructor of `cls` in `frame` calls it."""
    if frame is None or frame.callee.parent is not cls:
        return frame
    target = find_method(resolver, cls, "__init__", above=True)
    if target is None:
        return None
    for call in frame.callee.calls:
        if last_part(call.func) == "__init__" and isinstance(call.func, s.Attr):
            by_super = isinstance(call.func.value, s.Call)
            return resolver.frame(target, call, frame.callee, frame, by_super)
    return None


def _returned(resolver: Resolver, function: Scope) -> list[Origin]:
    return [o for value in function.returns for o in resolver.origins(value, function, None)]


def of_element(resolver: Resolver, base: Origin, index: Any) -> list[Origin]:
    """The origins of an element at `index`; None stands for any index."""
    if base.fields:
        name = str(index)  # a model's keys are texts: `0` of a tuple is "0"
        return _field(resolver, base, name) if name in base.fields else []
    if base.kind == "container" and base.scope is not None:
        return _entries(resolver, base, index)
    if base.kind == "literal":
        if base.length == 0 or _is_number(base):
            return []
        if isinstance(base.value, bytes | str | tuple | list) and isinstance(index, int):
            try:
                item = base.value[index]
            except IndexError:
                return []
            return [base.transformed("slice").with_value(item, length_of(item))]
        return [base.transformed("slice").with_value(NO_VALUE, None)]
    if base.kind in _CARRIES:
        return [base.transformed("[]" if index is None else f"[{index!r}]")]
    if _mixed(base):
        return [replace(base, kind="unknown")]
    if base.kind == "key" and isinstance(index, str):
        if _BESIDE_SECRET.fullmatch(index):
            return [replace(base, kind="unknown")]
        if reading(index) in SECRETS or index in _HOLDS_RECORD:  # a record, and the secret in it
            return [base.transformed(f"[{index!r}]").with_value(NO_VALUE, None)]
    if base.kind in ("strong-random", "fast-hash", "derived-key", "key", "shared-secret", "mac",
                     "ciphertext"):  # fmt: skip
        return [base.transformed("slice").with_value(NO_VALUE, None)]
    return []


def _mixed(origin: Origin) -> bool:
    """Whether a MAC was put together with other things: a part of that need not be the MAC."""
    return origin.kind == "mac" and bool(origin.via & {"join", "format"})


def _entries(resolver: Resolver, base: Origin, index: Any) -> list[Origin]:
    with resolver.expanding(base) as opened:  # a dict may be put into itself: `d = {**d, …}`
        return _entries_of(resolver, base, index) if opened else []


def _entries_of(resolver: Resolver, base: Origin, index: Any) -> list[Origin]:
    assert base.scope is not None
    node = base.node
    if isinstance(node, s.Dict):
        return _values(resolver, base, node, index)
    if not isinstance(node, s.Seq):
        return []
    values = node.items[:16]
    if isinstance(index, int) and not any(isinstance(i, s.Starred) for i in node.items):
        values = node.items[index : index + 1] if index >= 0 else node.items[index:][:1]
    return [o for value in values for o in _taken(resolver, base, value)]


def _values(resolver: Resolver, base: Origin, node: s.Dict, index: Any) -> list[Origin]:
    """The values a key may have, the last entry first, since it wins."""
    assert base.scope is not None
    found: list[Origin] = []
    for key, value in reversed(node.items[:64]):
        if key is None:
            for part in resolver.origins(value, base.scope, base.frame):
                found += of_element(resolver, part, index)
            continue
        known = resolver.constant(key, base.scope, base.frame)
        if index is None or known is NO_VALUE or known == index:
            taken = _taken(resolver, base, value)
            found += designations.as_named(taken, known) if isinstance(known, str) else taken
            if index is not None and known == index:
                break
    return found


def _taken(resolver: Resolver, base: Origin, value: s.Expr) -> list[Origin]:
    assert base.scope is not None
    found = list(resolver.origins(value, base.scope, base.frame))
    if isinstance(value, s.Starred):
        found = [o for part in found for o in of_iteration(resolver, part)]
    text = "taken from a container"
    return [o.with_step(base.module, value.pos, value.end, text) for o in found]


def _field(resolver: Resolver, base: Origin, name: Any) -> list[Origin]:
    assert base.scope is not None
    made = modelled_returns.of_modelled_attribute(
        resolver, base.fields[name], base.source, base.node, base.scope, ()
    )
    text = f"`{name}` of the result of `{modelled_returns.short_name(base.source)}()`"
    place = (base.node.pos, base.node.end)
    return [
        o.with_name(str(name)).transformed(f"[{name!r}]").with_step(base.module, *place, text)
        for o in made
    ]


def _slice(resolver: Resolver, index: s.Slice, scope: Scope, frame: Frame | None) -> slice | None:
    parts: list[int | None] = []
    for part in (index.lower, index.upper, index.step):
        value = None if part is None else resolver.constant(part, scope, frame)
        if value is not None and not isinstance(value, int):
            return None
        parts.append(value)
    return slice(*parts)


def _is_number(origin: Origin) -> bool:
    """Whether a value is a number, of which nothing is cut: where that is done, it is another."""
    return origin.kind == "literal" and isinstance(origin.value, int | float)


_FEW = 4


def _sliced(origin: Origin, cut: slice | None) -> Origin:
    if cut == slice(None, None, None) or origin.length == 0:
        return origin
    if _mixed(origin) or _is_number(origin):
        return replace(origin, kind="unknown")
    if origin.called and cut is not None and not cut.start and (cut.stop or 0) >= _WHOLE:
        return origin  # no longer than something allows
    value: Any = NO_VALUE
    length: int | None = None
    if cut is not None and cut.step != 0:
        if isinstance(origin.value, bytes | str | tuple):
            value = origin.value[cut]
            length = length_of(value)
        elif origin.length is not None:
            length = len(range(origin.length)[cut])
    part = origin.sliced(value, length)
    return replace(part, via=part.via | {"few"}) if cut is not None and _is_few(cut) else part


def _is_few(cut: slice) -> bool:
    """Whether a slice has four characters at the most, by which keys are told apart."""
    start: int = cut.start or 0
    stop: int | None = cut.stop
    if stop is None:
        return -_FEW <= start < 0
    return start * stop >= 0 and 0 < stop - start <= _FEW
