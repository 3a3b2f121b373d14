"""Secrets that a web server takes from the query of a URL: as a parameter of the function that
answers (FastAPI), of a parser or a scheme of security, or as an item of the request."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration, expressions, within
from keyaudit.code.matching.declarations.routes import LINK
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, CODE, KEY, NEUTRAL, SECRETS, TOKEN, reading

_FASTAPI = frozenset({"fastapi", "FastAPI", "APIRouter"})
_ROUTES = frozenset({"get", "post", "put", "delete", "patch", "head", "api_route", "websocket"})
# What takes a parameter from elsewhere.
_ELSEWHERE = regex(
    r"\b(?:Header|Form|Body|Cookie|File|Depends|Path|Security|UploadFile|BackgroundTasks)\b"
)
_SIMPLE = regex(r"(?:typing\.)?(?:Optional\[|Union\[|Annotated\[)*(?:str|bytes|SecretStr|None)\b")
_OF_QUERY = regex(r"\bQuery\(")
_ITEMS = frozenset({"args", "GET", "query_params", "query", "rel_url"})
_TAKES = frozenset({"APIKeyQuery", "get_query_argument", "get_query_arguments"})
_OR_BODY = frozenset({"values", "params", "REQUEST"})
_REQUEST = regex(r"(?i)^_?(?:self\.)?req(?:uest)?$")
# A parameter of these names is no secret in the query of a server, or does not stay one.
_NOT_HERE = frozenset({"secret", "secrets", "credential", "credentials", "cred", "key", "pass"})
# Where a function takes it from a header as well, a plain `token` is what logs in.
_AUTHORIZES = regex(r"[\"'](?:Authorization|HTTP_AUTHORIZATION|Bearer\b)")
# ... and where it compares it with one that is set, which lets in again and again.
_COMPARED = regex(
    r"\b(?:compare_digest|secure_compare|constant_time_compare|safe_str_cmp|str_cmp|safe_compare)\("
    r"|(?i:(?<!for )\b\w*(?:token|key|auth))\b(?:[\"']?[\])])*[ \t]*(?:[!=]=|not in)[ \t]*"
    r"(?:[A-Z][A-Z0-9_]{2,}\b|(?:(?:self|app|current_app)\.)?_?(?:config|conf|cfg|settings|options"
    r"|os\.(?:environ|getenv))\b)"
)
_TOKENS = regex(r"(?i)(?:auth_?)?(?:token|key)")
_MAX_DEPTH = 12


def of_query(scope: Scope) -> Iterator[Declaration]:
    """The parameters that a scope takes from the query alone."""
    words = scope.module.words.all
    if not words.isdisjoint(_FASTAPI):
        yield from _of_function(scope)
    for call in scope.calls:
        word = s.last_part(call.func)
        if word in _TAKES or (word == "add_argument" and _is_in_query(call)):
            yield from _named(call, call)
    yield from _items(scope)


def of_query_or_body(scope: Scope) -> Iterator[Declaration]:
    """The parameters that a scope takes from the query as well as from a form."""
    words = scope.module.words.all
    for call in scope.calls:
        func = call.func
        if not isinstance(func, s.Attr):
            continue
        taken = func.name == "get_argument" and "tornado" in words
        if func.name == "get" and isinstance(func.value, s.Attr):
            holder = func.value
            taken = holder.name in _OR_BODY and bool(_REQUEST.match(s.last_part(holder.value)))
        if taken:
            yield from _named(call, call)
            yield from _checked(call, scope)


def _checked(call: s.Call, scope: Scope) -> Iterator[Declaration]:
    """A plain `token` that a function compares with one that is set: it is a key then."""
    name = s.literal_text(call.args[0].value) if call.args else None
    if name is None or not _TOKENS.fullmatch(name) or LINK.search(scope.name):
        return
    if _COMPARED.search(source_of(scope)):
        yield Declaration(name, s.last_part(call.func), KEY, (call.pos, call.end))


def _of_function(scope: Scope) -> Iterator[Declaration]:
    path = next(filter(None, map(_path, scope.decorators)), "")
    if not path or LINK.search(path) or LINK.search(scope.name):
        return
    text = scope.module.text
    for param in scope.params:
        given = param.default
        annotation = text[param.annotation.pos : param.annotation.end] if param.annotation else ""
        default = text[given.pos : given.end] if given is not None else ""
        if f"{{{param.name}}}" in path or f"{{{param.name}:" in path:
            continue
        asked = _OF_QUERY.search(default) or _OF_QUERY.search(annotation)
        if not asked and (
            _ELSEWHERE.search(default)
            or _ELSEWHERE.search(annotation)
            or not _SIMPLE.match(annotation)
            or not (given is None or isinstance(given, s.Const))
        ):
            continue
        held = _held(param.name)
        if held:
            yield Declaration(param.name, path, held, (param.pos, param.end))


def _path(decorator: s.Expr) -> str:
    """The path that a decorator has a function answer; "" for any other decorator."""
    if not isinstance(decorator, s.Call) or not isinstance(decorator.func, s.Attr):
        return ""
    if decorator.func.name not in _ROUTES or not decorator.args:
        return ""
    first = decorator.args[0].value
    # A path that is put together is one, though it is not known which.
    return (s.literal_text(first) or "") if isinstance(first, s.Const) else "/"


def _is_in_query(call: s.Call) -> bool:
    """Whether an argument of flask-restx's parser is taken from the query."""
    where = [arg.value for arg in call.args if arg.name == "location"]
    said = [part.value for one in where for part in (one, *s.children(one))
            if isinstance(part, s.Const)]  # fmt: skip
    return "args" in said


def _named(call: s.Call, place: s.Expr) -> Iterator[Declaration]:
    given = [arg.value for arg in call.args if arg.name in (None, "name")][:1]
    for name in map(s.literal_text, given):
        held = _held(name) if name is not None else ""
        if name is not None and held:
            yield Declaration(name, s.last_part(call.func), held, (place.pos, place.end))


def _items(scope: Scope) -> Iterator[Declaration]:
    """The items of a request's query: `request.args["api_key"]`."""
    source = source_of(scope)
    if not re.search(r"\.(?:args|GET|query_params|query)\[", source):
        return
    is_login = _AUTHORIZES.search(source) is not None or (
        _COMPARED.search(source) is not None and LINK.search(scope.name) is None
    )
    seen: set[int] = set()
    for root in expressions(scope):
        for part in within(root, _MAX_DEPTH):
            if id(part) in seen:
                continue
            seen.add(id(part))
            match part:
                case s.Sub(value=s.Attr(name=name, value=holder), index=s.Const(value=str(item))):
                    held = _held(item) or (TOKEN if _TOKENS.fullmatch(item) and is_login else "")
                    is_request = _REQUEST.match(s.last_part(holder)) or name == "query_params"
                    if name in _ITEMS and held and is_request:
                        yield Declaration(item, name, held, (part.pos, part.end))


def _held(name: str) -> str:
    """What a parameter of the query holds; "" for a link's token, which works once."""
    found = reading(name.replace("-", "_"))
    if found not in SECRETS or found in (BARE_TOKEN, CODE, NEUTRAL) or LINK.search(name):
        return ""
    return "" if name.lower() in _NOT_HERE else found
