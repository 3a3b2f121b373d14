"""The types of key material: public facts only, whatever format they were read from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MaterialError(ValueError):
    """The bytes do not have the expected format. The message never contains any of them."""


class Kind(StrEnum):
    """What a piece of key material is. STORE is a key store whose entries cannot be read."""

    PRIVATE = "private"
    SYMMETRIC = "symmetric"
    PUBLIC = "public"
    CERTIFICATE = "certificate"
    REQUEST = "request"
    PARAMETERS = "parameters"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The facts about the public half of a key.

    `algorithm` is RSA, DSA, DH, EC, Ed25519 and so on, "" if not known. `bits` is the size of the
    modulus or of the curve's order (0: not known), `curve` the curve's name. `modulus` and
    `exponent` are those of RSA, else 0. `identity` is the SHA-256 of the SubjectPublicKeyInfo in
    hexadecimal, the same in whatever format the key is written; for OpenPGP keys other than RSA, a
    digest of the packet's fields; "" if it cannot be computed.
    """

    algorithm: str = ""
    bits: int = 0
    curve: str = ""
    modulus: int = 0
    exponent: int = 0
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Validity:
    """When a certificate begins and ends to be valid, in seconds since 1970, and its uses.

    `authority`: it may issue certificates (RFC 5280 4.2.1.9). `server`: it contains host names, or
    is meant for TLS servers.
    """

    begins: int
    ends: int
    authority: bool = False
    server: bool = False


@dataclass(frozen=True, slots=True)
class Seal:
    """How the key that encrypts something is derived from a password.

    `function` is PBKDF2, scrypt, PKCS #12 or a hash; `digest` the hash it uses; `rounds` the
    iterations, or N of scrypt, whose r and p are `block` and `lanes`.
    """

    function: str
    digest: str
    rounds: int
    block: int = 0
    lanes: int = 0


@dataclass(frozen=True, slots=True)
class Material:
    """One key, certificate or key store that was read.

    `form` names the format for readers: `PKCS #12 key store`. `start` and `end` are offsets in
    characters in the document's text, both 0 in a binary file. `encrypted`: it takes a password
    that is not a well-known one. `sealed` is a digest of the encrypted bytes, to identify an
    encrypted key whose public half cannot be read. `seal` tells the key derivation of encrypted
    material, if it can be read. `hidden` are texts of the document that must be masked; they are
    never kept.
    """

    kind: Kind
    form: str
    key: PublicKey = PublicKey()
    encrypted: bool = False
    validity: Validity | None = None
    start: int = 0
    end: int = 0
    sealed: str = ""
    seal: Seal | None = None
    hidden: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """A text that is the same for the same key only; "" if the key cannot be identified."""
        return self.key.identity or self.sealed


_KINDS = {
    Kind.PRIVATE: "private key",
    Kind.SYMMETRIC: "symmetric key",
    Kind.PUBLIC: "public key",
    Kind.CERTIFICATE: "certificate",
    Kind.REQUEST: "certificate request",
    Kind.PARAMETERS: "parameters",
    Kind.STORE: "key store",
}


def describe(material: Material) -> str:
    """The material in words: `RSA private key of 2048 bits`, `certificate with an EC key`."""
    kind, key = _KINDS[material.kind], material.key
    if material.kind in (Kind.CERTIFICATE, Kind.REQUEST):
        if not key.algorithm:
            return kind
        article = "an" if key.algorithm[0] in "EMRSX" else "a"  # an RSA key, an ML-DSA-65 key
        return f"{kind} with {article} {key.algorithm} key{_size(key)}"
    seal = "encrypted " if material.encrypted else ""
    return f"{seal}{key.algorithm} {kind}{_size(key)}".replace("  ", " ").strip()


def _size(key: PublicKey) -> str:
    if key.curve:
        return f" on {key.curve}"
    return f" of {key.bits} bits" if key.bits and key.algorithm in _SIZED else ""


_SIZED = frozenset({"RSA", "DSA", "DH", "ElGamal", ""})
