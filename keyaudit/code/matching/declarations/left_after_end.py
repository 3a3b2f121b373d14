"""Secrets that an object keeps when it is closed or logged out, though the same function takes
other things away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.surroundings import block_of
from keyaudit.code.provenance.call_targets import callees
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import KEY, PASSWORD, TOKEN

# The end of a login, and that of a connection, after which one may be opened again.
_LOGS_OUT = regex(r"(?i)^_*(?:async_)?(?:log_?out|log_?off|sign_?out|end_session)$")
_CLOSES = regex(r"^_*(?:a?close|disconnect|shutdown|__a?exit__|close_session)$")
_EMPTIED = regex(
    r"\bself\.(\w+)[ \t]*(?::[^=\n]+)?=[ \t]*(?:None\b|b?\"\"|b?''|\{\}|\[\]|(?:dict|list|set)\(\))"
    r"|\bdel[ \t]+self\.(\w+)|\bself\.(\w+)\.clear\(\)"
)
_WHOLE = regex(r"\bself\.__init__\(|\bself\.__dict__\b|\bvars\(self\)")
# What is emptied there shows that the author thought of what has to go.
_OF_LOGIN = regex(
    r"(?i)(?:token|secrets?|passw(?:or)?d|passphrase|cred(?:ential)?s?|(?<!task_)key|gss_?\w*|ticket"
    r"|cookies?|(?:secrets?|keys?|cred\w*)_?cache)$"
)
_OF_STORE = regex(r"(?i)vault|secret|keystore|keyring|wallet|credential")
_TOKENS = regex(
    r"(?i)^_*(?:(?:access|refresh|auth|session|bearer|login|id|jwt|oauth2?(?:_access|_refresh)?)_?)?token$"
    r"|^_*jwt$"
)
_PASSWORDS = regex(r"(?i)^_*(?:good_?)?(?:password|passphrase|passwd|pwd|pin|passcode)$")
_KEYS = regex(r"(?i)^_*(?:private|session|shared|secret|master|encryption|aes|data|vault)_?key$")
# Where an object is made ready, with what it could begin anew.
_CONSTRUCTORS = ("__init__", "__attrs_post_init__", "__post_init__", "setup")


def of(resolver: Resolver, scope: Scope) -> Iterator[Declaration]:
    """The function that ends it, with the first secret that it leaves."""
    logs_out = _LOGS_OUT.search(scope.name) is not None
    cls = scope.owner
    if cls is None or scope.node is None or not (logs_out or _CLOSES.search(scope.name)):
        return
    said = "\n".join(_said(resolver, scope))
    emptied = {name for found in _EMPTIED.finditer(said) for name in found.groups() if name}
    if not emptied or _WHOLE.search(said):
        return
    of_store = _OF_STORE.search(cls.name) is not None
    thought_of = any(_OF_LOGIN.search(name) or (of_store and "cache" in name) for name in emptied)
    if not logs_out and not thought_of:
        return
    left = [
        (name, held)
        for name, held in _secrets(cls, made_with=thought_of)
        if not re.search(
            rf"\.{re.escape(name)}\b[^\n=]*=(?!=)|\.{re.escape(name)}\b\.clear\(", said
        )
        and not re.search(rf"\bdel\b[^\n]*\.{re.escape(name)}\b", said)
        and not re.search(rf"(?:wipe|zero|clear|erase)\w*\([^)\n]*\.{re.escape(name)}\b", said)
    ]
    if left:
        name, held = left[0]
        at = (scope.node.pos, scope.node.pos + len(scope.name))
        yield Declaration(f"self.{name}", scope.name, held, at)


def _said(resolver: Resolver, scope: Scope) -> Iterator[str]:
    """The source of a function, and of those of the project that it calls."""
    yield block_of(scope)
    for call in scope.calls:
        for callee in callees(resolver, call, scope, None):
            if callee.function is not None and callee.function is not scope:
                yield block_of(callee.function)


def _secrets(cls: Scope, *, made_with: bool) -> Iterator[tuple[str, str]]:
    """The secrets that the objects of a class keep, by name; only with `made_with` also those that
    they were made with, and with which they could begin anew."""
    told: set[str] = set()
    for function in cls.children:
        if function.name in _CONSTRUCTORS and not made_with:
            continue
        for path, bindings in function.bindings.items():
            name = path.removeprefix("self.")
            held = _held(name) if name != path else ""
            if not held or name in told or (held == PASSWORD and not made_with):
                continue
            given = [binding.assigned for binding in bindings if binding.assigned is not None]
            if not all(isinstance(value, s.Const) for value in given):
                told.add(name)
                yield name, held


def _held(name: str) -> str:
    if _TOKENS.search(name):
        return TOKEN
    if _PASSWORDS.search(name):
        return PASSWORD
    return KEY if _KEYS.search(name) else ""
