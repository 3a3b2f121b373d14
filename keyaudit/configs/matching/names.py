"""Names of settings and variables: whether one names a secret, and which ones a text uses."""

from __future__ import annotations

from functools import lru_cache

from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, SECRETS, reading

# As the shell has them, and pipelines: `$A`, `${A:-b}`, `$(A)`.
_VARIABLE = regex(r"\$(?:(\w+)|\{(\w+)[^{}]*\}|\((\w+)\))")
# What stands before a name in a pipeline or a template: `secrets.X`, `inputs.x`, `.Values.a.b`.
_SCOPE = regex(r"(?:secrets|inputs|env|vars|Values|github|steps)_")


def variables(text: str) -> list[str]:
    """The names of the shell or pipeline variables in a text: `$A`, `${A:-b}`, `$(A)`."""
    if "$" not in text:
        return []
    found = (m[1] or m[2] or m[3] for m in _VARIABLE.finditer(text))
    return [name.rstrip("_") for name in found]


@lru_cache(maxsize=8192)
def is_secret(name: str) -> bool:
    """Whether a name is that of a secret, such as a password, a key or a token."""
    if _SCOPE.match(name) and name.startswith("secrets_") and "github_token" not in name.lower():
        return True
    bare = _SCOPE.sub("", name, count=1) if _SCOPE.match(name) else name
    return reading(bare.replace(".", "_").replace("-", "_")) in SECRETS - {BARE_TOKEN}
