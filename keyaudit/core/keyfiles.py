"""Which files may be binary key material, judged by their names or first bytes."""

from __future__ import annotations

import re

from keyaudit.core import paths
from keyaudit.core.patterns import regex

# Keys are small; what is larger is data.
_MAX_SIZE = 1 << 20
_NAMED = regex(
    r".*\.(?:p12|pfx|pkcs12|jks|jceks|bks|uber|ubr|bcfks|p7b|p7c|keystore|truststore|der|cer|crt|csr|key|pem|pk8|p8|gpg|pgp|asc)"
    r"|(?:sec|pub|trusted)ring(?:\.gpg|\.pgp)?|id_(?:rsa|dsa|ecdsa|ed25519)",
    re.IGNORECASE,
)
# Java's stores; BouncyCastle's, with a salt of 20 bytes.
_JAVA = (b"\xfe\xed\xfe\xed\0\0\0", b"\xce\xce\xce\xce\0\0\0",
         b"\0\0\0\1\0\0\0\x14", b"\0\0\0\2\0\0\0\x14")  # fmt: skip


def named_for_keys(path: str) -> bool:
    """Whether a file is named like a key, certificate or key store: `tls.p12`, `id_rsa`."""
    return _NAMED.fullmatch(paths.name(path)) is not None


def may_hold_keys(path: str, data: bytes) -> bool:
    """Whether a binary file (of at most 1 MiB) should be read as key material.

    Judged by its name, or by its first bytes: a Java key store, or one DER sequence (RFC 5280,
    5958, 7292) of exactly the length of the file.
    """
    size = len(data)
    if size > _MAX_SIZE:
        return False
    if named_for_keys(path) or data.startswith(_JAVA):
        return True
    return data[:2] == b"\x30\x82" and int.from_bytes(data[2:4], "big") + 4 == size
