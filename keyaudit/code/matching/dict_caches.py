"""Finds what serves as a cache of keys: dicts, `_CACHE[name] = key`, with nothing ever removed, and
variables that are filled when they are asked for first, `if _key is None: _key = fetch()`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from keyaudit.code import syntax as s
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.semantics.mutations import path_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex

_NAMED = regex(r"cached?(?:s|_\w+)?$|_cache\b|^_?(?:memo|memoized)", re.IGNORECASE)
_ITEM = "[*]"  # an item whose key is not constant
_KINDS = frozenset({"dict-cache"})
_NONE = regex(r"(?<![\w.])(\w+(?:\.\w+)?)[ \t]*=[ \t]*None\b")
_LAZY = frozenset({"lazy-cache"})
# What a cloud calls, again and again, in the process that loaded the module once.
_HANDLER = regex(r"^def[ \t]+\w*handler\([ \t]*_?event\b", re.MULTILINE)


def dict_cache_sinks(scope: Scope) -> Iterator[Sink]:
    """Sinks for the values that a function stores, under keys it was passed, in a dict that
    outlives it."""
    if scope.kind != "function":
        return
    for path, bindings in scope.bindings.items():
        base = path.removesuffix(_ITEM)
        if base == path or "[" in base:
            continue
        root, _, rest = base.partition(".")
        name = rest or root
        if "." in rest or not _NAMED.search(name) or not _outlives(scope, root, rest):
            continue
        if not _is_plain_dict(scope.module.text, name):
            continue
        for binding in bindings:
            if (value := binding.assigned) is not None:
                place = (binding.pos, binding.end)
                yield Sink("cached", value, scope, f"`{name}`", _KINDS, place=place)


def lazy_cache_sinks(scope: Scope) -> Iterator[Sink]:
    """Sinks for the values that a function puts into a variable of the module or of its object
    only where that has none yet, and that nothing in the file ever empties again; of a file that
    a cloud runs also for those that it is loaded with."""
    if scope.kind == "module":
        yield from _loaded(scope)
    if scope.kind != "function" or not scope.tests:
        return
    text = scope.module.text
    for path, bindings in scope.bindings.items():
        root, _, rest = path.partition(".")
        if not (path in scope.outer or (rest.isidentifier() and _outlives(scope, root, rest))):
            continue
        for binding in bindings:
            value = binding.assigned
            if value is None:
                continue
            tests = [scope.tests.get(number) for kind, number, part in binding.context
                     if (kind, part) == ("if", "body")]  # fmt: skip
            asked = any(test is not None and _is_asked(test, path, text) for test in tests)
            if asked and _emptied(text).get(path, 0) <= 1:
                place = (binding.pos, binding.end)
                yield Sink("cached", value, scope, f"`{rest or root}`", _LAZY, place=place)


def _loaded(scope: Scope) -> Iterator[Sink]:
    """Sinks for the variables of a module that a cloud runs: they live from call to call."""
    if not _is_handler(scope.module.text):
        return
    for name, bindings in scope.bindings.items():
        for binding in bindings if name.isidentifier() else ():
            if (value := binding.assigned) is not None:
                place = (binding.pos, binding.end)
                yield Sink("cached", value, scope, f"`{name}`", _LAZY, place=place)


@lru_cache(maxsize=2)  # of a file, every piece asks
def _is_handler(text: str) -> bool:
    """Whether a file has a function that a cloud calls."""
    return _HANDLER.search(text) is not None


@lru_cache(maxsize=2)  # of a file, every function asks
def _emptied(text: str) -> dict[str, int]:
    """How often a file sets which variable or attribute to None."""
    return Counter(_NONE.findall(text))


def _is_asked(test: s.Expr, path: str, text: str) -> bool:
    """Whether a test asks whether a variable has no value yet."""
    if isinstance(test, s.Unary):
        return test.op == "not" and path_of(test.value) == path
    return text[test.pos : test.end] == f"{path} is None"


def _outlives(scope: Scope, root: str, rest: str) -> bool:
    """Whether a dict is the object's or the module's, and not made in the function."""
    if rest:
        return bool(scope.params) and root == scope.params[0].name and scope.owner is not None
    return root not in scope.bindings and all(param.name != root for param in scope.params)


@lru_cache(maxsize=8)  # of a file, every method that puts something in asks
def _is_plain_dict(text: str, name: str) -> bool:
    """Whether the file makes the dict itself, of the plain kind, and takes nothing out of it."""
    word = rf"\b{re.escape(name)}\b"
    plain = r"(?:\{|dict\(|(?:\w+\.)?(?:defaultdict|OrderedDict)\()"
    made = rf"{word}(?:[ \t]*:[^=\n]+)?[ \t]*=[ \t]*{plain}"
    if re.search(made, text) is None:
        return False
    method = r"[ \t]*\.[ \t]*(?:pop|popitem|clear|expire)\b"
    taken = rf"{word}{method}|\bdel\b[^\n]*{word}|len\([^)\n]*{word}"
    again = len(re.findall(made, text)) > 1
    return not again and re.search(taken, text) is None
