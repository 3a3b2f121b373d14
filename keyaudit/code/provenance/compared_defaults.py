"""What a comparison comes to by the default of what is compared: `getenv("VERIFY", "false") ==
"true"` is false where nobody set the option, and so is `"VERIFY" in os.environ`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyaudit.code import syntax as s
from keyaudit.code.provenance.origin import NO_VALUE, Frame, Origin
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex

if TYPE_CHECKING:
    from keyaudit.code.provenance.resolver import Resolver

_OPERATORS = {"==": True, "in": True, "!=": False, "not in": False}
# Functions that read a text as a bool, and the texts that they read as false.
_READS = regex(
    r"(?i)_*(?:str(?:ing)?|text|env|val(?:ue)?)_?(?:to|2|as)_?bool(?:ean)?|strtobool"
    r"|(?:to|as|parse|eval|check)_?bool(?:ean)?|bool_?(?:check|from_str(?:ing)?)|(?:is_?)?truthy|is_?true"
)
_FALSE = frozenset({"false", "no", "off", "0", "f", "n", ""})
_TRUE = frozenset({"true", "yes", "on", "1", "t", "y"})
_DEFAULTS = frozenset({"default", "environment-default"})


def of_comparison(
    resolver: Resolver, expr: s.Compare, scope: Scope, frame: Frame | None
) -> list[Origin]:
    """The bools that a comparison with a text, or with some texts, has by the defaults of its left
    side, and one that asks whether a variable is set; empty for comparisons of anything else."""
    if asks_whether_set(expr):
        unset = resolver.literal(expr, scope, expr.rest[0][0] == "not in")
        return [unset.transformed("environment-default")]
    if len(expr.rest) != 1 or not isinstance(expr.left, s.Call | s.Name):
        return []
    operator, right = expr.rest[0]
    if operator not in _OPERATORS or not isinstance(right, s.Const | s.Seq):
        return []
    asked = resolver.constant(right, scope, frame)
    texts = asked if isinstance(asked, tuple) else (asked,)
    if asked is NO_VALUE or not all(isinstance(text, str) for text in texts):
        return []
    return [
        origin.with_value((origin.value in texts) is _OPERATORS[operator], None)
        for origin in resolver.origins(expr.left, scope, frame)
        if isinstance(origin.value, str) and not _DEFAULTS.isdisjoint(origin.via)
    ]


def asks_whether_set(expr: s.Compare) -> bool:
    """Whether a comparison asks if a variable is set: `"VERIFY" in os.environ`."""
    operator, right = expr.rest[0]
    if len(expr.rest) > 1 or operator not in ("in", "not in") or s.last_part(right) != "environ":
        return False
    return isinstance(expr.left, s.Const) and isinstance(expr.left.value, str)


def of_read_bool(
    resolver: Resolver, call: s.Call, scope: Scope, frame: Frame | None
) -> list[Origin]:
    """The bools that a call reads out of the defaults of the text it is given:
    `str_to_bool(getenv("VERIFY", "false"))`."""
    if len(call.args) != 1 or call.args[0].star or not _READS.fullmatch(s.last_part(call.func)):
        return []
    return [
        origin
        if isinstance(origin.value, bool)
        else origin.with_value(origin.value.lower() in _TRUE, None)
        for origin in resolver.origins(call.args[0].value, scope, frame)
        if not _DEFAULTS.isdisjoint(origin.via)
        and (
            isinstance(origin.value, bool)
            or (isinstance(origin.value, str) and origin.value.lower() in _TRUE | _FALSE)
        )
    ]
