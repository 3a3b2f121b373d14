"""What a client's own function for requests gets back, where others take a token out of it.

`call(function, args)` logs each answer there is, that of the login among them: no name says so, nor
does the URL, which is put together from what it is given. But somewhere in the same class what
it gives back is asked for a token.
"""

from __future__ import annotations

import re

from keyaudit.code import syntax as s
from keyaudit.code.matching.surroundings import block_of
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, SECRETS, reading

_READS = frozenset({"json", "loads"})
_RETURNED = r"return[ \t]+(?:await[ \t]+)?(?:self|cls)\.{}\("
_GIVEN = r"(\w+(?:\.\w+)?)[ \t]*=[ \t]*(?:await[ \t]+)?(?:self|cls)\.{}\("
_TAKEN = r"(?<![\w.]){}(?:\[|\.get\(|\.pop\()[ \t]*[\"']([\w-]{{1,40}})[\"']"
_DEFINED = regex(r"^[ \t]+(?:async[ \t]+)?def[ \t]+(\w+)", re.MULTILINE)
_MOST = 8


def is_asked_for_token(value: s.Name, scope: Scope) -> bool:
    """Whether a variable holds an answer that its method gives back, and that another method of the
    class takes a token or a password out of."""
    if scope.kind != "function" or not any(map(_is_answer, value.reach or ())):
        return False
    given_back = [back.pos for back in scope.returns if _is_part_of(back, value.id)]
    if not given_back or value.pos > min(given_back):  # after that, it is what was refused
        return False
    text = block_of(scope.owner) if scope.owner is not None else ""
    return any(
        reading(name) in SECRETS - {BARE_TOKEN} or name == "token"
        for function in (scope.name, *_passing_on(scope.name, text))
        for given in re.findall(_GIVEN.format(re.escape(function)), text)[:_MOST]
        for name in re.findall(_TAKEN.format(re.escape(given)), text)
    )


def _is_answer(binding: Binding) -> bool:
    value = binding.value
    while isinstance(value, s.Await):
        value = value.value
    return isinstance(value, s.Call) and last_part(value.func) in _READS


def _is_part_of(value: s.Expr, name: str) -> bool:
    """Whether what is returned is the variable, or an item of it."""
    while isinstance(value, s.Sub):
        value = value.value
    return isinstance(value, s.Name) and value.id == name


def _passing_on(name: str, text: str) -> list[str]:
    """The methods that return what this one gives them."""
    found = []
    for passed in re.finditer(_RETURNED.format(re.escape(name)), text):
        around = _DEFINED.findall(text, 0, passed.start())
        found += around[-1:]
    return found[:_MOST]
