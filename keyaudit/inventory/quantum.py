"""Whether a quantum computer breaks an algorithm (NIST IR 8547, initial public draft, 4.1)."""

from __future__ import annotations

from typing import NamedTuple

from keyaudit.core.patterns import regex

_FALLS = regex(
    r"(?:^|[^a-z])(?:rsa|dsa|ecdsa|ecdh|eddsa|dh|ec|ecc|elgamal|diffie|x25519|x448|ed25519|ed448"
    r"|secp\w*|prime\w*|nistp\w*|p-?(?:256|384|521|224|192)|curve25519|brainpool\w*|sect\w*)",
)
_STANDS = regex(r"ml-?kem|ml-?dsa|slh-?dsa|kyber|dilithium|sphincs|falcon|fn-?dsa|xmss|lms")
_SYMMETRIC = regex(
    r"aes|chacha|camellia|aria|sm4|serpent|twofish|hmac|cmac|kmac|poly1305|sha-?[23]|sha(?:224|256"
    r"|384|512)|blake|shake|pbkdf2|scrypt|argon2|bcrypt|hkdf|fernet|symmetric|hs(?:256|384|512)|gcm"
)
_BROKEN = regex(r"md[245]|sha-?1$|^sha$|des|rc[24]|arc4|blowfish|cast5|idea|^seed$")


class Readiness(NamedTuple):
    """`level` is `vulnerable`, `ready`, `unaffected`, `broken` (even without a quantum computer) or
    `unknown`; `text` explains it."""

    level: str
    text: str


def readiness(algorithm: str, size: int) -> Readiness:
    """The readiness of an algorithm with a key of `size` bits, 0 if not known."""
    low = algorithm.lower().replace("_", "-")
    if not low:
        return Readiness("unknown", "the algorithm is not known")
    if _STANDS.search(low):
        return Readiness("ready", "withstands a quantum computer (FIPS 203, 204, 205)")
    if _SYMMETRIC.search(low) and not _BROKEN.search(low.replace("aes", "")):
        return Readiness("unaffected", "stays strong enough with keys of 128 bits and more")
    if _BROKEN.search(low):
        return Readiness("broken", "is broken without a quantum computer")
    if _FALLS.search(low):
        weak = (0 < size < 3072 and _is_factoring(low)) or (
            0 < size < 256 and not _is_factoring(low)
        )
        when = "deprecated after 2030, " if weak or not size else ""
        return Readiness("vulnerable", f"falls to a quantum computer: {when}disallowed after 2035")
    return Readiness("unknown", "nothing is known of this algorithm")


def _is_factoring(low: str) -> bool:
    return "rsa" in low or low in ("dsa", "dh", "elgamal")
