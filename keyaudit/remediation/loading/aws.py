"""Keys from AWS: a secret of Secrets Manager, or a key that KMS unwraps; extra `aws`."""

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
    """A secret of AWS Secrets Manager: binary, or text that holds the key in base64.

    `name`: its name or ARN. `client`: a boto3 Secrets Manager client, by default boto3's own.
    The response holds the key as `bytes` or text, of which copies stay in freed memory.
    """

    def __init__(self, name: str, *, client: Any = None) -> None:
        self._name = name
        self._client = client

    def __call__(self) -> SecureKey:
        """The key. `BackendError` when AWS refuses, `KeySourceError` when the secret is no key."""
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
    """A key that was wrapped under a KMS key and lies about wrapped (in configuration, an image,
    a repository): `AwsKmsKey(kms_key).new_data_key(context)` made it.

    `wrapped`: the wrapped form; `context`: the encryption context it is bound to. Unlike a call
    of `generate_data_key` at each start, this gives the same key every time.
    """

    def __init__(self, kms_key: str, wrapped: bytes, context: Context, *, client: Any = None):
        self._kms_key = kms_key
        self._wrapped = wrapped
        self._context = context
        self._client = client

    def __call__(self) -> SecureKey:
        """The key. Raises as `AwsKmsKey` and its `unwrap`."""
        return AwsKmsKey(self._kms_key, client=self._client).unwrap(self._wrapped, self._context)
