"""Addresses that are secrets as a whole, where one is told: a webhook that whoever has its address
may post to, a link that resets a password, a signed URL, the URL of a broker with its password.

A name says which it is (`selection.secret_addresses`); what is known of the value can only say that
it is none.
"""

from __future__ import annotations

from keyaudit.code import syntax as s
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.selection.secret_addresses import (
    LINK,
    LOGIN,
    SIGNED,
    SIGNS,
    WEBHOOK,
    addresses,
    hooks,
)
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

_SAID = {
    WEBHOOK: "the address of a webhook, which lets whoever has it post there",
    LINK: "a link that lets in whoever has it",
    SIGNED: "a signed URL, which opens what it leads to for whoever has it",
    LOGIN: "a URL by which the program logs in, which has the password in it",
}
# By what is said of an address, the name by which a rule tells it from others.
NAMES = {said: kind for kind, said in _SAID.items()}
_FETCHES = frozenset({"get", "getenv"})
# What makes a link out of the name of a page, and what makes of that more than the page.
_MAKES_LINK = frozenset({"url_for", "reverse", "urljoin", "reverse_lazy", "url_path_for"})
_LETS_IN = regex(r"(?i)token|code|uid|sign|secret|hash|dumps|otp|key|magic|nonce")
_MARKED = regex(r"(?i)mask|redact|saniti[sz]|hid(?:e|den)|safe|strip")


def address_told(resolver: Resolver, value: s.Expr, scope: Scope) -> str:
    """What an expression is, in words, where it is such an address; "" for anything else."""
    kind = _kind(value, scope)
    if not kind or not (isinstance(value, s.Call) or _may_let_in(resolver, value, scope, kind)):
        return ""
    return _SAID[kind]


def _kind(value: s.Expr, scope: Scope) -> str:
    match value:
        case s.Call(func=func) if last_part(func) in SIGNS:
            return SIGNED
        case s.Name(id=name) | s.Attr(name=name):
            pass
        case s.Sub(index=s.Const(value=str(name))):
            pass
        case s.Call(func=func, args=[s.Arg(value=s.Const(value=str(name))), *_]):
            if last_part(func) not in _FETCHES:
                return ""
        case _:
            return ""
    text = scope.module.text
    kind = addresses(text).get(name, "")
    if (
        not kind
        and name in ("url", "uri")
        and isinstance(value, s.Name)
        and scope.name in hooks(text)
    ):
        return WEBHOOK
    return kind


def _may_let_in(resolver: Resolver, value: s.Expr, scope: Scope, kind: str) -> bool:
    """Whether an address may have in it what lets in: a text that is written down has not, nor has
    the name of a page."""
    if isinstance(value, s.Name):
        for binding in value.reach or ():
            if binding.kind in ("iter", "except", "augment"):
                return False
            made = binding.value
            if isinstance(made, s.Await):
                made = made.value
            if not isinstance(made, s.Call):
                continue
            word = last_part(made.func)
            said = scope.module.text[made.pos : made.end]
            if _MARKED.search(word) or (word in _MAKES_LINK and not _LETS_IN.search(said)):
                return False
    known = resolver.origins(value, scope, None)
    if any(o.kind in ("none", "function", "class", "instance") for o in known):
        return len(known) > 1
    texts = [o for o in known if o.kind == "literal" and isinstance(o.value, str)]
    if kind == LOGIN:
        return len(texts) < len(known) or any("@" in str(o.value) for o in texts)
    return len(texts) < len(known)
