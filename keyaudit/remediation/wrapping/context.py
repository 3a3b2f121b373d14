"""The encryption context: names and values that a ciphertext is bound to, in a canonical form."""

from __future__ import annotations

import functools
from collections.abc import Mapping

Context = Mapping[str, str]
"""Names to values: `{"purpose": "user-pii", "user": "1234"}`. No secret: services log it."""

MAX_BYTES = 8192
"""Length of the canonical form; AWS KMS takes no larger context (API reference, Encrypt)."""
_NO_CONTEXT = "an encryption context maps text to text, such as {'user': '1234'}"


def canonical(context: Context) -> bytes:
    """The canonical form of a context: the same bytes whatever the order of its pairs.

    It is the number of pairs (2 bytes, big-endian), then for each pair, sorted by the UTF-8 bytes
    of the name, the name and the value, each preceded by its length in bytes (2 bytes, big-endian).

    Raises TypeError for anything but a mapping of text to text, ValueError for an empty name or a
    form of more than 8192 bytes.
    """
    try:
        pairs = tuple(context.items())
    except AttributeError:
        raise TypeError(_NO_CONTEXT) from None
    try:
        return _remembered(pairs)
    except TypeError:  # a list, say, which cannot be looked up, and is no text either
        return _encoded(pairs)


def canonical_new(context: Context) -> bytes:
    """The canonical form of a context for new data. Errors as `canonical`, and ValueError for an
    empty value: AWS KMS refuses it, and a context must be valid for every kind of key."""
    bound = canonical(context)
    if not all(context.values()):
        raise ValueError("values in an encryption context are not empty")
    return bound


def _encoded(items: tuple[tuple[str, str], ...]) -> bytes:
    pairs = []
    for name, value in items:
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(_NO_CONTEXT)
        if not name:
            raise ValueError("a name in an encryption context is not empty")
        pairs.append((name.encode(), value.encode()))
    parts = [len(pairs).to_bytes(2, "big")]
    for pair in sorted(pairs):
        for text in pair:
            size = len(text)
            if size > MAX_BYTES:
                raise ValueError(f"an encryption context has at most {MAX_BYTES} bytes")
            parts += size.to_bytes(2, "big"), text
    result = b"".join(parts)
    if len(result) > MAX_BYTES:
        raise ValueError(f"an encryption context has at most {MAX_BYTES} bytes")
    return result


# A message asks for its context's form twice or more often, and most have the same few contexts.
_remembered = functools.lru_cache(maxsize=16)(_encoded)
