"""Secrets that scripts in JavaScript and TypeScript put into the addresses that they ask for, or a
server in Node takes from the address it was asked for: access logs, histories and proxies keep
them."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.configs.forms.script_places import found, is_made, start_of_code
from keyaudit.configs.readers.offsets import lines_of
from keyaudit.configs.tree import Resource
from keyaudit.core.patterns import regex

ASKED, TAKEN = "asked", "taken"
# What a parameter is called that lets in whoever has it.
_NAMES = (
    r"(?:access|auth|session|refresh|bearer|private|api|user|id)[_-]?token|token|jwt|api[_-]?key"
    r"|secret(?:[_-]?key)?|client[_-]?secret|pass(?:word|wd|phrase)|pwd"
)
# With a value that is put in: "?token=" + token, `?token=${token}`.
_FILLED = regex(
    rf"[?&](?P<name>(?i:{_NAMES}))="
    r"(?:[\"'`][ \t]*\+[ \t]*[\w$.?!()\[\]\"']{1,80}|\$\{[ \t]*[^{}\n]{1,80}\})"
)
_SET = regex(
    rf"\.searchParams\.(?:set|append)\(\s*[\"'`](?P<name>(?i:{_NAMES}))[\"'`]\s*,\s*[^;\n]{{1,80}}\)"
)
# A plain token may be one of a link, which works once.
_QUERY = regex(
    r"\b(?:req|request|ctx|ctx\.request|c\.req)\.query(?:\.(?P<name>\w+)\b|\[\s*[\"'](?P<item>[\w-]+)[\"']\s*\]"
    r"|\(\s*[\"'](?P<called>[\w-]+)[\"']\s*\))(?!\s*=[^=])"
)
_LASTING = regex(
    r"(?i)(?:(?:access|auth|session|refresh|bearer|private|api)[_-]?token|jwt|api[_-]?key"
    r"|(?:client[_-]?)?secret(?:[_-]?key)?|pass(?:word|wd|phrase)|pwd)\Z"
)
# Links that are mailed, tokens against forged requests, and keys that a page shows to everybody.
_OTHER = regex(
    r"(?i)reset|confirm|verif|activat|invit|unsubscri|magic|sign_?up|regist|one_?time|csrf|xsrf|captcha"
    r"|maps?\.|mapbox|maptiler|tiles?[/.]|public|publishable|analytics|sentry|firebase|algolia|next_?page"
    r"|page_?token|continuation|cursor|share|mailto:|oauth2?/authorize|otpauth|sas\b"
)
_BEFORE = 300


def resources(text: str, path: str, form: str) -> Iterator[Resource]:
    """The parameters of addresses that are called a secret and filled (`asked`), and those that a
    server reads from the query (`taken`), one resource a place: `name` is the parameter's."""
    if is_made(path):
        return
    place = lines_of(text)
    for kind, pattern in ((ASKED, _FILLED), (ASKED, _SET), (TAKEN, _QUERY)):
        for one in pattern.finditer(text):
            start = start_of_code(text, one.start())
            if start is None or "//" in _without_schemes(text[start : one.start()]):
                continue
            around = text[max(start, one.start() - _BEFORE) : one.end()]
            given = one.groupdict()
            name = next(given[key] for key in ("name", "item", "called") if given.get(key))
            if _OTHER.search(around) or (kind == TAKEN and not _LASTING.match(name)):
                continue
            yield found(form, kind, name, {"name": name}, place(*one.span()), path)


def _without_schemes(text: str) -> str:
    return text.replace("://", "")
