"""Finds a known secret in a line, in any of the forms in which it may be written."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from urllib.parse import quote

from keyaudit.core.harmless import is_known

# A stretch of so many characters of a secret is hidden wherever it stands.
_GRAM = 8


def hide_known(line: str, secret: str, hidden: bytearray, starts: dict[int, str]) -> None:
    """Set `hidden[i]` to 1 for every stretch of 8 characters of the secret, in any of its forms.

    Forms shorter than 8 characters are hidden only as whole words. `starts` gets the offsets at
    which the secret begins.
    """
    forms = _forms(secret)
    long = [form for form in forms if len(form) >= _GRAM]
    if long:
        # A key's forms are long, and the line with its header is short.
        joined = "\n".join(long)  # no stretch of one line reaches over the end of another
        for start, end in _stretches(line, joined):
            if not (is_known(line[start:end]) and _is_of_name(line, end)):
                hidden[start:end] = b"\1" * (end - start)
    for form in forms:
        if len(form) < _GRAM:
            for match in re.finditer(rf"(?<![^\W_]){re.escape(form)}(?![^\W_])", line):
                if not _is_of_name(line, match.end()):
                    hidden[match.start() : match.end()] = b"\1" * len(form)
    at = line.find(secret) if secret else -1
    while at >= 0:
        starts[at] = secret
        at = line.find(secret, at + len(secret))


def has_stretch(line: str, secret: str) -> bool:
    """Whether the line contains 8 consecutive characters of the secret, or all of a shorter one."""
    short, long = sorted((line, secret), key=len)
    size = min(_GRAM, len(secret))
    return any(short[at : at + size] in long for at in range(len(short) - size + 1))


def _stretches(line: str, forms: str) -> Iterator[tuple[int, int]]:
    """The longest stretches of the line in which each run of 8 characters occurs in the forms."""
    begin = end = -1
    for at in range(len(line) - _GRAM + 1):
        if line[at : at + _GRAM] in forms:
            if at > end:
                if end > 0:
                    yield begin, end
                begin = at
            end = at + _GRAM
    if end > 0:
        yield begin, end


def _is_of_name(line: str, end: int) -> bool:
    """Whether the text that ends there names a value: the first `token` in `token = "token"`."""
    return re.match(r"\w*[\"'\])]{0,3}\s{0,8}(?:[:=]|=>)", line[end : end + 80]) is not None


def _forms(secret: str) -> list[str]:
    """The ways a value is written in source: escaped, percent-encoded, in base64 or hex."""
    data = secret.encode("utf-8", "surrogatepass")
    encoded = base64.b64encode(data).decode()
    escaped = "\\x" + data.hex("-").replace("-", "\\x") if data else ""
    forms = [
        secret,
        repr(secret)[1:-1],
        repr(data)[2:-1],
        json.dumps(secret)[1:-1],
        escaped,
        escaped.upper().replace("\\X", "\\x"),
        html.escape(secret),
        quote(data, safe=""),
        encoded,
        encoded.replace("+", "-").replace("/", "_"),
        data.hex(),
        data.hex().upper(),
        secret.replace("'", "''"),
        secret.replace('"', '""'),
    ]
    return [form for form in dict.fromkeys(forms) if form.strip()]
