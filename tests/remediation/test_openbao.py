"""Transit keys of OpenBao itself: a server that the tests start, with hvac, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keyaudit.remediation import (
    BackendError,
    DecryptionError,
    EnvelopeCipher,
    KeyManager,
    LocalKey,
    RootKeyError,
    SecureKey,
    UnknownKeyError,
    VaultTransitKey,
    WeakParameterError,
    copy_store,
)
from tests.remediation import kek_contract, openbao
from tests.remediation.openbao import Server

pytest.importorskip("hvac", reason="hvac is not installed")
PROGRAM = openbao.program()
if PROGRAM is None:
    pytest.skip("OpenBao's program is not installed", allow_module_level=True)

CONTEXT = {"user": "1234"}


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    assert PROGRAM is not None
    with openbao.server(PROGRAM, tmp_path_factory.mktemp("bao")) as server:
        server.client().sys.enable_secrets_engine("transit")
        yield server


@pytest.fixture
def client(bao: Server) -> Iterator[Any]:
    """A client, with transit keys `a` and `b` made for this test."""
    client = bao.client()
    transit = client.secrets.transit
    for name in ("a", "b"):
        transit.create_key(name)
        transit.update_key_configuration(name, deletion_allowed=True)
    yield client
    for name in ("a", "b"):
        transit.delete_key(name)


@pytest.mark.parametrize("kind", ["aes256-gcm96", "chacha20-poly1305"])
@pytest.mark.parametrize("derived", [False, True])
def test_it_wraps_as_every_key_does(kind: str, derived: bool, bao: Server) -> None:
    client = bao.client()
    names = [f"{kind}-{derived}-{number}".lower() for number in range(2)]
    for name in names:
        client.secrets.transit.create_key(name, key_type=kind, derived=derived)
    kek_contract.check(*(VaultTransitKey(name, client=client) for name in names))


def test_a_rotated_key_unwraps_what_its_older_versions_wrapped_until_told_not_to(
    client: Any,
) -> None:
    key = VaultTransitKey("a", client=client)
    transit = client.secrets.transit
    with SecureKey.generate() as secret:
        wrapped = key.wrap(secret, CONTEXT)
        transit.rotate_key("a")
        assert key.wrap(secret, CONTEXT).startswith(b"vault:v2:")
        with key.unwrap(wrapped, CONTEXT) as again:
            assert again == secret
        # Under the name of another version it is another ciphertext.
        with pytest.raises(DecryptionError):
            key.unwrap(wrapped.replace(b":v1:", b":v2:"), CONTEXT)
        transit.update_key_configuration("a", min_decryption_version=2)
        with pytest.raises(BackendError, match="too old") as error:
            key.unwrap(wrapped, CONTEXT)
        assert error.value.code == "InvalidRequest"


@pytest.mark.parametrize("kind", ["aes128-gcm96", "rsa-4096", "ed25519", "ecdsa-p256", "hmac"])
def test_keys_that_are_weaker_or_for_something_else_are_refused(kind: str, bao: Server) -> None:
    client = bao.client()
    options = {"key_size": 32} if kind == "hmac" else {}
    client.write_data(f"transit/keys/{kind}", data={"type": kind, **options})
    with pytest.raises(WeakParameterError, match=kind):
        VaultTransitKey(kind, client=client)


def test_the_rights_that_the_documentation_names_are_enough(client: Any, bao: Server) -> None:
    key = VaultTransitKey("a", client=bao.client(openbao.token_of(client, openbao.POLICY)))
    cipher = EnvelopeCipher(key)
    assert cipher.decrypt(cipher.encrypt(b"data", CONTEXT), CONTEXT) == b"data"
    with pytest.raises(BackendError, match="permission denied") as error:
        VaultTransitKey("b", client=bao.client(openbao.token_of(client, openbao.POLICY)))
    assert error.value.code == "Forbidden"


def test_what_is_not_granted_is_refused(client: Any, bao: Server) -> None:
    with SecureKey.generate() as secret:
        wrapped = VaultTransitKey("a", client=client).wrap(secret, CONTEXT)
    writes = openbao.POLICY.replace('path "transit/decrypt/a"', 'path "transit/decrypt/none"')
    key = VaultTransitKey("a", client=bao.client(openbao.token_of(client, writes)))
    key.wrap(SecureKey.generate(), CONTEXT)
    with pytest.raises(BackendError, match="permission denied"):
        key.unwrap(wrapped, CONTEXT)
    with pytest.raises(BackendError) as error:
        VaultTransitKey("a", client=bao.client("made-up"))
    assert error.value.code == "Forbidden"


def test_a_key_that_is_deleted_or_was_never_there(client: Any) -> None:
    with pytest.raises(BackendError) as error:
        VaultTransitKey("none", client=client)
    assert error.value.code == "InvalidPath"
    key = VaultTransitKey("b", client=client)
    with SecureKey.generate() as secret:
        wrapped = key.wrap(secret, CONTEXT)
    client.secrets.transit.delete_key("b")
    try:
        with pytest.raises(BackendError):
            key.unwrap(wrapped, CONTEXT)
    finally:
        client.secrets.transit.create_key("b")
        client.secrets.transit.update_key_configuration("b", deletion_allowed=True)
    # One that is made anew under the same name is another key.
    with pytest.raises(DecryptionError):
        VaultTransitKey("b", client=client).unwrap(wrapped, CONTEXT)


def test_a_sealed_server(client: Any, bao: Server) -> None:
    key = VaultTransitKey("a", client=client)
    with SecureKey.generate() as secret:
        wrapped = key.wrap(secret, CONTEXT)
        client.sys.seal()
        try:
            with pytest.raises(BackendError) as error:
                key.unwrap(wrapped, CONTEXT)
            assert error.value.code == "VaultDown"
        finally:
            client.sys.submit_unseal_key(bao.unseal_key)
        with key.unwrap(wrapped, CONTEXT) as again:
            assert again == secret


def test_a_mount_and_a_namespace_of_ones_own(client: Any, bao: Server) -> None:
    client.write_data("sys/namespaces/team", data={})
    there = bao.client(namespace="team")
    for each in (client, there):
        each.sys.enable_secrets_engine("transit", path="east")
        each.secrets.transit.create_key("a", mount_point="east")
    one = VaultTransitKey("a", mount="east", client=client)
    other = VaultTransitKey("a", mount="east", client=there)
    assert (one.id, other.id) == ("vault-transit:east/a", "vault-transit:team/east/a")
    kek_contract.check(one, other)


def test_a_store_of_keys_under_a_transit_key(client: Any, tmp_path: Path) -> None:
    root, after = (VaultTransitKey(name, client=client) for name in "ab")
    where = tmp_path / "keys.db"
    with KeyManager.create(where, root) as manager:
        manager.create_key("orders", by="ann")
        envelope = manager.cipher("orders").encrypt(b"data", CONTEXT)
        manager.rotate("orders", by="ann")
        client.secrets.transit.rotate_key("a")
    copy_store(where, tmp_path / "copy.db", root)
    with KeyManager.open(where, root) as manager:
        assert manager.cipher("orders").decrypt(envelope, CONTEXT) == b"data"
        assert manager.test_archive("orders", by="ann") == (1,)
        manager.change_root(after, by="ann")
        manager.audit()
    with pytest.raises(UnknownKeyError):
        KeyManager.open(where, root)
    # Another key that goes by the root key's name, as one that was made anew.
    impostor = VaultTransitKey("a", client=client, id=after.id)
    with pytest.raises(RootKeyError):
        KeyManager.open(where, impostor)
    with KeyManager.open(where, after) as manager:
        assert manager.cipher("orders").decrypt(envelope, CONTEXT) == b"data"
    with LocalKey.generate("local") as local, pytest.raises(UnknownKeyError):
        KeyManager.open(where, local)
