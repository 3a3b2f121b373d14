"""AWS KMS keys as key encryption keys; extra `aws` (boto3)."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from keyaudit.remediation.auditing.callers import Caller, Noted
from keyaudit.remediation.backends import aws
from keyaudit.remediation.errors import BackendError, DecryptionError
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.aead import REFUSED
from keyaudit.remediation.wrapping.context import Context, canonical
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey

if TYPE_CHECKING:
    from keyaudit.remediation.auditing.auditor import Auditor

_WRONG_INPUT = {"InvalidCiphertextException", "IncorrectKeyException"}
_MAX_PLAINTEXT = 4096
"""Bytes (AWS KMS API reference, Encrypt, `Plaintext`)."""


class AwsKmsKey(KeyEncryptionKey):
    """A symmetric key in AWS KMS as a key encryption key; it never leaves AWS. The context is the
    KMS encryption context, which CloudTrail logs.

    `key`: an id, ARN, alias name (`alias/...`) or alias ARN. It is resolved once
    (`kms:DescribeKey`), and envelopes hold the key's ARN, so that moving an alias does not affect
    existing envelopes. Decrypt requests name the key, so KMS refuses what another key wrapped.
    `client`: a boto3 KMS client, by default `boto3.client("kms")`; use one that does not log
    responses (boto3's debug log contains plaintext keys). `check_state`: check before each
    operation that the key is enabled (one more `DescribeKey`); KMS checks this itself, emulators
    may not.

    `auditor`: gets an event for every request to KMS (`kms-encrypt`, `kms-decrypt`,
    `kms-generate-data-key`), with the request's id, by which CloudTrail has it. Events of an
    `EnvelopeCipher` are about messages instead: one for each, also where a cache spares KMS the
    request. Both name the principal and the region. `sts`: a boto3 STS client, asked for the
    principal; needed when `client` has other credentials than boto3's default ones.

    Raises `BackendError` when KMS refuses or the key is not a symmetric encryption key, and
    `MissingBackendError` without boto3. Responses hold data keys as `bytes`, of which copies stay
    in freed memory.
    """

    def __init__(
        self,
        key: str,
        *,
        client: Any = None,
        check_state: bool = False,
        auditor: Auditor | None = None,
        sts: Any = None,
    ) -> None:
        self._client = aws.client("kms") if client is None else client
        self._identity = aws.Identity(self._client, sts)
        self._auditor = auditor
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
        """Wrap a key of at most 4096 bytes by KMS `Encrypt`. Raises ValueError for a longer key,
        `BackendError` when KMS refuses."""
        if len(key) > _MAX_PLAINTEXT:
            raise ValueError(f"AWS KMS encrypts at most {_MAX_PLAINTEXT} bytes")
        canonical(context)
        with self._observed("kms-encrypt", context) as noted, aws.errors():
            self._check_enabled()
            response = self._client.encrypt(
                KeyId=self._arn,
                Plaintext=key.view().tobytes(),
                EncryptionContext=dict(context),
            )
            noted.request = aws.request_id(response)
        return bytes(response["CiphertextBlob"])

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        """Unwrap by KMS `Decrypt`. Raises `DecryptionError` for another key, context or bytes,
        `BackendError` when KMS refuses for another reason."""
        canonical(context)
        try:
            with self._observed("kms-decrypt", context) as noted, aws.errors():
                self._check_enabled()
                response = self._client.decrypt(
                    KeyId=self._arn, CiphertextBlob=wrapped, EncryptionContext=dict(context)
                )
                noted.request = aws.request_id(response)
        except BackendError as error:
            if error.code in _WRONG_INPUT:
                raise DecryptionError(REFUSED) from None
            raise
        return SecureKey.copy_of(response["Plaintext"])

    def new_data_key(self, context: Context) -> tuple[SecureKey, bytes]:
        """A fresh data key of 256 bits by KMS `GenerateDataKey`, plain and wrapped. Raises
        `BackendError` when KMS refuses."""
        canonical(context)
        with self._observed("kms-generate-data-key", context) as noted, aws.errors():
            self._check_enabled()
            response = self._client.generate_data_key(
                KeyId=self._arn, KeySpec="AES_256", EncryptionContext=dict(context)
            )
            noted.request = aws.request_id(response)
        return SecureKey.copy_of(response["Plaintext"]), bytes(response["CiphertextBlob"])

    def caller(self) -> Caller:
        """The principal that KMS is asked as, and the region it is asked in."""
        return self._identity()

    def _observed(self, operation: str, context: Context) -> AbstractContextManager[Noted]:
        if self._auditor is None:
            return contextlib.nullcontext(Noted(self._arn))
        return self._auditor.observe(operation, self._arn, context=context, caller=self.caller())

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
