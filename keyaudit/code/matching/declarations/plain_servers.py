"""Settings by which, by default, a server speaks no TLS, or a directory is reached in plain."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import (
    Declaration,
    entries,
    last_item,
    tables_of,
)
from keyaudit.code.matching.declarations.plain_settings import LOGS_IN, TRIAL, default_of, is_off
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import SECRET

# In a table of settings, whether a server speaks TLS; and what it would speak it with.
_SERVES = regex(r"(?i)\A(?:(?:use|enable)_?(?:ssl|tls|https)|(?:ssl|tls|https)_?(?:enabled?|on))\Z")
_SERVES_WITH = regex(r"(?i)\A(?:(?:server|https?|ssl|tls)_?)(?:cert\w*|key\w*)\Z")
# The address of a directory, and a protocol that encrypts nothing.
_PLACE = regex(r"(?i)\A\w*ldap_?(?:\w+_)?(?:ur[il]s?|proto(?:col)?|scheme)\Z")
_PLAIN = regex(r"(?i)\Aldap(?:\Z|://(?!localhost|127\.|\[::1|/|\Z))")
_STARTS_TLS = regex(r"(?i)start_?tls")


def servers(scope: Scope) -> Iterator[Declaration]:
    """The entries of tables of settings by which a server does not speak TLS, though it has a
    certificate to do it with."""
    if TRIAL.search(scope.module.judged):
        return
    for table in tables_of(scope):
        rows = list(entries(table))
        if any(_SERVES_WITH.match(name) for name, _, _ in rows):
            for name, value, place in rows:
                if _SERVES.match(name) and is_off_in_table(value):
                    yield Declaration(name, "server", SECRET, place)


def directories(scope: Scope) -> Iterator[Declaration]:
    """The settings that reach a directory in plain: an address that is written down, where nothing
    in the file starts TLS, or one that a setting has unless somebody sets another."""
    if TRIAL.search(scope.module.judged):
        return
    for path, bindings in scope.bindings.items():
        name = last_item(path) or path.rpartition(".")[2]
        for binding in bindings if _PLACE.match(name) else ():
            value = binding.assigned
            given = value if isinstance(value, s.Const) else default_of(value)
            text = s.literal_text(given) if given is not None else None
            if text is None or not _PLAIN.match(text):
                continue
            if given is value and _STARTS_TLS.search(scope.module.text):
                continue
            if LOGS_IN["directory"].search(scope.module.text):
                yield Declaration(name, "directory", SECRET, (binding.pos, binding.end))


def is_off_in_table(value: s.Expr) -> bool:
    """Whether an entry of a table is off: the default of a call, or the last of several things."""
    if isinstance(value, s.Seq):
        return bool(value.items) and is_off(value.items[-1])
    return isinstance(value, s.Call) and is_off(value)
