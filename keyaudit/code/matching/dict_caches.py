"""Finds dicts that serve as caches of keys: `_CACHE[name] = key`, with nothing ever removed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from keyaudit.code.matching.sinks import Sink
from keyaudit.code.semantics.scopes import Scope

_NAMED = re.compile(r"cached?(?:s|_\w+)?$|_cache\b|^_?(?:memo|memoized)", re.IGNORECASE)
_ITEM = "[*]"  # an item whose key is not constant
_KINDS = frozenset({"dict-cache"})


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
            if binding.kind == "value" and binding.value is not None:
                place = (binding.pos, binding.end)
                yield Sink("cached", binding.value, scope, f"`{name}`", _KINDS, place=place)


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
