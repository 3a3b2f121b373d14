"""Azure Key Vault as the key encryption key: Azure's own client, with a transport that answers as
the REST reference of Key Vault 7.x has it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keyaudit.remediation import (
    AzureKeyVaultKey,
    BackendError,
    KeyChain,
    SecureKey,
    WeakParameterError,
)
from tests.remediation import kek_contract
from tests.remediation.stand_in import Answer, Request, StandIn, b64url, from_b64url

pytest.importorskip("azure.keyvault.keys", reason="azure-keyvault-keys is not installed")

VAULT = "https://made-up.vault.azure.net"
CHALLENGE = {
    "WWW-Authenticate": 'Bearer authorization="https://login.microsoftonline.com/made-up", '
    'resource="https://vault.azure.net"'
}
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
RSA_KEYS = [rsa.generate_private_key(65537, bits) for bits in (3072, 3072)]


class Credential:
    def get_token(self, *_: str, **__: Any) -> Any:
        from azure.core.credentials import AccessToken

        return AccessToken("made-up", 2**40)


class Vault:
    """A vault of keys by name, each a list of versions."""

    def __init__(self, keys: dict[str, list[Any]], kinds: dict[str, str] | None = None) -> None:
        self.keys = keys
        self.kinds = kinds or {}
        self.refusal: Answer | None = None
        self.stand_in = StandIn(self.answer)

    def client(self) -> Any:
        from azure.core.pipeline.transport import RequestsTransport
        from azure.keyvault.keys import KeyClient

        transport = RequestsTransport(session=self.stand_in.session(), session_owner=False)
        return KeyClient(VAULT, Credential(), transport=transport)

    def answer(self, request: Request) -> Answer:
        if "Authorization" not in request.headers:
            return Answer(401, {}, CHALLENGE)
        if self.refusal:
            return self.refusal
        # /keys/NAME, /keys/NAME/VERSION, /keys/NAME/VERSION/OPERATION
        parts = request.path.partition("?")[0].strip("/").split("/")
        name, version, operation = (*parts[1:], "", "")[:3]
        versions = self.keys.get(name)
        if versions is None:
            return _error(404, "KeyNotFound", f"A key with (name/id) {name} was not found")
        number = int(version) if version else len(versions)
        key = versions[number - 1]
        kid = f"{VAULT}/keys/{name}/{number}"
        if not operation:
            return Answer(200, {"key": self._jwk(name, kid, key), "attributes": {"enabled": True}})
        try:
            return Answer(200, {"kid": kid, **_operate(operation, key, request.body)})
        except (ValueError, InvalidTag):
            return _error(400, "BadParameter", "The parameter is incorrect.")

    def _jwk(self, name: str, kid: str, key: Any) -> dict[str, Any]:
        jwk: dict[str, Any] = {"kid": kid, "kty": self.kinds.get(name, "RSA")}
        if isinstance(key, rsa.RSAPrivateKey):
            jwk["key_ops"] = ["wrapKey", "unwrapKey"]
            numbers = key.public_key().public_numbers()
            jwk["n"] = b64url(numbers.n.to_bytes(key.key_size // 8, "big"))
            jwk["e"] = b64url(numbers.e.to_bytes(3, "big"))
        else:
            jwk["key_ops"] = ["encrypt", "decrypt"]
        return jwk


def _operate(operation: str, key: Any, body: dict[str, str]) -> dict[str, str]:
    values = {name: from_b64url(text) for name, text in body.items() if name != "alg"}
    if operation in ("wrapkey", "unwrapkey"):
        assert body["alg"] == "RSA-OAEP-256"
        if operation == "wrapkey":
            return {"value": b64url(key.public_key().encrypt(values["value"], OAEP))}
        return {"value": b64url(key.decrypt(values["value"], OAEP))}
    assert body["alg"] == "A256GCM"
    aead = AESGCM(key)
    if operation == "encrypt":
        nonce = os.urandom(12)
        sealed = aead.encrypt(nonce, values["value"], values["aad"])
        return {"value": b64url(sealed[:-16]), "iv": b64url(nonce), "tag": b64url(sealed[-16:])}
    plain = aead.decrypt(values["iv"], values["value"] + values["tag"], values["aad"])
    return {"value": b64url(plain)}


def _error(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message}})


def test_an_rsa_key_wraps_as_every_key_does() -> None:
    vault = Vault({"a": RSA_KEYS[:1], "b": RSA_KEYS[1:]})
    client = vault.client()
    key = AzureKeyVaultKey(f"{VAULT}/keys/a", client=client)
    assert key.id == f"{VAULT}/keys/a/1"
    kek_contract.check(key, AzureKeyVaultKey(f"{VAULT}/keys/b", client=client))
    with SecureKey.generate(286) as fits, SecureKey.generate(287) as long:
        assert key.unwrap(key.wrap(fits, {}), {}) == fits
        with pytest.raises(ValueError, match="286"):
            key.wrap(long, {})


def test_a_managed_hsms_aes_key_wraps_as_every_key_does() -> None:
    keys = {name: [os.urandom(32)] for name in "ab"}
    client = Vault(keys, dict.fromkeys("ab", "oct-HSM")).client()
    a, b = (AzureKeyVaultKey(f"{VAULT}/keys/{name}", client=client) for name in "ab")
    kek_contract.check(a, b)


def test_a_new_version_takes_over_and_the_old_one_still_unwraps() -> None:
    vault = Vault({"a": RSA_KEYS[:1]})
    client = vault.client()
    old = AzureKeyVaultKey(f"{VAULT}/keys/a", client=client)
    with SecureKey.generate() as secret:
        wrapped = old.wrap(secret, {})
        vault.keys["a"].append(RSA_KEYS[1])
        chain = KeyChain(
            AzureKeyVaultKey(f"{VAULT}/keys/a", client=client),
            AzureKeyVaultKey(f"{VAULT}/keys/a/1", client=client),
        )
        assert chain.current().id == f"{VAULT}/keys/a/2"
        assert chain.find(old.id).unwrap(wrapped, {}) == secret


def _weak() -> Vault:
    return Vault({"a": [rsa.generate_private_key(65537, 2048)]})


def _curve() -> Vault:
    return Vault({"a": [b""]}, {"a": "EC"})


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [(_weak, WeakParameterError, "3072"), (_curve, BackendError, "kind ec")],
)
def test_weak_and_other_keys_are_refused(
    make: Callable[[], Vault], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        AzureKeyVaultKey(f"{VAULT}/keys/a", client=make().client())


def test_refusals_keep_their_code() -> None:
    vault = Vault({"a": RSA_KEYS[:1]})
    client = vault.client()
    with pytest.raises(BackendError, match="refused get") as error:
        AzureKeyVaultKey(f"{VAULT}/keys/none", client=client)
    assert error.value.code == "KeyNotFound"
    key = AzureKeyVaultKey(f"{VAULT}/keys/a", client=client)
    with SecureKey.generate() as secret:
        wrapped = key.wrap(secret, {})
    vault.refusal = _error(403, "Forbidden", "Operation unwrapKey is not allowed on a disabled key")
    with pytest.raises(BackendError, match="disabled key") as error:
        key.unwrap(wrapped, {})
    assert error.value.code == "Forbidden"


@pytest.mark.parametrize("url", ["", "a", "https://made-up.vault.azure.net/keys/"])
def test_only_urls_of_keys_are_taken(url: str) -> None:
    with pytest.raises(ValueError, match="no key of a vault"):
        AzureKeyVaultKey(url, client=object())
