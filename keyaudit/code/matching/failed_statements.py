"""What the error of a statement tells: SQLAlchemy puts the statement and all its parameters into
the text, the hash of a password and tokens of the row too (unless `hide_parameters` is set)."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.failed_commands import caught
from keyaudit.code.matching.stored_entries import containers_in
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import WHOLE

_OF_STATEMENTS = frozenset({"IntegrityError", "SQLAlchemyError", "DBAPIError", "StatementError",
                            "DataError", "OperationalError", "ProgrammingError",
                            "DatabaseError"})  # fmt: skip
_ANY = frozenset({"Exception", "BaseException"})
_LIBRARIES = frozenset({"sqlalchemy", "sqlmodel", "flask_sqlalchemy", "SQLAlchemyError"})
# A row that is written, and what in it is a secret or the hash of one.
_WRITES = regex(r"\.(?:commit|flush|merge|bulk_\w+)\(|\.add(?:_all)?\(|\b(?:insert|update)\(")
_SECRET = regex(
    r"(?i)\b(?:hashed_)?(?:password|passwd|pwd|passphrase)(?:_?hash|_?digest)?\b\"?'?\]?"
    r"[ \t]*[=:](?![=:])[ \t]*(?!str\b|Optional|None)"
    r"|\b\w*(?:verification|reset|access|refresh|api|auth)_(?:token|key|code)\b\"?'?\]?[ \t]*=(?!=)"
)
_ROWS = "the error of a statement, which says its parameters, the hash of a password or a token too"
# By this a rule tells them from what has a secret in it for sure, and those of any statement.
PARAMETERS = "statement-parameters"
OF_ANY = "any-statement-parameters"
_MAX_DEPTH = 4


def origins_of_failed_statements(value: s.Expr, scope: Scope) -> list[Origin]:
    """An origin, called `WHOLE`, for the error of a statement in a text or an answer, where that is
    one that writes a row with a secret, or where the function is told of all such errors."""
    words = scope.module.words.all
    if words.isdisjoint(_LIBRARIES):
        return []
    for name in _names_in(value, 0):
        if _is_given_all(name, scope):
            return [_origin(name, scope, OF_ANY)]
        if scope.tries and _is_of_statement(name, scope):
            return [_origin(name, scope, PARAMETERS)]
    return []


def _is_of_statement(name: s.Name, scope: Scope) -> bool:
    if any(True for _ in caught(name, scope, _OF_STATEMENTS | _ANY)):
        text = source_of(scope)
        return _WRITES.search(text) is not None and _SECRET.search(text) is not None
    return False


def _is_given_all(name: s.Name, scope: Scope) -> bool:
    """Whether a variable is the error that a handler of all such errors was given:
    `@app.exception_handler(SQLAlchemyError)`."""
    if not scope.decorators or not any(b.kind == "param" for b in name.reach or ()):
        return False
    return any(
        isinstance(decorator, s.Call)
        and last_part(decorator.func) in ("exception_handler", "errorhandler", "app_errorhandler")
        and decorator.args
        and last_part(decorator.args[0].value) in _OF_STATEMENTS
        for decorator in scope.decorators
    )


def _names_in(value: s.Expr, depth: int) -> Iterator[s.Name]:
    if isinstance(value, s.Dict) and depth < _MAX_DEPTH:
        for _, entry in value.items:
            yield from _names_in(entry, depth + 1)
        return
    yield from (part for part in containers_in(value) if isinstance(part, s.Name))


def _origin(name: s.Name, scope: Scope, kind: str) -> Origin:
    made = Origin("unknown", scope.module, name, source=_ROWS, called=WHOLE).with_name(kind)
    return made.with_step(scope.module, name.pos, name.end, _ROWS)
