"""Templates of pages and mails (Jinja's, Django's, Mako's): what they put into the text as it is,
and the fields of their forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from keyaudit.configs.readers.offsets import lines_of
from keyaudit.configs.tree import Entry, Mapping, Node, Resource, Scalar
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import SECRETS, reading

FORM = "page"
_VARIABLE = r"[A-Za-z_]\w*(?:\.\w+|\[['\"]\w+['\"]\])*"
# A variable with its attributes and constant items, and what is done to it on the way.
_SHOWN = regex(
    rf"\{{\{{-?[ \t]*(?P<path>{_VARIABLE})"
    r"(?P<filters>(?:[ \t]*\|[ \t]*\w+(?:\([^(){}\n]*\)|:[^|{}\s]+)?)*)[ \t]*-?\}\}"
)
# The same in Mako, whose filters are names alone. In other files `${}` is JavaScript.
_MAKO = regex(r"<%(?:inherit|def|namespace|page|include|!|block)|(?m:^[ \t]*%[ \t]*(?:if|for)\b)")
_SHOWN_BY_MAKO = regex(rf"\$\{{[ \t]*(?P<path>{_VARIABLE})[ \t]*(?P<filters>)\}}")
# A macro that makes a field of a form: `{{ input('smtp-password', value=smtp.password) }}`.
_MACRO = regex(
    r"\{\{-?[ \t]*(?:\w+\.)?\w*(?:input|textbox|text_?field)\w*"
    r"\((?P<given>[^{}\n]{1,300})\)[ \t]*-?\}\}"
)
_FIRST = regex(r"[ \t]*[\"']([\w.-]+)[\"']")
_GIVEN = regex(rf"\b(type|value|name|id)[ \t]*=[ \t]*(?:[\"']([^\"'\n]*)[\"']|({_VARIABLE}))")
_INPUT = regex(r"(?i)<input\b(?P<given>[^<>]{0,400})>")
_ATTRIBUTE = regex(r"(?i)(?<![\w-])(type|name|id)[ \t]*=[ \t]*[\"']([^\"'\n]*)[\"']")
# What a field is bound to, by a framework of scripts.
_BOUND = regex(
    r"(?i)(?<![\w-])(?:(?:(?:v-model|x-model|(?:data-)?ng-model|wire:model)(?:\.\w+)*|\[\(ngModel\)\]"
    r"|formControlName|(?:v-bind)?:value)[ \t]*=[ \t]*[\"']|(?:bind:)?value[ \t]*=[ \t]*\{)[ \t]*"
    r"((?:\$?\w+\??\.)*\$?\w+)[ \t]*[\"'}]"
)
_PLAIN_NAME = regex(r"[\w.\[\]{} -]+")
# Whether a field hides what is typed is decided when the page runs.
_DECIDED_LATER = regex(
    r"(?i)\[type\]|\btype[ \t]*=[ \t]*\{(?!\{)|:type\b|v-bind[ \t]*=|\{[ \t]*\.\.\."
)
# What the name of a field says of the form it stands in.
_OF_FORM = regex(r"(?i)[-_](?:add|new|edit|input|field|create|update|\{\{.*)\Z")
# What a field begins with, as a variable alone.
_BEGINS = regex(r"(?i)(?<![\w-])value[ \t]*=[ \t]*[\"']?(?=\{\{)")
_NO_SECRET = regex(
    r"(?i)mask|placeholder|dummy|stars|redact|obfus|fake|generat|suggest|random|(?:^|\.)(?:new|temp)_"
    r"|label|lang|i18n|trans|text$|title|\bt\."
)
_NOT_TYPED = regex(r"(?i)(?<![\w=\"'-])(?:hidden|readonly|disabled)\b")
_COMMENT = regex(r"\{#.*?#\}", re.DOTALL)
_PLAIN_TYPES = frozenset({"", "text"})
_PARTS = regex(r"\w+")
# What leaves a value what it is.
_FILTERS = regex(r"safe|e|escape|force_escape|default(?:_if_none)?|tojson|trim|string|urlize|d")
_FILTER = regex(r"\|[ \t]*(\w+)")
# In a row of a table of keys these are the key.
_BARE = regex(r"(?i)\A(?:key|token|value|secret)\Z")
_BEARER = regex(r"(?i)\bbearer[ \t]+\Z")
# Where a link leads, which works once or is none of ours.
_IN_LINK = regex(r"""(?i)(?:href|src|action|content|poster)\s*=\s*(?:["'][^"'<>]*|[^\s"'<>]*)\Z""")
_BEFORE = 200
_MAILS = regex(r"(?i)(?:\A|[/_.-])e?mails?(?:[/_.-]|\Z)")
# ... but of these the page is where a mail server is set up.
_SETTINGS = regex(r"(?i)setting|config|setup|form|server|smtp|account")
# What is written about, and a page that is shown once, after a key was made.
_OTHER_PAGES = regex(
    r"(?i)(?:\A|/)(?:docs?|_includes|_layouts|node_modules|vendor|static)/"
    r"|new_?(?:api_?)?(?:key|token|secret)|(?:key|token|secret)s?[_-]?(?:created?|generated|new|done)"
    r"|creat(?:e|ed)[_-]?(?:api[_-]?)?(?:key|token)|show[_-]?once|(?:\A|/)(?:\w+_)?created\."
)


def resources(text: str, path: str) -> Iterator[Resource]:
    """What a page shows, one resource a place: `name` is the last part of the variable, `path` all
    of it. Links, parts of values and what a filter makes something else of are left out. Of a mail
    they are of the kind `mail`. A field of a form is of the kind `input`, and has its `type`; what
    a field for a password begins with is of the kind `begun`."""
    if _OTHER_PAGES.search(path):
        return
    place = lines_of(text)
    # In place, so that all else stays where it is.
    text = _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), text)
    is_mail = _MAILS.search(path) is not None
    if is_mail and _SETTINGS.search(path):
        return
    kind = "mail" if is_mail else "output"
    mako = _SHOWN_BY_MAKO.finditer(text) if _MAKO.search(text) else ()
    for shown in (*_SHOWN.finditer(text), *mako):
        filters = _FILTER.findall(shown["filters"])
        if not all(map(_FILTERS.fullmatch, filters)):
            continue
        before = text[max(0, shown.start() - _BEFORE) : shown.start()]
        if not _IN_LINK.search(before):
            yield _resource(kind, shown["path"], _named(shown["path"], before),
                            place(*shown.span()), path)  # fmt: skip
    if not is_mail:
        for made in _MACRO.finditer(text):
            yield from _field(made["given"], place(*made.span()), path)
        for field in _INPUT.finditer(text):
            given = dict(_ATTRIBUTE.findall(field["given"]))
            if given.get("type", "").lower() == "password":
                yield from _begun(text, field, place, path)
            yield from _typed_in(field, given, place, path)


def fields(text: str, path: str) -> Iterator[Resource]:
    """The fields of the forms in a component of scripts (Vue, Svelte, JSX), of the kind `input`."""
    if _OTHER_PAGES.search(path):
        return
    place = lines_of(text)
    for field in _INPUT.finditer(text):
        given = dict(_ATTRIBUTE.findall(field["given"]))
        # The type may stand behind an arrow, with which what is read here ends.
        is_whole = "type" in given or not field["given"].endswith("=")
        if field[0].startswith("<input") and field["given"][:1].isspace() and is_whole:
            yield from _typed_in(field, given, place, path)


def _typed_in(
    field: re.Match[str], given: dict[str, str], place: Callable[[int, int], Span], path: str
) -> Iterator[Resource]:
    """A field that is written as a tag."""
    said = field["given"]
    if _NOT_TYPED.search(said) or _DECIDED_LATER.search(said):
        return
    bound = _BOUND.search(said)
    name = given.get("name", "")
    if not name or not _PLAIN_NAME.fullmatch(name):
        name = _PARTS.findall(bound[1])[-1] if bound else given.get("id", name)
    yield from _typed(name, given.get("type", ""), place(*field.span()), path)


def _named(variable: str, before: str) -> str:
    """What a variable is called by its last part, or by what that is a part of."""
    parts = _PARTS.findall(variable)
    name = parts[-1]
    if len(parts) > 1 and _BARE.match(name) and reading(parts[-2]) in SECRETS:
        return parts[-2] if reading(parts[-2]) != "bare-token" else "access_token"
    return "access_token" if _BEARER.search(before) else name


def _field(given: str, span: Span, path: str) -> Iterator[Resource]:
    """The field that a macro makes, and what is shown in it."""
    said = {name: (text, variable) for name, text, variable in _GIVEN.findall(given)}
    first = _FIRST.match(given)
    shown = said.get("value", ("", ""))[1]
    if shown:
        # What is typed again into a form each time is a token that is kept.
        within = "Bearer " if _BARE.match(_PARTS.findall(shown)[-1]) and "." in shown else ""
        yield _resource("output", shown, _named(shown, within), span, path)
    name = first[1] if first else said.get("name", said.get("id", ("", "")))[0]
    # Where there is no name, the field is called after what stands in it.
    yield from _typed(name or _named(shown, ""), said.get("type", ("", ""))[0], span, path)


def _begun(
    text: str, field: re.Match[str], place: Callable[[int, int], Span], path: str
) -> Iterator[Resource]:
    """What a field for a password has in it when its page is opened."""
    begins = _BEGINS.search(text, field.start("given"), field.end("given"))
    shown = _SHOWN.match(text, begins.end()) if begins else None
    if shown is None or _NO_SECRET.search(shown["path"]):
        return
    if all(map(_FILTERS.fullmatch, _FILTER.findall(shown["filters"]))):
        yield _resource("begun", shown["path"], shown["path"], place(*shown.span()), path)


def _typed(name: str, kind: str, span: Span, path: str) -> Iterator[Resource]:
    """A field of a form in which what is typed can be read."""
    if kind.lower() in _PLAIN_TYPES:
        name = _OF_FORM.sub("", name)
        yield _resource("input", name, name.replace("-", "_"), span, path)


def _resource(kind: str, variable: str, name: str, span: Span, path: str) -> Resource:
    settings: dict[str, Node] = {
        "name": Scalar(name, span, path),
        "path": Scalar(variable, span, path),
    }
    entries = {key: Entry(key, span, value) for key, value in settings.items()}
    body = Mapping(entries, span, path)
    return Resource(FORM, kind, variable, span, path, body, f"`{variable}`")
