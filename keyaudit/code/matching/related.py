"""Relates a value to the call that made it, and an argument to the texts it may begin with."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.modelled_calls import Use, use_of
from keyaudit.code.provenance.call_targets import callees
from keyaudit.code.provenance.names import bindings_of
from keyaudit.code.provenance.origin import Origin, Symbol
from keyaudit.code.semantics.placements import inserted
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.core.patterns import regex
from keyaudit.core.rule_patterns import compiled

_MAX_BACK = 4
# What is called so is what the object it is one of is called: `database.path`.
_OF_FILES = frozenset({"path", "file", "filename", "filepath", "location"})
_MOST_METHODS = 40
_ANY = regex("")


def creating_calls(context: Context, origin: Origin) -> Iterator[Use]:
    """The modelled calls that created a value."""
    call = origin.node
    if isinstance(call, s.Call) and call.scope is not None:
        for callee in callees(context.resolver, call, call.scope, None):
            if callee.model is not None:
                yield use_of(context.resolver, call, call.scope, callee.model)


def creating_calls_of(context: Context, expr: s.Expr, scope: Scope, back: int = 0) -> Iterator[Use]:
    """The modelled calls that created the object an expression holds, and the objects those were
    made from.

    For `Cipher(…).encryptor()` these are the calls of `encryptor` and of `Cipher`. `back` counts
    the calls gone back through.
    """
    if back > _MAX_BACK:
        return
    for origin in context.resolver.origins(expr, scope, None):
        for use in creating_calls(context, origin):
            yield use
            if isinstance(use.call.func, s.Attr):
                yield from creating_calls_of(context, use.call.func.value, use.scope, back + 1)


def is_in_branch_of(
    scope: Scope, context: tuple[tuple[str, int, str], ...], pattern: str | None
) -> bool:
    """Whether a place stands in a branch of an `if` whose test, as it is written, matches the
    pattern. A name that was given True right before asks for nothing."""
    if pattern is None:
        return False
    tests = [scope.tests.get(number) for kind, number, _ in context if kind == "if"]
    text = scope.module.text
    return any(
        test
        and compiled(pattern).search(text[test.pos : test.end])
        and not _is_settled(test, scope)
        for test in tests
    )


def _is_settled(test: s.Expr, scope: Scope) -> bool:
    if not isinstance(test, s.Name):
        return False
    given = bindings_of(test, scope)
    value = given[0].assigned if len(given) == 1 else None
    return isinstance(value, s.Const) and value.value is True


def text_prefixes(
    context: Context, expr: s.Expr, scope: Scope, back: int = 0, seen: set[int] | None = None
) -> list[str]:
    """The texts an expression is known to be, or to begin with: `http://` for `f"http://{host}/"`,
    and with the host where that is known.

    `back` counts the bindings gone back through. `seen` are the ids of those bindings: many
    assignments of few names to one another are gone through once.
    """
    if back > _MAX_BACK:
        return []
    seen = set() if seen is None else seen
    match expr:
        case s.Const(value=str(text)):
            return [text]
        case s.Text(parts=[first, *rest]):
            heads = text_prefixes(context, first, scope, back + 1, seen)
            if isinstance(first, s.Const) and rest:
                return _longer(context, heads, rest[0], scope, back, seen)
            return heads
        case s.BinOp(op="+", left=left, right=right):
            heads = text_prefixes(context, left, scope, back + 1, seen)
            if isinstance(left, s.Const):
                return _longer(context, heads, right, scope, back, seen)
            return heads
        case s.BinOp(op="%", left=receiver) | s.Call(func=s.Attr(name="format", value=receiver)):
            first_put = next(inserted(expr, _ANY), None)
            if first_put is not None and "*" not in first_put[0]:
                return _longer(context, [first_put[0]], first_put[1], scope, back, seen)
            return text_prefixes(context, receiver, scope, back + 1, seen)
    found = [
        str(origin.value)
        for origin in context.resolver.origins(expr, scope, None)
        if isinstance(origin.value, str) and not isinstance(origin.value, Symbol)
    ]
    for value, home in _values(expr, scope, seen):
        found += text_prefixes(context, value, home, back + 1, seen)
    return list(dict.fromkeys(found))


def _longer(
    context: Context, heads: list[str], following: s.Expr, scope: Scope, back: int, seen: set[int]
) -> list[str]:  # fmt: skip
    """Beginnings of a text with what comes next, where that is known."""
    more = text_prefixes(context, following, scope, back + 1, seen)
    return [head + end for head in heads for end in more or ("",)]


def identifiers_in(
    expr: s.Expr, scope: Scope, back: int = 0, seen: set[int] | None = None
) -> list[str]:
    """The identifiers and texts an expression is put together from, those of a variable's value
    included: `key_path` and `ca.key` for `key_path = os.path.join(folder, "ca.key")`. `seen` as
    in `text_prefixes`."""
    if back > _MAX_BACK:
        return []
    seen = set() if seen is None else seen
    found: list[str] = []
    if isinstance(expr, s.Const):
        return [expr.value] if isinstance(expr.value, str) else []
    if isinstance(expr, s.Name | s.Attr | s.Sub):
        if isinstance(expr, s.Name | s.Attr):
            found.append(expr.id if isinstance(expr, s.Name) else expr.name)
            if isinstance(expr, s.Attr) and expr.name in _OF_FILES and s.last_part(expr.value):
                found.append(f"{s.last_part(expr.value)}_{expr.name}")
            if isinstance(expr, s.Attr) and expr.name == "parent":
                found += identifiers_in(expr.value, scope, back, seen)
        elif (item := s.literal_text(expr.index)) is not None:
            found.append(item)
        for value, home in _values(expr, scope, seen):
            found += identifiers_in(value, home, back + 1, seen)
        return found
    for child in s.children(expr):
        found += identifiers_in(child, scope, back + 1, seen)
    return found


def _values(expr: s.Expr, scope: Scope, seen: set[int]) -> Iterator[tuple[s.Expr, Scope]]:
    """The values assigned to a name, an attribute or an item, each with the scope it stands in."""
    if isinstance(expr, s.Name | s.Attr | s.Sub):
        for binding in _bindings(expr, scope):
            if (value := binding.assigned) is not None and id(binding) not in seen:
                seen.add(id(binding))
                yield value, binding.scope


def _bindings(expr: s.Name | s.Attr | s.Sub, scope: Scope) -> list[Binding]:
    if isinstance(expr, s.Name):
        return bindings_of(expr, scope)
    if not expr.reach and isinstance(expr, s.Attr) and s.last_part(expr.value) == "self":
        return _set_by_object(expr.name, scope)
    return list(expr.reach or ())


def _set_by_object(name: str, scope: Scope) -> list[Binding]:
    """What the methods of a class, or its body, give an attribute of its objects."""
    cls = scope.enclosing_class
    if cls is None:
        return []
    found = list(cls.bindings.get(name, ()))
    for method in cls.children[:_MOST_METHODS]:
        found += (b for b in method.bindings.get(f"self.{name}", ()) if b.kind == "value")
    return found
