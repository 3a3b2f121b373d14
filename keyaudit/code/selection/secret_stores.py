"""Classes that keep secrets, by the text of a file: a store, or one whose table is called so."""

from __future__ import annotations

import re
from functools import lru_cache

from keyaudit.core.patterns import regex

_HELD = r"(?:Secret|Credential|Password|Passphrase|Vault|Key[Rr]ing|KeyStore)s?"
# What a class is called that keeps them: `SecretStore`, `VaultBackend`, `CredentialsRepository`.
NAMED_STORE = regex(
    rf"{_HELD}(?:\w{{0,12}}?)(?:Store|Storage|Backend|Repository|Repo|Database|DB|Dao|DAO|Plugin|Provider)\b"
)
# ... or its table: `table = option(str, "CustomSecrets", None)`, `FROM secrets`.
_KEEPS_SECRETS = regex(
    r"(?i)\b\w*(?:table|namespace|collection|bucket)\w*[ \t]*[=:][^\n\"']{0,40}[\"'][\w-]*"
    r"(?:secret|password|credential)s[\"']"
    r"|\b(?:from|into|update|table)[ \t]+[`\"\[]?\w*(?:secret|password|credential)s\b"
)
# What such a value is called.
VALUES = regex(
    r"(?i)_*(?:values?|val|rows?|results?|res|rec(?:ord)?s?|data|content|payload|items?)"
)
_CLASS = regex(rf"^class[ \t]+\w*{_HELD}", re.MULTILINE)
_NAMES = ("value", "rows", "row", "result", "val", "record", "data")


def keeps_secrets(text: str) -> bool:
    """Whether a text names a table of secrets."""
    small = text.lower()
    plural = "secrets" in small or "credentials" in small or "passwords" in small
    return plural and _KEEPS_SECRETS.search(text) is not None


@lru_cache(maxsize=8)  # one file is asked about by each that looks for secrets in it
def names_of_values(text: str) -> frozenset[str]:
    """What values may be called in the text of a file with such a class; none in any other."""
    if "class " not in text:
        return frozenset()
    small = text.lower()
    if not any(word in small for word in ("secret", "credential", "password", "vault", "keyring")):
        return frozenset()
    if _CLASS.search(text) is None and not keeps_secrets(text):
        return frozenset()
    return frozenset(name for name in _NAMES if name in text)
