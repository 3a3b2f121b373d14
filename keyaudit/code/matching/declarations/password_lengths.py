"""How short a password people may choose: by a comparison of its length, a setting, or what a field
of a form asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import (
    Declaration,
    entries,
    last_item,
    tables_of,
)
from keyaudit.code.matching.surroundings import block_of, source_of
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import PASSWORD, reading

# Fewer characters than that are too few wherever people choose a password; and one character is no
# demand for a length.
_ENOUGH, _MEANT = 8, 2
_SETTING = regex(
    r"(?i)\A_*(?:\w+_)?(?:min(?:imum)?_?(?:\w+_)?(?:passw(?:or)?d|passphrase)_?(?:len(?:gth)?|chars|size)?"
    r"|(?:passw(?:or)?d|passphrase)_?(?:len(?:gth)?_)?min(?:imum)?(?:_?(?:len(?:gth)?|chars))?)\Z"
)
_ASKED = regex(r"(?:\b[mM]in(?:_?[lL]ength)?\s*=\s*|\bLength\(\s*)(\d+)")
# A field of pydantic's, by its annotation or by what it is given.
_FIELD = regex(
    r"^[ \t]+(\w+)[ \t]*:[^\n()#]{1,80}\([^()]{0,200}?\bmin_length[ \t]*=[ \t]*(\d+)", re.MULTILINE
)
_VALIDATOR = regex(r"MinimumLengthValidator\b[^}]{0,80}\{[^}]{0,80}min_length[\"']\s*:\s*(\d+)")
# What shows a part of a password, makes one or tries some out has no demands on people.
_OTHERWISE = regex(
    r"\*{2,}|[\"'][*\u2022x][\"']|choice\(|choices\(|token_|urandom|randint|wordlist|crack"
    r"|(?i:\bmask|redact|obfusc|hide_|strength|score|entropy)"
)
_OF_LOGIN = regex(r"(?i)log_?in|sign_?in|authenticat|verify")
_OPPOSITE = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def of(scope: Scope) -> Iterator[Declaration]:
    """The demands of a scope on the length of passwords that are below what is enough."""
    yield from _compared(scope)
    for path, bindings in scope.bindings.items():
        name = last_item(path) or path.rpartition(".")[2]
        for binding in bindings:
            value = binding.assigned
            if value is not None:
                yield from _by_name(name, value, (binding.pos, binding.end))
                yield from _of_field(scope, name, binding, value)
    if scope.kind == "class" and not _OF_LOGIN.search(scope.qualname):
        yield from _annotated(scope)
    for display in tables_of(scope):
        for name, value, place in entries(display):
            yield from _by_name(name, value, place)


def _compared(scope: Scope) -> Iterator[Declaration]:
    """`if len(password) < 6`, where nothing in the function asks for more."""
    found = [
        (least, name, compare)
        for compare in scope.compares
        for operator, right in compare.rest[:1]
        for least, name in _least(compare.left, operator, right)
    ]
    if not found or max(least for least, _, _ in found) >= _ENOUGH:
        return
    source = source_of(scope)
    if _OTHERWISE.search(source) or _OF_LOGIN.search(scope.qualname):
        return
    least, name, compare = max(found, key=lambda each: each[0])
    if least >= _MEANT:
        yield Declaration(name, f"len({name})", PASSWORD, (compare.pos, compare.end), least)


def _least(left: s.Expr, operator: str, right: s.Expr) -> Iterator[tuple[int, str]]:
    """How long a password has to be by a comparison, and what it is called."""
    if isinstance(left, s.Const):
        left, operator, right = right, _OPPOSITE.get(operator, ""), left
    if operator not in _OPPOSITE or not isinstance(left, s.Call) or len(left.args) != 1:
        return
    name = s.last_part(left.args[0].value)
    if s.last_part(left.func) != "len" or reading(name) != PASSWORD:
        return
    if isinstance(right, s.Const) and type(right.value) is int:
        yield right.value + (operator in ("<=", ">")), name


def _annotated(scope: Scope) -> Iterator[Declaration]:
    """What fields of a model ask for, whose names with annotations become parameters."""
    source, start = block_of(scope), scope.node.pos if scope.node is not None else 0
    for found in _FIELD.finditer(source) if "min_length" in source else ():
        if reading(found[1]) == PASSWORD and _MEANT <= int(found[2]) < _ENOUGH:
            place = (start + found.start(1), start + found.end(1))
            yield Declaration(found[1], found[1], PASSWORD, place, int(found[2]))


def _by_name(name: str, value: s.Expr, place: tuple[int, int]) -> Iterator[Declaration]:
    asked = value.value if isinstance(value, s.Const) else None
    if type(asked) is int and _MEANT <= asked < _ENOUGH and _SETTING.match(name):
        yield Declaration(name, name, PASSWORD, place, asked)


def _of_field(scope: Scope, name: str, binding: Binding, value: s.Expr) -> Iterator[Declaration]:
    """What a field of a form or a model, or Django's list of validators, asks for."""
    text = scope.module.text[value.pos : value.end]
    place = (binding.pos, binding.end)
    if name == "AUTH_PASSWORD_VALIDATORS":
        if text in ("[]", "()"):
            yield Declaration(name, name, PASSWORD, place, 0)
        found = _VALIDATOR.search(text)
        if found is not None and int(found[1]) < _ENOUGH:
            place = (value.pos + found.start(1), value.pos + found.end(1))
            yield Declaration(name, "MinimumLengthValidator", PASSWORD, place, int(found[1]))
        return
    if scope.kind != "class" or _OF_LOGIN.search(scope.qualname):
        return
    if reading(name) != PASSWORD and not ("EqualTo(" in text and "password" in name):
        return
    asked = [int(found[1]) for found in _ASKED.finditer(text)] if isinstance(value, s.Call) else []
    if asked and _MEANT <= max(asked) < _ENOUGH:
        yield Declaration(name, name, PASSWORD, place, max(asked))
