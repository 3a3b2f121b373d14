"""Provenance of a binding: assignment, loop, import, parameter, added item."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from keyaudit.code import syntax as s
from keyaudit.code.provenance import attributes, compositions, designations, parameters
from keyaudit.code.provenance.names import bindings_of, dotted_names, import_path, is_fallback
from keyaudit.code.provenance.origin import COUNTED, Frame, Origin, combine
from keyaudit.code.semantics.mutations import path_of
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.core.secret_names import ABOUT, SECRETS, is_aside, reading

if TYPE_CHECKING:
    from keyaudit.code.provenance.resolver import Resolver

_MAX_LISTS = 4


def of_name(resolver: Resolver, expr: s.Name, scope: Scope, frame: Frame | None) -> list[Origin]:
    """The origins of a name where it is read."""
    found: list[Origin] = []
    bindings = bindings_of(expr, scope)
    given = resolver.origins_by_binding(bindings, frame)
    outside = any(o.kind == "environment" for _, bound in given for o in bound)
    for binding, bound in given:
        if outside and is_fallback(binding):
            bound = [o.transformed("environment-default") for o in bound]
        found += bound
    if not found:
        for name in dotted_names(resolver, expr, scope):
            found += resolver.origins_of_path(name, expr, scope)
    return found or [resolver.unknown(expr, scope)]


def of_binding(resolver: Resolver, binding: Binding, frame: Frame | None) -> list[Origin]:
    """The origins of the value that a binding gives its name."""
    scope = binding.scope
    inner = frame if frame is not None and frame.callee is scope else None
    last = re.split(r"[.\[]", binding.name)[-1].rstrip("]'\"")
    match binding.kind:
        case "value" if binding.value is not None:
            found = list(resolver.origins(binding.value, scope, inner))
            if _is_filling(binding):
                found = [o.transformed("pad") for o in found]
            if _is_running(resolver, binding, inner):
                return [Origin("unknown", scope.module, _at(binding), via=COUNTED)]
        case "enter" if binding.value is not None:
            found = [e for o in resolver.origins(binding.value, scope, inner)
                     for e in attributes.of_context_manager(resolver, o)]  # fmt: skip
        case "unpack" | "iter" if binding.value is not None:
            found = _item(resolver, binding, scope, inner)
            if any(o.called in SECRETS for o in found) and (
                _is_beside_secret(binding, last) or _is_key_of_entry(binding, last)
            ):
                found = [o.designated("") for o in found]
        case "augment" if binding.value is not None:
            added = resolver.origins(binding.value, scope, inner)
            before = tuple(_before(resolver, binding, frame))
            found = list(combine([before, added], "join", whole=False))
            if _is_filling(binding):
                found = [o.transformed("pad") for o in found]
            if all(isinstance(o.value, int | float) for o in (*before, *added)):
                return [Origin("unknown", scope.module, _at(binding), via=COUNTED)]
        case "grow" if binding.value is not None:
            lists = _fullest(_before(resolver, binding, frame))
            found = [_grown(resolver, o, binding, inner) for o in lists]
        case "param" if binding.param is not None:
            return parameters.of_parameter(resolver, binding, frame)
        case "def" if binding.definition is not None:
            return [Origin("function", scope.module, _at(binding), scope=binding.definition,
                           source=binding.name)]  # fmt: skip
        case "class" if binding.definition is not None:
            return [Origin("class", scope.module, _at(binding), scope=binding.definition,
                           source=binding.name)]  # fmt: skip
        case "import":
            return resolver.origins_of_path(import_path(binding), _at(binding), scope)
        case "except":  # it may speak of a secret, and is none
            return [Origin("unknown", scope.module, _at(binding), called=ABOUT)]
        case _:
            return [Origin("unknown", scope.module, _at(binding))]
    text = f"assigned to `{_shown(binding.name)}`"
    module = scope.module
    if not (designations.is_bare_token(last) and designations.is_word(binding)):
        found = designations.as_named(found, last)
    return [o.with_name(last).with_step(module, binding.pos, binding.end, text) for o in found]


def _is_beside_secret(binding: Binding, name: str) -> bool:
    """Whether of what is taken apart another part is called a secret, and this one is not: the
    `user` of `user, password = get_password()`."""
    if binding.kind != "unpack" or reading(name) in SECRETS:
        return False
    return any(
        other.value is binding.value and reading(path) in SECRETS
        for path, bindings in binding.scope.bindings.items()
        for other in bindings
        if other.kind == "unpack"
    )


def _is_key_of_entry(binding: Binding, name: str) -> bool:
    """Whether a loop through a dict of secrets calls what it takes their keys or names:
    `for password_key in passwords`."""
    if binding.kind != "iter" or reading(name) in SECRETS:
        return False
    return name == "key" or name.endswith("_key") or is_aside(name)


def _is_filling(binding: Binding) -> bool:
    """Whether a text is made longer by itself or by one character: `key += key`, or in a loop
    `key += "0"` and `key = key + "0"`."""
    value, looped = binding.value, any(kind == "loop" for kind, _, _ in binding.context)
    if binding.kind == "augment":
        if binding.op not in ("+", "+="):
            return False
        if isinstance(value, s.Name | s.Attr) and path_of(value) == binding.name:
            return True
        return looped and value is not None and compositions.is_filler(value)
    if not looped or not isinstance(value, s.BinOp) or value.op != "+":
        return False
    return path_of(value.left) == binding.name and compositions.is_filler(value.right)


def _is_running(resolver: Resolver, binding: Binding, frame: Frame | None) -> bool:
    """Whether a loop computes a number from what the name held before: `n = n * 58 + digit`."""
    if not isinstance(binding.value, s.BinOp):
        return False
    for read in _names_in(binding.value):
        if read.id == binding.name and binding in (read.reach or ()):
            first = [known for known in read.reach or () if known is not binding]
            before = [o for known in first for o in _held_by(resolver, known, frame)]
            return bool(before) and all(isinstance(o.value, int | float) for o in before)
    return False


def _names_in(expr: s.Expr) -> list[s.Name]:
    """The names that the parts of a sum or product are."""
    if isinstance(expr, s.BinOp):
        return [*_names_in(expr.left), *_names_in(expr.right)]
    return [expr] if isinstance(expr, s.Name) else []


def _item(resolver: Resolver, binding: Binding, scope: Scope, frame: Frame | None) -> list[Origin]:
    assert binding.value is not None
    found: list[Origin] = list(resolver.origins(binding.value, scope, frame))
    if binding.kind == "iter":
        found = [o for base in found for o in attributes.of_iteration(resolver, base)]
    for index in binding.index:
        found = [o for base in found for o in attributes.of_element(resolver, base, index)]
    return found


def _before(resolver: Resolver, binding: Binding, frame: Frame | None = None) -> list[Origin]:
    """What the name held before a binding that adds to it."""
    before: list[Origin] = []
    for earlier in binding.before:
        held = [earlier] if earlier.kind != "entry" else []
        if earlier.kind == "entry" and binding.scope.kind == "module":
            held = binding.scope.module.before(binding.scope, binding.name)
        for one in held:
            before += _held_by(resolver, one, frame)
    return before


def _held_by(resolver: Resolver, binding: Binding, frame: Frame | None) -> tuple[Origin, ...]:
    """What one binding gives its name, asked as a name is: a chain of them is answered once, and
    one that leads back to itself comes to an end."""
    read = resolver.once((binding,), partial(_read_of, binding))
    return resolver.origins(read, binding.scope, frame)


def _fullest(origins: list[Origin]) -> list[Origin]:
    """Of lists that differ by what was added on which way, the longest few.

    Each `if x: a.append(y)` doubles their number, and what the others hold they mostly hold, too.
    """
    if len(origins) <= _MAX_LISTS:
        return origins
    kept = [o for o in origins if o.kind != "container" or not isinstance(o.node, s.Seq)]
    lists = [o for o in origins if o.kind == "container" and isinstance(o.node, s.Seq)]
    lists.sort(key=lambda o: len(o.node.items) if isinstance(o.node, s.Seq) else 0, reverse=True)
    return kept + lists[:_MAX_LISTS]


def _grown(resolver: Resolver, base: Origin, binding: Binding, frame: Frame | None) -> Origin:
    """A list or set after an item was added to it, or a dict after one was added to a list in
    it, under a key that is not known."""
    value = binding.value
    assert value is not None
    if base.kind != "container" or not isinstance(base.node, s.Seq | s.Dict):
        return Origin("unknown", binding.scope.module, value)
    node = base.node
    item = value.value if isinstance(value, s.Starred) else value

    def longer() -> s.Seq | s.Dict:
        added: s.Expr = s.Forwarded(item.pos, item.end, item, binding.scope, frame)
        if item is not value:
            added = s.Starred(item.pos, item.end, added)
        if isinstance(node, s.Dict):
            rows = s.Seq(item.pos, item.end, "list", [added])
            return s.Dict(node.pos, node.end, [*node.items, (s.Expr(item.pos, item.end), rows)])
        return s.Seq(node.pos, node.end, node.kind, [*node.items, added])

    made = resolver.once((binding, node, frame), longer)
    return base.with_items(made)


def _read_of(binding: Binding) -> s.Name:
    name = binding.name
    return s.Name(binding.pos, binding.end, name, (binding,), binding.scope)


def _at(binding: Binding) -> s.Expr:
    return s.Expr(binding.pos, binding.end)


def _shown(path: str) -> str:
    """A path in which constant subscripts show only when they are plain names."""
    return re.sub(r"\[(?!'[A-Za-z_.-]{1,32}'\])[^\]]*\]", "[…]", path)
