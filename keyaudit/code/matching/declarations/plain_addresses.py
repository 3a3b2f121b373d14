"""Addresses that become plain HTTP where nobody wrote a scheme, in functions that send a secret."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.selection.stretches import reads_secret
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import SECRET

_PLAIN = "http://"
# A host that is filled in right after the scheme.
_HOLE = regex(r"http://(?:%s|%\(\w+\)s|\{\w*\})")
# A test that asks whether an address has a scheme.
_ASKS = regex(
    r"startswith\([^)\n]*https?\b|[\"'](?:https?:?(?:/{1,2})?|://)[\"'][ \t]*(?:not[ \t]+)?in\b"
    r"|\[:[4-8]\]|\.scheme\b|\.match\([^)\n]*https?\b|\.find\([ \t]*[\"'](?:http|://)"
)
# The parameter of a URL that is a secret, in a text; and a handler of logins.
_SENT = regex(r"(?i)[?&](?:api_?key|token|passw\w*|auth)=[\"'{%]|\.add_password\(")
# What is only looked up by, or shown as, a link.
_OF_PAGES = regex(r"(?i)valid|serializ|clean|link|redirect|favicon|crawl|scrap")


def taken_as_plain(scope: Scope) -> Iterator[Declaration]:
    """The variables of a function that sends a secret, to which `http://` is put where a test finds
    no scheme; each once."""
    if _PLAIN not in (source := source_of(scope)) or _OF_PAGES.search(scope.qualname):
        return
    for path, bindings in scope.bindings.items():
        told = next((one for one in bindings if _is_told(scope, one)), None)
        if told is not None and _sends_secret(source):
            yield Declaration(path.rpartition(".")[2], "", SECRET, (told.pos, told.end))


def _sends_secret(source: str) -> bool:
    return reads_secret(source) or _SENT.search(source) is not None


def _is_told(scope: Scope, binding: Binding) -> bool:
    value = binding.assigned
    if isinstance(value, s.IfExp):
        return _asks(scope, value.test) and (_is_plain(value.body) or _is_plain(value.orelse))
    if value is None or not _is_plain(value):
        return False
    # Where an option is asked as well, within that test, it decides.
    numbers = [number for kind, number, _ in binding.context if kind == "if"]
    test = scope.tests.get(numbers[-1]) if numbers else None
    return test is not None and _asks(scope, test)


def _asks(scope: Scope, test: s.Expr) -> bool:
    return _ASKS.search(scope.module.text, test.pos, test.end) is not None


def _is_plain(value: s.Expr) -> bool:
    """Whether a value is `http://` with a host after it that is not known here."""
    match value:
        case s.BinOp(op="+", left=s.BinOp() as left):
            return _is_plain(left)
        case s.BinOp(op="+", left=s.Const(value=str(text)), right=host):
            return text == _PLAIN and not isinstance(host, s.Const)
        case s.Text(parts=[s.Const(value=str(text)), _, *_]):
            return text == _PLAIN
        case s.BinOp(op="%", left=s.Const(value=str(text))):
            return _HOLE.match(text) is not None
        case s.Call(func=s.Attr(name="format", value=s.Const(value=str(text)))):
            return _HOLE.match(text) is not None
    return False
