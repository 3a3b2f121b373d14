"""Rows that a statement in SQL asks for, told as a whole: `user = cursor.fetchone()` after
`SELECT * FROM users`, in a program whose users have a password."""

from __future__ import annotations

from collections import deque

from keyaudit.code import syntax as s
from keyaudit.code.selection.selected_rows import GIVES_ROW, GIVES_ROWS, OF_SECRETS
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, CODE, SECRETS, reading

ROWS = "rows of a table, with a secret among their columns"
_SELECT = regex(r"(?i)\bselect\s+(?:distinct\s+)?([^;]{1,400}?)\s+from\s+[`\"\[]?(\w+)")
_ALL = regex(r"(?:\w+\.)?\*")
# A statement that gives no rows, after the one that does.
_OTHER = regex(r"(?i)[\"'][ \t\n]*(?:insert|update|delete|create|alter|drop|pragma)\b")
_NAME = regex(r"(\w+)[`\"\]]?\s*\Z")
# What the table of a file that speaks of such a column has.
_HAS_SECRET = regex(
    r"(?i)[\"'(\s.,](?:user_?)?(?:password|passwd|pwd|pass|secret|api_?key|token|reset_pin)\b"
)
_MAX_DEPTH = 4


def selected_rows(value: s.Name, scope: Scope) -> str:
    """`ROWS` where a variable holds such a row, or several; "" for anything else."""
    if "elect" not in scope.module.text and "ELECT" not in scope.module.text:
        return ""
    asked = _asked_at(value, scope, 0, 0)
    if asked < 0:
        return ""
    start = scope.node.pos if scope.node is not None else 0
    found = deque(_SELECT.finditer(scope.module.text, start, asked), maxlen=1)
    last = found[0] if found else None
    if last is None or _OTHER.search(scope.module.text, last.end(), asked):
        return ""
    columns = [column.strip() for column in last[1].split(",")]
    if any(_ALL.fullmatch(column) for column in columns):
        of_secrets = OF_SECRETS.fullmatch(last[2]) is not None
        return ROWS if of_secrets and _HAS_SECRET.search(scope.module.text) else ""
    names = [named[1] for column in columns if (named := _NAME.search(column))]
    secret = any(reading(name) in SECRETS - {BARE_TOKEN, CODE} for name in names)
    return ROWS if secret else ""


def _asked_at(value: s.Expr, scope: Scope, depth: int, taken: int) -> int:
    """Where the call ends that a variable, or an item of one, got rows from; -1 for none. `taken`:
    how many times an item was taken out of what that gave; one of a row is a column."""
    if depth > _MAX_DEPTH or taken > 1:
        return -1
    match value:
        case s.Await(value=inner):
            return _asked_at(inner, scope, depth + 1, taken)
        case s.Call(func=s.Name(id="dict" | "list" | "tuple"), args=[only]):
            return _asked_at(only.value, scope, depth + 1, taken)
        case s.Call(func=func):
            word = last_part(func)
            one = taken == 0 and GIVES_ROW.fullmatch(word) is not None
            return value.end if one or GIVES_ROWS.fullmatch(word) else -1
        case s.Sub(value=inner, index=s.Const(value=int())):
            return _asked_at(inner, scope, depth + 1, taken + 1)
        case s.Name(reach=reach):
            for binding in reach or ():
                if binding.scope is not scope or binding.value is None:
                    continue
                if binding.kind not in ("value", "iter") or binding.index:
                    continue
                more = taken + (binding.kind == "iter")
                asked = _asked_at(binding.value, scope, depth + 1, more)
                if asked >= 0:
                    return asked
    return -1
