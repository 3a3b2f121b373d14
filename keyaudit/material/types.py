"""What is known of one piece of key material: public facts only, whatever it was read from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MaterialError(ValueError):
    """The bytes are not of the form they were read as. Says nothing of what they hold."""


class Kind(StrEnum):
    """What a piece of key material is. A store is one whose entries cannot be told."""

    PRIVATE = "private"
    SYMMETRIC = "symmetric"
    PUBLIC = "public"
    CERTIFICATE = "certificate"
    REQUEST = "request"
    PARAMETERS = "parameters"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public half of a key.

    `algorithm` is RSA, DSA, DH, EC, Ed25519 ... or "" when it is not known; `bits` the size of
    the modulus or of the curve (0: not known), `curve` its name. `modulus` and `exponent` are
    RSA's, else 0. `identity` is the SHA-256 of the SubjectPublicKeyInfo in hexadecimal, which is
    the same in whatever form the key is written; "" when it cannot be had.
    """

    algorithm: str = ""
    bits: int = 0
    curve: str = ""
    modulus: int = 0
    exponent: int = 0
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Validity:
    """A certificate's times, in seconds since 1970, and what it may be used for.

    `authority`: it may issue others (RFC 5280 4.2.1.9). `server`: it names hosts, or says that
    it is for TLS servers.
    """

    begins: int
    ends: int
    authority: bool = False
    server: bool = False


@dataclass(frozen=True, slots=True)
class Seal:
    """How a password is stretched to the key that seals something.

    `function` is PBKDF2, scrypt, PKCS #12 or a hash; `digest` the hash it is built on; `rounds`
    its iterations, or scrypt's N, of which `block` and `lanes` are r and p.
    """

    function: str
    digest: str
    rounds: int
    block: int = 0
    lanes: int = 0


@dataclass(frozen=True, slots=True)
class Material:
    """One key or certificate. `form` says how it is written, for a reader: `PKCS #12 key store`.

    `start` and `end` are offsets of characters in the document's text, both 0 in a binary file.
    `encrypted`: it takes a password that is not known to everybody. `sealed` tells an encrypted
    key whose public half cannot be read from others: a digest of the encrypted bytes.
    `seal` says how its password is stretched, where it is encrypted and that can be read.
    `hidden` are the texts in the document that must not be shown; they are never kept.
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
        """What is equal just when the key is; "" when nothing tells."""
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
    """A key in words: `RSA private key of 2048 bits`, `certificate with an EC key on P-256`."""
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
