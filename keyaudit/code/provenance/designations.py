"""What the names of a value call it: a secret, something about a secret, or nothing.

Where a value comes from is often not in the scanned code: it is an attribute that a framework sets,
a field of a form, a parameter of a function that anybody may call. Its name still says that it is a
password. Each place that gives a value a name, or reads it by one, adds what that name says to the
origin (`Origin.called`).
"""

from __future__ import annotations

from collections.abc import Iterable

from keyaudit.code import syntax as s
from keyaudit.code.provenance.origin import WHOLE, Origin
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.core.context import is_placeholder
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import (
    ABOUT,
    BARE_TOKEN,
    KEY,
    SECRET,
    SECRETS,
    TOKEN,
    reading,
    reading_of_field,
    reading_of_function,
    reading_of_prompt,
)

# Of what else a value is, its origin says more than any name can.
NAMEABLE = frozenset({"unknown", "parameter", "environment", "file", "network", "database",
                      "user-input", "password", "strong-random", "weak-random", "key",
                      "derived-key", "identifier"})  # fmt: skip
# Of these alone the words of a text may say what they are.
LABELLED = frozenset({"unknown", "parameter", "environment", "file", "network", "database",
                      "user-input", "strong-random", "weak-random"})  # fmt: skip
# A part of a secret that is the secret itself: `response["data"]`, `secret.value`.
_WHOLE = frozenset({"value", "data", "text", "raw", "plaintext", "content", "payload", "string",
                    "hex", "SecretString", "SecretBinary", "secret_value", ""})  # fmt: skip
# Where rows of such a class are at hand, `key.key` is the key of one.
_KEY_CLASSES = frozenset({"ApiKey", "APIKey", "ApiKeys", "APIKeys"})
# What the name of a constant says of the name that it holds: `environ[TOKEN_ENV_VAR]` is a token.
_OF_NAME = regex(r"_(?:ENV(?:_?VAR)?|VAR|HEADER|PARAM|NAME)(?:_NAME)?\Z")
# Functions that give what they are asked for by its name.
_LOOKS_UP = regex(
    r"(?i)_*(?:get|pop|fetch|read|load|lookup|look_up|find|require|env|config|conf|cfg|setting|option"
    r"|param|field|header|cookie|secret|value|str$|string$|text$|setdefault|resolve)"
)
# ... but of these: `get_bin_path("systemd-creds")`.
_GIVES_PLACE = regex(r"(?i)path|file|bin|exec|ur[il]|dir|name|field|label|_id$|type")
# What these give says something about their argument, and not the argument.
_TELLS_ABOUT = frozenset({"len", "bool", "type", "isinstance", "any", "all", "id", "hash",
                          "callable", "hasattr", "issubclass", "sum", "max", "min"})  # fmt: skip

# What a field of a window is asked what was typed into it by, in Tk, Qt, wx and GTK.
_READS_FIELD = frozenset({"get", "text", "toPlainText", "GetValue", "get_text"})

# What takes a text apart, and what says that the text is one that somebody logs in with.
_CUTS = regex(
    r"\.(?:split|rsplit|partition|rpartition|splitlines|group|groups|findall)\("
    r"|\b(?:text|line|word|part|piece|item|field)\.[lr]?strip\("
)
_OF_REQUEST = regex(
    r"(?i)auth|header|cookie|bearer|request|param|query|environ|login|secret|jwt|cred|api_?key"
)


def is_bare_token(name: str) -> bool:
    """Whether a name says `token` and no more, which may be a word of a text."""
    return reading(name) == BARE_TOKEN


def is_word(binding: Binding) -> bool:
    """Whether a binding cuts a text apart that is none of a request: what it takes out is a word
    of it."""
    if binding.value is None or binding.kind not in ("value", "unpack", "iter"):
        return False
    text = binding.scope.module.text[binding.value.pos : binding.value.end]
    return _CUTS.search(text) is not None and _OF_REQUEST.search(text) is None


def as_variable(origins: Iterable[Origin], name: str, bindings: Iterable[Binding]) -> list[Origin]:
    """Origins of a value read by the name of a variable. The name may say that it is only something
    about a secret; a `token` that a loop takes from many is a word of a text, and a
    `secret` an object that has one.
    """
    said = reading(name)
    if said in (BARE_TOKEN, SECRET) and any(binding.kind == "iter" for binding in bindings):
        said = ABOUT
    if said == BARE_TOKEN and any(map(is_word, bindings)):
        said = ABOUT
    if said != ABOUT:
        return as_named(origins, name)
    return [o.designated(said) if o.kind in NAMEABLE else o for o in origins]


def as_part_named(origins: Iterable[Origin], name: str) -> list[Origin]:
    """Origins of an attribute or item of that name. A part that is not called a secret is none,
    whatever the whole is."""
    said = reading(name)
    if not said and name in _WHOLE:
        return list(origins)
    if said in SECRETS:
        return [o.designated(said).with_name(name) if o.kind in NAMEABLE else o for o in origins]
    return [o.designated(said) if o.kind in NAMEABLE else o for o in origins]


def as_named(origins: Iterable[Origin], name: str) -> list[Origin]:
    """Origins of a value that is given a name: a variable, a parameter, a key of a dict. What is
    known to be only something about a secret stays that."""
    said = reading(name)
    if said not in SECRETS:
        return list(origins)
    return [_named(o, said) if o.kind in NAMEABLE and not o.called else o for o in origins]


def as_url_parameter(origins: Iterable[Origin], label: str) -> list[Origin]:
    """Origins of a value put into a URL as the parameter `label`, where a `token` is not a word
    of a text."""
    said = reading(label)
    if said == BARE_TOKEN:
        said = TOKEN
    if said not in SECRETS:
        return list(origins)
    open_to = ("", BARE_TOKEN)
    return [
        o.designated(said) if o.kind in NAMEABLE and o.called in open_to else o for o in origins
    ]


def with_unseen_value(origins: Iterable[Origin], name: str, unknown: Origin) -> list[Origin]:
    """The origins, and `unknown` among them where a value named as a secret is None or empty in
    all code in sight: it is set elsewhere then, by a configuration, a framework or a `load()`."""
    found = list(origins)
    if reading(name) in SECRETS and all(map(_stands_for_none, found)):
        found.append(unknown)
    return found


def _stands_for_none(origin: Origin) -> bool:
    """Whether a value is none yet: nothing, or a word that whoever runs the program replaces."""
    if origin.kind == "none" or origin.length == 0:
        return True
    value = origin.value
    return origin.kind == "literal" and isinstance(value, str) and is_placeholder(value)


def _named(origin: Origin, said: str) -> Origin:
    """A part that was cut out of a text and is called a secret is the whole of that secret; one
    that is called a token may be any word."""
    if "slice" in origin.via:
        if said == BARE_TOKEN:
            return origin
        origin = origin.transformed(*WHOLE)
    return origin.designated(said)


def as_result_of(origins: Iterable[Origin], call: s.Call, unknown: Origin) -> list[Origin]:
    """Origins of what a call returns, by the name of what is called; `unknown` as in
    `with_unseen_value`."""
    func = call.func
    asked_for = _asked_for(call)
    if asked_for:
        return as_part_named(with_unseen_value(origins, asked_for, unknown), asked_for)
    name = s.last_part(func)
    if name in _TELLS_ABOUT:
        return [o.designated(ABOUT) if o.kind in NAMEABLE else o for o in origins]
    if name in _READS_FIELD and isinstance(func, s.Attr) and _is_plain_reading(call):
        said = reading_of_field(s.last_part(func.value))
    elif name in ("input", "raw_input", "prompt", "ask") and call.args:
        first = call.args[0].value
        text = first.value if isinstance(first, s.Const) else ""
        said = reading_of_prompt(text) if isinstance(text, str) else ""
    else:
        said = reading_of_function(name)
    if not said:
        return list(origins)
    return [o.designated(said) if o.kind in NAMEABLE and not o.called else o for o in origins]


def _is_plain_reading(call: s.Call) -> bool:
    """Whether a call asks for all of what a field holds: without arguments, or from the first
    line on, as of Tk's texts."""
    if not call.args:
        return True
    first = call.args[0].value
    return isinstance(first, s.Const) and first.value in ("1.0", 1.0)


def _asked_for(call: s.Call) -> str:
    """The name of what a call looks up: `password` of `form.get("password")`; "" for no such."""
    func = call.func
    name = s.last_part(func)
    if not _LOOKS_UP.match(name) or _GIVES_PLACE.search(name):
        return ""
    for arg in call.args[:2]:
        named = item_name(arg.value) if arg.name is None and not arg.star else ""
        said = reading(named) if named else ""
        # `fetch_token(TOKEN_URL)` asks at a URL, and not for one.
        if said in SECRETS or (said and isinstance(arg.value, s.Const)):
            return named
        if "." in named:  # a setting by its whole path, after which comes its default
            return ""
    return ""


def field_name(expr: s.Attr, scope: Scope) -> str:
    """The name of an attribute; of the `key` of an `ApiKey`, the name of what it is the key of."""
    if expr.name != "key" or not isinstance(expr.value, s.Name | s.Attr):
        return expr.name
    holder = s.last_part(expr.value)
    if holder == "key" and not scope.module.words.all.isdisjoint(_KEY_CLASSES):
        return "api_key"
    if holder in ("self", "cls"):
        cls = scope.enclosing_class
        holder = cls.name if cls is not None else ""
    return holder if reading(holder) in (KEY, TOKEN) else expr.name


def item_name(index: s.Expr) -> str:
    """The name of an item by its index: a text, or the name of the constant that holds it; ""
    for others."""
    if isinstance(index, s.Const):
        return index.value if isinstance(index.value, str) else ""
    name = s.last_part(index)
    return _OF_NAME.sub("", name) if name.isupper() else ""
