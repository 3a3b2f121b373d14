"""Azure Key Vault and Managed HSM keys as key encryption keys; extra `azure`."""

from __future__ import annotations

import hashlib
from typing import Any

from keyaudit.remediation.backends import azure
from keyaudit.remediation.errors import BackendError, DecryptionError, WeakParameterError
from keyaudit.remediation.generation.compare import constant_time_equal
from keyaudit.remediation.generation.limits import RSA, RSA_BITS
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.aead import REFUSED, TAG_BYTES
from keyaudit.remediation.wrapping.context import Context, canonical
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey

_LABEL = b"keyaudit/azure-wrap/1"
_OAEP, _GCM = b"\x01", b"\x02"
_NONCE_BYTES = 12
_DIGEST_BYTES = 32
_OAEP_OVERHEAD = 2 * 32 + 2
"""Bytes that RSA-OAEP with SHA-256 takes (RFC 8017, 7.1.1)."""


class AzureKeyVaultKey(KeyEncryptionKey):
    """A key in Azure Key Vault (RSA, 3072 bits or more) or Managed HSM (RSA, or AES: `oct-HSM` of
    256 bits) as a key encryption key. The private or secret key never leaves Azure.

    `key`: its URL, `https://VAULT.vault.azure.net/keys/NAME`, with or without a version. Without
    one, the newest version is looked up once (`keys/get`). Envelopes hold the URL with the version;
    for older versions use `KeyChain(AzureKeyVaultKey(url), AzureKeyVaultKey(f"{url}/{version}"))`.
    `client`: an `azure.keyvault.keys.KeyClient` for that vault, by default one with
    azure-identity's `DefaultAzureCredential`.

    Wrapped form: the byte 1 and RSA-OAEP-256 (OAEP with SHA-256), or the byte 2 and nonce,
    ciphertext and tag of A256GCM. AES binds the context as associated data. RSA-OAEP in Key Vault
    takes no label, so a digest of the context is wrapped with the data key and compared after
    unwrapping: a wrapped key moved to another context is detected. But anybody can wrap with an RSA
    public key: RSA does not show that a *new* envelope was made by you (with AES, only those who
    may use the key can make one).

    With RSA, Azure's client wraps locally with the public key that it fetched, and only unwrapping
    asks the vault; so a disabled key still wraps until the process ends. Raises ValueError for
    other URLs, `WeakParameterError` for a shorter RSA key, `BackendError` when the vault refuses or
    the key is of another type, and `MissingBackendError` without the client library. Responses hold
    data keys as `bytes`, of which copies stay in freed memory.
    """

    def __init__(self, key: str, *, client: Any = None) -> None:
        vault, name, version = azure.key_name(key)
        client = azure.key_client(vault) if client is None else client
        with azure.errors("get"):
            found = client.get_key(name, version)
        kind = str(getattr(found.key_type, "value", found.key_type)).lower()
        if kind not in ("rsa", "rsa-hsm", "oct-hsm"):
            raise BackendError(f"{key} is of kind {kind}, which wraps no keys here")
        self._is_rsa = kind != "oct-hsm"
        bits = int.from_bytes(found.key.n, "big").bit_length() if self._is_rsa else 0
        if self._is_rsa and bits < RSA_BITS[0]:
            raise WeakParameterError(f"an RSA key of {bits} bits", f"{RSA_BITS[0]} or more", RSA)
        self._room = bits // 8 - _OAEP_OVERHEAD - _DIGEST_BYTES
        self._id = str(found.id)
        self._client = client.get_cryptography_client(name, key_version=found.properties.version)

    @property
    def id(self) -> str:
        """The key's URL with its version."""
        return self._id

    @property
    def anyone_can_wrap(self) -> bool:
        """See `KeyEncryptionKey`: true for RSA."""
        return self._is_rsa

    def wrap(self, key: SecureKey, context: Context) -> bytes:
        """Wrap by `wrapKey` (RSA) or `encrypt` (AES). Raises ValueError for a key longer than RSA
        takes (286 bytes with 3072 bits), `BackendError` when the vault refuses or its answer has a
        wrong form."""
        bound = self._bound(context)
        if self._is_rsa:
            from azure.keyvault.keys.crypto import KeyWrapAlgorithm

            if len(key) > self._room:
                raise ValueError(f"{self._id} wraps at most {self._room} bytes")
            with azure.errors("wrapKey"):
                made = self._client.wrap_key(
                    KeyWrapAlgorithm.rsa_oaep_256, bound + key.view().tobytes()
                )
            return _OAEP + bytes(made.encrypted_key)
        from azure.keyvault.keys.crypto import EncryptionAlgorithm

        with azure.errors("encrypt"):
            sealed = self._client.encrypt(
                EncryptionAlgorithm.a256_gcm,
                key.view().tobytes(),
                additional_authenticated_data=bound,
            )
        if len(sealed.iv) != _NONCE_BYTES or len(sealed.tag) != TAG_BYTES:
            raise BackendError("Azure gave a nonce or tag of an unexpected length")
        return _GCM + bytes(sealed.iv) + bytes(sealed.ciphertext) + bytes(sealed.tag)

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        """Unwrap by `unwrapKey` (RSA) or `decrypt` (AES). Raises `DecryptionError` for another key,
        context or bytes, `BackendError` when the vault refuses for another reason."""
        bound = self._bound(context)
        if wrapped[:1] != (_OAEP if self._is_rsa else _GCM):
            raise DecryptionError(REFUSED)
        try:
            if not self._is_rsa:
                return SecureKey.copy_of(self._opened(wrapped[1:], bound))
            plain = self._unwrapped(wrapped[1:])
        except BackendError as error:
            if error.code == "BadParameter":
                raise DecryptionError(REFUSED) from None
            raise
        same = constant_time_equal(plain[:_DIGEST_BYTES], bound)
        if not same or len(plain) == _DIGEST_BYTES:
            raise DecryptionError(REFUSED)
        return SecureKey.copy_of(memoryview(plain)[_DIGEST_BYTES:])

    def _unwrapped(self, sealed: bytes) -> bytes:
        from azure.keyvault.keys.crypto import KeyWrapAlgorithm

        with azure.errors("unwrapKey"):
            result: bytes = self._client.unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, sealed).key
        return result

    def _opened(self, sealed: bytes, bound: bytes) -> bytes:
        from azure.keyvault.keys.crypto import EncryptionAlgorithm

        if len(sealed) <= _NONCE_BYTES + TAG_BYTES:
            raise DecryptionError(REFUSED)
        with azure.errors("decrypt"):
            result: bytes = self._client.decrypt(
                EncryptionAlgorithm.a256_gcm,
                sealed[_NONCE_BYTES:-TAG_BYTES],
                iv=sealed[:_NONCE_BYTES],
                authentication_tag=sealed[-TAG_BYTES:],
                additional_authenticated_data=bound,
            ).plaintext
        return result

    def _bound(self, context: Context) -> bytes:
        """A digest (32 bytes) that binds key and context: SHA-256 of label, length and id, and
        canonical context."""
        name = self._id.encode()
        return hashlib.sha256(
            _LABEL + len(name).to_bytes(2, "big") + name + canonical(context)
        ).digest()

    def __repr__(self) -> str:
        return f"<AzureKeyVaultKey {self._id}>"
