"""Keys from the secrets managers of Google and Azure: the vendors' own clients, against stand-ins
that answer as their references have it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from keyaudit.remediation import (
    AzureSecret,
    BackendError,
    GoogleSecret,
    KeySourceError,
    MissingBackendError,
    load_key,
)
from tests.remediation.stand_in import Answer, Request, StandIn
from tests.remediation.test_azure_key_vault_key import CHALLENGE, VAULT, Credential

grpc = pytest.importorskip("grpc", reason="google-cloud-secret-manager is not installed")
secretmanager = pytest.importorskip("google.cloud.secretmanager")
google_crc32c = pytest.importorskip("google_crc32c")
pytest.importorskip("azure.keyvault.secrets", reason="azure-keyvault-secrets is not installed")

KEY = bytes(range(32))
NAME = "projects/p/secrets/orders"


class Service:
    """Secret Manager with one secret of two versions."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.garbled = False

    def access(self, request: Any, context: Any) -> Any:
        self.asked.append(request.name)
        if not request.name.startswith(NAME + "/versions/"):
            context.abort(grpc.StatusCode.NOT_FOUND, "Secret not found.")
        data = KEY if request.name.endswith("latest") else bytes(32)
        payload = {"data": data, "data_crc32c": google_crc32c.value(data) ^ self.garbled}
        return secretmanager.AccessSecretVersionResponse(name=request.name, payload=payload)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def client(service: Service) -> Iterator[Any]:
    from google.cloud.secretmanager_v1.services.secret_manager_service.transports import (
        SecretManagerServiceGrpcTransport,
    )

    handler = grpc.unary_unary_rpc_method_handler(
        service.access,
        request_deserializer=secretmanager.AccessSecretVersionRequest.deserialize,
        response_serializer=secretmanager.AccessSecretVersionResponse.serialize,
    )
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(
                "google.cloud.secretmanager.v1.SecretManagerService",
                {"AccessSecretVersion": handler},
            ),
        )
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield secretmanager.SecretManagerServiceClient(
            transport=SecretManagerServiceGrpcTransport(channel=channel)
        )
    server.stop(None)


def test_a_secret_of_google(client: Any, service: Service) -> None:
    with load_key({"production": GoogleSecret(NAME, client=client)}, environment="production") as k:
        assert bytes(k.view()) == KEY
    with GoogleSecret(f"{NAME}/versions/1", client=client)() as key:
        assert bytes(key.view()) == bytes(32)
    assert service.asked == [f"{NAME}/versions/latest", f"{NAME}/versions/1"]
    with pytest.raises(BackendError) as error:
        GoogleSecret("projects/p/secrets/none", client=client)()
    assert error.value.code == "NOT_FOUND"
    service.garbled = True
    with pytest.raises(BackendError, match="checksum"):
        GoogleSecret(NAME, client=client)()
    for wrong in ("", "orders", "projects/p/keys/k", f"{NAME}/versions/"):
        with pytest.raises(ValueError, match="no name of a secret"):
            GoogleSecret(wrong, client=client)


class Vault:
    """A vault of secrets by name, each a list of versions."""

    def __init__(self) -> None:
        self.secrets = {"orders": [bytes(32), KEY]}
        self.stand_in = StandIn(self.answer)

    def client(self) -> Any:
        from azure.core.pipeline.transport import RequestsTransport
        from azure.keyvault.secrets import SecretClient

        transport = RequestsTransport(session=self.stand_in.session(), session_owner=False)
        return SecretClient(VAULT, Credential(), transport=transport)

    def answer(self, request: Request) -> Answer:
        if "Authorization" not in request.headers:
            return Answer(401, {}, CHALLENGE)
        _, name, version = (*request.path.partition("?")[0].strip("/").split("/"), "")[:3]
        if name == "text":
            return Answer(200, {"value": "not base64!", "id": f"{VAULT}/secrets/text/1"})
        versions = self.secrets.get(name)
        if versions is None:
            error = {"code": "SecretNotFound", "message": "A secret was not found"}
            return Answer(404, {"error": error})
        number = int(version) if version else len(versions)
        value = base64.b64encode(versions[number - 1]).decode()
        return Answer(200, {"value": value, "id": f"{VAULT}/secrets/{name}/{number}"})


def test_a_secret_of_azure() -> None:
    client = Vault().client()
    with AzureSecret(f"{VAULT}/secrets/orders", client=client)() as key:
        assert bytes(key.view()) == KEY
    with AzureSecret(f"{VAULT}/secrets/orders/1", client=client)() as key:
        assert bytes(key.view()) == bytes(32)
    with pytest.raises(BackendError) as error:
        AzureSecret(f"{VAULT}/secrets/none", client=client)()
    assert error.value.code == "SecretNotFound"
    with pytest.raises(KeySourceError, match="no key in base64"):
        AzureSecret(f"{VAULT}/secrets/text", client=client)()
    for wrong in ("", "orders", VAULT, f"{VAULT}/keys/orders"):
        with pytest.raises(ValueError, match="no secret of a vault"):
            AzureSecret(wrong, client=client)


@pytest.mark.parametrize(
    ("module", "extra"),
    [("google.cloud.secretmanager", "google"), ("azure.keyvault.secrets", "azure")],
)
def test_the_error_names_the_extra(
    module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, module, None)
    if extra == "google":
        import google.cloud

        monkeypatch.delattr(google.cloud, "secretmanager", raising=False)
    with pytest.raises(MissingBackendError, match=rf"keyaudit\[{extra}\]"):
        (GoogleSecret(NAME) if extra == "google" else AzureSecret(f"{VAULT}/secrets/a"))()
