"""Passwords, PINs and keys that a person types in, or that come with a request, and that an object
keeps for as long as it lives."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.surroundings import block_of
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import KEY, PASSWORD

_NAMED = regex(
    r"(?i)(?:^|_)(?:pass(?:word|phrase|wd|code)|pwd|(?:so_?|user_?)?pin|puk|totp|otp"
    r"|private_?key|master_?key|mnemonic|seed_?phrase)$|(?:good|user|login|bind)_?password$"
)
_TYPED = regex(
    r"(?i)(?:^|\.)(?:getpass|askpass|prompt|ask|win_getpass|unix_getpass|password|input|raw_input"
    r"|askstring|get_(?:body_)?argument|get_value|getPassword)$"
)
# A row of a table, a form or a setting keeps it on purpose.
_OF_RECORDS = regex(r"(?i)Model|Base\b|Form\b|Schema|Serializer|Document|Settings|Table|Entity")

_OF_ROWS = regex(
    r"(?i)(?:^|[._])(?:user|account|member|form|row|record|obj|object|instance|model|profile|settings?"
    r"|conf(?:ig)?|data|host|server|args|options|namespace|entry|item|db)\w*$"
)

# A code that is good once, and a password that a function is given to log in with.
_CODE = regex(
    r"(?i)^_*(?:totp|otp|hotp|(?:totp|otp|mfa|2fa|tfa|two_?factor|one_?time|second_?factor)_?(?:code|token|password|pass|pin))$"
)
_GIVEN = regex(r"(?i)^_*(?:password|passphrase|passwd)$")
_LOGS_IN = regex(r"(?i)auth|log_?in|sign_?in|unlock|decrypt")
# A client that logs in again by itself goes on needing it.
_AGAIN = regex(
    r"(?i)re_?connect|re_?log|re_?auth|re_?sign|refresh|retry|renew|re_?open|keep_?alive"
)
_FEWEST_FUNCTIONS = 3


def of(resolver: Resolver, scope: Scope) -> Iterator[Declaration]:
    """The attributes that keep one, where nothing in the file takes it away."""
    if scope.kind != "function" or _OF_RECORDS.search(_head(scope.enclosing_class)):
        return
    for path, bindings in scope.bindings.items():
        holder, _, name = path.rpartition(".")
        if not holder or not _NAMED.search(name) or _OF_ROWS.search(holder):
            continue
        for binding in bindings:
            value = binding.assigned
            if value is None or _is_dropped(scope, name):
                continue
            if any(map(_is_typed, resolver.origins(value, scope, None))):
                held = KEY if "key" in name.lower() else PASSWORD
                yield Declaration(path, name, held, (binding.pos, binding.end))
                break


def codes(scope: Scope) -> Iterator[Declaration]:
    """The attributes that keep a code that is good once, or the password that a function logs in
    with, where nothing in the file takes it away."""
    cls = scope.enclosing_class
    if scope.kind != "function" or cls is None or _OF_RECORDS.search(_head(cls)):
        return
    if sum(child.kind == "function" for child in cls.children) < _FEWEST_FUNCTIONS:
        return  # it only carries what it is given
    for path, bindings in scope.bindings.items():
        holder, _, name = path.rpartition(".")
        if not holder or _OF_ROWS.search(holder) or not _is_passing(scope, name):
            continue
        for binding in bindings:
            if (
                binding.kind == "value"
                and _is_given(binding.value)
                and not _is_dropped(scope, name)
            ):
                yield Declaration(path, name, PASSWORD, (binding.pos, binding.end))
                break


def _is_passing(scope: Scope, name: str) -> bool:
    """Whether what is kept under a name is of no use once a login is done."""
    if _CODE.search(name):
        return True
    given = {param.name for param in scope.params}
    return (
        _GIVEN.search(name) is not None
        and name.lstrip("_") in given
        and _LOGS_IN.search(scope.name) is not None
        and not _AGAIN.search(scope.module.text)
    )


def _is_given(value: s.Expr | None) -> bool:
    """Whether a value is a name, or what a call of a form's or request's own gives."""
    match value:
        case s.Name():
            return True
        case s.Call(func=func):
            return bool(_TYPED.search(s.last_part(func)))
    return False


def _is_typed(origin: Origin) -> bool:
    return origin.kind in ("password", "user-input", "network") and bool(
        _TYPED.search(origin.source)
    )


def _is_dropped(scope: Scope, name: str) -> bool:
    """Whether something in the file takes the value away again. That it is None at first, before it
    is asked for, is no taking away."""
    held = re.escape(name)
    emptied = re.compile(rf"\.{held}\s*(?::[^=\n]+)?=\s*(?:None|\"\"|''|b\"\"|b'')(?!\w)")
    ended = re.compile(
        rf"\bdel\s+[\w.]+\.{held}\b|(?:wipe|zero|clear|erase)\w*\([^)\n]*\.{held}\b"
        rf"|\.{held}\.(?:clear|wipe|zero)\w*\("
    )
    text = scope.module.text
    if ended.search(text):
        return True
    cls = scope.enclosing_class
    first = [child for child in (cls.children if cls is not None else ())
             if child.name == "__init__"]  # fmt: skip
    at_first = sum(len(emptied.findall(block_of(one))) for one in first)
    if scope.name != "__init__":
        own = block_of(scope)
        asked = min((own.find(word) for word in ("getpass", "prompt", "input") if word in own),
                    default=-1)  # fmt: skip
        at_first += len(emptied.findall(own[: max(asked, 0)]))
    return len(emptied.findall(text)) > at_first


def _head(cls: Scope | None) -> str:
    """The line that begins a class: its name and what it is made from."""
    return "" if cls is None else block_of(cls).split("\n", 1)[0]
