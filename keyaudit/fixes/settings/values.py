"""Formats a value for a configuration file."""

from __future__ import annotations

import json
import re

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError

Value = str | bool | int
_PLAIN = regex(r"[A-Za-z_/$][\w./+-]*(?: [\w./+-]+)*|\d+[dhms]")
_NO_TEXT = regex(r"(?i)true|false|yes|no|on|off|null|y|n")
_SECONDS = 86_400


def quoted(value: Value) -> str:
    """A value as in JSON or HCL."""
    return json.dumps(value, ensure_ascii=False)


def in_yaml(value: Value) -> str:
    """A value as in YAML, without quotes where it is read as the same string without them."""
    if isinstance(value, bool | int):
        return quoted(value)
    if _PLAIN.fullmatch(value) and not _NO_TEXT.fullmatch(value):
        return value
    return quoted(value)


def like(old: str, value: Value, *, is_hcl: bool) -> str:
    """A value in the same quotes as the old one; strings of HCL and JSON are always quoted."""
    if isinstance(value, bool) and old in ("True", "False"):
        return str(value)
    if old.startswith(("'", '"')) and not isinstance(value, str):
        value = quoted(value)  # `"true"` stays a text
    if old.startswith("'") and "'" not in str(value):
        return f"'{value}'"
    if old.startswith('"') or (is_hcl and isinstance(value, str)):
        return quoted(value)
    return in_yaml(value) if isinstance(value, str) else quoted(value)


def in_notation(old: str, days: float, unit: str | None) -> Value:
    """A number of days in the notation of the old duration: `63072000s`, `P3Y` (written in days),
    `rate(90 days)`, or a number in `unit` (`seconds`, `hours`, else days).

    Raises DeclinedError for another notation.
    """
    text = old.strip().strip("\"'")
    whole = int(days)
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        number = whole * _SECONDS if unit == "seconds" else whole * 24 if unit == "hours" else whole
        return number if text == old.strip() else str(number)
    if re.fullmatch(r"\d+s", text):
        return f"{whole * _SECONDS}s"
    if re.fullmatch(r"(?:\d+h)(?:0m)?(?:0s)?", text):
        return f"{whole * 24}h"
    if re.fullmatch(r"\d+d", text):
        return f"{whole}d"
    if re.fullmatch(r"(?i)P\d+[YMWD]", text):
        return f"P{whole}D"
    if re.fullmatch(r"rate\(\s*\d+ \w+\s*\)", text):
        return f"rate({whole} days)"
    raise DeclinedError("it is not known how the duration is written")
