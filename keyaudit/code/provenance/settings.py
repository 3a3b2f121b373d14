"""The defaults of settings that are read by calls without a model: `self.get_option("verify",
False)`.

What such a call returns is not known, but for what it returns where nobody set the option.
"""

from __future__ import annotations

import re

from keyaudit.code import syntax as s
from keyaudit.code.provenance.origin import Frame, Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

_READS = regex(
    r"_*(?:(?:get|read|fetch|lookup|find|load|pop)_?)?(?:config(?:uration)?|conf|cfg|param(?:eter)?|"
    r"opt(?:ion)?|settings?|env(?:iron)?|value|variable|var|arg(?:ument)?|attr|property|prop|"
    r"pref(?:erence)?|field|flag|bool(?:ean)?|int|str|key)(?:_?\w{0,12})$"
    r"|_*(?:get|pop|setdefault|getenv)$",
    re.IGNORECASE,
)
_BY_NAME = ("default", "fallback", "default_value", "defaultValue")


def of_setting_default(
    resolver: Resolver, call: s.Call, scope: Scope, frame: Frame | None
) -> list[Origin]:
    """The origins of the default of a call that reads a setting; empty for any other call.

    Of what is passed by position only a bool or a number is a default for sure: a text may be a
    second part of the option's name.
    """
    if not call.args or not _READS.match(last_part(call.func)):
        return []
    for arg in call.args:
        if arg.name in _BY_NAME:
            return _given(resolver, arg.value, scope, frame)
    if s.literal_text(call.args[0].value) is None or len(call.args) < 2:
        return []
    second = call.args[1]
    by_position = second.name is None and not second.star
    if by_position and isinstance(resolver.constant(second.value, scope, frame), bool | int):
        return _given(resolver, second.value, scope, frame)
    return []


def _given(resolver: Resolver, value: s.Expr, scope: Scope, frame: Frame | None) -> list[Origin]:
    return [
        o.transformed("default").with_step(
            scope.module, value.pos, value.end, "the default of a setting"
        )
        for o in resolver.origins(value, scope, frame)
        if o.kind == "literal"
    ]
