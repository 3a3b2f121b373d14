"""Which of the values that a statement in SQL is given goes into a column of passwords:
`("INSERT INTO users (name, password) VALUES (?, ?)", (name, entry.get()))`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code.matching.context import Context
from keyaudit.code.matching.related import text_prefixes
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.provenance.attributes import of_element
from keyaudit.code.provenance.origin import Origin
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import PASSWORD, reading

_INSERT = regex(
    r"(?is)^\s*(?:insert(?:\s+or\s+\w+)?|replace)\s+into\s+[^\s(]+\s*\(([^()]*)\)\s*values\s*"
    r"\(([^()]*)\)"
)
_UPDATE = regex(r"(?is)^\s*update\s+\S+\s+set\s+(.*)")
_SET = regex(r"[\"`\[']?(\w+)[\"`\]']?\s*=\s*(?:\?|%s)|(?:\?|%s)")
_PLACES = frozenset({"?", "%s"})
# What was typed or is written down, and was not hashed on its way, is the password itself.
_AS_IT_IS = frozenset({"user-input", "literal"})
_HASHED = regex(r"\$?\w{1,12}\$|[0-9a-fA-F]{32,128}|(?:pbkdf2|scrypt|sha\d+|bcrypt|argon2)\b")


def passwords_by_column(context: Context, sink: Sink, found: list[Origin]) -> list[Origin]:
    """The values that go into columns of passwords, called so, of what a statement is given."""
    use = sink.use
    given = use.arguments.get("record", ()) if use is not None else ()
    if len(given) < 2 or given[0][1] is sink.value:
        return []
    places = {
        place for text in text_prefixes(context, given[0][1], sink.scope) for place in _places(text)
    }
    rows = [o for o in found if o.kind == "container"]
    items = [
        item
        for row in rows
        for place in places
        for item in of_element(context.resolver, row, place)
    ]
    return [
        item.designated(PASSWORD)
        for item in items
        if item.kind in _AS_IT_IS and not item.called and not _is_hash(item.value)
    ]


def _is_hash(value: object) -> bool:
    return not value or (isinstance(value, str) and _HASHED.match(value) is not None)


def _places(statement: str) -> Iterator[int]:
    """The numbers (from 0) of the values that go into columns of passwords."""
    insert = _INSERT.match(statement)
    if insert is not None:
        number = 0
        for column, value in zip(insert[1].split(","), insert[2].split(","), strict=False):
            if value.strip() in _PLACES:
                if reading(column.strip().strip("\"'`[]")) == PASSWORD:
                    yield number
                number += 1
        return
    update = _UPDATE.match(statement)
    if update is not None:
        changed = re.split(r"(?i)\bwhere\b", update[1])[0]
        for number, put in enumerate(_SET.finditer(changed)):
            if put[1] and reading(put[1]) == PASSWORD:
                yield number
