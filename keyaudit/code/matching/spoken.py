"""Finds out what a function, and those that it calls, speak of."""

from __future__ import annotations

import re

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.provenance.call_targets import callees
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex

# How far the functions that it calls are looked into.
_MAX_DEPTH = 2
_ABSTRACT = regex(r"\braise[ \t]+NotImplemented")
# Of what stands behind code, only what is no part of a text for sure.
_COMMENT = regex(r"(?m)^[ \t]*#.*$|[ \t]#[^\n\"']*$")


def is_said(
    context: Context, scope: Scope, words: re.Pattern[str], depth: int = 0,
    past: re.Pattern[str] | None = None,
) -> bool:  # fmt: skip
    """Whether a function, or one that it calls, speaks of it otherwise than in a comment. Functions
    whose name `past` matches are not looked into."""
    body = _COMMENT.sub("", _body_of(scope))
    if depth and _ABSTRACT.search(body):
        return False  # what is done instead is not in sight
    if words.search(body):
        return True
    if depth >= _MAX_DEPTH:
        return False
    for call in scope.calls:
        for callee in callees(context.resolver, call, scope, None):
            called = callee.function
            if called is None or called is scope:
                continue
            if past is not None and past.search(called.name):
                continue
            if is_said(context, called, words, depth + 1, past):
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
