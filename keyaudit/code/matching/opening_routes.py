"""Paths that a web server answers and that have the key in them by which the function decrypts what
is kept: `/secrets/<token>`, of which a part goes into `Fernet(…)`."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.declarations.routes import DECORATES, PARAMETER
from keyaudit.code.provenance.call_targets import callees
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import KEY

# What gives a part of a text, or the text in another form.
_METHODS = frozenset({"split", "rsplit", "partition", "rpartition", "encode", "decode", "strip",
                      "rstrip", "lstrip", "removeprefix", "replace"})  # fmt: skip
_TAKES_APART = regex(
    r"(?i)^(?:bytes|str|fromhex|unhexlify)$|unquote|decode|parse|split|extract|unpack"
)
_MAX_DEPTH = 3
# What such a parameter may be called, so that no other path is asked about.
_MAY_OPEN = regex(r"(?i)token|key|secret|pass|code|hash|slug|link|ticket|uid|id$")


def opening(context: Context, scope: Scope) -> Iterator[Declaration]:
    """The path of a function, where it has such a key in it, or is that of another function which
    takes the key out of it."""
    for path, name in _paths(scope):
        if path.value in context.once(("opening paths",), lambda: _opening(context)):
            yield Declaration(name, str(path.value), KEY, (path.pos, path.end))
            return


def _paths(scope: Scope) -> Iterator[tuple[s.Const, str]]:
    """The paths that decorators have a function answer, each with a parameter that may open."""
    for decorator in scope.decorators:
        if not isinstance(decorator, s.Call) or s.last_part(decorator.func) not in DECORATES:
            continue
        path = decorator.args[0].value if decorator.args else None
        if isinstance(path, s.Const) and isinstance(path.value, str):
            for found in PARAMETER.finditer(path.value):
                name = found[1] or found[2] or found[3]
                if _MAY_OPEN.search(name):
                    yield path, name


def _opening(context: Context) -> frozenset[object]:
    """The paths of a file of which a parameter gets to where a key is taken."""
    named = [(scope, name, path) for scope in context.scopes for path, name in _paths(scope)]
    if not named:
        return frozenset()
    takes: dict[int, list[s.Expr]] = {}
    for sink in context.sinks_of({"key"}):
        takes.setdefault(id(sink.scope), []).append(sink.value)
    return frozenset(
        path.value for scope, name, path in named
        if takes and _reaches_key(context, scope, frozenset({name}), takes, 0)
    )  # fmt: skip


def _reaches_key(
    context: Context,
    scope: Scope,
    names: frozenset[str],
    takes: dict[int, list[s.Expr]],
    depth: int,
) -> bool:
    """Whether what these variables of a function hold, or a part of it, is taken as a key there or
    in a function that it is passed to."""
    held = _with_parts(scope, names)
    if any(_is_part(value, held) for value in takes.get(id(scope), ())):
        return True
    if depth >= _MAX_DEPTH:
        return False
    for call in scope.calls:
        given = [number for number, arg in enumerate(call.args)
                 if arg.name is None and not arg.star and _is_part(arg.value, held)]  # fmt: skip
        for callee in callees(context.resolver, call, scope, None) if given else ():
            function = callee.function
            if function is None or function is scope:
                continue
            first = 1 if function.owner is not None and not function.is_static else 0
            passed = frozenset(function.params[number + first].name for number in given
                               if number + first < len(function.params))  # fmt: skip
            if passed and _reaches_key(context, function, passed, takes, depth + 1):
                return True
    return False


def _with_parts(scope: Scope, names: frozenset[str]) -> frozenset[str]:
    """These variables, and those that hold a part of one."""
    held = set(names)
    for _ in range(_MAX_DEPTH):
        for name, bindings in scope.bindings.items():
            if any(binding.kind in ("value", "unpack") and binding.value is not None
                   and _is_part(binding.value, held) for binding in bindings):  # fmt: skip
                held.add(name)
    return frozenset(held)


def _is_part(value: s.Expr, held: Collection[str]) -> bool:
    """Whether an expression is what a variable holds, or a part of it, in another form."""
    match value:
        case s.Name(id=name):
            return name in held
        case s.Sub(value=inner) | s.Await(value=inner):
            return _is_part(inner, held)
        case s.Call(func=s.Attr(name=word, value=inner)) if word in _METHODS:
            return _is_part(inner, held)
        case s.Call(func=func, args=[s.Arg(value=first), *_]) if _TAKES_APART.search(
            s.last_part(func)
        ):
            return _is_part(first, held)
    return False
