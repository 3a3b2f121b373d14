"""Columns and fields that say until when, or how long, a token or key is good, and may be empty or
0."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.surroundings import block_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import KEY, TOKEN

# What lets its holder in, by the name of the table. A link that its owner shares may well stay.
_KEYS = regex(
    r"(?i)^(?:\w+_)?(?:api_?(?:access_?)?key|access_?key|service_?key|client_?secret)s?"
    r"(?:model|entity|record|row|table|orm|db)?$"
)
_TOKENS = regex(
    r"(?i)^(?:(?:\w*_)?(?:api|personal|personal_?access|access|auth(?:entication)?|bearer|login|session|service|app|bot"
    r"|device|agent|user|refresh|reset|invit(?:e|ation)))_?tokens?(?:model|entity|record|row|table|orm|db)?$"
    r"|^tokens?(?:model|orm|db)?$|^(?:(?:user|login|auth|web)_?sessions?|session)(?:model|orm|db)?$"
    r"|^(?:\w+_)?(?:invit(?:e|ation)|magic_?link)s?(?:model|orm|db)?$"
)
_ENDS = regex(
    r"(?i)^_?(?:\w+_)?(?:expir(?:y|es|ation|e)?(?:_?(?:at|on|date|time|ts))?|valid_?(?:until|to)|not_after)$"
)
# How long one is good: with 0 it never ends, as what is good for no time is not made.
_LENGTHS = regex(
    r"(?i)^_?(?:\w+_)?(?:validity|ttl|life_?time|expires_?in|max_?age|valid_for)"
    r"(?:_?(?:seconds|secs|minutes|hours|days))?$"
)
_NO_LENGTH = regex(r"\b(?:server_)?default\s*=\s*[\"']?0[\"']?\s*[,)]")
# A class of fields (pydantic, a dataclass) that describes a key, or is what one is asked for with.
_DESCRIBES = regex(
    r"(?i)^(?:\w+_)?(?:(?:api|access|service|signing|encryption|crypto|private|secret|ssh|pgp|gpg|deploy|ksk|zsk|ca|root|session"
    r"|symmetric|asymmetric|master|data)_?keys?)(?:_?(?:spec|config|info|model|entry|record|metadata|settings))?$"
)
_ASKS = regex(
    r"(?i)^(?:create|new|add|issue|generate)_?(?:\w+_)?(?:api_?key|(?:personal_?)?access_?token|api_?token|service_?key)"
    r"(?:_?(?:request|schema|model|form|input|params|payload|body|in|dto))?$"
    r"|^(?:\w+_)?(?:api_?key|(?:personal_?)?access_?token|api_?token|service_?key)_?(?:create|creation|new|issue|generate)"
    r"(?:_?(?:request|schema|model|form|input|params|payload|body|in|dto))?$"
)
_FIELD = regex(r"(?:^|\.)[Ff]ield$")
_DEFAULT_NONE = regex(r"\(\s*(?:default\s*=\s*)?None\b|\bdefault\s*=\s*None\b")
_COLUMN = regex(r"(?:^|\.)(?:Column|mapped_column|Field|\w+Field)$")
_COLUMN_CALL = regex(r"\b(?:Column|mapped_column|[A-Z]\w*Field)\(")
_EMPTY = regex(r"\b(?:null|nullable)\s*=\s*True\b")
# Mapped[datetime | None]: what the annotation says, holds where no argument does.
_OPTIONAL = regex(r":[^=\n]*(?:\bNone\b|\bOptional\[)")
_FILLED = regex(r"\bnullable\s*=\s*False\b")
# A token that another service gave, and ends.
_OF_OTHERS = regex(
    r"(?i)\b(?:provider|vendor|service_?name|exchange|\w*_url|external_id|id_token|uid|extra_data)\s*(?::[^=\n]+)?="
)


def of(scope: Scope) -> Iterator[Declaration]:
    """The columns of a table of tokens or keys that say when one ends, and need not be filled, and
    such fields of what describes a key or asks for one."""
    if scope.kind == "function":
        yield from _given(scope)
    if scope.kind != "class":
        return
    yield from _fields(scope)
    held = KEY if _KEYS.search(scope.name) else TOKEN if _TOKENS.search(scope.name) else ""
    if not held or _OF_OTHERS.search(block_of(scope)):
        return
    text = scope.module.text
    for name, bindings in scope.bindings.items():
        for binding in bindings:
            value = binding.assigned
            is_length = _LENGTHS.search(name) is not None
            if not isinstance(value, s.Call) or not (is_length or _ENDS.search(name)):
                continue
            if not _COLUMN.search(text[value.func.pos : value.func.end]):
                continue
            declared = text[value.pos : value.end]
            before = text[binding.end : value.pos]
            loose = (
                _EMPTY.search(declared)
                or (_OPTIONAL.search(before) and not _FILLED.search(declared))
                or (is_length and _NO_LENGTH.search(declared))
            )
            if loose:
                place = (binding.pos, binding.end)
                yield Declaration(f"{scope.name}.{name}", name, held, place)


def _fields(scope: Scope) -> Iterator[Declaration]:
    """The annotated fields of a class with an end that is None where nobody gives one."""
    if not _is_about_keys(scope):
        return
    text = scope.module.text
    for name, bindings in scope.bindings.items():
        for binding in bindings:
            value = binding.assigned
            if value is None or not _ENDS.search(name) or not _is_none(value, text):
                continue
            if _OPTIONAL.search(text[binding.end : value.pos]):
                yield _loose(scope, name, (binding.pos, binding.end))


def _given(scope: Scope) -> Iterator[Declaration]:
    """The same of a class whose fields are the parameters of its constructor."""
    owner = scope.owner
    if scope.name != "__init__" or owner is None or not _is_about_keys(owner):
        return
    text = scope.module.text
    for param in scope.params:
        if param.default is None or not _ENDS.search(param.name):
            continue
        between = text[param.pos + len(param.name) : param.default.pos]
        if _OPTIONAL.search(between) and _is_none(param.default, text):
            yield _loose(owner, param.name, (param.pos, param.end))


def _is_about_keys(scope: Scope) -> bool:
    if not _ASKS.search(scope.name) and not _DESCRIBES.search(scope.name):
        return False
    block = block_of(scope)
    return not _OF_OTHERS.search(block) and not _COLUMN_CALL.search(block)


def _loose(scope: Scope, name: str, place: tuple[int, int]) -> Declaration:
    held = TOKEN if "oken" in scope.name else KEY
    return Declaration(f"{scope.name}.{name}", name, held, place)


def _is_none(value: s.Expr, text: str) -> bool:
    if isinstance(value, s.Call):
        func = text[value.func.pos : value.func.end]
        declared = text[value.pos : value.end]
        return _FIELD.search(func) is not None and _DEFAULT_NONE.search(declared) is not None
    return isinstance(value, s.Const) and value.value is None
