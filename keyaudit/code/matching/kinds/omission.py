"""`omission`: a function does one thing, and leaves out another that belongs to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.spoken import is_said
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.rule_patterns import compiled

_MAX_NAME = 400  # nobody writes a longer one, and looking for words in it takes its square
_MAX_TEXT = 400
_MAX_ARGUMENTS = 100


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The functions of such a name in which an assignment or call matches `does`, and in which, or
    in a function that they call, nothing matches `without`."""
    parameters = match.parameters
    function = compiled(parameters["function"])
    does = compiled(parameters["does"])
    without = compiled(parameters["without"]) if "without" in parameters else None
    past = compiled(parameters["not-into"]) if "not-into" in parameters else None
    unless = compiled(parameters["unless-in-file"]) if "unless-in-file" in parameters else None
    functions = context.once(("functions by name",), partial(_functions, context))
    named = [scope for name, scope in functions if function.search(name)]
    if not named:
        return
    if "in-file" in parameters and not _is_in_file(context, compiled(parameters["in-file"])):
        return
    for scope in named:
        if context.silenced(match, scope):
            continue
        acts = context.once(("acts", id(scope)), partial(_acts, scope))
        done = next((act for act in acts if does.search(act[0])), None)
        if done is None:
            continue
        if unless is not None and _is_in_file(context, unless):
            return
        if without is not None and (
            is_said(context, scope, without, past=past) or _is_said_above(scope, without)
        ):
            continue
        _, place, call = done
        words = {"call": call, "name": scope.name}
        yield Hit(rule, scope, place, scope.qualname, words,
                  unless_project=context.project_unless(match),
                  needs_project=context.project_needs(match))  # fmt: skip


def _functions(context: Context) -> list[tuple[str, Scope]]:
    scopes = (scope for scope in context.scopes if scope.kind == "function")
    named = ((scope.qualname, scope) for scope in scopes)
    return [(name, scope) for name, scope in named if len(name) <= _MAX_NAME]


def _is_in_file(context: Context, words: re.Pattern[str]) -> bool:
    """Whether a file says so; asked once for all functions and rules that ask."""
    text = context.module.text
    return context.once(("in-file", words.pattern), lambda: words.search(text) is not None)


def _is_said_above(scope: Scope, words: re.Pattern[str]) -> bool:
    """Whether a decorator of a function speaks of it, or one of its class."""
    text = scope.module.text
    owners = (scope, *((scope.owner,) if scope.owner is not None else ()))
    return any(
        words.search(text[each.pos : each.end]) for owner in owners for each in owner.decorators
    )


def _acts(scope: Scope) -> list[tuple[str, tuple[int, int], str]]:
    """What a function does, in order: its assignments and calls as they are written, and the
    attributes that it gives back; the place of each, and what is assigned to, called or given."""
    text = scope.module.text
    found: list[tuple[str, tuple[int, int], str]] = []
    for path, bindings in scope.bindings.items():
        for binding in bindings:
            if (value := binding.assigned) is not None:
                said = text[value.pos : value.end][:_MAX_TEXT]
                found.append((f"{path} = {said}", (binding.pos, binding.end), path))
    for call in scope.calls:
        name = last_part(call.func)
        place = (call.pos, call.func.end)
        if "\n" in text[call.pos : call.func.end]:  # a chain of calls, a line each
            place = (call.func.end - len(name), call.func.end)
        said = text[call.pos : call.end][:_MAX_TEXT]
        if call.func.end - call.pos > _MAX_TEXT:  # the end of a long chain of calls
            said = f"{said} … .{name}{text[call.func.end : call.end][:_MAX_ARGUMENTS]}"
        found.append((said, place, name))
    for given in scope.returns:
        first = given.items[0] if isinstance(given, s.Seq) and given.items else given
        if isinstance(first, s.Attr):
            said = text[first.pos : first.end][:_MAX_TEXT]
            found.append((f"return {said}", (first.pos, first.end), last_part(first)))
    return sorted(found, key=lambda act: act[1])
