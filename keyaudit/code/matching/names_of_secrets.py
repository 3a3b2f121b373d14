"""Tells the name of a secret from the secret: what a service is asked for by it is a name.

`secret = os.environ["SECRET"]` may be either; `store.get_secret_value(SecretId=secret)` says which.
"""

from __future__ import annotations

import re

from keyaudit.code.provenance.model_index import SECRET
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.scopes import Scope

_ASKED_BY_NAME = (
    r"\b(?:[sS]ecret(?:Id|Name|_name)[ \t]*=[ \t]*|get_secret(?:_value)?\([ \t]*)"
    r"(?:self\.)?(?:{})\b(?![.(\[])"
)


def is_name_of_secret(origin: Origin, scope: Scope) -> bool:
    """Whether a value that only its name calls a secret is what the same file asks a store by."""
    if not origin.called or origin.kind in SECRET or not origin.names:
        return False
    text = scope.module.text
    if "ecret" not in text:
        return False
    any_of = "|".join(map(re.escape, sorted(origin.names)))
    return re.search(_ASKED_BY_NAME.format(any_of), text) is not None
