"""Tokens that get an end only if somebody asks for one, where nobody does; and tables of keys that
say when each was issued, and not until when it is good."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import (
    MAKES_TOKEN,
    Declaration,
    entries,
    last_item,
)
from keyaudit.code.matching.surroundings import block_of
from keyaudit.code.provenance.call_targets import callees
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.argument_binding import bind_params
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.core.patterns import regex

_ENCODES = regex(r"\bencode\(|\bjwt\b|\.dumps\(")
_END = regex(r"(?i)exp|ttl|life|age$|delta|minutes|seconds|hours|days|valid|duration|until")
# A table of what is given out to let somebody in, by the name of its class.
_TABLE = regex(
    r"(?i)^(?:api_?(?:access_?)?(?:key|token)|access_?key|service_?key"
    r"|(?:personal|access|bearer|service|app|bot|agent|device)_?(?:access_?)?token)s?"
    r"(?:model|entity|record|row|table|orm|db)?$"
)
_COLUMN = regex(r"(?:^|\.)(?:Column|mapped_column|\w+Field)$")
_ISSUED = regex(r"(?i)^(?:issued|created|generated|added)(?:_?(?:on|at|date|time))?$")
_ENDS = regex(
    r"(?i)expir|valid_?(?:until|to|before|thru|for)|not_?after|\bttl\b|life_?(?:time|span)|max_?age"
    r"|end(?:s|ed)?_?(?:at|date|time|on)|deadline|\babstract = True|provider|vendor|_url\b"
)


def of(resolver: Resolver, scope: Scope) -> Iterator[Declaration]:
    """The calls that make a token without an end, and the columns that say when one was issued."""
    for call in scope.calls:
        if MAKES_TOKEN.match(s.last_part(call.func)):
            missing = _end_left_out(resolver, call, scope)
            if missing:
                place = (call.pos, call.func.end)
                yield Declaration(s.last_part(call.func), missing, "token", place)
    if scope.kind == "class" and _TABLE.match(scope.name):
        yield from _issued(scope)


def _end_left_out(resolver: Resolver, call: s.Call, scope: Scope) -> str:
    """The parameter that would give a token its end, where this call leaves it out; else ""."""
    if any(arg.star for arg in call.args):
        return ""
    for callee in callees(resolver, call, scope, None):
        function = callee.function
        if function is None or function is scope or not isinstance(function.node, s.Def):
            continue
        text = block_of(function)
        if not _ENCODES.search(text):
            continue
        skip = function.owner is not None and not function.is_static
        given = bind_params(call, function.params, skip).values
        for param in function.params:
            is_none = isinstance(param.default, s.Const) and param.default.value is None
            if not is_none or not _END.search(param.name):
                continue
            passed = given.get(param.name)
            left_out = passed is None or (isinstance(passed, s.Const) and passed.value is None)
            if left_out and _ends_only_with(function, param.name):
                return param.name
    return ""


def _ends_only_with(function: Scope, name: str) -> bool:
    """Whether a function gives a token its end only where the parameter of that name has a
    value."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    ends = [
        binding
        for path, bindings in function.bindings.items()
        if last_item(path) == "exp"
        for binding in bindings
    ]
    for call in function.calls:
        if s.last_part(call.func) == "update" and any(
            key == "exp" for arg in call.args for key, _, _ in entries(arg.value)
        ):
            ends.append(Binding("value", "exp", call.pos, call.end, function,
                                context=call.context))  # fmt: skip
    if not ends or re.search(r"""["']exp["']\s*:""", _without_updates(function)):
        return False
    return all(_is_asked_for(function, end, word) for end in ends) and not _has_other(
        function, word
    )


def _is_asked_for(function: Scope, end: Binding, word: re.Pattern[str]) -> bool:
    """Whether an end is set in a branch alone that asks whether there is the parameter."""
    text = function.module.text
    for kind, number, part in end.context:
        test = function.tests.get(number) if kind == "if" else None
        if test is not None and part == "body" and word.search(text[test.pos : test.end]):
            return True
    return False


def _has_other(function: Scope, word: re.Pattern[str]) -> bool:
    """Whether the parameter is given another value where it has none: `ttl = ttl or DAY`."""
    text = block_of(function)
    return re.search(rf"(?m)^\s*{word.pattern}\s*(?::[^=\n]+)?=(?!=)", text) is not None


def _without_updates(function: Scope) -> str:
    return re.sub(r"\.update\([^)]*\)?", "", block_of(function))


def _issued(scope: Scope) -> Iterator[Declaration]:
    if _ENDS.search(block_of(scope)):
        return
    for name, bindings in scope.bindings.items():
        for binding in bindings:
            value = binding.assigned
            called = value.func if isinstance(value, s.Call) else None
            if called is None or not _ISSUED.match(name):
                continue
            if _COLUMN.search(scope.module.text[called.pos : called.end]):
                yield Declaration(f"{scope.name}.{name}", name, "key", (binding.pos, binding.end))
                return
