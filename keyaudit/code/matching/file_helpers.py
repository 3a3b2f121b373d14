"""Calls of functions that remove, or put aside, the file whose path they are given.

A program has one of these for all its files, so that the call of a library that does it stands
where nothing is known of the file. What is done is told by the function's name, and by its body
where it can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.catalogue.types import CallModel
from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.provenance.call_targets import callees
from keyaudit.code.selection.removals import PUTS_ASIDE, REMOVES
from keyaudit.code.semantics.argument_binding import Bound
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

_PATH = regex(r"(?i)_*(?:path|file_?(?:name|path)?|fname|fn|src|source|target|name)_?\Z")
_REMOVAL = regex(r"\b(?:remove|unlink|rmtree)\b|[\"'](?:/bin/)?rm[\"' ]")
_COPY = regex(r"\b(?:copy|copy2|copyfile|move|rename|replace)\(")
# What is written over the file in place before.
_ERASES = regex(r"urandom|token_bytes|randbytes|\bshred\b|\bsrm\b|[\"'](?:rb?\+b?|br\+)[\"']")


def helper_uses(context: Context) -> list[Use]:
    """The calls of such functions in the pieces of a file that were read, as uses of a call that
    removes or copies a file."""
    words = {word for word in context.module.words.all if REMOVES.fullmatch(word)}
    aside = {word for word in context.module.words.all if PUTS_ASIDE.fullmatch(word)}
    if not words and not aside:
        return []
    modelled = {id(use.call) for use in context.uses}
    found: list[Use] = []
    for scope in context.scopes:
        for call in scope.calls:
            name = last_part(call.func)
            if name not in words and name not in aside:
                continue
            path = _path_of(call)
            if path is None or id(call) in modelled:
                continue
            if name in words and _does(context, call, scope, _REMOVAL, known=False):
                found.append(_use(call, scope, name, path, "file-remove", {"mode": "unlink"}))
            elif name in aside and _does(context, call, scope, _COPY, known=True):
                constants = {"mode": "copy", "target": "backup"}
                found.append(_use(call, scope, name, path, "file-copy", constants))
    return found


def _use(
    call: s.Call, scope: Scope, name: str, path: s.Expr, kind: str, constants: dict[str, str]
) -> Use:
    model = CallModel(name, frozenset({kind}), {"path": "path"}, constants=constants)
    return Use(call, scope, model, Bound({"path": path}), {"path": [("path", path)]})


def _path_of(call: s.Call) -> s.Expr | None:
    """The argument that tells which file."""
    for arg in call.args:
        if arg.star:
            return None
        if arg.name is None or _PATH.match(arg.name):
            return arg.value
    return None


def _does(
    context: Context, call: s.Call, scope: Scope, does: re.Pattern[str], *, known: bool
) -> bool:
    """Whether the function that is called does it, and erases nothing; one that cannot be read
    does what its name says, unless it has to be `known`."""
    bodies = list(_bodies(context, call, scope))
    if not bodies:
        return not known
    return any(does.search(body) and not _ERASES.search(body) for body in bodies)


def _bodies(context: Context, call: s.Call, scope: Scope) -> Iterator[str]:
    for callee in callees(context.resolver, call, scope, None):
        if callee.function is not None:
            yield source_of(callee.function)
