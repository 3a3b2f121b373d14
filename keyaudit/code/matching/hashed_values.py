"""What the hash that reaches a use was made of."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from keyaudit.code.matching.context import Context
from keyaudit.code.provenance.origin import Origin
from keyaudit.core.secret_names import ABOUT

# What may be a text that somebody chose, once it was encoded on the way.
_MAY_BE_TEXT = frozenset({"parameter", "unknown", "file", "database"})
# Of hashes of hashes, how many are looked into.
_MAX_HASHES = 64


def is_hash_of(context: Context, origin: Origin, parameters: Mapping[str, Any]) -> bool:
    """Whether what was hashed is of the kinds `of`, and nothing that makes the hash another each
    time (`unless-hashed-with`)."""
    inner = hashed_values(context, origin)
    fresh = parameters.get("unless-hashed-with")
    if fresh is not None and any(re.search(fresh, name) for o in inner for name in o.names):
        return False
    return any(
        is_of_kinds(context, o, parameters["of"])
        for o in inner
        # What a setting has before it is set.
        if o.kind != "literal" or o.value or len(inner) == 1
    )


def is_of_kinds(context: Context, origin: Origin, kinds: Collection[str]) -> bool:
    """Whether a value is of one of these kinds, as a match names them: a kind of origin, `secret`
    and what names call a secret, `given-text`, `any-text`, `anything`, or `used-as-key`."""
    if origin.kind in kinds or "anything" in kinds:
        return True
    if "secret" in kinds and context.is_secret(origin):
        return True
    if origin.called and any(context.is_called(origin, kind) for kind in kinds):
        return True
    if "given-text" in kinds and origin.kind == "parameter" and "encode" in origin.via:
        return True
    if "any-text" in kinds and origin.kind in _MAY_BE_TEXT and "encode" in origin.via:
        return origin.called != ABOUT
    return "used-as-key" in kinds and context.is_used_as_key(origin)


def hashed_values(context: Context, origin: Origin) -> list[Origin]:
    """What was hashed, through hashes of hashes."""
    hashed = origin.of
    _, found = context.once(("hashed", id(hashed)), lambda: (hashed, _through_hashes(hashed)))
    return found


def _through_hashes(hashed: tuple[Origin, ...]) -> list[Origin]:
    """What is no hash, in order. A hash that is made of two branches' hashes, as those are, is
    come to on a number of ways that doubles with each: it is gone through once."""
    found: dict[int, Origin] = {}
    seen: set[int] = set()
    waiting = list(reversed(hashed))
    while waiting:
        part = waiting.pop()
        if part.kind != "fast-hash":
            found.setdefault(id(part), part)
        elif id(part.of) not in seen:
            seen.add(id(part.of))
            waiting += reversed(part.of)
            if len(seen) >= _MAX_HASHES:  # of all that wait, no more hashes
                waiting = [other for other in waiting if other.kind != "fast-hash"]
    return list(found.values())
