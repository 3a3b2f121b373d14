"""Templates of pages (Jinja's, Django's): what they put into the page as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.configs.readers.offsets import lines_of
from keyaudit.configs.tree import Entry, Mapping, Node, Resource, Scalar
from keyaudit.core.location import Span
from keyaudit.core.secret_names import SECRETS, reading

FORM = "page"
# A variable with its attributes and constant items, and what is done to it on the way.
_SHOWN = re.compile(
    r"\{\{-?[ \t]*(?P<path>[A-Za-z_]\w*(?:\.\w+|\[['\"]\w+['\"]\])*)"
    r"(?P<filters>(?:[ \t]*\|[ \t]*\w+(?:\([^(){}\n]*\)|:[^|{}\s]+)?)*)[ \t]*-?\}\}"
)
_PARTS = re.compile(r"\w+")
# What leaves a value what it is.
_FILTERS = re.compile(
    r"safe|e|escape|force_escape|default(?:_if_none)?|tojson|trim|string|urlize|d"
)
_FILTER = re.compile(r"\|[ \t]*(\w+)")
# In a row of a table of keys these are the key.
_BARE = re.compile(r"(?i)\A(?:key|token|value|secret)\Z")
# Where a link leads, which works once or is none of ours.
_IN_LINK = re.compile(
    r"""(?i)(?:href|src|action|content|poster)\s*=\s*(?:["'][^"'<>]*|[^\s"'<>]*)\Z"""
)
_BEFORE = 200
# What is sent by mail, or written about; and a page that is shown once, after a key was made.
_OTHER_PAGES = re.compile(
    r"(?i)(?:\A|[/_.-])e?mails?(?:[/_.-]|\Z)"
    r"|(?:\A|/)(?:docs?|_includes|_layouts|node_modules|vendor|static)/"
    r"|new_?(?:api_?)?(?:key|token|secret)|(?:key|token|secret)s?[_-]?(?:created?|generated|new|done)"
    r"|creat(?:e|ed)[_-]?(?:api[_-]?)?(?:key|token)|show[_-]?once|(?:\A|/)(?:\w+_)?created\."
)


def resources(text: str, path: str) -> Iterator[Resource]:
    """What a page shows, one resource a place: `name` is the last part of the variable, `path` all
    of it. Links, parts of values and what a filter makes something else of are left out."""
    if _OTHER_PAGES.search(path):
        return
    place = lines_of(text)
    for shown in _SHOWN.finditer(text):
        filters = _FILTER.findall(shown["filters"])
        if not all(map(_FILTERS.fullmatch, filters)):
            continue
        if _IN_LINK.search(text, max(0, shown.start() - _BEFORE), shown.start()):
            continue
        parts = _PARTS.findall(shown["path"])
        name = parts[-1]
        if len(parts) > 1 and _BARE.match(name) and reading(parts[-2]) in SECRETS:
            name = parts[-2] if reading(parts[-2]) != "bare-token" else "access_token"
        yield _resource(shown["path"], name, place(*shown.span()), path)


def _resource(variable: str, name: str, span: Span, path: str) -> Resource:
    settings: dict[str, Node] = {
        "name": Scalar(name, span, path),
        "path": Scalar(variable, span, path),
    }
    entries = {key: Entry(key, span, value) for key, value in settings.items()}
    body = Mapping(entries, span, path)
    return Resource(FORM, "output", variable, span, path, body, f"`{variable}`")
