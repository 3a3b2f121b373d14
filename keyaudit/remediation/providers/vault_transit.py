"""Keys of the transit engine of HashiCorp Vault or OpenBao as key encryption keys; extra
`vault`."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from keyaudit.remediation.backends import vault
from keyaudit.remediation.errors import BackendError, DecryptionError, WeakParameterError
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.aead import REFUSED
from keyaudit.remediation.wrapping.context import Context, canonical
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey

_TYPES = ("aes256-gcm96", "chacha20-poly1305")
_CIPHERTEXT = re.compile(rb"vault:v[1-9][0-9]*:([A-Za-z0-9+/]+={0,2})")
# Vault answers 400 to whatever it cannot do; only these say that the ciphertext does not fit.
_WRONG_INPUT = ("message authentication failed", "invalid ciphertext")


class VaultTransitKey(KeyEncryptionKey):
    """A key of Vault's or OpenBao's transit engine, of type `aes256-gcm96` or `chacha20-poly1305`,
    as a key encryption key; it never leaves Vault. The canonical context is sent as
    `associated_data`, and for a derived key also as the derivation `context` (each context then has
    its own key).

    `name`: the key's name. `mount`: where the engine is mounted. Vault wraps with the newest
    version; the ciphertext names the version that unwraps, down to `min_decryption_version`.
    `client`: an `hvac.Client`, by default from VAULT_ADDR and VAULT_TOKEN. `id`: names the key in
    envelopes, by default `vault-transit:` with namespace, mount and name; give one if two servers
    have keys of the same name.

    The token needs `read` on `MOUNT/keys/NAME`, and `update` on `MOUNT/encrypt/NAME` and
    `MOUNT/decrypt/NAME`; do not grant `create` on the latter two, or Vault creates a missing key.
    Raises `BackendError` when Vault refuses, `WeakParameterError` for keys of other types, and
    `MissingBackendError` without hvac. Responses hold data keys as text, of which copies stay in
    freed memory.
    """

    def __init__(
        self, name: str, *, mount: str = "transit", client: Any = None, id: str | None = None
    ) -> None:
        self._client = vault.client() if client is None else client
        self._name = name
        self._mount = mount.strip("/")
        with vault.errors("read"):
            data = self._transit.read_key(name, mount_point=self._mount)["data"]
        if data.get("type") not in _TYPES:
            raise WeakParameterError(
                f"a transit key of type {data.get('type')}",
                f"{' or '.join(_TYPES)}: authenticated, and no weaker than the data keys it wraps",
                "NIST SP 800-57 Part 1 Rev. 5, 6.2.1.3",
            )
        self._derived = bool(data.get("derived"))
        namespace = str(getattr(self._client.adapter, "namespace", None) or "").strip("/")
        path = "/".join(part for part in (namespace, self._mount, name) if part)
        self._id = f"vault-transit:{path}" if id is None else id

    @property
    def id(self) -> str:
        """The key's name in envelopes."""
        return self._id

    def wrap(self, key: SecureKey, context: Context) -> bytes:
        """Wrap by transit `encrypt`. Raises `BackendError` when Vault refuses."""
        plain = base64.b64encode(key.view()).decode("ascii")
        with vault.errors("encrypt"):
            response = self._transit.encrypt_data(
                self._name, plaintext=plain, mount_point=self._mount, **self._bound(context)
            )
        return str(response["data"]["ciphertext"]).encode("ascii")

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        """Unwrap by transit `decrypt`. Raises `DecryptionError` for another key, context or bytes,
        `BackendError` when Vault refuses for another reason."""
        bound = self._bound(context)
        text = _canonical(wrapped)
        try:
            with vault.errors("decrypt"):
                response = self._transit.decrypt_data(
                    self._name, ciphertext=text, mount_point=self._mount, **bound
                )
        except BackendError as error:
            if error.code == "InvalidRequest" and any(word in str(error) for word in _WRONG_INPUT):
                raise DecryptionError(REFUSED) from None
            raise
        try:
            return SecureKey(bytearray(base64.b64decode(response["data"]["plaintext"])))
        except (binascii.Error, ValueError):
            raise BackendError("Vault's answer holds no key") from None

    @property
    def _transit(self) -> Any:
        return self._client.secrets.transit

    def _bound(self, context: Context) -> dict[str, str]:
        text = base64.b64encode(canonical(context)).decode("ascii")
        return {"associated_data": text, **({"context": text} if self._derived else {})}

    def __repr__(self) -> str:
        return f"<VaultTransitKey {self._id}>"


def _canonical(wrapped: bytes) -> str:
    """The ciphertext as text. Vault accepts some ciphertexts in several spellings (unused bits of
    base64, leading zeros of the version); only the spelling that Vault writes is accepted here,
    else `DecryptionError`."""
    found = _CIPHERTEXT.fullmatch(wrapped)
    try:
        if found and base64.b64encode(base64.b64decode(found[1], validate=True)) == found[1]:
            return wrapped.decode("ascii")
    except binascii.Error:
        pass
    raise DecryptionError(REFUSED)
