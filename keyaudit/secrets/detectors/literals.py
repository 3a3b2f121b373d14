"""Literals whose names call them secret, in any language, and those in literals within literals."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from keyaudit.core.patterns import regex
from keyaudit.secrets.detectors.bare_values import pair_values, repeats_name
from keyaudit.secrets.detectors.bound_names import names_of
from keyaudit.secrets.judgement.names import strictness
from keyaudit.secrets.judgement.values import has_form, is_secret
from keyaudit.secrets.values.expressions import Kind, TokenizedLine, tokenize_line

_INNER = regex(r"\\[\"']|&quot;|&#3[49];|&apos;")
_QUOTE = regex(r"[\"']")
_QUOTES = regex(r"[\"'`]")
# A digit, a capital letter that does not begin a word, a sign that is not between words.
_VARIED = regex(r"\d|(?<=.)[A-Z]|^[A-Z](?![a-z]{2})|[^\w\s./:-]")
_VARIED_WITH_MORE = regex(r"\d|[A-Z]|[^\w\s./:-]")
_ENTITY = regex(r"&(?:quot|apos|#3[49]|#x2[27]);")
_DOUBLED = regex(r"\"\"\w+\"\"|''\w+''")
_BODIES = regex(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'")
_PLACEHOLDER = regex(r"[$#]\{(?P<name>[\w.-]{1,80}):(?![-=?+])(?P<default>[^\s\"'`{}]{8,200})\}")
_PIECE = 4  # characters; a shorter piece of a concatenated text is none
_DEEPEST = 3


def secret_literals(text: str, depth: int = 0) -> Iterator[tuple[str, int]]:
    """The secret literals of a text, with the columns (from 0) at which they begin.

    Those of literals in literals have the column of the outermost; their escapes are taken off.
    """
    if not _may_hold(text):
        return
    line = tokenize_line(text)
    for place, token in enumerate(line.tokens):
        if token.kind is not Kind.TEXT or len(token.text) < _PIECE:
            continue
        value = token.value
        if depth < _DEEPEST and (_INNER.search(token.text) or _holds_literals(value)):
            inner = html.unescape(value) if _ENTITY.search(value) else value
            for found, _ in secret_literals(inner, depth + 1):
                yield found, token.start
        if "=" in token.text:
            for found in pair_values(value):
                yield found, token.start
        if "{" in token.text:
            for found in _defaults(token.text):
                yield found, token.start
        whole = _whole(text, line, place)
        if whole is not None and _is_called_secret(line, place, whole):
            yield token.text, token.start
    if depth < _DEEPEST and _ENTITY.search(text):
        for found, _ in secret_literals(_ENTITY.sub(_unescaped, text), _DEEPEST):
            yield found, 0
    if depth < _DEEPEST and _DOUBLED.search(text):
        for body in _BODIES.finditer(text):
            sign = body[0][0]
            for found, _ in secret_literals(body[0][1:-1].replace(sign * 2, sign), _DEEPEST):
                yield found, body.start()


def _defaults(text: str) -> Iterator[str]:
    """The secrets that placeholders of Spring have for want of a setting: `${jwt.secret:…}`."""
    for found in _PLACEHOLDER.finditer(text):
        level = strictness(found["name"])
        value = found["default"]
        if level is not None and is_secret(value, level) and not repeats_name(found["name"], value):
            yield value


def _may_hold(text: str) -> bool:
    """Whether a text may have a literal that looks made up, which is asked before it is tokenized:
    of what stands between two quotes something is as long as a piece, and something not in small
    letters alone."""
    between = _QUOTES.split(text)[1:-1]
    if not between:
        return "&" in text
    # A text may hold the other kind of quotes.
    long = ('"' in text and "'" in text) or any(
        len(part) >= _PIECE and (" " not in part or "=" in part) for part in between
    )
    varied = _VARIED if "+" not in text else _VARIED_WITH_MORE
    return (long and any(map(varied.search, between))) or "&" in text


def _unescaped(entity: re.Match[str]) -> str:
    return html.unescape(entity[0])


def _holds_literals(value: str) -> bool:
    return len(_QUOTE.findall(value)) >= 4


def _whole(text: str, line: TokenizedLine, place: int) -> str | None:
    """The text that a literal begins, with what is added to it (`"…" + "…"`, `"…" "…"`); None for
    a later piece, which belongs to the first."""
    tokens = line.tokens
    before = tokens[place - 1] if place else None
    if before is not None and (before.text == "+" or before.kind is Kind.TEXT):
        earlier = place - 2 if before.text == "+" else place - 1
        if earlier >= 0 and tokens[earlier].kind is Kind.TEXT and _touch(text, line, place):
            return None
    parts = [tokens[place].value]
    at = place + 1
    while at < len(tokens) and len(parts) < 40:
        if parts[-1].startswith("$"):
            break  # a variable, and in a shell a word of its own
        if tokens[at].kind is Kind.TEXT:
            if not _touch(text, line, at):
                break
            parts.append(tokens[at].value)
        elif tokens[at].text != "+":
            break
        at += 1
    return "".join(parts)


def _touch(text: str, line: TokenizedLine, place: int) -> bool:
    """Whether no number, which is no token, stands before one: `"length" 10 "strong"`."""
    between = text[line.tokens[place - 1].end : line.tokens[place].start]
    return not any(map(str.isdigit, between))


def _is_called_secret(line: TokenizedLine, place: int, value: str) -> bool:
    # Names come again and again and are soon judged, values are each another.
    if not has_form(value):
        return False
    if place + 1 < len(line.tokens) and line.tokens[place + 1].text == "=>":
        return False  # a name, in PHP or Ruby
    for name in names_of(line, place):
        level = strictness(name)
        if level is not None and is_secret(value, level) and not repeats_name(name, value):
            return True
    return False
