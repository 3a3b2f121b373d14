"""`omission`: a function does one thing, and leaves out another that belongs to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.provenance.call_targets import callees
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part

# How far the functions that it calls are looked into for what it leaves out.
_MAX_DEPTH = 2
_MAX_TEXT = 400
_COMMENT = re.compile(r"(?m)^[ \t]*#.*$")


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The functions of such a name in which an assignment or call matches `does`, and in which, or
    in a function that they call, nothing matches `without`."""
    parameters = match.parameters
    function = re.compile(parameters["function"])
    does = re.compile(parameters["does"])
    without = re.compile(parameters["without"]) if "without" in parameters else None
    unless = re.compile(parameters["unless-in-file"]) if "unless-in-file" in parameters else None
    named = [s for s in context.scopes if s.kind == "function" and function.search(s.qualname)]
    if not named:
        return
    if "in-file" in parameters and not re.search(parameters["in-file"], context.module.text):
        return
    for scope in named:
        if context.silenced(match, scope):
            continue
        done = next((act for act in _acts(scope) if does.search(act[0])), None)
        if done is None or (unless is not None and unless.search(scope.module.text)):
            continue
        if without is not None and _is_said(context, scope, without):
            continue
        _, place, call = done
        words = {"call": call, "name": scope.name}
        yield Hit(rule, scope, place, scope.qualname, words,
                  unless_project=context.project_unless(match))  # fmt: skip


def _acts(scope: Scope) -> list[tuple[str, tuple[int, int], str]]:
    """What a function does, in order: its assignments and calls as they are written, the place of
    each, and what is assigned to or called."""
    text = scope.module.text
    found: list[tuple[str, tuple[int, int], str]] = []
    for path, bindings in scope.bindings.items():
        for binding in bindings:
            if binding.kind == "value" and binding.value is not None:
                value = text[binding.value.pos : binding.value.end][:_MAX_TEXT]
                found.append((f"{path} = {value}", (binding.pos, binding.end), path))
    for call in scope.calls:
        place = (call.pos, call.func.end)
        found.append((text[call.pos : call.end][:_MAX_TEXT], place, last_part(call.func)))
    return sorted(found, key=lambda act: act[1])


def _is_said(context: Context, scope: Scope, without: re.Pattern[str], depth: int = 0) -> bool:
    """Whether a function, or one that it calls, speaks of it otherwise than in a comment."""
    if without.search(_COMMENT.sub("", _body_of(scope))):
        return True
    if depth >= _MAX_DEPTH:
        return False
    for call in scope.calls:
        for callee in callees(context.resolver, call, scope, None):
            called = callee.function
            if called is None or called is scope:
                continue
            if _is_said(context, called, without, depth + 1):
                return True
    return False


def _body_of(scope: Scope) -> str:
    """The source of a function without its docstring."""
    text = source_of(scope)
    node = scope.node
    first = node.body[0] if isinstance(node, s.Def) and node.body else None
    if isinstance(first, s.ExprStmt) and isinstance(first.value, s.Const):
        start = first.pos - scope.node.pos if scope.node is not None else 0
        return text[:start] + text[first.end - first.pos + start :]
    return text
