"""Password-based encryption parameters (KDF, salt, iterations) as stored in a key container.

RFC 8018 6.2 and appendix A for PBES2, RFC 7914 7 for scrypt, RFC 7292 B for PKCS #12's own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from keyaudit.catalogue.types import Policy
from keyaudit.material.asn1 import INTEGER, OCTET_STRING, OID, SEQUENCE, children
from keyaudit.material.types import MaterialError, Seal

PBES2 = bytes.fromhex("2a864886f70d01050d")
_PBKDF2 = bytes.fromhex("2a864886f70d01050c")
_SCRYPT = bytes.fromhex("2b06010401da47040b")
# RFC 8018 B.1.2, and NIST's register for SHA-3. Without one, it is SHA-1.
_DIGESTS = {
    "2a864886f70d0207": "SHA-1", "2a864886f70d0208": "SHA-224", "2a864886f70d0209": "SHA-256",
    "2a864886f70d020a": "SHA-384", "2a864886f70d020b": "SHA-512",
    "60864801650304020e": "SHA3-256", "608648016503040210": "SHA3-512",
}  # fmt: skip
# Trying a password may cost as much; a hostile file may ask for billions.
_MOST_ROUNDS, _MOST_WORK = 100_000, 1 << 17


def of_algorithm(algorithm: bytes) -> tuple[Seal, bytes, tuple[int, bytes]]:
    """Seal, salt and cipher of a PBES2 AlgorithmIdentifier, of which `algorithm` is the content.

    The cipher is the tag and content of its AlgorithmIdentifier. Raises MaterialError for other
    algorithms.
    """
    nodes = children(algorithm, whole=False)
    if len(nodes) != 2 or nodes[0] != (OID, PBES2):
        raise MaterialError("is sealed in another way")
    schemes = children(nodes[1][1], whole=False)
    if len(schemes) != 2:
        raise MaterialError("is sealed in another way")
    seal, salt = of_function(schemes[0][1])
    return seal, salt, schemes[1]


def of_function(function: bytes) -> tuple[Seal, bytes]:
    """Seal and salt of a KeyDerivationFunc (PBKDF2 or scrypt), of which `function` is the content.

    Raises MaterialError for other functions.
    """
    nodes = children(function, whole=False)
    if len(nodes) != 2 or nodes[1][0] != SEQUENCE:
        raise MaterialError("is sealed in another way")
    members = children(nodes[1][1], whole=False)
    if not members or members[0][0] != OCTET_STRING:
        raise MaterialError("is sealed in another way")
    numbers = [int.from_bytes(value[:8], "big") for tag, value in members if tag == INTEGER]
    salt = members[0][1]
    if nodes[0][1] == _PBKDF2 and numbers:
        named = [value for tag, value in members if tag == SEQUENCE]
        digest = _first(named[0]).hex() if named else "2a864886f70d0207"
        return Seal("PBKDF2", _DIGESTS.get(digest, ""), numbers[0]), salt
    if nodes[0][1] == _SCRYPT and len(numbers) >= 3:
        return Seal("scrypt", "", numbers[0], numbers[1], numbers[2]), salt
    raise MaterialError("is sealed in another way")


def _first(algorithm: bytes) -> bytes:
    """The OID of an AlgorithmIdentifier's contents. Raises MaterialError."""
    nodes = children(algorithm, whole=False)
    if not nodes:
        raise MaterialError("names no algorithm")
    return nodes[0][1]


def of_encrypted_key(data: bytes) -> Seal | None:
    """The seal of an EncryptedPrivateKeyInfo (RFC 5958 3); None if it does not use PBES2."""
    try:
        nodes = children(data)
        return of_algorithm(nodes[0][1])[0] if nodes else None
    except MaterialError:
        return None


def stretched(seal: Seal, salt: bytes, password: bytes, size: int) -> bytes | None:
    """The key of `size` bytes derived from a password; None if that would take too long.

    None as well for a function or hash that is not known.
    """
    digest = seal.digest.replace("SHA-", "sha").replace("SHA3-", "sha3_").lower()
    if seal.function == "PBKDF2" and digest and 0 < seal.rounds <= _MOST_ROUNDS:
        return hashlib.pbkdf2_hmac(digest, password, salt, seal.rounds, size)
    if seal.function == "scrypt":
        cost, block, lanes = seal.rounds, seal.block, seal.lanes
        if cost * block * lanes <= _MOST_WORK:
            try:
                return hashlib.scrypt(password, salt=salt, n=cost, r=block, p=lanes, dklen=size)
            except (ValueError, OverflowError):
                return None
    return None


def weakness(seal: Seal, policy: Policy) -> str:
    """In which way the policy finds the key derivation too weak, in words; "" if it does not.

    The policy's minimum for PBKDF2 holds for PKCS #12's own derivation and for a plain hash too,
    since one round of these costs an attacker less.
    """
    if seal.function == "scrypt":
        limit = _limit(policy, "scrypt.cost", str(seal.lanes))
        if limit is None or not 0 < seal.rounds < limit:
            return ""
        return (
            f"its password is stretched by scrypt with a cost of {seal.rounds:,}, where policy "
            f"{policy.name} asks for {limit:,.0f} or more"
        )
    limit = _limit(policy, "pbkdf2.iterations", seal.digest.lower().replace("-", ""))
    if limit is None or not 0 < seal.rounds < limit:
        return ""
    rounds = "1 round" if seal.rounds == 1 else f"{seal.rounds:,} rounds"
    return (
        f"its password is stretched by {rounds} of {seal.digest or seal.function}, where policy "
        f"{policy.name} asks for {limit:,.0f} or more"
    )


def _limit(policy: Policy, path: str, name: str) -> float | None:
    known = policy.limits.get(path)
    value = known.value if known else None
    if isinstance(value, Mapping):
        value = value.get(name, value.get("default"))
    return None if value is None else float(value)
