"""Functions of scripts that log somebody out by taking the token out of the browser, and that ask
no server to end it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.configs.forms.script_places import found, is_made, start_of_code
from keyaudit.configs.readers.offsets import lines_of
from keyaudit.configs.tree import Resource
from keyaudit.core.patterns import regex

KIND = "forgotten"
_NAMED = r"[\w$]{0,30}(?:[lL]og_?[oO](?:ut|ff)|[sS]ign_?[oO]ut)(?:User|Handler|Click)?"
# A function by its name, however it is written, up to the bracket that opens its body.
_FUNCTION = regex(
    rf"\bfunction\s+(?P<plain>{_NAMED})\s*\(\s*(?P<first>[\w$]*)[^(){{}}\n]*\)\s*(?::[^{{}}\n]*)?\{{"
    rf"|(?<![\w$.])(?P<given>{_NAMED})\s*[:=]\s*(?:async\s+)?(?:function\b[\w$ ]*)?"
    rf"\(?\s*(?P<second>[\w$]*)[^(){{}}\n]*\)?\s*(?::[^{{}}=\n]*)?(?:=>\s*)?\{{"
    rf"|(?<![\w$.])(?P<kept>{_NAMED})\s*[:=]\s*(?:React\.)?useCallback\(\s*(?:async\s*)?\(\s*\)\s*=>\s*\{{"
    rf"|^[ \t]*(?:(?:public|private|static|async)\s+)*(?P<method>{_NAMED})\s*"
    rf"\(\s*(?P<third>[\w$]*)[^(){{}}\n]*\)\s*(?::[^{{}}\n]*)?\{{",
    re.MULTILINE,
)
# A token of a login; what a reset or a form has is another one.
_FORGETS = regex(
    r"\b(?:localStorage|sessionStorage)\.(?:removeItem\(\s*[\"'`]?(?P<token>[\w.:-]{0,40}"
    r"(?:[tT]oken|TOKEN|[jJ]wt|JWT|[aA]pi_?[kK]ey|[sS]ession_?[iI]d)[\w.:-]{0,20})[\"'`]?\s*\)|clear\(\s*\))"
)
_OTHERS = regex(r"(?i)csrf|xsrf|push|fcm|device|reset|invit|captcha|page")
# What may lead to a server that ends it, or to code that does. Where one is led to is a page.
_ASKS = regex(
    r"(?i)fetch\(|axios|\$\.|\bajax|http\b|https?:|\bapi\b|api\.|\.(?:post|put|delete|get|request|mutate)\w*\("
    r"|await\b|\.then\(|revoke|invalidat|log_?out\b|log_?off\b|sign_?out\b|end_?session|sendBeacon|XMLHttp|socket"
    r"|dispatch\(|\bkeycloak|\bmsal|auth0|oidc|supabase|firebase|cognito|service|client\b|mutat|query"
)
# A page of the server's that logs out, or a call of it, in the same file.
_SERVER = regex(
    r"""(?i)["'`/](?:[\w/.-]{0,60}/)?(?:log-?_?out|sign-?_?out|revoke\w*|session)/?["'`?]"""
)
# What a store does when it is told of a log-out; who tells it, asks the server.
_TOLD = ("state", "store", "draft", "context", "set")
_LONGEST = 1500


def resources(text: str, path: str, form: str) -> Iterator[Resource]:
    """The functions that log out so, one resource each: `name` is that of the function."""
    if "removeItem" not in text and "Storage.clear" not in text:
        return
    if is_made(path) or _SERVER.search(text):
        return
    place = lines_of(text)
    for function in _FUNCTION.finditer(text):
        group = next(one for one in ("plain", "given", "kept", "method") if function[one])
        taken = function["first"] or function["second"] or function["third"] or ""
        if start_of_code(text, function.start(group)) is None or taken in _TOLD:
            continue
        body = _body(text, function.end())
        forgets = [one for one in _FORGETS.finditer(body) if not _OTHERS.search(one[0])]
        if not forgets or _ASKS.search(_FORGETS.sub("", body)):
            continue
        name = function[group]
        yield found(form, KIND, name, {"name": name}, place(*function.span(group)), path)


def _body(text: str, start: int) -> str:
    """What stands in a function, from behind its first bracket to before its last one; "" where
    that is longer than a few lines."""
    depth = 1
    for bracket in re.compile(r"[{}]").finditer(text, start, start + _LONGEST):
        depth += 1 if bracket[0] == "{" else -1
        if depth == 0:
            return text[start : bracket.start()]
    return ""
