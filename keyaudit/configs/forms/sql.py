"""Tables that a schema in SQL makes: `CREATE TABLE` and `ALTER TABLE … ADD COLUMN`.

And the passwords that it gives to accounts: `IDENTIFIED BY '…'`, `PASSWORD '…'`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.configs.readers.offsets import Place, lines_of
from keyaudit.configs.tree import Entry, Mapping, Node, Resource, Scalar
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex

FORM = "sql"
_NAME = r"(?:[\"`\[]?\w+[\"`\]]?\.)?[\"`\[]?(?P<name>\w+)[\"`\]]?"
_TABLE = regex(
    r"(?i)\bcreate[ \t]+(?:temp(?:orary)?[ \t]+)?table[ \t]+(?:if[ \t]+not[ \t]+exists[ \t]+)?"
    rf"{_NAME}\s*\("
)
_ADDED = regex(
    rf"(?i)\balter[ \t]+table[ \t]+(?:if[ \t]+exists[ \t]+)?(?:only[ \t]+)?{_NAME}\s+add[ \t]+"
    r"(?:column[ \t]+)?(?:if[ \t]+not[ \t]+exists[ \t]+)?[\"`\[]?(?P<column>\w+)[\"`\]]?[ \t]+"
    r"(?P<type>[a-zA-Z]\w*[^;\n]*)"
)
_COLUMN = regex(r"\s*[\"`\[]?(?P<column>\w+)[\"`\]]?[ \t]+(?P<type>[a-zA-Z]\w*[^\n]*)")
_NO_COLUMNS = frozenset({"primary", "foreign", "unique", "constraint", "key", "index", "check",
                         "fulltext", "exclude", "like"})  # fmt: skip
# What a statement has in brackets, or in quotes; a comment to the end of its line.
_SIGN = regex(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|[(),]", re.DOTALL)
_COMMENTS = regex(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*", re.DOTALL)
_LONGEST = 20_000
# A password that a script gives an account.
_PASSWORD = regex(
    r"(?i)\bidentified[ \t]+(?:with[ \t]+[\w'`\"]+[ \t]+)?by[ \t]+'(?P<by>(?:[^'\n]|''){1,200})'"
    r"|\b(?:create|alter)[ \t]+(?:user|role)\b[^;'\n]{0,120}\bpassword[ \t]+"
    r"'(?P<to>(?:[^'\n]|''){1,200})'"
    r"|\bset[ \t]+password\b[^;=\n]{0,80}=[ \t]*(?:password\()?'(?P<set>(?:[^'\n]|''){1,200})'"
)


def resources(text: str, path: str) -> Iterator[Resource]:
    """The tables, with the type of each column and what stands in its line, by its name; and as
    `user` each password that an account is given."""
    place = lines_of(text)
    for found in _PASSWORD.finditer(text):
        group = next(name for name in ("by", "to", "set") if found[name] is not None)
        span = _span(place, *found.span(group))
        entry = Entry("password", span, Scalar(found[group], span, path, quoted=True))
        body = Mapping({"password": entry}, span, path)
        yield Resource(FORM, "user", "", span, path, body, "an account of the database")
    for found in _TABLE.finditer(text):
        columns = dict(_columns(text, found.end(), path, place))
        if columns:
            yield _resource(found["name"], _span(place, *found.span()), path, columns)
    for found in _ADDED.finditer(text):
        span = _span(place, *found.span("column"))
        entry = Entry(found["column"], span, Scalar(found["type"], span, path))
        yield _resource(found["name"], span, path, {found["column"]: entry})


def _columns(text: str, start: int, path: str, place: Place) -> Iterator[tuple[str, Entry]]:
    depth, at = 0, start
    for sign in _SIGN.finditer(text, start, start + _LONGEST):
        if sign[0] == "(":
            depth += 1
        elif sign[0] == ")":
            depth -= 1
        if depth < 0 or (sign[0] == "," and depth == 0):
            yield from _column(text, at, sign.start(), path, place)
            at = sign.end()
        if depth < 0:
            return


def _column(
    text: str, start: int, end: int, path: str, place: Place
) -> Iterator[tuple[str, Entry]]:
    comment = _COMMENTS.match(text, start, end)
    found = _COLUMN.match(text, comment.end() if comment else start, end)
    if found is None:
        return
    name = found["column"]
    kind = found["type"].split("(")[0].split()[0].lower()
    if name.lower() in _NO_COLUMNS and (name.lower() != "key" or kind not in _TYPES):
        return
    line_end = text.find("\n", end)
    said = text[found.start("type") : end] + text[end : line_end if line_end >= 0 else end]
    span = _span(place, *found.span("column"))
    yield name, Entry(name, span, Scalar(" ".join(said.split()), span, path))


_TYPES = frozenset({"text", "varchar", "character", "char", "nvarchar", "citext", "string", "clob",
                    "mediumtext", "longtext", "tinytext", "nchar", "varchar2"})  # fmt: skip


def _span(place: Place, start: int, end: int) -> Span:
    """Of a stretch of text, as if it stood in one line."""
    begin = place(start, start)
    return Span(begin.line, begin.column, begin.line, begin.column + max(1, end - start))


def _resource(name: str, span: Span, path: str, columns: dict[str, Entry]) -> Resource:
    listed: Node = Mapping(columns, span, path)
    body = Mapping({"columns": Entry("columns", span, listed)}, span, path)
    return Resource(FORM, "table", name, span, path, body, f"the table `{name}`")
