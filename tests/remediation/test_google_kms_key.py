"""Google Cloud KMS as the key encryption key: Google's own client, over gRPC, against a stand-in
on loopback that answers as the reference of google.cloud.kms.v1 has it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keyaudit.remediation import BackendError, GoogleKmsKey, SecureKey
from tests.remediation import kek_contract

grpc = pytest.importorskip("grpc", reason="google-cloud-kms is not installed")
kms = pytest.importorskip("google.cloud.kms", reason="google-cloud-kms is not installed")
google_crc32c = pytest.importorskip("google_crc32c")

RING = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys"


class Service:
    """KMS with the keys `a` and `b`; `state` and `garbled` make it misbehave."""

    def __init__(self) -> None:
        self.keys = {f"{RING}/{name}": AESGCM(os.urandom(32)) for name in "ab"}
        self.refusal: tuple[Any, str] | None = None
        self.garbled = ""

    def encrypt(self, request: Any, context: Any) -> Any:
        key = self._key(request.name, context)
        plain, bound = request.plaintext, request.additional_authenticated_data
        if request.plaintext_crc32c != google_crc32c.value(plain):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "plaintext_crc32c does not match")
        if request.additional_authenticated_data_crc32c != google_crc32c.value(bound):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "additional_... does not match")
        nonce = os.urandom(12)
        sealed = nonce + key.encrypt(nonce, plain, bound)
        response = kms.EncryptResponse(
            name=f"{request.name}/cryptoKeyVersions/1",
            ciphertext=sealed,
            ciphertext_crc32c=google_crc32c.value(sealed),
            verified_plaintext_crc32c=True,
            verified_additional_authenticated_data_crc32c=True,
        )
        if self.garbled == "ciphertext":
            response.ciphertext = bytes(len(sealed))
        elif self.garbled == "name":
            response.name = f"{RING}/c/cryptoKeyVersions/1"
        elif self.garbled == "unverified":
            response.verified_plaintext_crc32c = False
        return response

    def decrypt(self, request: Any, context: Any) -> Any:
        key = self._key(request.name, context)
        sealed, bound = request.ciphertext, request.additional_authenticated_data
        try:
            plain = key.decrypt(sealed[:12], sealed[12:], bound)
        except (InvalidTag, ValueError):
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT, "Decryption failed: the ciphertext is invalid."
            )
        value = 1 if self.garbled == "plaintext" else google_crc32c.value(plain)
        return kms.DecryptResponse(plaintext=plain, plaintext_crc32c=value, used_primary=True)

    def _key(self, name: str, context: Any) -> AESGCM:
        if self.refusal:
            context.abort(*self.refusal)
        if name not in self.keys:
            context.abort(grpc.StatusCode.NOT_FOUND, f"CryptoKey {name} not found.")
        return self.keys[name]


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def client(service: Service) -> Iterator[Any]:
    from google.cloud.kms_v1.services.key_management_service.transports import (
        KeyManagementServiceGrpcTransport,
    )

    calls = {
        "Encrypt": (service.encrypt, kms.EncryptRequest, kms.EncryptResponse),
        "Decrypt": (service.decrypt, kms.DecryptRequest, kms.DecryptResponse),
    }
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            call, request_deserializer=asked.deserialize, response_serializer=given.serialize
        )
        for name, (call, asked, given) in calls.items()
    }
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(
                "google.cloud.kms.v1.KeyManagementService", handlers
            ),
        )
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield kms.KeyManagementServiceClient(
            transport=KeyManagementServiceGrpcTransport(channel=channel)
        )
    server.stop(None)


def test_it_wraps_as_every_key_does(client: Any) -> None:
    key = GoogleKmsKey(f"{RING}/a", client=client)
    assert key.id == f"gcp-kms://{RING}/a"
    kek_contract.check(key, GoogleKmsKey(f"{RING}/b", client=client))


@pytest.mark.parametrize("what", ["ciphertext", "name", "unverified", "plaintext"])
def test_what_changed_on_the_way_is_not_used(client: Any, service: Service, what: str) -> None:
    key = GoogleKmsKey(f"{RING}/a", client=client)
    with SecureKey.generate() as secret:
        wrapped = key.wrap(secret, {})
        service.garbled = what
        with pytest.raises(BackendError, match="checksum") as error:
            key.unwrap(wrapped, {}) if what == "plaintext" else key.wrap(secret, {})
    assert error.value.code == "DATA_LOSS"


def test_refusals_keep_their_code(client: Any, service: Service) -> None:
    key = GoogleKmsKey(f"{RING}/a", client=client)
    service.refusal = (grpc.StatusCode.FAILED_PRECONDITION, "the version is not enabled")
    with pytest.raises(BackendError, match=r"Decrypt: FAILED_PRECONDITION .*not enabled") as error:
        key.unwrap(b"wrapped", {})
    assert error.value.code == "FAILED_PRECONDITION"
    service.refusal = None
    with SecureKey.generate() as secret, pytest.raises(BackendError) as error:
        GoogleKmsKey(f"{RING}/none", client=client).wrap(secret, {})
    assert error.value.code == "NOT_FOUND"


@pytest.mark.parametrize("name", ["a", f"{RING}/a/cryptoKeyVersions/1", f"{RING}/", ""])
def test_only_names_of_keys_are_taken(name: str) -> None:
    with pytest.raises(ValueError, match="no name of a KMS key"):
        GoogleKmsKey(name, client=object())
