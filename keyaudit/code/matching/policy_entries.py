"""The condition `entry`: a policy document has an entry that is too wide."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from keyaudit.code import syntax as s
from keyaudit.code.provenance.origin import NO_VALUE, Origin

_MAX_DEPTH = 12
_COMPUTED = "**"


def has_policy_entry(asked: Mapping[str, Any], origin: Origin) -> bool:
    """Whether a dict display or JSON text has, at any depth, a mapping as described.

    `with` maps keys to the values of which one is there (a list counts as each of its items);
    `without` names keys that must be absent.
    """
    document = _document(origin)
    return any(_is_such(entry, asked) for entry in _mappings(document, 0))


def _document(origin: Origin) -> Any:
    if isinstance(origin.value, str | bytes):
        try:
            return json.loads(origin.value)
        except (ValueError, RecursionError):
            return NO_VALUE
    return _plain(origin.node, 0)


def _plain(node: s.Expr, depth: int) -> Any:
    """A display as the value it makes; what is computed in it is NO_VALUE."""
    if depth > _MAX_DEPTH:
        return NO_VALUE
    if isinstance(node, s.Const):
        return node.value
    if isinstance(node, s.Seq):
        return [_plain(item, depth + 1) for item in node.items]
    if isinstance(node, s.Attr) and node.name.isupper():
        return node.name  # `CryptoKeyPurpose.ENCRYPT_DECRYPT` by its name
    if isinstance(node, s.Dict):
        return {
            key.value if isinstance(key, s.Const) else _COMPUTED: _plain(value, depth + 1)
            for key, value in node.items
        }
    if isinstance(node, s.Name) and node.reach is not None and len(node.reach) == 1:
        held = node.reach[0]
        if (value := held.assigned) is not None:
            return _plain(value, depth + 1)
    return NO_VALUE


def _mappings(value: Any, depth: int) -> Iterator[Mapping[Any, Any]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _mappings(item, depth + 1)


def _is_such(entry: Mapping[Any, Any], asked: Mapping[str, Any]) -> bool:
    absent = asked.get("without", ())
    if absent and (_COMPUTED in entry or any(key in entry for key in absent)):
        return False
    return all(
        any(_says(entry.get(key, NO_VALUE), one) for one in allowed)
        for key, allowed in asked["with"].items()
    )


def _says(value: Any, asked: Any) -> bool:
    if isinstance(value, list):
        return any(_says(item, asked) for item in value)
    if isinstance(asked, Mapping):
        return isinstance(value, dict) and all(
            _says(value.get(key, NO_VALUE), one) for key, one in asked.items()
        )
    return bool(value == asked) and value is not NO_VALUE
