"""Vault's transit engine as the key encryption key: hvac against a stand-in that answers as the
API reference of the transit engine has it. test_openbao.py has the same against a real server; here
are the faults that none has at hand."""

from __future__ import annotations

import base64
import binascii
import os
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keyaudit.remediation import (
    BackendError,
    DecryptionError,
    SecureKey,
    VaultTransitKey,
    WeakParameterError,
)
from tests.remediation import kek_contract
from tests.remediation.stand_in import Answer, Request, StandIn, b64

hvac = pytest.importorskip("hvac", reason="hvac is not installed")


class Transit:
    """An engine at `transit` with the keys that `types` names; `derived` keys derive."""

    def __init__(self, derived: bool = False, **types: str) -> None:
        self.types = types or dict.fromkeys("ab", "aes256-gcm96")
        self.versions = {name: [os.urandom(32)] for name in self.types}
        self.oldest = 1
        self.derived = derived
        self.refusal: Answer | None = None
        self.stand_in = StandIn(self.answer)
        self.client = hvac.Client(
            "https://vault.invalid", "made-up", session=self.stand_in.session()
        )

    def answer(self, request: Request) -> Answer:
        assert request.headers["X-Vault-Token"] == "made-up"
        if self.refusal:
            return self.refusal
        _, _, mount, operation, name = request.path.split("/")
        if mount != "transit" or name not in self.types:
            return Answer(404, {"errors": []})
        if operation == "keys":
            return Answer(200, {"data": {"type": self.types[name], "derived": self.derived}})
        try:
            return Answer(200, {"data": getattr(self, operation)(name, request.body)})
        except InvalidTag:
            return _refused("cipher: message authentication failed")
        except LookupError as error:
            return _refused(str(error.args[0]))

    def encrypt(self, name: str, body: dict[str, str]) -> dict[str, str]:
        version, nonce = len(self.versions[name]), os.urandom(12)
        aead, bound = self._key(name, version, body)
        sealed = nonce + aead.encrypt(nonce, base64.b64decode(body["plaintext"]), bound)
        return {"ciphertext": f"vault:v{version}:{b64(sealed)}"}

    def decrypt(self, name: str, body: dict[str, str]) -> dict[str, str]:
        head, mark, rest = body["ciphertext"].partition("vault:v")
        number, colon, text = rest.partition(":")
        if head or not mark or not colon or not number.isdigit():
            raise LookupError("invalid ciphertext: no prefix")
        version = int(number)
        if not 0 < version <= len(self.versions[name]):
            raise LookupError("invalid ciphertext: version is too new")
        if version < self.oldest:
            raise LookupError("ciphertext or signature version is disallowed by policy (too old)")
        try:
            sealed = base64.b64decode(text, validate=True)
        except binascii.Error:
            raise LookupError("invalid ciphertext: could not decode base64") from None
        if len(sealed) < 28:
            raise LookupError("invalid ciphertext: too short")
        aead, bound = self._key(name, version, body)
        return {"plaintext": b64(aead.decrypt(sealed[:12], sealed[12:], bound))}

    def _key(self, name: str, version: int, body: dict[str, str]) -> tuple[AESGCM, bytes]:
        key, bound = self.versions[name][version - 1], base64.b64decode(body["associated_data"])
        if self.derived != ("context" in body):
            raise LookupError("missing 'context' for key derivation")
        if self.derived:
            context = base64.b64decode(body["context"])
            key = HKDF(hashes.SHA256(), 32, None, context).derive(key)
        return AESGCM(key), bound


def _refused(message: str) -> Answer:
    return Answer(400, {"errors": [message]})


@pytest.mark.parametrize("derived", [False, True])
def test_it_wraps_as_every_key_does(derived: bool) -> None:
    transit = Transit(derived)
    key, other = (VaultTransitKey(name, client=transit.client) for name in "ab")
    assert key.id == "vault-transit:transit/a"
    kek_contract.check(key, other)


def test_a_rotated_key_unwraps_what_its_older_versions_wrapped_until_told_not_to() -> None:
    transit = Transit()
    key = VaultTransitKey("a", client=transit.client)
    with SecureKey.generate() as secret:
        wrapped = key.wrap(secret, {})
        assert wrapped.startswith(b"vault:v1:")
        transit.versions["a"].append(os.urandom(32))
        assert key.wrap(secret, {}).startswith(b"vault:v2:")
        assert key.unwrap(wrapped, {}) == secret
        transit.oldest = 2
        with pytest.raises(BackendError, match="too old") as error:
            key.unwrap(wrapped, {})
        assert error.value.code == "InvalidRequest"


def test_ids_tell_mounts_and_namespaces_apart() -> None:
    transit = Transit()
    session = transit.stand_in.session()
    client = hvac.Client("https://vault.invalid", "made-up", session=session, namespace="team/")
    assert VaultTransitKey("a", client=client).id == "vault-transit:team/transit/a"
    assert transit.stand_in.requests[-1].headers["X-Vault-Namespace"] == "team/"
    assert VaultTransitKey("a", client=client, id="east/a").id == "east/a"
    with pytest.raises(BackendError) as error:
        VaultTransitKey("a", mount="elsewhere", client=client)
    assert error.value.code == "InvalidPath"


@pytest.mark.parametrize("kind", ["aes128-gcm96", "rsa-4096", "ed25519", "hmac"])
def test_keys_that_are_weaker_or_for_something_else_are_refused(kind: str) -> None:
    with pytest.raises(WeakParameterError, match=kind):
        VaultTransitKey("a", client=Transit(a=kind).client)


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (403, "permission denied", "Forbidden"),
        (400, "encryption key not found", "InvalidRequest"),
        (503, "Vault is sealed", "VaultDown"),
    ],
)
def test_refusals_keep_their_code(status: int, message: str, code: str) -> None:
    transit = Transit()
    key = VaultTransitKey("a", client=transit.client)
    transit.refusal = Answer(status, {"errors": [message]})
    with pytest.raises(BackendError, match=f"decrypt: {message}") as error:
        key.unwrap(b"vault:v1:AAAA", {})
    assert error.value.code == code


def test_a_server_out_of_reach_is_a_backend_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    transit = Transit()
    key = VaultTransitKey("a", client=transit.client)

    def fail(_: Any) -> Answer:
        raise requests.exceptions.ConnectionError("no route")

    monkeypatch.setattr(transit.stand_in, "_answer", fail)
    with pytest.raises(BackendError, match="could not be asked"):
        key.unwrap(b"vault:v1:AAAA", {})
    with pytest.raises(DecryptionError):
        key.unwrap("vault:v1:é".encode(), {})
