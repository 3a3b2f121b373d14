"""What is told as a whole and has secrets in it: the environment, the headers of a request, a
configuration, the arguments of a command line, all attributes of an object.

No name calls `request.headers` a secret, and what becomes of its parts says nothing of the whole:
so these are told by their form, where they are put into a log, printed or written down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from keyaudit.code import syntax as s
from keyaudit.code.matching.request_helpers import is_asked_for_token
from keyaudit.code.matching.secret_addresses import NAMES, address_told
from keyaudit.code.matching.selected_rows import ROWS, selected_rows
from keyaudit.code.matching.stored_entries import branches_only_tell_more
from keyaudit.code.matching.surroundings import Branches, source_of
from keyaudit.code.matching.whole_answers import is_answer_with_token, is_of_token_endpoint
from keyaudit.code.matching.whole_messages import FORM, REQUEST, of_request
from keyaudit.code.matching.whole_objects import EXPORTS, of_object
from keyaudit.code.provenance.names import dotted_names
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Module, Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, SECRETS, WHOLE, reading

_MAX_DEPTH = 5
# What gives all that is in a thing: as a text, as a copy, or under its names.
_KEEPS_ALL = frozenset({"str", "repr", "dumps", "pformat", "format", "safe_dump", "dump", "dict",
                        "vars", "asdict", "list", "sorted", "deepcopy", "jsonable_encoder",
                        "OrderedDict"})  # fmt: skip
# Methods that do.
_COPIES = frozenset({"copy", "items", "values", "to_dict", "as_dict", "decode", "encode"})
_OF_REQUESTS = {"headers": "the headers of a request", "META": "the headers of a request",
                "cookies": "the cookies of a request",
                "COOKIES": "the cookies of a request"}  # fmt: skip
_COOKIES = frozenset({"cookies", "cookie_jar", "cookiejar", "session_cookies"})
_JARS = _COOKIES | {"jar", "cj"}
_GIVES_COOKIES = frozenset({"dict_from_cookiejar", "get_cookies", "storage_state"})
_KEPT_COOKIES = "cookies, with which their holder gets in"
# An application's settings, in Flask and in Django.
_APPLICATION = regex(r"(?i)^_?(?:current_|flask_)?app(?:lication)?$")
# Headers that a request logs in by, and what holds the headers of requests.
_SENDS_LOGIN = regex(
    r"[\"'](?i:(?:proxy-)?authorization|x-[\w-]*(?:token|auth|secret|api-?key)[\w-]*|api-?key|private-token"
    r"|cookie)[\"'][ \t]*[:\]]"
)
_HEADERS = regex(r"(?i)^_*(?:req(?:uest)?_|http_|final_|all_|default_|auth_|api_|my_)?headers$")
_SESSION = regex(r"(?i)^_*(?:\w+_)?(?:sess(?:ion)?|client|http|requests)$")
# The URL of a database or a broker, in which its password mostly is.
_CONNECTION_URL = regex(
    r"(?i)(?:^|_)(?:database|db|sqlalchemy|redis|mongo(?:db)?|postgres(?:ql)?|pg|mysql|amqp|rabbit(?:mq)?|broker)"
    r"_?(?:connection_?)?(?:ur[il]|dsn|conn(?:ection)?_?str(?:ing)?)$|(?:^|_)conn(?:ection)?_?str(?:ing)?$"
)
# Databases that are a file, whose URL has no user in it, and what opens those of a server.
_WITHOUT_LOGIN = frozenset({"sqlite3", "aiosqlite", "duckdb"})
_WITH_SERVER = frozenset(
    {"sqlalchemy", "psycopg", "psycopg2", "asyncpg", "pymysql", "MySQLdb", "mysql", "pymongo",
     "redis", "tortoise", "peewee", "sqlmodel", "django", "pika", "kombu", "celery",
     "postgres", "postgresql"}
)  # fmt: skip
_WITH_LOGIN = regex(r"[\w+.-]+://[^/@\s]*:[^/@\s]+@")
_ENVIRONMENT = "all environment variables"
_SETTINGS = "all settings of the application"
_NOT_TO_ANSWER = frozenset({FORM, _ENVIRONMENT, _SETTINGS, ROWS})
_LOCALS = "all variables of a function, with a secret among them"
_ANSWER = "the answer of a login or of a token endpoint"
_BODY = frozenset({"text", "content"})
_READS = frozenset({"json", "read", "text"})
_OPTION = regex(r"add_argument\(\s*[^)]{0,80}?[\"']--?([\w-]{2,40})[\"']")
_PARSES = frozenset({"parse_args", "parse_known_args", "parse_intermixed_args"})


def secrets_of_whole(
    resolver: Resolver, value: s.Expr, scope: Scope, branches: Branches, *, as_text: bool,
    failure: bool = False,
) -> list[Origin]:  # fmt: skip
    """An origin, called `WHOLE`, for each thing with secrets in it that an expression puts into a
    text, or keeps, at a place of these branches; `as_text`: it is put into a text for people, into
    which requests and answers go as well; `failure`: that text is an error, which tells what was
    answered where there was no login."""
    return [
        _origin(part, scope, what)
        for part, what in _found(resolver, value, scope, as_text, 0)
        # What is told of in the branch of a failure is what the server said of it.
        if what != _ANSWER or (not failure and branches_only_tell_more(branches, (), scope))
    ]


def _origin(part: s.Expr, scope: Scope, what: str) -> Origin:
    made = Origin("unknown", scope.module, part, source=what, called=WHOLE)
    made = made.with_step(scope.module, part.pos, part.end, what)
    return made.with_name(NAMES[what]) if what in NAMES else made


def asked_and_settings(
    resolver: Resolver, value: s.Expr, scope: Scope, branches: Branches
) -> list[Origin]:
    """Of what an expression tells as a whole, what a server must not answer with: the form it was
    sent, which proxies and logs of answers then have as well, and what is its own."""
    whole = secrets_of_whole(resolver, value, scope, branches, as_text=True)
    return [origin for origin in whole if origin.source in _NOT_TO_ANSWER]


def _found(
    resolver: Resolver, value: s.Expr, scope: Scope, as_text: bool, depth: int
) -> Iterator[tuple[s.Expr, str]]:
    if depth > _MAX_DEPTH:
        return
    what = _whole(resolver, value, scope, as_text)
    if what:
        yield value, what
        return
    for part in _parts(value, scope):
        yield from _found(resolver, part, scope, as_text, depth + 1)


def _parts(value: s.Expr, scope: Scope) -> Iterator[s.Expr]:
    """What an expression is made of without anything left out."""
    match value:
        case s.Name(reach=reach) if reach is not None:
            for binding in reach:
                if binding.value is None or binding.scope is not scope:
                    continue
                # Of `for key, value in x.items()` the value, and of `x, _ = f()` the first.
                taken = {"iter": ((), (1,)), "unpack": ((0,),)}.get(binding.kind, ())
                if binding.kind in ("value", "enter") or (
                    binding.index in taken and _gives_values(binding.value)
                ):
                    yield binding.value
        case s.BinOp(op="%" | "+", left=left, right=right):
            yield from (left, right)
        case s.Text(parts=parts) | s.Seq(items=parts):
            yield from parts
        case s.Await(value=inner) | s.Starred(value=inner):
            yield inner
        case s.BoolOp(op="or", left=left, right=right):
            yield from (left, right)
        case s.Dict(items=items):
            for key, entry in items:
                yield from (entry,) if key is None or isinstance(key, s.Const) else ()
        case s.Call(func=func, args=args):
            word = last_part(func)
            if word in ("list", "sorted") and any(of_request(arg.value, scope) for arg in args):
                return  # the names alone
            if (
                word in _KEEPS_ALL
                or word == "join"
                or (word == "format" and isinstance(func, s.Attr))
            ):
                yield from (arg.value for arg in args)
            bare = all(arg.name is not None for arg in args)
            if isinstance(func, s.Attr) and (word in _COPIES or (word in EXPORTS and bare)):
                yield func.value
        case s.Sub(value=whole, index=s.Name(reach=reach)):
            # Each of all names that a loop goes through.
            if any(binding.kind == "iter" for binding in reach or ()):
                yield whole


def _gives_values(value: s.Expr) -> bool:
    if not isinstance(value, s.Call):
        return False
    word = last_part(value.func)
    return word in ("items", "values") or word in _PARSES


def _whole(resolver: Resolver, value: s.Expr, scope: Scope, as_text: bool) -> str:
    """What an expression is, in words, where that has secrets in it; "" for anything else."""
    said = of_object(resolver, value, scope, as_text)
    if said or not as_text:
        return said or _of_cookies(value)
    asked = of_request(value, scope)
    if asked:
        return asked
    if _is_connection_url(resolver, value, scope):
        return "the URL of a database or a broker, which has the password in it"
    address = address_told(resolver, value, scope)
    if address:
        return address
    if isinstance(value, s.Name) and _are_sent_headers(resolver, value, scope):
        return "the headers of a request, its login among them"
    if isinstance(value, s.Name) and _are_sent_cookies(value, scope):
        return _KEPT_COOKIES
    if isinstance(value, s.Name) and (
        is_answer_with_token(value, scope) or is_asked_for_token(value, scope)
    ):
        return _ANSWER
    if isinstance(value, s.Name) and (rows := selected_rows(value, scope)):
        return rows
    match value:
        case s.Call(func=s.Name(id="locals"), args=[]):
            held = (*scope.bindings, *(param.name for param in scope.params))
            secret = any(reading(name) in SECRETS - {BARE_TOKEN} for name in held)
            return _LOCALS if secret and scope.kind == "function" else ""
        case s.Attr(name="argv", value=s.Name(id="sys")) if _takes_secret(scope):
            return "the whole command line, a secret among its arguments"
        case s.Attr(name="environ") | s.Name(id="environ"):
            if "os.environ" in dotted_names(resolver, value, scope):
                return _ENVIRONMENT
        case s.Name(id=name) | s.Attr(name=name) if name in _COOKIES and _is_held(value):
            return _KEPT_COOKIES
        case s.Attr(name=name, value=holder) if name in _OF_REQUESTS:
            if REQUEST.match(last_part(holder)):
                return _OF_REQUESTS[name]
        case s.Attr(name="config", value=holder):
            words = scope.module.words.all
            if _APPLICATION.match(last_part(holder)) and not words.isdisjoint({"flask", "quart"}):
                return _SETTINGS
        case s.Attr(name="headers", value=holder) if _SESSION.match(last_part(holder)):
            if _SENDS_LOGIN.search(scope.module.text):
                return "the headers that a session sends, its login among them"
        case s.Attr(name="DATABASES", value=s.Name(id="settings")):
            return "the settings of the databases, passwords and all"
        case s.Attr(name=name, value=answer) if name in _BODY:
            if is_of_token_endpoint(answer, scope):
                return _ANSWER
        case s.Call(func=func):
            word = last_part(func)
            if word in _PARSES and _takes_secret(scope):
                return "all arguments of the command line, a secret among them"
            if word.startswith("acquire_token_"):
                return _ANSWER
            sent = func.value if isinstance(func, s.Attr) and word in _READS else None
            if sent is not None and is_of_token_endpoint(sent, scope):
                return _ANSWER
    return ""


def _of_cookies(value: s.Expr) -> str:
    """Whether an expression is the cookies of a login, as a client keeps them: `session.cookies`,
    `dict_from_cookiejar(…)`, `driver.get_cookies()`."""
    match value:
        case s.Name(id=name) if name in _JARS and _is_held(value):
            return _KEPT_COOKIES
        case s.Attr(name=name, value=holder) if name in _JARS:
            return "" if REQUEST.match(last_part(holder)) else _KEPT_COOKIES
        case s.Call(func=func) if last_part(func) in _GIVES_COOKIES:
            return _KEPT_COOKIES
        case s.Call(func=s.Attr(name="get_dict", value=holder)) if last_part(holder) in _COOKIES:
            return _KEPT_COOKIES
    return ""


def _is_connection_url(resolver: Resolver, value: s.Expr, scope: Scope) -> bool:
    """Whether an expression is a URL by which a program logs in: by its name, unless it is known
    to have no user in it."""
    match value:
        case s.Name(id=name) | s.Attr(name=name):
            pass
        case s.Sub(index=s.Const(value=str(name))):
            pass
        case s.Call(func=func, args=[s.Arg(value=s.Const(value=str(name))), *_]):
            if last_part(func) not in ("get", "getenv"):
                return False
        case _:
            return False
    if _CONNECTION_URL.search(name) is None:
        return False
    words = scope.module.words.all
    if not words.isdisjoint(_WITHOUT_LOGIN) and words.isdisjoint(_WITH_SERVER):
        return False
    known = resolver.origins(value, scope, None)
    texts = [o.value for o in known if o.kind == "literal" and isinstance(o.value, str)]
    return len(texts) < len(known) or any(_WITH_LOGIN.match(text) for text in texts)


def _are_sent_headers(resolver: Resolver, value: s.Name, scope: Scope) -> bool:
    """Whether a variable holds the headers that a function was given and sends, in a file whose
    requests log in by one."""
    if not _HEADERS.match(value.id) or _SENDS_LOGIN.search(scope.module.text) is None:
        return False
    sent = re.compile(rf"\bheaders[ \t]*=[ \t]*{re.escape(value.id)}\b")
    if sent.search(source_of(scope)) is None:
        return False
    return all(
        o.kind in ("parameter", "unknown", "none")
        or (isinstance(o.node, s.Dict) and not o.node.items)
        for o in resolver.origins(value, scope, None)
    )


def _are_sent_cookies(value: s.Name, scope: Scope) -> bool:
    """Whether a variable holds what the same function sends as cookies."""
    if "cookies" not in scope.module.words.all:
        return False
    sent = re.compile(rf"\bcookies[ \t]*=[ \t]*{re.escape(value.id)}\b(?![.(\[])")
    return sent.search(source_of(scope)) is not None


def _is_held(value: s.Expr) -> bool:
    """Whether a variable holds what it is called, and is not the turn of a loop or a number."""
    if not isinstance(value, s.Name):
        return True
    counts = ("iter", "except", "augment")
    return not any(
        b.kind in counts or (isinstance(b.value, s.Const | s.Compare) and b.kind == "value")
        for b in value.reach or ()
    )


# Whether a module's command line takes a secret, for as long as there is that.
_taking: WeakKeyDictionary[Module, bool] = WeakKeyDictionary()


def _takes_secret(scope: Scope) -> bool:
    """Whether the command line that a function reads, or else its module, takes a secret."""
    own = source_of(scope)
    if "add_argument" in own:
        return _has_secret_option(own)
    module = scope.module
    known = _taking.get(module)
    if known is None:
        known = _taking[module] = _has_secret_option(module.text)
    return known


def _has_secret_option(text: str) -> bool:
    return any(reading(name.replace("-", "_")) in SECRETS for name in _OPTION.findall(text))
