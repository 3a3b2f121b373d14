"""Tells descriptions of interfaces in OpenAPI, in which values are examples and set nothing."""

from __future__ import annotations

import re

from keyaudit.core.patterns import regex

_ENDINGS = (".json", ".yaml", ".yml")
# The OpenAPI Specification (4.8.1): `openapi` says the version, and before 3.0 `swagger` does. It
# is a field of the whole: at a line's start in YAML, behind fields with a text in JSON.
_VERSION = regex(
    r"""^["']?(?:openapi|swagger)["']?[ \t]*:[ \t]*["']?[23]\."""
    r"""|\A\s*\{\s*(?:"[^"]*"\s*:\s*"[^"]*"\s*,\s*)*"(?:openapi|swagger)"\s*:\s*"[23]\.""",
    re.MULTILINE,
)
_START = 2_000  # characters; the field is written first, after comments at most


def is_description(path: str, text: str | bytes) -> bool:
    """Whether a file is such a description, by its name and how its text begins."""
    if not path.endswith(_ENDINGS):
        return False
    start = text[:_START]
    return _VERSION.search(start if isinstance(start, str) else start.decode("latin-1")) is not None
