"""Calls that store a value under a path, as `d.update(k=v)`, `d.setdefault("k", v)` and
`setattr` do, or change what a variable holds, as `shuffle(l)` does."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s


def path_of(expr: s.Expr) -> str | None:
    """An expression such as `a.b['c']` as a path; None when it does not begin with a name or is
    not constant."""
    if isinstance(expr, s.Name):
        return expr.id
    if isinstance(expr, s.Attr | s.Sub):
        base = path_of(expr.value)
        return sub_path(base, expr) if base else None
    return None


def sub_path(base: str, expr: s.Attr | s.Sub) -> str | None:
    """The path of an attribute or item of the object at the path `base`; None for an index that
    is not constant."""
    if isinstance(expr, s.Attr):
        return f"{base}.{expr.name}"
    return f"{base}[{expr.index.value!r}]" if isinstance(expr.index, s.Const) else None


def stored_by(call: s.Call) -> Iterator[tuple[str, s.Expr, bool]]:
    """The values a call stores: (path, value, whether an older value at the path is gone)."""
    func, args = call.func, call.args
    if isinstance(func, s.Name) and func.id == "setattr" and len(args) == 3:
        base, name = path_of(args[0].value), s.literal_text(args[1].value)
        if base and name is not None:
            yield f"{base}.{name}", args[2].value, True
        return
    if last := _shuffled(call):
        yield last, call, False
        return
    if not isinstance(func, s.Attr) or func.name not in ("update", "setdefault"):
        return
    base = path_of(func.value)
    if base is None:
        return
    if func.name == "update":
        for key, value in _updated(args):
            yield f"{base}[{key!r}]", value, True
    elif len(args) == 2 and isinstance(args[0].value, s.Const):
        yield f"{base}[{args[0].value.value!r}]", args[1].value, False


def _shuffled(call: s.Call) -> str | None:
    """The list that a call puts into another order, which is random then: `shuffle(letters)`."""
    func = call.func
    name = s.last_part(func)
    return path_of(call.args[0].value) if name == "shuffle" and len(call.args) == 1 else None


def _updated(args: list[s.Arg]) -> Iterator[tuple[object, s.Expr]]:
    for arg in args:
        if arg.name is not None:
            yield arg.name, arg.value
        elif isinstance(arg.value, s.Dict):
            for key, value in arg.value.items:
                if isinstance(key, s.Const):
                    yield key.value, value


def _whole(expr: s.Expr) -> s.Expr:
    """What an expression is a part of by a key that is not known; else the expression itself."""
    match expr:
        case s.Sub(value=value, index=index) if not isinstance(index, s.Const):
            return value
        case s.Call(func=s.Attr(name="setdefault", value=value)):
            return value
        case _:
            return expr


def added_by(call: s.Call) -> tuple[str, s.Expr] | None:
    """The path of the list or set that a call adds to, and what it adds; None for other calls.

    Where it is a part of which nobody knows the key, as in `rows[name].append(row)`, it is that of
    the whole.
    """
    func = call.func
    if not isinstance(func, s.Attr) or not call.args:
        return None
    path = path_of(_whole(func.value))
    added = call.args[-1]
    adds = func.name in ("append", "add", "extend", "insert")
    if path is None or not adds or added.name or added.star:
        return None
    value = added.value
    if func.name == "extend":
        value = s.Starred(value.pos, value.end, value)
    return path, value
