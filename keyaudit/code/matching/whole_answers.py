"""Answers that have a token in them: of a token endpoint, or of a request that logs in."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

_MAX_DEPTH = 5
# Where an authorization server hands out tokens (RFC 6749, 3.2).
_TOKEN_ENDPOINT = regex(
    r"(?i)/oauth2?(?:/v\d[\d.]*)?/(?:access_?)?token\b|/(?:access_|request_)?tokens?/?(?:[\"'?]|$)"
    r"|/connect/token|/auth/token"
)
_TOKEN_URL = regex(r"(?i)(?:^|[._])(?:access_?)?token_?(?:ur[il]|endpoint)$")
# What says that a request logs somebody in: its answer has what lets in afterwards.
_GIVES_PASSWORD = regex(
    r"(?i)[\"'](?:user_?|account_?)?(?:password|passwd|pwd|pass|client_?secret|otp(?:_?code|_?no)?|mfa_?code"
    r"|passcode|two_?factor_?code)[\"'][ \t]*[:,\]]"
    r"|\b(?:password|passwd|pwd|client_?secret|otp|mfa_?code)[ \t]*=(?!=)"
)
# ... and what does something else with a password.
_CHANGES_PASSWORD = regex(r"(?i)register|sign_?up|change|reset|forgot|update|invit")
_SENDS_LOGINS = frozenset({"post", "request", "fetch"})
# What an answer is called that has a token in it.
_ANSWER_WITH_TOKEN = regex(
    r"(?i)^_*(?:(?:access|oauth2?|auth|refresh|session|login)_?)?token_?(?:data|resp(?:onse)?|info|json|result|answer)$"
    r"|^_*(?:login|oauth2?|auth|credentials?)_?(?:resp(?:onse)?|result|json|answer)$"
)
# A function that logs in: what it is answered lets in.
_LOGS_IN = regex(
    r"(?i)_*(?:\w+_)?(?:log_?in|sign_?in|authenticate|authorize)(?:_(?:user|api|with\w*|async|request|session))?"
    r"|_*(?:get|fetch|refresh|renew|request|obtain)_(?:new_)?(?:access_|auth_|oauth_|bearer_)?tokens?(?:_\w+)?"
)
_GIVES_ANSWER = frozenset({"json", "loads", "post", "request", "fetch", "read"})
_SENDS = frozenset({"post", "get", "request", "fetch", "send"})


def is_of_token_endpoint(answer: s.Expr, scope: Scope, depth: int = 0) -> bool:
    """Whether an expression is what a token endpoint answered: by the URL that was asked."""
    if depth > _MAX_DEPTH:
        return False
    match answer:
        case s.Name(reach=reach):
            given = [b for b in reach or () if b.kind in ("value", "enter") and b.value is not None]
            return len(given) == 1 and is_of_token_endpoint(
                given[0].value or answer, scope, depth + 1
            )
        case s.Await(value=inner):
            return is_of_token_endpoint(inner, scope, depth + 1)
        case s.Call(func=func, args=args) if last_part(func) in _SENDS:
            if last_part(func) in _SENDS_LOGINS and _gives_password(args, scope):
                return True
            for arg in args[:2]:
                if arg.name in (None, "url") and not arg.star:
                    text = scope.module.text[arg.value.pos : arg.value.end]
                    if _TOKEN_ENDPOINT.search(text) or _TOKEN_URL.search(text):
                        return True
    return False


def is_answer_with_token(value: s.Name, scope: Scope) -> bool:
    """Whether a variable holds an answer that it calls one with a token, or the body of a token
    endpoint's: `response, content = client.request(url)` of httplib2 and oauth2."""
    for binding in value.reach or ():
        content = binding.value if binding.kind == "unpack" and binding.index == (1,) else None
        if content is not None and is_of_token_endpoint(content, scope):
            return True
    if _LOGS_IN.fullmatch(scope.name) and _is_answered(value, 0):
        return True
    if not _ANSWER_WITH_TOKEN.match(value.id):
        return False
    for binding in value.reach or ():
        given = binding.value
        while isinstance(given, s.Await):
            given = given.value
        if isinstance(given, s.Call) and last_part(given.func) in _GIVES_ANSWER:
            return True
    return False


def _is_answered(value: s.Expr, depth: int) -> bool:
    """Whether an expression is the body of what somebody answered, and that alone."""
    made, depth = _followed(value, depth)
    match made:
        case s.Call(func=s.Attr(name="json" | "text" | "read", value=answer)):
            return _is_sent(answer, depth)
        case s.Call(func=func, args=[s.Arg(value=text)]) if last_part(func) == "loads":
            return _is_answered(text, depth)
        case s.Attr(name="text" | "content", value=answer):
            return _is_sent(answer, depth)
    return False


def _is_sent(answer: s.Expr, depth: int) -> bool:
    """Whether an expression is the answer to a request."""
    made, _ = _followed(answer, depth)
    match made:
        case s.Call(func=s.Attr(name=name)):
            return name in _SENDS
    return False


def _followed(value: s.Expr, depth: int) -> tuple[s.Expr, int]:
    """What gave an expression its value, through `await` and variables with one binding, and how
    many variables deep that is; a variable itself where it cannot be told or is too deep."""
    while True:
        match value:
            case s.Await(value=inner):
                value = inner
            case s.Name(reach=[binding]) if depth < _MAX_DEPTH:
                if binding.kind not in ("value", "enter") or binding.value is None:
                    return value, depth
                value, depth = binding.value, depth + 1
            case _:
                return value, depth


def _gives_password(args: list[s.Arg], scope: Scope) -> bool:
    """Whether a password is among what a call sends, to log in with."""
    said = [scope.module.text[value.pos : value.end] for value in _values_of(args)]
    return any(map(_GIVES_PASSWORD.search, said)) and not any(map(_CHANGES_PASSWORD.search, said))


def _values_of(args: list[s.Arg]) -> Iterator[s.Expr]:
    """The arguments of a call, and what was given to the variables that are passed."""
    for arg in args:
        yield arg.value
        if isinstance(arg.value, s.Name):
            yield from (b.value for b in arg.value.reach or () if b.value is not None)
