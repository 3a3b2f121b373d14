"""What tells that two expressions name one file or folder."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.provenance.names import bindings_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

_MAX_BACK = 4
# The file itself under another form of its name.
_SAME = frozenset({"str", "Path", "PurePath", "fspath", "abspath", "realpath", "expanduser",
                   "resolve", "absolute", "normpath", "as_posix"})  # fmt: skip
_TEMPORARY = frozenset({"NamedTemporaryFile", "mkstemp", "mkdtemp", "TemporaryDirectory",
                        "mktemp"})  # fmt: skip
_JOINS = frozenset({"join", "joinpath"})
_SPACE = regex(r"\s+")


def folders_of(
    path: s.Expr, scope: Scope, back: int = 0, seen: set[int] | None = None
) -> Iterator[s.Expr]:
    """The folders that a path is put together with. `seen` are the ids of the bindings that were
    gone through: many assignments of few names to one another are gone through once."""
    seen = set() if seen is None else seen
    match path:
        case s.BinOp(op="/", left=left):
            yield left
            yield from folders_of(left, scope, back, seen)
        case s.Text(parts=[first, *rest]) if rest and not isinstance(first, s.Const):
            yield first
        case s.Call(func=func, args=args) if last_part(func) in _JOINS and args:
            if isinstance(func, s.Attr) and last_part(func) == "joinpath":
                yield func.value
            else:
                yield args[0].value
        case s.Call(func=func, args=[first, *_]) if last_part(func) in _SAME:
            yield from folders_of(first.value, scope, back, seen)
        case s.Attr(value=s.Name(id="self"), name=name) if back < _MAX_BACK:
            owner = scope.enclosing_class
            for method in owner.children if owner is not None else ():
                for binding in method.bindings.get(f"self.{name}", ()):
                    if (value := binding.assigned) is not None and id(binding) not in seen:
                        seen.add(id(binding))
                        yield from folders_of(value, binding.scope, back + 1, seen)
        case s.Name() if back < _MAX_BACK:
            for binding in bindings_of(path, scope):
                if (value := binding.assigned) is not None and id(binding) not in seen:
                    seen.add(id(binding))
                    yield from folders_of(value, binding.scope, back + 1, seen)


def places_of(context: Context, expr: s.Expr, scope: Scope) -> set[object]:
    """The places of a path, with the calls that made a temporary file or folder: whatever way it
    came, through an attribute of an object or what a function returns."""
    found = _places(expr, scope)
    held = expr.value if isinstance(expr, s.Attr) and expr.name == "name" else expr
    for origin in context.resolver.origins(held, scope, None):
        made = origin.node
        if isinstance(made, s.Call) and last_part(made.func) in _TEMPORARY:
            found.add(id(made))
    return found


def _places(expr: s.Expr, scope: Scope, back: int = 0, seen: set[int] | None = None) -> set[object]:
    """What tells that two expressions name one file: the variable, the call that made the file, or
    the way its path is put together. `seen` as in `_folders`."""
    seen = set() if seen is None else seen
    if back > _MAX_BACK:
        return set()
    if isinstance(expr, s.Await):
        return _places(expr.value, scope, back, seen)
    if isinstance(expr, s.Name):
        found: set[object] = set()
        for binding in bindings_of(expr, scope):
            found.add(id(binding))
            value = binding.value
            if value is None or id(binding) in seen:
                continue
            seen.add(id(binding))
            if binding.kind == "unpack":
                # A descriptor and the path of one file.
                if isinstance(value, s.Call) and last_part(value.func) == "mkstemp":
                    found.add(id(value))
            elif binding.kind in ("value", "enter"):
                found |= _places(value, binding.scope, back + 1, seen)
        return found
    if isinstance(expr, s.Attr):
        if expr.name == "name":
            return _places(expr.value, scope, back + 1, seen)
        return {_as_written(expr, scope)}
    if isinstance(expr, s.Call):
        word = last_part(expr.func)
        if word in _SAME and expr.args:
            return _places(expr.args[0].value, scope, back + 1, seen)
        if word in _SAME and isinstance(expr.func, s.Attr):
            return _places(expr.func.value, scope, back + 1, seen)
        if word in _TEMPORARY:
            return {id(expr)}
        return {_as_written(expr, scope)} if expr.args else set()
    if isinstance(expr, s.Const):
        return {expr.value} if isinstance(expr.value, str) and expr.value else set()
    if isinstance(expr, s.Text | s.BinOp | s.Sub):
        return {_as_written(expr, scope)}
    return set()


def _as_written(expr: s.Expr, scope: Scope) -> tuple[object, str]:
    """An expression by its text; one of an object's own attributes with the class that it is in."""
    text = _SPACE.sub("", scope.module.text[expr.pos : expr.end])
    home = scope.enclosing_class if "self." in text else None
    return (id(home) if home is not None else scope.module.path, text)
