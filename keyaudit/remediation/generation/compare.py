"""Comparison whose time says nothing about where two values differ."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer


def constant_time_equal(left: Buffer | str, right: Buffer | str) -> bool:
    """Whether two values are equal, taking as long wherever they differ; their lengths may show.

    Text is compared by its UTF-8 bytes. For MACs, tokens and hashes, in the place of `==`.
    """
    return hmac.compare_digest(_bytes(left), _bytes(right))


def _bytes(value: Buffer | str) -> Buffer:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
