"""The columns of text or bytes that a program's tables have, however the table is declared: a class
with columns or with annotated fields, or a call of `Table`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from keyaudit.code import syntax as s
from keyaudit.code.matching.surroundings import block_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

# What declares a column whose type is one of its arguments, and one that says it itself.
_COLUMNS = frozenset({"Column", "mapped_column", "MappedColumn"})
_FIELDS = regex(r"(?:Char|Text|Binary|String|Blob|JSON|URL|Fixed(?:Char)?)Field\Z")
_TYPES = frozenset({"String", "Text", "Unicode", "UnicodeText", "LargeBinary", "VARCHAR", "CHAR",
                    "TEXT", "BLOB", "BINARY", "VARBINARY", "BYTEA", "NVARCHAR", "CLOB", "LONGTEXT",
                    "MEDIUMTEXT", "TINYTEXT", "BigText", "AutoString", "JSON", "JSONB",
                    "PickleType"})  # fmt: skip
# A field of a form, of a serializer or of an answer is none of a table.
_OF_TABLES = regex(r"(?:\A|\.)(?:models|peewee|orm|odm|mongoengine|me|db|pw)\Z")
# Those of frameworks whose fields stand in a module that others call the same.
_OF_FIELDS = regex(r"(?:\A|\.)fields\Z")
_OF_ODOO = frozenset({"Char", "Text"})
_OF_PONY = frozenset({"Required", "Optional"})
_TABLES = frozenset({"django.db.models", "peewee", "mongoengine"})
# A field that is only annotated: of SQLAlchemy's tables, of SQLModel's, and of documents' classes.
_TEXT = r"(?:Optional\[|Union\[)?[ \t]*[\"']?(?:str|bytes)\b(?!\w)"
_ANNOTATED = regex(rf":[ \t]*[\"']?{_TEXT}")
_MAPPED = regex(rf":[ \t]*[\"']?(?:\w+\.)?Mapped\[[ \t]*{_TEXT}")
_DOCUMENTS = frozenset({"beanie", "odmantic", "bunnet"})
_OF_DOCUMENTS = frozenset({"Document", "Model"})


class Column(NamedTuple):
    """A column: its name, what declares it (a call, or the whole of an annotated field), and where
    its name stands."""

    name: str
    declared: s.Expr
    place: tuple[int, int]

    @property
    def called(self) -> str:
        """What the declaration calls; the column's own name where it is only annotated."""
        return last_part(self.declared.func) if isinstance(self.declared, s.Call) else self.name


class Table(NamedTuple):
    """A table: its name, the class (or the scope that calls `Table`), its columns of text, and its
    source."""

    name: str
    scope: Scope
    columns: list[Column]
    said: str


def tables_in(scope: Scope) -> Iterator[Table]:
    """The table that a class is, or those that the statements of a module make."""
    if scope.kind == "class":
        columns = [*_assigned(scope), *_annotated(scope)]
        if columns:
            yield Table(scope.name, scope, columns, block_of(scope))
        return
    text = scope.module.text
    for name, bindings in scope.bindings.items():
        for binding in bindings:
            call = binding.assigned
            if isinstance(call, s.Call) and last_part(call.func) == "Table":
                columns = list(_listed(call))
                if columns:
                    yield Table(name, scope, columns, text[call.pos : call.end])


def _assigned(scope: Scope) -> Iterator[Column]:
    for name, bindings in scope.bindings.items():
        for binding in bindings:
            call = binding.assigned
            if isinstance(call, s.Call) and name.isidentifier() and _is_column(call, scope):
                yield Column(name, call, (binding.pos, binding.end))


def _listed(table: s.Call) -> Iterator[Column]:
    """The columns among the arguments of `Table(name, metadata, Column(…), …)`."""
    for arg in table.args[1:]:
        match arg.value:
            case s.Call(func=func, args=[s.Arg(value=s.Const(value=str(name)) as first), *rest]):
                if last_part(func) in _COLUMNS and any(_is_text(given.value) for given in rest):
                    yield Column(name, arg.value, (first.pos, first.end))


def _annotated(scope: Scope) -> Iterator[Column]:
    node = scope.node
    if not isinstance(node, s.Class):
        return
    fields = _MAPPED
    if any(base.name == "table" for base in node.bases) or _is_document(node, scope):
        fields = _ANNOTATED
    text = scope.module.text
    for place in _declared(node, scope, assigned=fields is _ANNOTATED):
        line_end = text.find("\n", place.end)
        line = text[place.end : line_end if line_end >= 0 else len(text)]
        if fields.match(line):
            declared = s.Expr(place.pos, place.end + len(line))
            yield Column(text[place.pos : place.end], declared, (place.pos, place.end))


def _declared(node: s.Class, scope: Scope, *, assigned: bool) -> Iterator[s.Expr | s.Param]:
    """The names of the fields of a class that are annotated, those with a value if `assigned`."""
    for statement in node.body:
        if isinstance(statement, s.Declare):
            yield statement.target
        elif assigned and isinstance(statement, s.Assign) and statement.annotated:
            yield statement.targets[0]
    # Where a constructor was made of the fields, they stand in it alone.
    for binding in scope.bindings.get("__init__", ()) if assigned else ():
        made = binding.definition
        yield from made.params[1:] if made is not None and made.node is not None else ()


def _is_document(node: s.Class, scope: Scope) -> bool:
    named = any(last_part(base.value) in _OF_DOCUMENTS for base in node.bases)
    return named and not scope.module.words.all.isdisjoint(_DOCUMENTS)


def _is_column(call: s.Call, scope: Scope) -> bool:
    word = last_part(call.func)
    words = scope.module.words.all
    if word in _COLUMNS:
        return any(_is_text(arg.value) for arg in call.args) or not _has_type(call)
    if word in _OF_PONY and "pony" in words:
        return bool(call.args) and last_part(call.args[0].value) in ("str", "bytes", "LongStr")
    of_odoo = word in _OF_ODOO and "odoo" in words
    if not of_odoo and not _FIELDS.search(word):
        return False
    if isinstance(call.func, s.Attr):
        text = scope.module.text[call.func.value.pos : call.func.value.end]
        if (of_odoo or "tortoise" in words) and _OF_FIELDS.search(text):
            return True
        return not of_odoo and _OF_TABLES.search(text) is not None
    return any(
        binding.target.rpartition(".")[0] in _TABLES
        for binding in scope.module.globals(word)
        if binding.kind == "import"
    )


def _is_text(expr: s.Expr) -> bool:
    return last_part(expr.func if isinstance(expr, s.Call) else expr) in _TYPES


def _has_type(call: s.Call) -> bool:
    """Whether a column says its type, which an annotation may say as well (`Mapped[str]`)."""
    return bool(call.by_position())
