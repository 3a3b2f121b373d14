"""What an attacker tries who can write to the database, replace the store, or replay what others
signed, but has not the root key: programs that would open something if they were not refused."""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keyaudit.remediation import (
    AnchorFolder,
    AnyOf,
    AuditLogError,
    DecryptionError,
    EnvelopeCipher,
    EscrowKey,
    KeyAlgorithm,
    KeyInUseError,
    KeyManager,
    KeyPolicy,
    LocalKey,
    NoEnvelopes,
    SecureKey,
    Signature,
    StoreError,
    UnknownKeyError,
    approval_message,
    copy_store,
    generate_private_key,
    read_header,
    verify_certificate,
)
from keyaudit.remediation.lifecycle.creation import fill
from keyaudit.remediation.lifecycle.ledger import Ledger
from keyaudit.remediation.lifecycle.store_keys import StoreSecrets
from keyaudit.remediation.lifecycle.stores import create_store, open_store
from keyaudit.remediation.usage import jws
from tests.remediation.lifecycle import CONTEXT, START, Clock, approve, make, retired, root


def forged_store(file: Path, public: Any, genuine: Path | None = None) -> None:
    """A store of the attacker's own: its keys are known to them, and wrapped under the public half
    of a root key that they do not have. With `genuine`, it has that store's id, and its log goes on
    from that store's, which anybody reads who can read the database."""
    mine = LocalKey.generate("root")
    id, records = "0123456789abcdef", []
    if genuine is not None:
        with contextlib.closing(sqlite3.connect(genuine)) as connection:
            id = connection.execute("SELECT value FROM meta WHERE name = 'id'").fetchone()[0]
            id = id.decode()
            records = connection.execute("SELECT * FROM audit ORDER BY sequence").fetchall()
    create_store(file, lambda connection: fill(connection, id, mine, "eve", START))
    if records:
        store = open_store(file)
        secrets = StoreSecrets.of(store, mine)
        with store.write() as writing:
            ledger = Ledger(secrets.seals, secrets.chain_key)
            ledger.load(writing)
            writing.execute("DROP TRIGGER audit_is_not_cut")
            writing.execute("DELETE FROM audit")
            for row in records:
                writing.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            ledger.write_head(writing, records[-1][0], records[-1][-1], START, new=False)
        store.close()
    anchors = AnchorFolder(file.with_suffix(".anchors"))
    with KeyManager.open(file, mine, clock=Clock(), anchors=anchors) as manager:
        manager.create_key("payments", by="eve")
        manager.change_root(AnyOf("root", EscrowKey(public)), by="eve")


@pytest.fixture
def private() -> Any:
    return generate_private_key("X25519")


def recovery(private: Any) -> AnyOf:
    """The root key of whoever recovers a store by the escrow key."""
    return AnyOf("root", EscrowKey(private.public_key(), private=private))


def test_a_store_that_anybody_could_have_made_needs_an_anchor(
    private: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Who can wrap under a root key can make a store that it opens."""
    file = tmp_path / "keys.db"
    forged_store(file, private.public_key())
    for what in (
        lambda: KeyManager.open(file, recovery(private), clock=Clock()),
        lambda: KeyManager.create(tmp_path / "new.db", recovery(private), clock=Clock()),
        lambda: copy_store(file, tmp_path / "copy.db", recovery(private)),
    ):
        with pytest.raises(ValueError, match="anchors"):
            what()
    # Nobody is there to know better, and whoever opens it is told.
    anchors = AnchorFolder(tmp_path / "anchors")
    with (
        caplog.at_level(logging.WARNING),
        KeyManager.open(file, recovery(private), clock=Clock(), anchors=anchors),
    ):
        assert "nothing shows that" in caplog.text


def test_a_store_forged_under_a_public_key_is_refused_by_its_anchor(
    private: Any, tmp_path: Path
) -> None:
    file = tmp_path / "keys.db"
    options: dict[str, Any] = {"clock": Clock(), "anchors": AnchorFolder(tmp_path / "anchors")}
    with KeyManager.create(file, recovery(private), **options) as manager:
        manager.create_key("orders", by="ann")
    genuine = file.read_bytes()
    # With an id of its own, and with this store's, going on from the record that was noted.
    for number, log in enumerate((None, file)):
        forged = tmp_path / f"forged-{number}.db"
        forged_store(forged, private.public_key(), log)
        shutil.copyfile(forged, file)
        with pytest.raises(StoreError, match=r"another store|audit log"):
            KeyManager.open(file, recovery(private), **options)
        file.write_bytes(genuine)
    KeyManager.open(file, recovery(private), **options).close()


def test_a_store_forged_while_it_is_open_is_refused(private: Any, tmp_path: Path) -> None:
    file = tmp_path / "keys.db"
    options: dict[str, Any] = {"clock": Clock(), "anchors": AnchorFolder(tmp_path / "anchors")}
    with KeyManager.create(file, recovery(private), **options) as manager:
        manager.create_key("orders", by="ann")
        forged = tmp_path / "forged.db"
        forged_store(forged, private.public_key(), file)
        with (
            contextlib.closing(sqlite3.connect(forged)) as source,
            contextlib.closing(sqlite3.connect(file)) as target,
        ):
            source.backup(target)
        for _ in range(2):
            with pytest.raises(StoreError):
                manager.cipher("orders").encrypt(b"data", CONTEXT)
            with pytest.raises(StoreError):
                manager.cipher("payments")


def test_another_genuine_store_in_the_place_of_one(tmp_path: Path) -> None:
    """A store for tests, under the same root key: its policies are lax, its keys are known."""
    anchors = AnchorFolder(tmp_path / "anchors")
    for name in ("production", "tests"):
        with KeyManager.create(tmp_path / name, root(), clock=Clock(), anchors=anchors) as manager:
            manager.create_key("orders", by="ann", policy=KeyPolicy(approvals=int(name[0] == "p")))
    shutil.copyfile(tmp_path / "tests", tmp_path / "production")
    with pytest.raises(StoreError, match="another store than before"):
        KeyManager.open(tmp_path / "production", root(), clock=Clock(), anchors=anchors)
    # By another spelling of its name, too.
    (tmp_path / "link").symlink_to(tmp_path / "production")
    with pytest.raises(StoreError, match="another store than before"):
        KeyManager.open(tmp_path / "link", root(), clock=Clock(), anchors=anchors)
    # One that is made anew where there is none, is meant.
    (tmp_path / "production").unlink()
    KeyManager.create(tmp_path / "production", root(), clock=Clock(), anchors=anchors).close()
    KeyManager.open(tmp_path / "production", root(), clock=Clock(), anchors=anchors).close()


def test_an_anchor_goes_forward_only_whoever_saves_it(tmp_path: Path) -> None:
    anchors = AnchorFolder(tmp_path / "anchors")

    def save(number: int) -> None:
        anchors.save("store", (number, bytes([number]) * 32))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(save, [n % 100 for n in range(7, 700, 7)]))
    assert anchors.load("store") == (99, bytes([99]) * 32)


def signed_policy(bob: Ed25519PrivateKey) -> KeyPolicy:
    return KeyPolicy(approvals=1, approvers={"bob": bob.public_key().public_bytes_raw()})


def test_an_approval_of_another_store_is_none_of_this_one(tmp_path: Path) -> None:
    """Bob approves in a store for tests, of which the attacker has the root key, and so chooses
    everything that the request says."""
    bob = Ed25519PrivateKey.generate()
    managers = []
    for name in ("production", "tests"):
        manager = KeyManager.create(tmp_path / name, root(), clock=Clock())
        manager.create_key("orders", by="ann", policy=signed_policy(bob))
        manager.rotate("orders", by="ann")
        managers.append(manager)
    production, tests = managers
    asked = production.request_destruction("orders", 1, by="eve", why="clean up")
    with tests._change("eve", "forge", "orders", None) as change:
        for row in production._read().__enter__().all("requests", "orders"):
            change.put("requests", row)
    there = tests.request("orders", asked.id)
    assert (there.why, there.requested, there.number) == (asked.why, asked.requested, 1)
    signature = bob.sign(approval_message(there))
    tests.approve("orders", asked.id, by="bob", signature=signature)
    with pytest.raises(DecryptionError, match="not signed"):
        production.approve("orders", asked.id, by="bob", signature=signature)
    for manager in managers:
        manager.close()


def test_an_approval_is_not_replayed(tmp_path: Path) -> None:
    """For another version, key or request of the same store, nor after it was used."""
    bob, clock = Ed25519PrivateKey.generate(), Clock()
    with make(tmp_path, clock) as manager:
        for key in ("orders", "payments"):
            manager.create_key(key, by="ann", policy=signed_policy(bob))
            manager.rotate(key, by="ann")
            manager.rotate(key, by="ann")
        asked = manager.request_destruction("orders", 1, by="ann", why="w")
        signature = bob.sign(approval_message(asked))
        others = [
            manager.request_destruction("orders", 2, by="ann", why="w"),
            manager.request_destruction("payments", 1, by="ann", why="w"),
            manager.request_policy("orders", KeyPolicy(approvals=0), by="ann", why="w"),
        ]
        for other in others:
            with pytest.raises(DecryptionError):
                manager.approve(other.key, other.id, by="bob", signature=signature)
        manager.approve("orders", asked.id, by="bob", signature=signature)
        scheduled: dict[str, Any] = {"by": "ann", "why": "w", "days": 7}
        manager.schedule_destruction("orders", 1, envelopes=NoEnvelopes(), **scheduled)
        manager.cancel_destruction("orders", 1, by="ann")
        again = manager.request_destruction("orders", 1, by="ann", why="w")
        with pytest.raises(DecryptionError):
            manager.approve("orders", again.id, by="bob", signature=signature)
        with pytest.raises(KeyInUseError, match="approval"):
            manager.schedule_destruction("orders", 1, envelopes=NoEnvelopes(), **scheduled)


@pytest.mark.parametrize(
    "algorithm", [KeyAlgorithm.ED25519, KeyAlgorithm.HMAC_SHA256, KeyAlgorithm.ECDSA_P256]
)
def test_signing_messages_makes_no_tokens(algorithm: KeyAlgorithm, tmp_path: Path) -> None:
    """The attacker chooses a message that an application signs, such as a document."""
    with make(tmp_path, Clock()) as manager:
        manager.create_key("api", by="ann", algorithm=algorithm)
        signer = manager.signer("api")
        key_id = manager.primary("api").id
        head = {"alg": jws.name_of(algorithm), "kid": key_id}
        claims = {"sub": "admin", "exp": 4_000_000_000}
        for header in (head, {**head, "typ": "JWT"}, {"x": 1, **head}):
            message = jws.signing_input(header, claims).encode()
            with pytest.raises(ValueError, match="sign_jwt"):
                signer.sign(message)
        # Nor does a token's signature count for a message.
        token = signer.sign_jwt({"sub": "1"}, lifetime=timedelta(minutes=1))
        signed, _, value = token.rpartition(".")
        signature = Signature(key_id, jws.from_raw(algorithm, jws.decode(value)))
        with pytest.raises(DecryptionError):
            signer.verify(signed.encode(), signature)
        for harmless in (b"", b"a.b", b"eyJhIjoxfQ.e30.e30", b"text. More text", b"e30.e30\n",
                         bytes(range(256)), b"1.2", b"x" * 100_000 + b".y"):  # fmt: skip
            signer.verify(harmless, signer.sign(harmless))


def test_one_key_is_not_taken_in_for_two_purposes(tmp_path: Path) -> None:
    private = generate_private_key("P-256")
    der = private.private_bytes(s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption())
    with make(tmp_path, Clock()) as manager:
        for secret, first, second in (
            (der, KeyAlgorithm.ECDSA_P256, KeyAlgorithm.ECDH_P256),
            (bytes(range(32)), KeyAlgorithm.AES_256_GCM, KeyAlgorithm.HMAC_SHA256),
            (bytes(range(64)), KeyAlgorithm.HMAC_SHA512, KeyAlgorithm.AES_256_SIV),
        ):
            with SecureKey.copy_of(secret) as existing:
                name = first.lower()
                manager.create_key(name, by="ann", algorithm=first, existing=existing)
                refused = pytest.raises(ValueError, match="in the store already")
                for algorithm in (second, first):
                    with refused:
                        manager.create_key("x", by="ann", algorithm=algorithm, existing=existing)
                with refused:
                    manager.add_version(name, by="ann", why="w", existing=existing)
        assert "x" not in manager.names()
        manager.audit()


def test_a_certificate_of_another_store_is_none_of_this_one(tmp_path: Path) -> None:
    clock = Clock()
    certificates, managers = [], []
    for name in ("a", "b"):
        manager = KeyManager.create(tmp_path / name, root(), clock=clock)
        retired(manager)
        manager.schedule_destruction(
            "orders", 1, by="ann", why="w", days=7, envelopes=NoEnvelopes()
        )
        managers.append(manager)
    clock.move(days=7)
    for manager in managers:
        certificates.append(manager.destroy("orders", 1, by="ann", envelopes=NoEnvelopes()))
    for mine, other in ((0, 1), (1, 0)):
        managers[mine].verify_certificate(certificates[mine])
        with pytest.raises(DecryptionError):
            managers[mine].verify_certificate(certificates[other])
        with pytest.raises(DecryptionError):
            verify_certificate(certificates[other], managers[mine].certificate_key)
        body = json.loads(certificates[other])
        body["store"] = json.loads(certificates[mine])["store"]
        with pytest.raises(DecryptionError):
            managers[mine].verify_certificate(json.dumps(body))
    for manager in managers:
        manager.close()


def test_a_certificate_of_a_copy_is_none_of_the_original(tmp_path: Path) -> None:
    """The copy signs as the original does; what was destroyed in it stands in the original."""
    clock = Clock()
    with make(tmp_path, clock) as manager:
        envelope = retired(manager)
        copy_store(tmp_path / "keys.db", tmp_path / "copy.db", root())
        with KeyManager.open(tmp_path / "copy.db", root(), clock=clock) as copy:
            copy.schedule_destruction(
                "orders", 1, by="ann", why="w", days=7, envelopes=NoEnvelopes()
            )
            clock.move(days=7)
            certificate = copy.destroy("orders", 1, by="ann", envelopes=NoEnvelopes())
            copy.verify_certificate(certificate)
        with pytest.raises(DecryptionError, match="not destroyed"):
            manager.verify_certificate(certificate)
        assert manager.cipher("orders").decrypt(envelope, CONTEXT) == b"data"


_SPY = """
CREATE TABLE kept (material BLOB);
CREATE TRIGGER spy BEFORE UPDATE ON versions WHEN NEW.material IS NULL
    BEGIN INSERT INTO kept VALUES (OLD.material); END;
"""
_SKIP = """
CREATE TRIGGER skip BEFORE UPDATE ON versions WHEN NEW.state = 'destroyed'
    BEGIN SELECT RAISE(IGNORE); END;
"""


@pytest.mark.parametrize("script", [_SPY, _SKIP])
def test_a_trigger_that_keeps_what_is_destroyed(script: str, tmp_path: Path) -> None:
    """Put into the file by who may write it, to keep what a certificate says is gone."""
    clock = Clock()
    with make(tmp_path, clock) as manager:
        retired(manager, approved=False)
        approve(manager)
        manager.schedule_destruction(
            "orders", 1, by="ann", why="w", days=7, envelopes=NoEnvelopes()
        )
        with contextlib.closing(sqlite3.connect(tmp_path / "keys.db")) as connection:
            connection.executescript(script)
        clock.move(days=7)
        with pytest.raises(StoreError, match="trigger"):
            manager.destroy("orders", 1, by="ann", envelopes=NoEnvelopes())
    with pytest.raises(StoreError, match="trigger"):
        KeyManager.open(tmp_path / "keys.db", root(), clock=clock)


def test_a_log_cut_short_with_everything_that_tells(tmp_path: Path) -> None:
    """Rows, head and log of an older copy, under an anchor that somebody noted."""
    clock, anchors = Clock(), AnchorFolder(tmp_path / "anchors")
    file = tmp_path / "keys.db"
    with KeyManager.create(file, root(), clock=clock, anchors=anchors) as manager:
        retired(manager)
        older = file.read_bytes()
        manager.compromise("orders", 1, by="ann", why="lost")
    file.write_bytes(older)
    with pytest.raises(AuditLogError):
        KeyManager.open(file, root(), clock=clock, anchors=anchors)
    # With a fresh anchor there is nobody who knows; going on from there shows to who does.
    fresh = AnchorFolder(tmp_path / "fresh")
    with KeyManager.open(file, root(), clock=clock, anchors=fresh) as manager:
        for _ in range(3):
            manager.rotate("orders", by="eve")
    with pytest.raises(AuditLogError):
        KeyManager.open(file, root(), clock=clock, anchors=anchors)


def test_what_is_there_for_others_of_a_group_is_not_taken_out_or_spoiled() -> None:
    """The escrow key's part, which nobody looks at until all other keys are lost."""
    private = generate_private_key("X25519")
    escrow = EscrowKey(private.public_key())
    with LocalKey.generate("kms") as first, LocalKey.generate("other") as other:
        group = AnyOf("group", first, escrow)
        envelope = EnvelopeCipher(group).encrypt(b"data", CONTEXT)
        header = read_header(envelope)
        rest = envelope[len(header.encode()) :]
        wrapped, mac = header.wrapped[:-32], header.wrapped[-32:]
        alone = AnyOf("group", first).wrap(SecureKey.generate(), CONTEXT)
        size = len(alone) - 32 - 2  # of what is there for the first key
        stripped = bytes((0, 1)) + wrapped[2 : 2 + size]
        doubled = bytes((0, 2)) + 2 * wrapped[2 : 2 + size]
        spoiled = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
        renamed = wrapped.replace(escrow.id.encode(), bytes(len(escrow.id)))
        assert EnvelopeCipher(group).decrypt(envelope, CONTEXT) == b"data"
        for text in (stripped, doubled, spoiled, renamed, wrapped[1:]):
            for end in (mac, bytes(32), b""):
                forged = replace(header, wrapped=text + end).encode() + rest
                with pytest.raises((DecryptionError, UnknownKeyError)):
                    EnvelopeCipher(group).decrypt(forged, CONTEXT)
        # One who has another key of the group alone sees it as well.
        alone_again = AnyOf("group", other, EscrowKey(private.public_key(), private=private))
        assert EnvelopeCipher(alone_again).decrypt(envelope, CONTEXT) == b"data"
