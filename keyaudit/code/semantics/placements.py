"""What an expression inserts into a URL or a text, and after which words: `token` after `?key=` in
`f"{base}?key={token}"`.

Of all that texts are put together from, only what stands in a URL's query or before its host is
noted: there the text says what the value is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from keyaudit.code import syntax as s
from keyaudit.core.patterns import regex

_QUERY = regex(r"[?&]([\w.\-\[\]]{1,40})=[\"']?$")
# A bot's token is part of the path: `https://api.telegram.org/bot<token>/sendMessage`.
_BOT = regex(r"/bot$")
_USER = regex(r"(?i)https?://[^/\s@]{0,60}:$")
# A form that is sent in the body begins with a field: `user=%s&password=%s`.
_IS_URL = regex(r"^(?:\*|&)|[?/]")
_MAY_BE = regex(r"[?&][\w.\-\[\]]+=|https?://|/bot")
_PERCENT = regex(r"%(?:\((\w+)\))?[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")
_BRACES = regex(r"\{(\w*)(?:![rsa])?(?::[^{}]*)?\}")
_AS_TEXT = "sra"  # not as a number
_MAX_PARTS = 40


class Placement(NamedTuple):
    """A value inserted into a URL: under `name` in its query, as the `password` before its host,
    or as a `bot_token` in its path; without a name, all that is in it, each under its own."""

    name: str
    value: s.Expr


def placements(node: s.Expr) -> Iterator[Placement]:
    """The values that an expression inserts into a URL, by the text before them."""
    for before, value, following in inserted(node, _MAY_BE):
        query = _QUERY.search(before)
        if query is not None and (query[0].startswith("?") or _IS_URL.search(before)):
            yield Placement(query[1], value)
        elif _BOT.search(before) and ("telegram" in before or before.startswith(("http", "*"))):
            yield Placement("bot_token", value)
        elif before.endswith(("?", "&")) and isinstance(value, s.Call):
            yield from _encoded(value)
        elif following.startswith("@") and _USER.search(before):
            yield Placement("password", value)


def _encoded(call: s.Call) -> Iterator[Placement]:
    """What `urlencode({"token": token})` puts into a query, each under its name."""
    if s.last_part(call.func) != "urlencode" or not call.args:
        return
    given = call.args[0].value
    if isinstance(given, s.Name | s.Attr):  # what is in it, is known later
        yield Placement("", given)
    for key, value in given.items[:_MAX_PARTS] if isinstance(given, s.Dict) else ():
        if (name := s.literal_text(key)) is not None:
            yield Placement(name, value)


def inserted(node: s.Expr, pattern: re.Pattern[str]) -> Iterator[tuple[str, s.Expr, str]]:
    """What an expression puts into a text: (the text before it, the value, the text after it),
    with `*` for what else is put in before. Of a template (`%`, `format`) only where `pattern`
    finds something."""
    match node:
        case s.Text(parts=parts):
            yield from _in_parts(parts[:_MAX_PARTS])
        case s.BinOp(op="%", left=s.Const(value=str() as text), right=right):
            if pattern.search(text):
                yield from _in_pattern(text, _PERCENT, _operands(right), _named(right))
        case s.BinOp(op="+", left=left, right=right):
            before = _end_of(left)
            if before and not isinstance(right, s.Const):
                yield before, right, ""
        case s.Call(func=s.Attr(name="format", value=s.Const(value=str() as text))):
            if pattern.search(text):
                yield from _in_pattern(text, _BRACES, node.by_position(), node.by_name())


def inserted_by(text: str, given: list[s.Expr]) -> Iterator[tuple[str, s.Expr, str]]:
    """As `inserted`, for the arguments that a logger puts into its message."""
    mark = _PERCENT if "%" in text else _BRACES
    yield from _in_pattern(text, mark, given, {})


def _in_parts(parts: list[s.Expr]) -> Iterator[tuple[str, s.Expr, str]]:
    before = ""
    for number, part in enumerate(parts):
        if isinstance(part, s.Const):
            before += s.literal_text(part) or ""
            continue
        if before:
            following = parts[number + 1] if number + 1 < len(parts) else None
            yield before, part, s.literal_text(following) or ""
        before += "*"  # some text that is not known


def _in_pattern(
    text: str, mark: re.Pattern[str], given: list[s.Expr], named: Mapping[str, s.Expr]
) -> Iterator[tuple[str, s.Expr, str]]:
    count = 0
    for found in mark.finditer(text):
        name = found[1] or ""
        value: s.Expr | None = named.get(name)
        if value is None and (not name or name.isdigit()):
            at = int(name) if name.isdigit() else count
            value = given[at] if at < len(given) else None
            count += 1
        if value is not None and (mark is _BRACES or found[0][-1] in _AS_TEXT):
            yield mark.sub("*", text[: found.start()]), value, text[found.end() :]


def _named(right: s.Expr) -> dict[str, s.Expr]:
    """The entries of the dict that a template with names is given."""
    if not isinstance(right, s.Dict):
        return {}
    return {name: value for key, value in right.items
            if (name := s.literal_text(key)) is not None}  # fmt: skip


def _operands(right: s.Expr) -> list[s.Expr]:
    return right.items if isinstance(right, s.Seq) else [right]


def _end_of(left: s.Expr) -> str:
    """The text that a sum ends with."""
    while isinstance(left, s.BinOp) and left.op == "+":
        left = left.right
    if isinstance(left, s.Text) and left.parts:
        left = left.parts[-1]
    return s.literal_text(left) or ""
