"""Values of a store of secrets, under whatever plain names: `log("set %s to %s", key, value)` in a
class that keeps secrets, by its name or by that of its table."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.surroundings import block_of, source_of
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.selection.secret_stores import NAMED_STORE, VALUES, keeps_secrets
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import WHOLE

_WRITES = regex(r"(?i)_*(?:set|put|store|save|write|add|insert|update|create|replace)(?:_\w+)?")
_READS = regex(r"(?i)_*(?:get|fetch|read|load|retrieve|find|lookup|dump|export)(?:_\w+)?")
_ASKS = frozenset({"fetchone", "fetchall", "fetchmany", "get", "read", "one", "all", "first",
                   "hget", "hgetall", "scan", "query"})  # fmt: skip
# Where a statement stands, it has to ask for what is kept.
_SELECT = regex(r"(?i)\bselect\b")
_OF_VALUE = regex(
    r"(?i)\bselect\s+(?:\*|[^;\"']{0,80}\b(?:value|secret|data|password|content|blob|payload)\b)"
)
_SEALED = regex(r"(?i)encrypt|cipher|\bjwe\b|seal|hash")
_VALUE = "a value of a store of secrets"
_MAX_DEPTH = 5


def values_of_store(value: s.Expr, scope: Scope) -> list[Origin]:
    """An origin, called `WHOLE`, for each such value in a text."""
    owner = scope.enclosing_class
    if owner is None or scope.kind != "function" or not _keeps_secrets(owner):
        return []
    text = source_of(scope)
    if _SEALED.search(text):
        return []
    module = scope.module
    return [
        Origin("unknown", module, part, source=_VALUE, called=WHOLE).with_step(
            module, part.pos, part.end, _VALUE
        )
        for part in _names_in(value, 0)
        if VALUES.fullmatch(part.id) and _is_value(part, scope, text)
    ]


def _keeps_secrets(owner: Scope) -> bool:
    return NAMED_STORE.search(owner.name) is not None or keeps_secrets(block_of(owner))


def _is_value(name: s.Name, scope: Scope, text: str) -> bool:
    """Whether a variable holds what is to be kept, or what was kept."""
    bindings = name.reach or ()
    if _WRITES.fullmatch(scope.name):
        return any(binding.kind == "param" for binding in bindings)
    if not _READS.fullmatch(scope.name) or (_SELECT.search(text) and not _OF_VALUE.search(text)):
        return False
    for binding in bindings:
        made = binding.value
        while isinstance(made, s.Await | s.Sub):
            made = made.value
        if binding.kind == "value" and isinstance(made, s.Call) and last_part(made.func) in _ASKS:
            return True
    return False


def _names_in(value: s.Expr, depth: int) -> Iterator[s.Name]:
    """The variables that a text has in it as they are."""
    match value:
        case s.Name():
            yield value
        case s.Text(parts=parts) | s.Seq(items=parts) if depth < _MAX_DEPTH:
            for part in parts:
                yield from _names_in(part, depth + 1)
        case s.BinOp(op="%" | "+", left=left, right=right) if depth < _MAX_DEPTH:
            yield from _names_in(left, depth + 1)
            yield from _names_in(right, depth + 1)
        case s.Call(func=func, args=args) if last_part(func) in ("format", "repr", "str"):
            for arg in args if depth < _MAX_DEPTH else ():
                yield from _names_in(arg.value, depth + 1)
