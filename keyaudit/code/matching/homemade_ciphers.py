"""Finds ciphers of somebody's own making: data XORed with a key that is gone round, or added to it.

`data[i] ^ key[i % len(key)]`, `(ord(data[i]) + ord(key[i % len(key)])) % 256`, and `a ^ b for a,
b in zip(data, cycle(key))`; also `byte ^ key for byte in data`, where the key is one byte. The key
plays its role there as in any other cipher.
"""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

_KINDS = frozenset({"home-made-cipher"})
_MAX_NESTING = 12
# What is called a mask is one: that of a WebSocket frame hides nothing, and is no key.
_KEY = regex(r"(?i)key|secret|pass|pwd|\bpw\b|token|cipher|crypt|seed|salt")


def home_made_ciphers(scope: Scope) -> Iterator[Sink]:
    """Sinks for the keys of such ciphers in a function, each once."""
    if "^" not in scope.module.text and "% len(" not in scope.module.text:
        return
    seen: set[str] = set()
    for place, key in (*_xors(scope), *_single(scope)):
        name = _name(key)
        if name in seen or not (isinstance(key, s.Const) or _KEY.search(name)):
            continue
        seen.add(name)
        yield Sink("algorithm", s.Const(*place, "repeating-key-xor"), scope, "`^`", _KINDS,
                   place=place)  # fmt: skip
        yield Sink("key", key, scope, "XOR with a repeating key", _KINDS, place=place)


def _xors(scope: Scope) -> Iterator[tuple[tuple[int, int], s.Expr]]:
    """The places of exclusive ors with a key that repeats, and the key."""
    cycled = {name: key for bindings in scope.bindings.values() for binding in bindings
              for name, key in _cycled(binding)}  # fmt: skip
    for bound, found in _mixed(scope):
        if found.op != "^" and _names(found, bound):  # `j = (j + s[i] + key[i % n]) % 256`
            continue
        for side in (found.left, found.right):
            key = _repeated(side, cycled)
            if key is not None:
                yield (found.pos, found.end), key
    for bindings in scope.bindings.values():
        for binding in bindings:
            if binding.kind == "augment" and binding.op.startswith("^") and binding.value:
                key = _repeated(binding.value, cycled)
                if key is not None:
                    yield (binding.pos, binding.end), key


def _single(scope: Scope) -> Iterator[tuple[tuple[int, int], s.Expr]]:
    """The places where each item that a loop takes from the data is XORed with the same name, and
    that name. What is bound to the name itself again is a checksum that grows."""
    items = {name for name, bindings in scope.bindings.items() for b in bindings if _is_item(b)}
    if not items or _TO_TEXT.isdisjoint(last_part(call.func) for call in scope.calls):
        return
    for bound, found in _mixed(scope):
        if found.op != "^":
            continue
        for key, side in ((found.left, found.right), (found.right, found.left)):
            item = _converted(side)
            if not isinstance(key, s.Name | s.Attr) or not isinstance(item, s.Name):
                continue
            if item.id in items and _name(key) not in (bound, item.id):
                yield (found.pos, found.end), key


def _mixed(scope: Scope) -> Iterator[tuple[str, s.BinOp]]:
    """The exclusive ors in a scope, and the sums of which a remainder is taken, each once, with the
    name that is bound to what it is in; "" for those that are passed, returned or yielded."""
    given = [(name, b.value) for name, bound in scope.bindings.items() for b in bound if b.value]
    given += [("", arg.value) for call in scope.calls for arg in call.args]
    given += [("", value) for value in (*scope.returns, *(each.value for each in scope.yields))]
    done: set[int] = set()
    for name, expr in given:
        for found in _in(expr):
            if id(found) not in done:
                done.add(id(found))
                yield name, found


def _converted(expr: s.Expr) -> s.Expr:
    """What calls of one argument are of: `byte` for `int(ord(byte))`."""
    while isinstance(expr, s.Call) and len(expr.args) == 1:
        expr = expr.args[0].value
    return expr


def _is_item(binding: Binding) -> bool:
    """Whether a binding is that of a loop to each item of something, and not to its number."""
    if binding.kind != "iter":
        return False
    over = last_part(binding.value.func) if isinstance(binding.value, s.Call) else ""
    return over not in _NUMBERS and (over != "enumerate" or binding.index[:1] == (1,))


def _in(expr: s.Expr, depth: int = 0) -> Iterator[s.BinOp]:
    if depth > _MAX_NESTING:
        return
    if isinstance(expr, s.BinOp) and expr.op == "^":
        yield expr
    if isinstance(expr, s.BinOp) and expr.op in ("%", "&"):
        yield from _sums(expr.left)
    for child in s.children(expr):
        yield from _in(child, depth + 1)


def _names(expr: s.Expr, name: str) -> bool:
    """Whether a name stands in an expression."""
    if isinstance(expr, s.Name) and expr.id == name:
        return True
    return any(_names(child, name) for child in s.children(expr))


def _sums(expr: s.Expr) -> Iterator[s.BinOp]:
    """A sum or difference, and those it is made of: `a - b` in `a - b + 256`."""
    if isinstance(expr, s.BinOp) and expr.op in ("+", "-"):
        yield expr
        yield from _sums(expr.left)
        yield from _sums(expr.right)


def _repeated(expr: s.Expr, cycled: dict[str, s.Expr]) -> s.Expr | None:
    """The key that a side of an exclusive or is a part of: `key` for `ord(key[i % len(key)])`."""
    match _converted(expr):
        case s.Name(id=name):
            return cycled.get(name)
        case s.Sub(value=key, index=s.BinOp(op="%", right=size)):
            return key if _is_length(size) else None
    return None


def _is_length(expr: s.Expr) -> bool:
    """Whether a number is the length of something, also one that was asked for before."""
    if isinstance(expr, s.Name):
        given = [binding.value for binding in expr.reach or ()]
        return len(given) == 1 and isinstance(given[0], s.Call) and _is_length(given[0])
    return isinstance(expr, s.Call) and last_part(expr.func) == "len"


def _cycled(binding: Binding) -> Iterator[tuple[str, s.Expr]]:
    """The names of a loop's variables that go round a key, and the key."""
    over = binding.value
    if binding.assigned is not None:  # `part = key[i % len(key)]`
        part = _repeated(binding.assigned, {})
        if part is not None:
            yield binding.name, part
    if binding.kind != "iter" or not isinstance(over, s.Call):
        return
    columns = [arg.value for arg in over.args] if last_part(over.func) in _ZIPS else [over]
    at = binding.index[0] if binding.index else 0
    if at < len(columns):
        column = columns[at]
        if isinstance(column, s.Call) and last_part(column.func) == "cycle" and column.args:
            yield binding.name, column.args[0].value


_ZIPS = frozenset({"zip", "izip"})
_NUMBERS = frozenset({"range", "xrange", "zip", "izip", "items", "keys", "values"})
# What makes bytes or text of numbers.
_TO_TEXT = frozenset({"chr", "unichr", "bytes", "bytearray", "append", "join", "pack", "to_bytes"})


def _name(expr: s.Expr) -> str:
    while isinstance(expr, s.Call) and isinstance(expr.func, s.Attr) and not expr.args:
        expr = expr.func.value
    if isinstance(expr, s.Attr):
        return expr.name
    return expr.id if isinstance(expr, s.Name) else ""
