"""`wipe`: the destruction of key material in memory, done wrong or left out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.dropped_keys import dropped_keys, emptied_holders, erased_copies
from keyaudit.code.matching.key_variables import is_key_variable
from keyaudit.code.provenance.call_targets import callees
from keyaudit.code.semantics.mutations import path_of
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

_WIPER = regex(r"destroy|wipe|zero|clear|close|erase|shred|__del__|__exit__|dispose|purge", re.I)
# A function that is there to overwrite what it is given.
_OVERWRITES = regex(r"destroy|wipe|zero|erase|shred|overwrite|scrub", re.I)


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The hits of one of the kinds of fault."""
    finders = {
        "rebinding": _rebinding,
        "dropping": _dropping,
        "copy": _copies,
        "copy-out": _copy_out,
        "skipped-on-error": _skipped,
        "missing": _missing,
    }
    fault = match.parameters["wipe"] if "wipe" in match.parameters else match.parameters["fault"]
    for scope in context.scopes:
        if not context.silenced(match, scope):
            yield from finders[fault](context, rule, scope)


def _hit(rule: Rule, scope: Scope, place: tuple[int, int], path: str) -> Hit:
    words = {"name": path, "call": path}
    return Hit(rule, scope, place, path, words)


def _rebinding(context: Context, rule: Rule, scope: Scope) -> Iterator[Hit]:
    """`key = b"\\x00" * len(key)`: the name gets other bytes, the key's bytes stay."""
    for path, bindings in scope.bindings.items():
        if not is_key_variable(path):
            continue
        earlier = False
        for binding in bindings:
            if (value := binding.assigned) is not None and (
                _is_zeros(value, path)
                or (_OVERWRITES.search(scope.name) and _is_filler(value, path))
            ):
                # Bytes as many as the old value has: the old value is what is meant.
                wiper = "." in path and (
                    _WIPER.search(scope.name) is not None or _measures(value, path)
                )
                zeroed = (earlier or wiper) and not _only_zeros_before(bindings, binding, path)
                if zeroed and not _read_later(scope, binding, path):
                    yield _hit(rule, scope, (binding.pos, value.end), path)
            else:
                earlier = earlier or binding.kind != "delete"


def _dropping(context: Context, rule: Rule, scope: Scope) -> Iterator[Hit]:
    """`del key`, meant as an erasure: only the name is gone."""
    wiped = {*_wiped(context, scope), *_handed_over(scope)}
    for path, binding in dropped_keys(scope):
        if path not in wiped:
            yield _hit(rule, scope, (binding.pos, binding.end), path)
    for path, place in emptied_holders(scope):
        if path not in wiped:
            yield _hit(rule, scope, place, path)


def _handed_over(scope: Scope) -> Iterator[str]:
    """The paths that are given to a function which is there to overwrite them, whatever library
    it is of: the name may go then."""
    for call in scope.calls:
        if _OVERWRITES.search(last_part(call.func)):
            for arg in call.args:
                path = path_of(arg.value)
                if path is not None:
                    yield path


def _copies(context: Context, rule: Rule, scope: Scope) -> Iterator[Hit]:
    """`wipe(bytearray(key))`: what is erased was copied for the purpose."""
    for path, place in erased_copies(scope, _wiped(context, scope)):
        yield _hit(rule, scope, place, path)


def _read_later(scope: Scope, wipe: Binding, path: str) -> bool:
    """Whether the zeros are used in what follows: then they are a value of their own."""
    assert wipe.value is not None
    body = scope.node.body if isinstance(scope.node, s.Def) else []
    end = max((_last(statement) for statement in body), default=wipe.value.end)
    rest = scope.module.text[wipe.value.end : end]
    read = rf"(?<![\w.])(?<!del ){re.escape(path)}\b(?!\s*=[^=])"
    return re.search(read, rest) is not None


def _last(statement: object) -> int:
    """Where a statement ends, all of its branches and handlers included."""
    parts = ("body", "orelse", "final", "handlers")
    last = 0
    waiting = [statement]
    while waiting:
        inner = waiting.pop()
        last = max(last, getattr(inner, "end", 0))
        waiting += [each for part in parts for each in getattr(inner, part, ())]
    return last


def _only_zeros_before(bindings: list[Binding], wipe: Binding, path: str) -> bool:
    before = [b for b in bindings if b.pos < wipe.pos and b.value is not None]
    return bool(before) and all(_is_zeros(b.value, path) for b in before if b.value is not None)


def _is_zeros(value: s.Expr, path: str) -> bool:
    """`b"\\0" * len(path)`, `bytes(len(path))` or zeros times a number."""
    if isinstance(value, s.BinOp) and value.op == "*":
        for zero, times in ((value.left, value.right), (value.right, value.left)):
            if not isinstance(zero, s.Const):
                continue
            if _zero_text(zero.value):
                return _is_length(times, path) or isinstance(times, s.Const)
            # Any sign, as many times as the key is long: `"x" * len(password)`.
            if isinstance(zero.value, str | bytes) and len(zero.value) == 1:
                return _is_length(times, path)
    if isinstance(value, s.Call) and last_part(value.func) in ("bytes", "bytearray") and value.args:
        return _is_length(value.args[0].value, path)
    return False


def _is_filler(value: s.Expr, path: str) -> bool:
    """`os.urandom(len(path))`: as many bytes as the key has, in a function that overwrites it."""
    if not isinstance(value, s.Call) or not value.args:
        return False
    random = last_part(value.func) in ("urandom", "token_bytes", "randbytes", "get_random_bytes")
    return random and _is_length(value.args[0].value, path)


def _measures(value: s.Expr, path: str) -> bool:
    """Whether the new bytes are counted by the length of the old ones."""
    if isinstance(value, s.BinOp):
        return _is_length(value.left, path) or _is_length(value.right, path)
    return True


def _zero_text(value: object) -> bool:
    zeros = (isinstance(value, bytes) and set(value) <= {0, 32, 48}) or (
        isinstance(value, str) and set(value) <= {"\0", " ", "0"}
    )
    return zeros and value not in (b"", "")


def _is_length(expr: s.Expr, path: str) -> bool:
    if not isinstance(expr, s.Call) or last_part(expr.func) != "len" or not expr.args:
        return False
    return path_of(expr.args[0].value) == path


def _wiped(context: Context, scope: Scope) -> dict[str, list[tuple[int, bool]]]:
    """Paths whose bytes are overwritten in a scope: (position, in a finally)."""
    found: dict[str, list[tuple[int, bool]]] = {}
    for path, bindings in scope.bindings.items():
        base, bracket, _ = path.rpartition("[")
        if not bracket or not base:
            continue
        for binding in bindings:
            if (value := binding.assigned) is not None and _zeroing(value):
                found.setdefault(base, []).append((binding.pos, False))
    for use in context.uses_of(scope):
        if "wipe" in use.model.kinds:
            final = any(k == "try" and part == "final" for k, _, part in use.call.context)
            for arg in use.call.args:
                for path in _paths_in(arg.value):
                    found.setdefault(path, []).append((use.call.pos, final))
    return found


def _zeroing(value: s.Expr) -> bool:
    if isinstance(value, s.Const):
        return value.value == 0 or _zero_text(value.value)
    if isinstance(value, s.BinOp) and value.op == "*":
        return any(
            isinstance(p, s.Const) and _zero_text(p.value) for p in (value.left, value.right)
        )
    return isinstance(value, s.Call) and last_part(value.func) in ("bytes", "bytearray")


def _paths_in(expr: s.Expr, without: Collection[int] = ()) -> list[str]:
    """The paths in an expression; not those in the calls `without`, given by id."""
    path = path_of(expr)
    if path is not None:
        return [path]
    children = [expr.func] if isinstance(expr, s.Call) and id(expr) in without else s.children(expr)
    return [found for child in children for found in _paths_in(child, without)]


def _copy_out(context: Context, rule: Rule, scope: Scope) -> Iterator[Hit]:
    """A class that overwrites `self._key`, and a method that returns `bytes(self._key)`."""
    if scope.kind != "class":
        return
    methods = [child for child in scope.children if child.kind == "function" and child.params]
    wiped = {
        path.split(".", 1)[1]
        for method in methods
        for path in _wiped(context, method)
        if path.startswith(f"{method.params[0].name}.")
    }
    for method in methods:
        for returned in method.returns:
            copied = _copied(returned)
            if copied is None or "." not in copied:
                continue
            attribute = copied.split(".", 1)[1]
            if attribute in wiped and not method.name.startswith("__"):
                yield _hit(rule, method, (returned.pos, returned.end), copied)


def _copied(expr: s.Expr) -> str | None:
    """The path of which an expression is an immutable or unowned copy."""
    if not isinstance(expr, s.Call):
        return None
    word = last_part(expr.func)
    if word in ("bytes", "bytearray") and len(expr.args) == 1:
        return path_of(expr.args[0].value)
    if word in ("hex", "copy", "decode") and isinstance(expr.func, s.Attr):
        return path_of(expr.func.value)
    return None


def _skipped(context: Context, rule: Rule, scope: Scope) -> Iterator[Hit]:
    """A wipe that an exception between the key's first use and the wipe would skip."""
    finals = _final_places(scope)
    for path, places in _wiped(context, scope).items():
        if "." in path or path not in scope.bindings or not is_key_variable(path):
            continue
        if any(final or _inside(pos, finals) for pos, final in places):
            continue
        first = min(pos for pos, _ in places)
        born = min(binding.pos for binding in scope.bindings[path])
        between = [c for c in scope.calls if born < c.pos < first and _mentions(c, path)
                   and last_part(c.func) not in ("len", "bytearray", "bytes", "range")]  # fmt: skip
        if between:
            yield _hit(rule, scope, (first, first + len(path)), path)


def _final_places(scope: Scope) -> list[tuple[int, int]]:
    node = scope.node
    return _finals(node.body) if isinstance(node, s.Def) else []


def _finals(body: list[s.Stmt]) -> list[tuple[int, int]]:
    """The stretches of text that `finally` blocks cover."""
    found: list[tuple[int, int]] = []
    for statement in body:
        match statement:
            case s.Try():
                if statement.final:
                    found.append((statement.final[0].pos, _end(statement.final[-1])))
                found += _finals(statement.body)
            case s.If():
                found += [final for body in s.bodies(statement) for final in _finals(body)]
            case s.Loop(body=first, orelse=second):
                found += _finals(first) + _finals(second)
            case s.With(body=inner):
                found += _finals(inner)
    return found


def _end(statement: s.Stmt) -> int:
    match statement:
        case s.If(body=body) | s.Loop(body=body) | s.With(body=body) | s.Try(body=body):
            return max([statement.end, *(_end(inner) for inner in body)])
    return statement.end


def _inside(pos: int, places: list[tuple[int, int]]) -> bool:
    return any(start <= pos <= end for start, end in places)


def _mentions(call: s.Call, path: str) -> bool:
    return any(path in _paths_in(arg.value) for arg in call.args)


def _missing(context: Context, rule: Rule, scope: Scope) -> Iterator[Hit]:
    """A bytearray made from a secret that is neither wiped nor leaves the function."""
    if scope.kind != "function":
        return
    wiped = _wiped(context, scope)
    for path, bindings in scope.bindings.items():
        made = [b for b in bindings if b.kind == "value" and isinstance(b.value, s.Call)
                and last_part(b.value.func) == "bytearray" and b.value.args]  # fmt: skip
        if not made or path in wiped or "." in path or path in scope.outer:
            continue
        binding = made[0]
        assert isinstance(binding.value, s.Call)
        origins = context.resolver.origins(binding.value, scope, None)
        if any(context.is_secret(o) for o in origins) and not _escapes(context, scope, path):
            yield _hit(rule, scope, (binding.pos, binding.value.end), path)


def _escapes(context: Context, scope: Scope, path: str) -> bool:
    """Whether the object is returned, stored, or passed to what may keep it."""
    used = {id(use.call) for use in context.uses_of(scope)
            if use.model.kinds or "key" in use.model.parameters.values()}  # fmt: skip
    if any(path in _paths_in(value, used) for value in scope.returns):
        return True
    for other, bindings in scope.bindings.items():
        if other != path and any(
            b.value is not None and path in _paths_in(b.value) and not isinstance(b.value, s.Call)
            for b in bindings
        ):
            return True
    inner_names = {name for child in scope.children for name in _read_in(child)}
    return path in inner_names or any(
        _mentions(call, path)
        and last_part(call.func) != "len"
        and not any(callee.model for callee in callees(context.resolver, call, scope, None))
        for call in scope.calls
    )


def _read_in(scope: Scope) -> set[str]:
    return {p for call in scope.calls for arg in call.args for p in _paths_in(arg.value)}
