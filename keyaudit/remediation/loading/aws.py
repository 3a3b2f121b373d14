"""Keys from AWS: a secret in Secrets Manager, or a key that KMS unwraps; extra `aws`."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from keyaudit.remediation.backends import aws
from keyaudit.remediation.errors import KeySourceError
from keyaudit.remediation.providers.aws_kms import AwsKmsKey
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.context import Context


class AwsSecret:
    """A callable that loads a key from AWS Secrets Manager. The secret is binary, or text that
    holds the key in base64.

    `name`: the secret's name or ARN. `client`: a boto3 Secrets Manager client, by default boto3's
    own. The response holds the key as `bytes` or text, of which copies stay in freed memory.
    """

    def __init__(self, name: str, *, client: Any = None) -> None:
        self._name = name
        self._client = client

    def __call__(self) -> SecureKey:
        """The key. Raises `BackendError` when AWS refuses, `KeySourceError` when a text secret is
        empty or not base64, ValueError for an empty binary one, `MissingBackendError` without
        boto3."""
        client = aws.client("secretsmanager") if self._client is None else self._client
        with aws.errors():
            response = client.get_secret_value(SecretId=self._name)
        if "SecretBinary" in response:
            return SecureKey.copy_of(response["SecretBinary"])
        try:
            return SecureKey(bytearray(base64.b64decode(response["SecretString"], validate=True)))
        except (binascii.Error, ValueError):
            raise KeySourceError(f"secret {self._name!r} is neither binary nor base64") from None


class AwsWrappedKey:
    """A callable that unwraps a key by AWS KMS. The wrapped key can be stored openly (in
    configuration, an image, a repository); `AwsKmsKey(kms_key).new_data_key(context)` makes one.

    `kms_key`: the KMS key, as for `AwsKmsKey`. `wrapped`: the wrapped key. `context`: the
    encryption context it was wrapped with. `client`: a boto3 KMS client, by default boto3's own.
    Unlike `generate_data_key` at each start, this gives the same key every time.
    """

    def __init__(self, kms_key: str, wrapped: bytes, context: Context, *, client: Any = None):
        self._kms_key = kms_key
        self._wrapped = wrapped
        self._context = context
        self._client = client

    def __call__(self) -> SecureKey:
        """The key. Errors as `AwsKmsKey` and `AwsKmsKey.unwrap`."""
        return AwsKmsKey(self._kms_key, client=self._client).unwrap(self._wrapped, self._context)
