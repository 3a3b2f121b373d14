"""Private keys for signatures, key agreement, encryption and key encapsulation."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Literal, overload

from keyaudit.remediation.errors import MissingBackendError, WeakParameterError
from keyaudit.remediation.generation import limits

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

_CURVES = {"P-256": "SECP256R1", "P-384": "SECP384R1", "P-521": "SECP521R1"}
_EDWARDS = {"ED25519": "Ed25519", "X25519": "X25519"}
_LATTICE = {
    "ML-KEM-768": ("mlkem", "MLKEM768PrivateKey"),
    "ML-KEM-1024": ("mlkem", "MLKEM1024PrivateKey"),
    "ML-DSA-44": ("mldsa", "MLDSA44PrivateKey"),
    "ML-DSA-65": ("mldsa", "MLDSA65PrivateKey"),
    "ML-DSA-87": ("mldsa", "MLDSA87PrivateKey"),
}
_PRIMITIVES = "cryptography.hazmat.primitives.asymmetric"


@overload
def generate_private_key(
    algorithm: Literal["RSA-3072", "RSA-4096"] = "RSA-3072",
) -> RSAPrivateKey: ...
@overload
def generate_private_key(
    algorithm: Literal["P-256", "P-384", "P-521"],
) -> EllipticCurvePrivateKey: ...
@overload
def generate_private_key(algorithm: Literal["Ed25519"]) -> Ed25519PrivateKey: ...
@overload
def generate_private_key(algorithm: Literal["X25519"]) -> X25519PrivateKey: ...
@overload
def generate_private_key(algorithm: str) -> Any: ...
def generate_private_key(algorithm: str = "RSA-3072") -> Any:
    """Generate a private key. Returns an object of pyca/cryptography's type for the algorithm.

    `algorithm`, in any case: `RSA-3072`, `RSA-4096` (public exponent 65537); `P-256`, `P-384`,
    `P-521`; `Ed25519`; `X25519`; and, where the installed cryptography and its OpenSSL have them,
    `ML-KEM-768`, `ML-KEM-1024` (FIPS 203), `ML-DSA-44`, `ML-DSA-65`, `ML-DSA-87` (FIPS 204).

    Raises `WeakParameterError` for RSA below 3072 bits, for `P-192` and `P-224` and for DSA;
    `MissingBackendError` when the installed cryptography lacks the algorithm; ValueError for an
    unknown one.
    """
    name = algorithm.upper()
    if name.startswith("RSA-") and name[4:].isdecimal():
        return _rsa(int(name[4:]))
    if name in _CURVES:
        from cryptography.hazmat.primitives.asymmetric import ec

        return ec.generate_private_key(getattr(ec, _CURVES[name])())
    if name in _EDWARDS:
        module = importlib.import_module(f"{_PRIMITIVES}.{name.lower()}")
        return getattr(module, f"{_EDWARDS[name]}PrivateKey").generate()
    if name in _LATTICE:
        return _lattice(name)
    if name in {"P-192", "P-224", "SECP192R1", "SECP224R1"}:
        raise WeakParameterError(
            f"curve {algorithm!r}", "P-256, P-384, P-521, Ed25519 or X25519", limits.CURVES
        )
    if name in {"DSA", "DSA-1024", "DSA-2048", "DSA-3072"}:
        raise WeakParameterError(
            f"algorithm {algorithm!r}", "Ed25519, ECDSA or RSA", "FIPS 186-5, 4: DSA is withdrawn"
        )
    known = ", ".join(["RSA-3072", "RSA-4096", *_CURVES, "Ed25519", "X25519", *_LATTICE])
    raise ValueError(f"{algorithm!r} is no algorithm known here; known are {known}")


def _rsa(bits: int) -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric import rsa

    if bits < limits.RSA_BITS[0]:
        raise WeakParameterError(
            f"an RSA key of {bits} bits", f"{limits.RSA_BITS[0]} bits or more", limits.RSA
        )
    if bits not in limits.RSA_BITS:
        raise ValueError(f"RSA keys here have 3072 or 4096 bits, not {bits}")
    return rsa.generate_private_key(public_exponent=limits.RSA_EXPONENT, key_size=bits)


def _lattice(name: str) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm

    module, cls = _LATTICE[name]
    try:
        return getattr(importlib.import_module(f"{_PRIMITIVES}.{module}"), cls).generate()
    except (ImportError, AttributeError, UnsupportedAlgorithm):
        raise MissingBackendError(
            f"the installed cryptography has no {name}; a newer release on OpenSSL 3.5 has it"
        ) from None
