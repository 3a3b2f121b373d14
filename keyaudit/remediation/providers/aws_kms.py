"""AWS KMS as the key encryption key; extra `aws` (boto3)."""

from __future__ import annotations

from typing import Any

from keyaudit.remediation.backends import aws
from keyaudit.remediation.errors import BackendError, DecryptionError
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.aead import REFUSED
from keyaudit.remediation.wrapping.context import Context, canonical
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey

_WRONG_INPUT = {"InvalidCiphertextException", "IncorrectKeyException"}
_MAX_PLAINTEXT = 4096
"""Bytes (AWS KMS API reference, Encrypt, `Plaintext`)."""


class AwsKmsKey(KeyEncryptionKey):
    """A symmetric KMS key; it never leaves AWS. Contexts are its encryption contexts, and so
    appear in CloudTrail.

    `key`: an id, ARN, alias name (`alias/...`) or alias ARN. It is looked up once
    (`kms:DescribeKey`), and the key's ARN stands in the envelopes, so that an alias that moves on
    takes no envelope with it. Decryption names the key, so KMS refuses what another wrapped.
    `client`: a boto3 KMS client, by default `boto3.client("kms")`; give one that does not log
    responses (boto3's debug log has plaintext keys).

    The key is checked here to be enabled for each operation, when `check_state` is set (one more
    `DescribeKey` each): KMS checks it too, emulators may not.

    Raises `BackendError` when KMS refuses or the key is none for encryption, and
    `MissingBackendError` without boto3. Responses hold data keys as `bytes`, of which copies stay
    in freed memory.
    """

    def __init__(self, key: str, *, client: Any = None, check_state: bool = False) -> None:
        self._client = aws.client("kms") if client is None else client
        metadata = self._describe(key)
        if metadata.get("KeySpec") != "SYMMETRIC_DEFAULT":
            raise BackendError(f"{key} is no symmetric key for encryption")
        self._arn = str(metadata["Arn"])
        self._check_state = check_state

    @property
    def id(self) -> str:
        """The key's ARN."""
        return self._arn

    def wrap(self, key: SecureKey, context: Context) -> bytes:
        """KMS `Encrypt`; at most 4096 bytes (ValueError). `BackendError` when KMS refuses."""
        if len(key) > _MAX_PLAINTEXT:
            raise ValueError(f"AWS KMS encrypts at most {_MAX_PLAINTEXT} bytes")
        canonical(context)
        self._check_enabled()
        with aws.errors():
            response = self._client.encrypt(
                KeyId=self._arn,
                Plaintext=key.view().tobytes(),
                EncryptionContext=dict(context),
            )
        return bytes(response["CiphertextBlob"])

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        """KMS `Decrypt` by this key; `DecryptionError` for another key, context or bytes."""
        canonical(context)
        self._check_enabled()
        try:
            with aws.errors():
                response = self._client.decrypt(
                    KeyId=self._arn, CiphertextBlob=wrapped, EncryptionContext=dict(context)
                )
        except BackendError as error:
            if error.code in _WRONG_INPUT:
                raise DecryptionError(REFUSED) from None
            raise
        return SecureKey.copy_of(response["Plaintext"])

    def new_data_key(self, context: Context) -> tuple[SecureKey, bytes]:
        """KMS `GenerateDataKey` of 256 bits; `BackendError` when KMS refuses."""
        canonical(context)
        self._check_enabled()
        with aws.errors():
            response = self._client.generate_data_key(
                KeyId=self._arn, KeySpec="AES_256", EncryptionContext=dict(context)
            )
        return SecureKey.copy_of(response["Plaintext"]), bytes(response["CiphertextBlob"])

    def _describe(self, key: str) -> dict[str, Any]:
        with aws.errors():
            metadata: dict[str, Any] = self._client.describe_key(KeyId=key)["KeyMetadata"]
        return metadata

    def _check_enabled(self) -> None:
        if self._check_state:
            state = self._describe(self._arn).get("KeyState")
            if state != "Enabled":
                raise BackendError(f"the key is in state {state}", "KMSInvalidStateException")

    def __repr__(self) -> str:
        return f"<AwsKmsKey {self._arn}>"
