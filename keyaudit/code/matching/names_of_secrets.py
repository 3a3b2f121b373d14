"""Tells the name of a secret from the secret: what a service is asked for by it is a name.

`secret = os.environ["SECRET"]` may be either; `store.get_secret_value(SecretId=secret)` says which.
"""

from __future__ import annotations

from functools import lru_cache

from keyaudit.code.provenance.model_index import SECRET
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex

_ASKED_BY_NAME = regex(
    r"\b(?:[sS]ecret(?:Id|Name|_name)[ \t]*=[ \t]*|get_secret(?:_value)?\([ \t]*)"
    # Looked ahead to: `get_secret_value(SecretId=name)` has two of them, one in the other.
    r"(?=(?:self\.)?(\w+)\b(?![.(\[]))"
)


def is_name_of_secret(origin: Origin, scope: Scope) -> bool:
    """Whether a value that only its name calls a secret is what the same file asks a store by."""
    if not origin.called or origin.kind in SECRET:
        return False
    return not origin.names.isdisjoint(_asked_by_name(scope.module.text))


@lru_cache(maxsize=2)  # of a file, every value that is told asks
def _asked_by_name(text: str) -> frozenset[str]:
    """The names of what a file asks a store for secrets by."""
    return frozenset(_ASKED_BY_NAME.findall(text))
