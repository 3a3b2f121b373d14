"""Google Cloud KMS keys as key encryption keys; extra `google` (google-cloud-kms)."""

from __future__ import annotations

import re
from typing import Any

from keyaudit.remediation.backends import google
from keyaudit.remediation.errors import BackendError, DecryptionError
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.aead import REFUSED
from keyaudit.remediation.wrapping.context import Context, canonical
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey

_NAME = re.compile(r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+")


class GoogleKmsKey(KeyEncryptionKey):
    """A symmetric key (purpose ENCRYPT_DECRYPT) in Google Cloud KMS as a key encryption key; it
    never leaves Google. The canonical context is sent as additional authenticated data, which is
    not logged.

    `key`: the resource name, `projects/P/locations/L/keyRings/R/cryptoKeys/K`, without a version:
    KMS wraps with the primary version, and finds the version that unwraps from the ciphertext.
    `client`: a `google.cloud.kms.KeyManagementServiceClient`, by default one with Application
    Default Credentials.

    Requests and responses carry CRC-32C checksums, which are verified at both ends, as Google
    recommends ("Data integrity guidelines"). Raises ValueError for another form of name,
    `BackendError` when KMS refuses, and `MissingBackendError` without the client library. Responses
    hold data keys as `bytes`, of which copies stay in freed memory.
    """

    def __init__(self, key: str, *, client: Any = None) -> None:
        if not _NAME.fullmatch(key):
            raise ValueError(
                f"{key!r} is no name of a KMS key, such as "
                "projects/P/locations/L/keyRings/R/cryptoKeys/K"
            )
        self._name = key
        self._client = google.kms_client() if client is None else client

    @property
    def id(self) -> str:
        """`gcp-kms://` followed by the resource name."""
        return f"gcp-kms://{self._name}"

    def wrap(self, key: SecureKey, context: Context) -> bytes:
        """Wrap by KMS `Encrypt`. KMS takes at most 64 KiB, or 8 KiB together with the context for a
        key in an HSM. Raises `BackendError` when KMS refuses, or a checksum shows that data was
        corrupted."""
        plain, bound = key.view().tobytes(), canonical(context)
        request = {
            "name": self._name,
            "plaintext": plain,
            "plaintext_crc32c": google.crc32c(plain),
            "additional_authenticated_data": bound,
            "additional_authenticated_data_crc32c": google.crc32c(bound),
        }
        with google.errors("Encrypt"):
            response = self._client.encrypt(request=request)
        wrapped = bytes(response.ciphertext)
        if not (
            response.verified_plaintext_crc32c
            and response.verified_additional_authenticated_data_crc32c
            and response.ciphertext_crc32c == google.crc32c(wrapped)
            and str(response.name).startswith(f"{self._name}/")
        ):
            raise _garbled()
        return wrapped

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        """Unwrap by KMS `Decrypt`. Raises `DecryptionError` for another key, context or bytes,
        `BackendError` when KMS refuses for another reason, or a checksum shows that data was
        corrupted."""
        bound = canonical(context)
        request = {
            "name": self._name,
            "ciphertext": wrapped,
            "ciphertext_crc32c": google.crc32c(wrapped),
            "additional_authenticated_data": bound,
            "additional_authenticated_data_crc32c": google.crc32c(bound),
        }
        try:
            with google.errors("Decrypt"):
                response = self._client.decrypt(request=request)
        except BackendError as error:
            if error.code == "INVALID_ARGUMENT":
                raise DecryptionError(REFUSED) from None
            raise
        plain = bytes(response.plaintext)
        if response.plaintext_crc32c != google.crc32c(plain):
            raise _garbled()
        return SecureKey.copy_of(plain)

    def __repr__(self) -> str:
        return f"<GoogleKmsKey {self._name}>"


def _garbled() -> BackendError:
    return BackendError("a checksum of KMS's answer is wrong: changed on the way", "DATA_LOSS")
