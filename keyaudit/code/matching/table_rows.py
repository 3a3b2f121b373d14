"""Rows of tables that a server answers with as a whole: `jsonify(model_to_dict(channel))`,
`JsonResponse(list(User.objects.values()), safe=False)`.

Which columns a row has, its class says, wherever in the tree that is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.surroundings import block_of, source_of
from keyaudit.code.provenance.call_targets import callees, class_lineage
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import SECRETS, WHOLE, reading

_MAX_DEPTH = 8
_MAX_CALLEES = 3
# What gives all columns of a row as a dict, unless it is told which.
_AS_DICT = frozenset({"model_to_dict", "row_to_dict", "object_as_dict", "row2dict"})
_METHODS = frozenset({"to_dict", "as_dict", "dict", "model_dump"})
_KEEPS_ALL = frozenset({"list", "dict", "jsonable_encoder", "dumps", "tuple", "sorted"})
_CHOOSES = frozenset({"exclude", "only", "fields", "include"})
# What asks a database for rows of the class that it is given.
_ASKS = frozenset({"query", "select", "get", "get_or_404", "first_or_404", "get_object_or_404",
                   "get_list_or_404", "scalars", "scalar", "execute"})  # fmt: skip
_COLUMN = regex(r"(?:Column|Field|mapped_column)\Z")
_TEXT_COLUMN = regex(r"(?i)(?:char|text|string|password|str\b|blank_?string)")
_NO_SECRET = regex(r"(?i)hash|encrypt|public|reset|confirm|verif|csrf|captcha|site_?key|invit|map")


def rows_in(resolver: Resolver, value: s.Expr, scope: Scope) -> list[Origin]:
    """An origin, called `WHOLE`, for each row with a secret in it that an answer is made of."""
    return [
        Origin("unknown", scope.module, part, source=what, called=WHOLE).with_step(
            scope.module, part.pos, part.end, what
        )
        for part, what in _rows(resolver, value, scope, 0)
    ]


def _rows(
    resolver: Resolver, value: s.Expr, scope: Scope, depth: int
) -> Iterator[tuple[s.Expr, str]]:
    if depth > _MAX_DEPTH:
        return
    row = _row(value)
    chosen = _chosen(value)
    if row is not None or chosen:
        column = chosen or (_secret_column(resolver, row, scope) if row is not None else "")
        if column and not _is_taken_out(column, scope):
            what = "some" if chosen else "all"
            yield value, f"{what} columns of a row, with `{column}` among them"
        return
    for part, place in _parts(resolver, value, scope):
        yield from _rows(resolver, part, place, depth + 1)


def _parts(resolver: Resolver, value: s.Expr, scope: Scope) -> Iterator[tuple[s.Expr, Scope]]:
    """What a value is made of, with the scope in which that stands."""
    match value:
        case s.Name(reach=reach):
            for binding in reach or ():
                for put in (binding, *(binding.before if binding.kind == "grow" else ())):
                    if put.kind in ("value", "grow") and put.value is not None:
                        yield put.value, put.scope
        case s.Seq(items=items):
            yield from ((item, scope) for item in items)
        case s.Dict(items=items):
            yield from ((item, scope) for _, item in items)
        case s.Comp(elt=elt, kind=kind) if kind != "dict":
            yield elt, scope
        case s.Call(func=func, args=args) if last_part(func) in _KEEPS_ALL:
            yield from ((arg.value, scope) for arg in args if arg.name is None)
        case s.Call():
            for callee in callees(resolver, value, scope, None)[:_MAX_CALLEES]:
                if callee.function is not None:
                    yield from ((told, callee.function) for told in callee.function.returns)


def _row(value: s.Expr) -> s.Expr | None:
    """The row, or what gives the rows, of which an expression is all columns."""
    match value:
        case s.Attr(name="__dict__", value=row):
            return row
        case s.Call(func=s.Name(id="vars"), args=[s.Arg(value=row)]):
            return row
        case s.Call(func=func, args=[s.Arg(name=None, value=row), *more]):
            chooses = len(more) > 1 or any(arg.name in _CHOOSES for arg in more)
            if last_part(func) in _AS_DICT and not chooses:
                return row
        case s.Call(func=s.Attr(name="values", value=rows), args=[]):
            return rows if _is_of_manager(rows) else None
        case s.Call(func=s.Attr(name=name, value=row), args=[]) if name in _METHODS:
            return row
    return None


def _chosen(value: s.Expr) -> str:
    """The secret among the columns that are asked for by name: `User.objects.values("password")`;
    "" for none."""
    names: list[str | None] = []
    match value:
        case s.Call(func=s.Attr(name="values", value=rows), args=args) if _is_of_manager(rows):
            names = [s.literal_text(arg.value) for arg in args]
        case s.Call(func=func, args=args) if last_part(func) in _AS_DICT:
            names = [
                s.literal_text(item)
                for arg in args
                if arg.name in ("fields", "only") and isinstance(arg.value, s.Seq)
                for item in arg.value.items
            ]
    for name in names:
        if name is not None and reading(name) in SECRETS and not _NO_SECRET.search(name):
            return name
    return ""


def _is_of_manager(rows: s.Expr) -> bool:
    """Whether rows are asked for through a manager of Django's: `User.objects.filter(...)`."""
    while isinstance(rows, s.Call | s.Attr):
        if isinstance(rows, s.Attr) and rows.name == "objects":
            return True
        rows = rows.func if isinstance(rows, s.Call) else rows.value
    return False


def _secret_column(resolver: Resolver, row: s.Expr, scope: Scope) -> str:
    """The column of the table that a row is of which its name calls a secret; "" for none."""
    for table in _tables(resolver, row, scope, 0):
        lineage = class_lineage(resolver, table)
        if any(binding.kind == "def" for cls in lineage for name in _METHODS
               for binding in cls.bindings.get(name, ())):  # fmt: skip
            return ""  # it says itself what it gives
        for cls in lineage:
            for name, bindings in cls.bindings.items():
                if reading(name) not in SECRETS or _NO_SECRET.search(name):
                    continue
                for binding in bindings:
                    made = binding.value
                    if isinstance(made, s.Call) and _COLUMN.search(last_part(made.func)):
                        told = cls.module.text[made.pos : made.end]
                        if _TEXT_COLUMN.search(told) and not _NO_SECRET.search(told):
                            return name
    return ""


def _tables(resolver: Resolver, value: s.Expr, scope: Scope, depth: int) -> Iterator[Scope]:
    """The classes of tables that an expression may be a row or a query of."""
    if depth > _MAX_DEPTH:
        return
    match value:
        case s.Name(reach=reach):
            for origin in resolver.origins(value, scope, None):
                if origin.kind in ("class", "instance") and origin.scope is not None:
                    yield origin.scope
            for binding in reach or ():
                if binding.kind in ("value", "iter", "enter") and binding.value is not None:
                    yield from _tables(resolver, binding.value, binding.scope, depth + 1)
        case s.Attr(value=inner) | s.Await(value=inner):
            yield from _tables(resolver, inner, scope, depth + 1)
        case s.Sub():
            for origin in resolver.origins(value, scope, None):
                if origin.kind == "class" and origin.scope is not None:
                    yield origin.scope
            yield from _tables(resolver, value.value, scope, depth + 1)
        case s.Call(func=func, args=args):
            if last_part(func) in _ASKS and args:
                yield from _tables(resolver, args[0].value, scope, depth + 1)
            if isinstance(func, s.Attr):
                yield from _tables(resolver, func.value, scope, depth + 1)
            for callee in callees(resolver, value, scope, None)[:_MAX_CALLEES]:
                if callee.function is not None:
                    for returned in callee.function.returns:
                        yield from _tables(resolver, returned, callee.function, depth + 1)


def _is_taken_out(column: str, scope: Scope) -> bool:
    """Whether a function gives the column another value, or takes it out of the dict."""
    taken = rf"\[[ \t]*[\"']{column}[\"'][ \t]*\][ \t]*=(?!=)|\.pop\([ \t]*[\"']{column}[\"']"
    removed = rf"\bdel[ \t]+\w+\[[ \t]*[\"']{column}[\"']"
    source = source_of(scope) or block_of(scope)
    return re.search(f"{taken}|{removed}", source) is not None
