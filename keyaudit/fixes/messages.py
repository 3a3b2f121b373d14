"""Format strings: which values they take as text."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError

UNUSUAL = "the message is formatted in an unusual way"
_CONVERSION = regex(
    r"%(?:\((?P<name>\w+)\))?[-+ #0]*(?P<width>\d+|\*)?(?:\.(?P<digits>\d+|\*))?(?P<type>[a-zA-Z%])"
)
_TEXT_FORMAT = regex(r"[^{}]?[<>^]?\d*(?:\.\d+)?s?")


class Conversion(NamedTuple):
    """A conversion such as `%(name)5s`, with the key that it names and its place in the string."""

    type: str
    name: str | None
    start: int
    end: int
    is_plain: bool


def conversions(text: str) -> list[Conversion]:
    """The conversions of a format string for `%`."""
    return [
        Conversion(
            found["type"],
            found["name"],
            *found.span(),
            "*" not in (found["width"], found["digits"]),
        )
        for found in _CONVERSION.finditer(text)
        if found["type"] != "%"
    ]


def require_text_accepted(message: ast.expr, hits: Sequence[ast.expr]) -> None:
    """Raise DeclinedError unless a text may stand in the place of each of some parts of a message:
    `%d` and `{:x}` take numbers only."""
    match message:
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod(), right=right):
            _require_conversions(text, right, hits)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            _require_fields(text, message, hits)


def _require_conversions(text: str, right: ast.expr, hits: Iterable[ast.expr]) -> None:
    found = conversions(text)
    if isinstance(right, ast.Dict):
        names = {
            value: key.value
            for key, value in zip(right.keys, right.values, strict=True)
            if isinstance(key, ast.Constant)
        }
        types = {one.type for hit in hits for one in found if one.name == names.get(hit)}
        known = all(hit in names for hit in hits)
    else:
        values = list(right.elts) if isinstance(right, ast.Tuple) else [right]
        known = len(found) == len(values) and all(
            one.is_plain and one.name is None for one in found
        )
        types = {found[values.index(hit)].type for hit in hits} if known else set()
    if not known or not types <= set("sra"):
        raise DeclinedError(UNUSUAL)


def _require_fields(text: str, call: ast.Call, hits: Iterable[ast.expr]) -> None:
    try:
        fields = list(string.Formatter().parse(text))
    except ValueError:
        raise DeclinedError(UNUSUAL) from None
    wanted = {str(at) for at, value in enumerate(call.args) if value in hits}
    wanted |= {str(one.arg) for one in call.keywords if one.value in hits}
    automatic = 0
    for _, name, form, conversion in fields:
        if name is None:
            continue
        if not name:
            name, automatic = str(automatic), automatic + 1
        head = re.split(r"[.\[]", name)[0]
        if head in wanted and (
            head != name or not (conversion or _TEXT_FORMAT.fullmatch(form or ""))
        ):
            raise DeclinedError(UNUSUAL)
