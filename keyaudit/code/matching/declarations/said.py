"""What stands in the source of a few expressions: the words of a text, the name of a result."""

from __future__ import annotations

from keyaudit.code import syntax as s
from keyaudit.code.semantics.scopes import Scope

_MOST_BINDINGS = 3
_MAX_DEPTH = 4
# Methods and functions whose result is the text that they were given.
_SAME = frozenset({"strip", "rstrip", "lstrip", "encode", "decode", "lower", "upper", "str"})


def text_of(expr: s.Expr, depth: int = 0) -> str:
    """The text that an expression is known to be, with `*` for what is put into it; "" for what is
    no text. A name is looked up in its own function alone."""
    if depth > _MAX_DEPTH:
        return ""
    match expr:
        case s.Const(value=str(text)):
            return text
        case s.Text(parts=parts):
            return "".join(text_of(part, depth + 1) or "*" for part in parts)
        case s.BinOp(op="%", left=left):
            return text_of(left, depth + 1)
        case s.BinOp(op="+", left=left, right=right):
            both = text_of(left, depth + 1), text_of(right, depth + 1)
            return " ".join(part or "*" for part in both) if any(both) else ""
        case s.Call(func=s.Attr(name="format", value=receiver)):
            return text_of(receiver, depth + 1)
        case s.Call(func=func, args=[s.Arg(value=given), *_]):  # `_("Password")`, `style(text)`
            if s.last_part(func) in ("_", "gettext", "style", "translate", "tr", "_t", "colored"):
                return text_of(given, depth + 1)
        case s.Name(reach=reach) if reach is not None and len(reach) <= _MOST_BINDINGS:
            found = [b.assigned for b in reach if b.assigned is not None]
            return next(filter(None, (text_of(value, depth + 1) for value in found)), "")
    return ""


def names_of_results(scope: Scope) -> dict[int, str]:
    """The names that the results of calls are given in a scope, by the calls' ids: the last word
    of a path, also where the text was stripped or encoded on the way."""
    found: dict[int, str] = {}
    for path, bindings in scope.bindings.items():
        name = path.rpartition(".")[2].strip("]\"'").rpartition("[")[2].strip("\"'")
        for binding in bindings:
            value = binding.value if binding.kind in ("value", "unpack") else None
            if value is not None:
                if binding.kind == "unpack" and binding.index not in ((), (0,)):
                    continue
                found.setdefault(id(_unwrapped(value)), name)
    return found


def _unwrapped(value: s.Expr) -> s.Expr:
    """What a value was before it was stripped, encoded or waited for."""
    while True:
        match value:
            case s.Await(value=inner):
                value = inner
            case s.Call(func=s.Attr(name=name, value=inner)) if name in _SAME:
                value = inner
            case s.Call(func=s.Name(id="str" | "bytes"), args=[s.Arg(value=inner), *_]):
                value = inner
            case _:
                return value


def is_off(value: s.Expr) -> bool:
    """Whether an option is given as off: False, None, 0 or an empty text."""
    return isinstance(value, s.Const) and not value.value
