"""Recognizes values that look like secrets but are published, by standards and emulators.

Only digests stand here, so that no scanner takes this file for a leak: the first 12 hexadecimal
digits of SHA-256. From RFC 5849 (OAuth 1.0), RFC 6749 and RFC 6750 (OAuth 2.0), RFC 7515 A.1, the
Azure Storage and Cosmos DB emulators' documentation ("well-known key"), jwt.io's example, and the
keys for tests that everybody may use: of reCAPTCHA's FAQ and of Stripe's API reference.
"""

from __future__ import annotations

import hashlib

_DIGESTS = frozenset({
    "03b970ed8171", "2cafc0970149", "f5e95c995463",
    "0011cc25eb43", "00cf4c781dc3", "13d31e961a1a", "293257ab6495", "2ff8b0fb93ac",
    "4c20e6f5cc11", "53f5da0aaa93", "649e1f5c769e", "6aa14267d949", "6c96130f130a",
    "80f8b7c904d4", "8b1b17a9740c", "8be5d113c087", "9d03b692e941", "a35b81a7d792",
    "aa6547439583", "b87dad10a32a", "b8e148545b13", "bb9b1163338b", "c20fbc2b9618",
    "ca7459e2b267", "cb87c87e4a13", "da1bdd7b7349", "e9974c507d2a", "f7d838701b86",
})  # fmt: skip


def is_published(value: str) -> bool:
    """Whether a value is known to be nobody's secret."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:12] in _DIGESTS
