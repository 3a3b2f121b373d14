"""Comparison in constant time."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer


def constant_time_equal(left: Buffer | str, right: Buffer | str) -> bool:
    """Whether two values are equal. The time taken does not depend on where they differ, but may
    depend on their lengths.

    Text is compared by its UTF-8 bytes. Use it in place of `==` for MACs, tokens and hashes.
    """
    return hmac.compare_digest(_bytes(left), _bytes(right))


def _bytes(value: Buffer | str) -> Buffer:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
