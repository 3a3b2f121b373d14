"""What the scripts of pages put into the browser's store: every script of the same site reads it,
and it stays there until somebody takes it out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.configs.forms.script_places import found, is_made, start_of_written
from keyaudit.configs.readers.offsets import lines_of
from keyaudit.configs.tree import Resource
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, reading

KIND = "kept"
_KEEPS = regex(
    r"""\blocalStorage(?:\.setItem\(\s*(?:(?P<quote>["'`])(?P<name>[\w.:-]{1,60})(?P=quote)|(?P<constant>[\w$.]{1,60}))\s*,"""
    r"""|\[\s*["'](?P<item>[\w.:-]{1,60})["']\s*\]\s*=(?!=))\s*(?P<value>[^;\n]{1,200})"""
)
# Taken out, or none.
_NOTHING = regex(r"(?:[\"'`]{2}|null|undefined|true|false|\d+)\s*\)?\s*\Z")
_KEY = regex(
    r"(?:^(?:[\w$]+\.)+|(?:_?(?:LOCAL_?)?STORAGE)?_(?:KEY|NAME)$|(?:LocalStorage|Storage)?(?:Key|Name)$)"
)
_WORD = regex(r"[\w$]+")


def resources(text: str, path: str, form: str) -> Iterator[Resource]:
    """What is put there, one resource a place: `name` is the name under which it is kept, `value`
    what is kept."""
    if is_made(path):
        return
    place = lines_of(text)
    for kept in _KEEPS.finditer(text):
        written = start_of_written(text, kept.start()) is not None
        if not written or _NOTHING.match(kept["value"]):
            continue
        group = next(one for one in ("name", "item", "constant") if kept[one])
        # A constant is called after what is kept under it: `REFRESH_TOKEN_KEY`.
        name = _KEY.sub("", kept[group]) if group == "constant" else kept[group]
        if not name:
            continue
        settings = {"name": _called(name, kept["value"]), "value": kept["value"]}
        yield found(form, KIND, name, settings, place(*kept.span(group)), path)


def _called(name: str, value: str) -> str:
    """What is kept, by the name it is kept under; a plain token is one of a login where what is
    kept was answered: `data.token`."""
    last: str = _WORD.findall(name)[-1]
    if reading(last) != BARE_TOKEN:
        return last
    return "access_token" if re.search(r"\.\w*[tT]oken\b", value) else last
