"""Parameters in the paths that a web server answers: `/keys/<api_key>`."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, CODE, KEY, SECRETS, TOKEN, reading

# What says which path a function answers: a decorator, or a call.
DECORATES = frozenset({"route", "get", "post", "put", "delete", "patch", "head", "options",
                        "api_route", "websocket", "websocket_route", "view"})  # fmt: skip
_ADDS = frozenset({"path", "re_path", "url", "add_url_rule", "add_api_route", "add_route",
                   "add_resource", "add_get", "add_post", "add_delete", "add_put"})  # fmt: skip
# Flask's `<string:key>`, Django's `(?P<key>…)`, and `{key}` of Starlette, aiohttp and Falcon.
PARAMETER = regex(r"\(\?P<(\w+)>|<(?:(?!int|float)\w+(?:\([^)]*\))?:)?(\w+)>|\{(\w+)(?::[^{}]*)?\}")
# A link that was sent to somebody, and works once or proves no more than that it came.
LINK = regex(
    r"(?i)reset|confirm|verif|activat|invit|unsubscri|magic|sign_?up|regist|one_?time|share|accept|recover"
    r"|forgot|download|preview|email|webhook|callback|public|guest|csrf|static|feed|optout|opt_out|cancel"
)
_OF_KEYS = regex(r"(?i)(?:\A|/)(?:api[-_]?|access[-_]?)?(?:keys?|tokens?)/\Z")
_GIVEN_OUT = regex(r"(?i)api_?key|access_?token|personal_?token|api_?token")
# Keys that are shown to others, or by which something is looked up.
_SHOWN = regex(r"(?i)ssh|pgp|gpg|public|signing|identity_?key|device")


def parameters(scope: Scope) -> Iterator[Declaration]:
    """The parameters of a path that are secrets: of the function, those of its decorators, and
    those of the paths that calls name."""
    for decorator in scope.decorators:
        if isinstance(decorator, s.Call) and s.last_part(decorator.func) in DECORATES:
            yield from _of_call(decorator, scope, scope.name, source_of(scope))
    for call in scope.calls:
        if s.last_part(call.func) in _ADDS:
            named = " ".join(s.last_part(arg.value) for arg in call.args)
            yield from _of_call(call, scope, named, named)


def _of_call(call: s.Call, scope: Scope, named: str, source: str) -> Iterator[Declaration]:
    for arg in call.args:
        path = arg.value
        if not isinstance(path, s.Const) or not isinstance(path.value, str):
            continue
        if LINK.search(path.value) or LINK.search(named):
            continue
        for found in PARAMETER.finditer(path.value):
            name = found[1] or found[2] or found[3]
            held = _held(name, path.value[: found.start()], source)
            if held:
                yield Declaration(name, path.value, held, (path.pos, path.end))
                break


def _held(name: str, before: str, source: str) -> str:
    """What a parameter of a path holds. Of a plain `key`, what stands before it in the path and
    what the function works with tell."""
    if name in ("key", "token", "keyvalue", "key_value"):
        of_keys = _OF_KEYS.search(before) is not None and _SHOWN.search(before) is None
        return KEY if of_keys and _GIVEN_OUT.search(source) else ""
    found = reading(name)
    if found not in SECRETS or found in (BARE_TOKEN, CODE) or _SHOWN.search(name):
        return ""
    # A `secret` is mostly the name of one, in the path of a store of secrets.
    if name in ("secret", "secrets", "credential", "credentials", "cred"):
        return ""
    return TOKEN if found == TOKEN else found
