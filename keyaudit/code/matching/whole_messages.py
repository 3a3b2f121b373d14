"""Requests and messages that are told as a whole: the form of a login, the arguments of every
request, what goes over the wire.

What a server is asked has passwords and tokens in it where it takes such out of it, and somewhere
among all requests in any case: a function that is called for each of them sees the login's too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from keyaudit.code import syntax as s
from keyaudit.code.matching.surroundings import Branches, source_of
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.selection.whole_messages import GIVEN_ALL, TAKES_LOGINS, names_on_the_wire
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, SECRETS, WHOLE, reading

# What the request that a server answers is called.
REQUEST = regex(r"(?i)^_?(?:http_?|web_?|wsgi_?|flask_?)?req(?:uest)?$")
_PARTS = frozenset({"form", "args", "values", "json", "data", "body", "POST", "GET", "params",
                    "query_params"})  # fmt: skip
# The whole address, its query too.
_ADDRESS = frozenset({"url", "full_path", "path_qs", "rel_url", "query_string", "uri"})
_GIVES_ADDRESS = frozenset({"get_full_path", "build_absolute_uri", "get_raw_uri"})
# Whose requests come back from a login, with what lets in as a parameter.
_OF_LOGIN = regex(
    r"(?i)o?auth(?!or(?!iz))|(?<!b)log_?in|sso|saml|oidc|(?:sign|magic)_?(?:in|link)|password_?reset"
    r"|reset_?password"
)
_ASKED = frozenset({"get_json", "get_data", "form", "json", "body", "post", "text", "read"})
# What is called for each request there is.
_FOR_ALL = ("before_request", "after_request", "before_app_request", "after_app_request",
            "teardown_request", "middleware")  # fmt: skip
_NAMED_FOR_ALL = regex(
    r"^(?:dispatch|process_request|process_response|(?:log|before|after|on)_(?:each_|every_)?request"
    r"|request_logg\w+)$"
)
# Of a token endpoint (RFC 6749), what comes with a code, a password or a secret.
_OF_GRANT = frozenset({"grant_type", "code_verifier", "refresh_token"})
_TAKEN = regex(r"(?:\[|\.get\(|\.pop\()\s*[\"']([\w-]{1,40})[\"']")
_FROM_QUERY = regex(r"\.(?:args|GET|query_params|query)(?:\[|\.get\()\s*[\"']([\w-]{1,40})[\"']")
# Where a token is taken out of the URL, by its name.
_OF_URL = frozenset({"args", "values", "GET", "query_params"})
_TAKES_TOKEN = regex(
    r"\breq(?:uest)?\.(?:args|values|GET|query_params|params)(?:\.get\(|\[)[ \t]*"
    r"[\"'](?:\w*(?i:token|api_?key|secret|passw(?:or)?d)|auth|jwt)[\"']"
)
_NEXT_TOP = regex(r"\n(?=[^\s#)\]}])")
_ALL_OF_URL = "the whole address of a request, with what lets in as a parameter"
FORM = "a form with a secret in it"
_ALL_ARGUMENTS = "what every request came with, passwords and tokens among it"
_WIRE = "what goes over the wire, passwords and keys among it"
_DECRYPTED = "what is encrypted elsewhere"
# By this a rule tells it from what has a secret in it for sure.
DECRYPTED = "decrypted"
_OF = r"(?:_?(?:message|msg|data|payload|text|string|body|packet|frame|request|response|bytes))?"
_DECRYPTS = regex(rf"(?i)_*(?:aes_?|rsa_?|gcm_?)?(?:decrypt|unseal){_OF}")
_ENCRYPTS = regex(rf"(?i)_*(?:aes_?|rsa_?|gcm_?)?(?:encrypt|seal){_OF}")
# Where something is, or how it went.
_PLACE = regex(r"(?i)file|path|name|dir|url|_id$|^(?:ok|res|ret|status|err\w*|success|count|n)$")
_MAX_DEPTH = 6


def of_request(value: s.Expr, scope: Scope) -> str:
    """What an expression is, in words, where it is all that a request came with; "" for anything
    else."""
    match value:
        case s.Attr(name=name, value=holder) if name in _ADDRESS:
            return _ALL_OF_URL if _is_asked_to_log_in(holder, scope) else ""
        case s.Call(func=s.Attr(name=name, value=holder)) if name in _GIVES_ADDRESS:
            return _ALL_OF_URL if _is_asked_to_log_in(holder, scope) else ""
        case s.Attr(name=name, value=holder) if name in _PARTS:
            pass
        case s.Call(func=s.Attr(name=name, value=holder), args=args) if name in _ASKED:
            if any(arg.name is None for arg in args):
                return ""
        case _:
            return ""
    if not REQUEST.match(s.last_part(holder)):
        return ""
    if _is_for_all(scope):
        return _ALL_ARGUMENTS
    if name in _OF_URL and _has_token_in_url(scope):
        return _ALL_OF_URL
    taken = _TAKEN.findall(source_of(scope))
    secret = any(reading(name) in SECRETS - {BARE_TOKEN} or name in _OF_GRANT for name in taken)
    return FORM if secret else ""


def _is_asked_to_log_in(holder: s.Expr, scope: Scope) -> bool:
    """Whether a request is one of a login by another service, or by a link, whose address has a
    code or token: by the function and its class, or by what is taken out of its query."""
    if not REQUEST.match(s.last_part(holder)):
        return False
    owner = scope.enclosing_class
    if _OF_LOGIN.search(f"{owner.name if owner is not None else ''} {scope.qualname}"):
        return True
    taken = _FROM_QUERY.findall(source_of(scope))
    if any(reading(name) in SECRETS or name in _OF_GRANT for name in taken):
        return True
    of_all = _is_for_all(scope) and _TAKES_TOKEN.search(scope.module.text) is not None
    return of_all or _has_token_in_url(scope)


def _is_for_all(scope: Scope) -> bool:
    return scope.decorated(*_FOR_ALL) or _NAMED_FOR_ALL.match(scope.name) is not None


def _has_token_in_url(scope: Scope) -> bool:
    """Whether a function, or a decorator of it in the same file, takes a token out of the URL."""
    if _TAKES_TOKEN.search(source_of(scope)):
        return True
    text = scope.module.text
    for decorator in scope.decorators:
        made = decorator.func if isinstance(decorator, s.Call) else decorator
        start = text.find(f"\ndef {s.last_part(made)}(")
        if start >= 0:
            end = _NEXT_TOP.search(text, start + 1)
            if _TAKES_TOKEN.search(text, start, end.start() if end else len(text)):
                return True
    return False


@lru_cache(maxsize=2)  # of a file, every log asks
def _takes_logins(path: str, text: str) -> bool:
    """Whether a file, by its path or its text, takes logins or keys."""
    return TAKES_LOGINS.search(f"{path}\n{text}") is not None


def messages_in(value: s.Expr, scope: Scope) -> list[Origin]:
    """An origin for each message in a text that the same function sends or receives as a whole, in
    a file that takes logins or keys."""
    module = scope.module
    if scope.kind != "function" or not _takes_logins(module.judged, module.text):
        return []
    names = names_on_the_wire(source_of(scope))
    socket = scope.name == "on_message" and "WebSocketHandler" in module.words.all
    if socket or scope.name in GIVEN_ALL:
        names |= {param.name for param in scope.params[1:]}
    return [
        Origin("unknown", module, part, source=_WIRE, called=WHOLE).with_step(
            module, part.pos, part.end, _WIRE
        )
        for part in _names_in(value, 0)
        if part.id in names
    ]


Encrypted = dict[str, list[Branches]]


def encrypted_in(scope: Scope) -> Encrypted:
    """The variables that a function encrypts, each with the branches that it does so in."""
    found: Encrypted = {}
    for call in scope.calls if "crypt" in scope.module.text else ():
        given = call.args[0].value if len(call.args) == 1 else None
        if isinstance(given, s.Name) and _ENCRYPTS.fullmatch(s.last_part(call.func)):
            found.setdefault(given.id, []).append(call.context)
    return found


def decrypted_in(
    value: s.Expr, scope: Scope, branches: Branches, encrypted: Encrypted
) -> list[Origin]:
    """An origin for each value in a text that the same function decrypted, or encrypts: as it
    stands in the log, it need not have been."""
    module = scope.module
    return [
        Origin("unknown", module, part, source=_DECRYPTED, called=WHOLE)
        .with_name(DECRYPTED)
        .with_step(module, part.pos, part.end, _DECRYPTED)
        for part in (_names_in(value, 0) if "crypt" in module.text else ())
        if not _PLACE.search(part.id)
        and (
            (
                any(not _are_apart(one, branches) for one in encrypted.get(part.id, ()))
                and not _is_made_by(part, _ENCRYPTS)
            )
            or _is_made_by(part, _DECRYPTS)
        )
    ]


def _are_apart(one: Branches, other: Branches) -> bool:
    """Whether two places stand in branches of which only one is taken."""
    taken = {(kind, number): part for kind, number, part in one if kind == "if"}
    return any(taken.get((kind, number), part) != part for kind, number, part in other)


def _is_made_by(name: s.Name, what: re.Pattern[str]) -> bool:
    """Whether a variable holds what such a call gave, and nothing else."""
    given = [binding.value for binding in name.reach or () if binding.kind == "value"]
    made = given[0] if len(given) == 1 == len(name.reach or ()) else None
    for _ in range(_MAX_DEPTH):
        if isinstance(made, s.Await):
            made = made.value
        elif (
            isinstance(made, s.Call)
            and isinstance(made.func, s.Attr)
            and made.func.name == "decode"
        ):
            made = made.func.value
    return isinstance(made, s.Call) and what.fullmatch(s.last_part(made.func)) is not None


def _names_in(value: s.Expr, depth: int) -> Iterator[s.Name]:
    """The variables that a text has in it as they are, or in hexadecimal."""
    if depth > _MAX_DEPTH:
        return
    match value:
        case s.Name():
            yield value
        case s.Attr(value=inner, name="buffer" | "data" | "raw"):
            yield from _names_in(inner, depth + 1)
        case s.Text(parts=parts) | s.Seq(items=parts):
            for part in parts:
                yield from _names_in(part, depth + 1)
        case s.BinOp(op="%", right=right):
            yield from _names_in(right, depth + 1)
        case s.BinOp(op="+", left=left, right=right):
            yield from _names_in(left, depth + 1)
            yield from _names_in(right, depth + 1)
        case s.Call(func=func, args=args):
            word = s.last_part(func)
            if word in ("format", "hexlify", "b2a_hex", "bytes", "repr", "str", "b64encode"):
                for arg in args:
                    yield from _names_in(arg.value, depth + 1)
            elif word in ("hex", "decode") and isinstance(func, s.Attr):
                yield from _names_in(func.value, depth + 1)
