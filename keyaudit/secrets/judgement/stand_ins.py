"""Values that stand for a secret in documentation and examples."""

from __future__ import annotations

from keyaudit.core.context import is_placeholder
from keyaudit.core.patterns import regex
from keyaudit.secrets.judgement.published import is_published
from keyaudit.secrets.values.decoding import from_base64

_PREFIX = regex(r"^[A-Za-z]{2,8}[-_]")


def is_stand_in(value: str) -> bool:
    """Whether a value, as it is or decoded, stands for a secret instead of being one."""
    if is_placeholder(value) or is_published(value) or is_placeholder(value.strip("\\\"';,")):
        return True
    if is_placeholder(_PREFIX.sub("", value, count=1)):  # `xoxb-1234-56789abcdefghijklmnop`
        return True
    text = from_base64(value)
    return text is not None and is_placeholder(text)
