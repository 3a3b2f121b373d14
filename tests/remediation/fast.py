"""The quickest parameters that the limits allow, with what the installed cryptography has."""

from __future__ import annotations

from keyaudit.remediation.generation import stretching

HAS_ARGON2ID = isinstance(stretching.best_available(), stretching.Argon2id)
FAST: stretching.Stretching = (
    stretching.Argon2id(7168, 5, 1) if HAS_ARGON2ID else stretching.Scrypt(2**13, 8, 10)
)
