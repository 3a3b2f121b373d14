"""When all else is lost: shares of a root key, groups of keys, an escrow key, backups."""

from __future__ import annotations

import itertools
import secrets
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyaudit.remediation import (
    AnchorFolder,
    AnyOf,
    AuditLogError,
    BackendError,
    DecryptionError,
    EnvelopeCipher,
    EscrowKey,
    KeyManager,
    KeyStateError,
    LocalKey,
    RecordFormatError,
    SecureKey,
    StoreError,
    UnknownKeyError,
    WeakParameterError,
    combine_shares,
    copy_store,
    generate_private_key,
    split_key,
)
from keyaudit.remediation import shares as module
from keyaudit.remediation.wrapping.context import Context
from tests.remediation.fast import FAST
from tests.remediation.lifecycle import CONTEXT, Clock, retired, root


@settings(max_examples=15)
@given(st.binary(min_size=1, max_size=40), st.integers(2, 7), st.data())
def test_as_many_shares_as_needed_give_the_key_back(
    secret: bytes, threshold: int, data: st.DataObject
) -> None:
    number = data.draw(st.integers(threshold, 9))
    with SecureKey.copy_of(secret) as key:
        texts = split_key(key, shares=number, threshold=threshold)
    chosen = data.draw(st.permutations(texts))[: data.draw(st.integers(threshold, number))]
    with combine_shares(chosen) as again:
        assert bytes(again.view()) == secret
    with pytest.raises(ValueError, match="are needed"):
        combine_shares(chosen[: threshold - 1] or texts[:1])


def test_the_field_is_that_of_fips_197() -> None:
    assert module._times(0x57, 0x83) == 0xC1  # FIPS 197, 4.2
    assert module._times(0x57, 0x13) == 0xFE
    for value in range(1, 256):
        assert module._times(value, module._inverse(value)) == 1


def test_fewer_shares_tell_nothing() -> None:
    """With a share less than needed, every key is as likely: each value of the missing share gives
    another first byte."""
    with SecureKey.copy_of(b"\x42") as key:
        one = module._parsed(split_key(key, shares=2, threshold=2)[0])
    weights = module._weights([1, 2])
    found = {
        module._times(weights[0], one.data[0]) ^ module._times(weights[1], other)
        for other in range(256)
    }
    assert found == set(range(256))


def test_wrong_shares_give_no_key() -> None:
    with SecureKey.generate() as key:
        texts = split_key(key, shares=3, threshold=2)
        others = split_key(key, shares=3, threshold=2)
        for numbers in ((1, 1), (3, 1), (3, 4), (300, 2)):
            with pytest.raises(ValueError, match="needed"):
                split_key(key, shares=numbers[0], threshold=numbers[1])
    for junk in ("", "x", texts[0][:-1] + "0" * (texts[0][-1] != "0"), texts[0].lower(),
                 texts[0].replace(":2:1:", ":2:2:")):  # fmt: skip
        with pytest.raises(RecordFormatError):
            combine_shares([junk, texts[1]])
    with pytest.raises(ValueError, match="one set"):
        combine_shares([texts[0], others[1]])
    with pytest.raises(ValueError, match="twice"):
        combine_shares([texts[0], f" {texts[0][:30]}\n{texts[0][30:]} "])
    # One whose check was made to fit does not give another key.
    head = texts[1].rpartition(":")[0]
    parts = head.split(":")
    parts[4] = ("B" if parts[4][0] == "A" else "A") + parts[4][1:]
    forged = ":".join(parts)
    with pytest.raises(RecordFormatError, match="one of them was changed"):
        combine_shares([texts[0], f"{forged}:{module._check(forged)}"])


def test_a_root_key_comes_back_from_its_shares(tmp_path: Path) -> None:
    """The drill: the key file is lost, three of five people meet."""
    file = tmp_path / "root.json"
    with LocalKey.create(file, "some words made up", parameters=FAST) as key:
        KeyManager.create(tmp_path / "keys.db", key).close()
        texts = key.split(shares=5, threshold=3)
        id = key.id
    file.unlink()
    with LocalKey.from_shares(itertools.islice(texts, 1, 4), id) as again:
        again.keep(file, "other words made up", parameters=FAST)
    with LocalKey.open(file, "other words made up") as key:
        KeyManager.open(tmp_path / "keys.db", key).close()


class Away(LocalKey):
    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        raise BackendError("the region is away")


def test_any_key_of_a_group_opens() -> None:
    secret = {name: secrets.token_bytes(32) for name in ("eu", "us", "other")}
    eu, us, other = (LocalKey(SecureKey.copy_of(secret[n]), n) for n in secret)
    private = generate_private_key("RSA-3072")
    escrow = EscrowKey(private.public_key())
    group = AnyOf("orders", eu, us, escrow)
    envelope = EnvelopeCipher(group).encrypt(b"data", CONTEXT)
    away = Away(SecureKey.copy_of(secret["eu"]), "eu")
    opened = EscrowKey(private.public_key(), private=private)
    for keys in ((eu,), (us,), (away, us), (other, us), (opened,), (away, opened)):
        cipher = EnvelopeCipher(AnyOf("orders", *keys))
        assert cipher.decrypt(envelope, CONTEXT) == b"data"
        with pytest.raises(DecryptionError):
            cipher.decrypt(envelope, {"user": "other"})
    for keys, error in (
        ((other,), UnknownKeyError),
        ((away,), BackendError),
        ((escrow,), UnknownKeyError),
        ((LocalKey(SecureKey.copy_of(secret["us"]), "eu"),), DecryptionError),
    ):
        with pytest.raises(error):
            EnvelopeCipher(AnyOf("orders", *keys)).decrypt(envelope, CONTEXT)
    with pytest.raises(ValueError, match="id of its own"):
        AnyOf("orders", eu, eu)


@given(st.binary(max_size=60))
def test_no_other_bytes_are_taken_for_a_group(data: bytes) -> None:
    with LocalKey.generate("a") as key, pytest.raises((DecryptionError, UnknownKeyError)):
        AnyOf("group", key).unwrap(data, CONTEXT)


def test_an_escrow_key_is_no_weak_one() -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    weak = rsa.generate_private_key(65537, 2048).public_key()
    with pytest.raises(WeakParameterError, match="2048"):
        EscrowKey(weak)
    with pytest.raises(TypeError):
        EscrowKey(generate_private_key("Ed25519").public_key())  # type: ignore[arg-type]


def test_a_store_under_a_group_survives_the_loss_of_one(tmp_path: Path, clock: Clock) -> None:
    private = generate_private_key("X25519")
    first = LocalKey.generate("kms")
    group = AnyOf("root", first, EscrowKey(private.public_key()))
    with KeyManager.create(tmp_path / "keys.db", group, clock=clock) as manager:
        envelope = retired(manager)
    escrow = AnyOf("root", EscrowKey(private.public_key(), private=private))
    # Anybody could have made a store that this opens; the anchor shows that it is the one.
    anchors = AnchorFolder(tmp_path / "anchors")
    with KeyManager.open(tmp_path / "keys.db", group, clock=clock, anchors=anchors) as manager:
        assert manager.store_id in envelope.decode("latin-1")
    with KeyManager.open(tmp_path / "keys.db", escrow, clock=clock, anchors=anchors) as manager:
        assert manager.cipher("orders").decrypt(envelope, CONTEXT) == b"data"
        manager.change_root(LocalKey.generate("new"), by="ann")
        assert manager.cipher("orders").decrypt(envelope, CONTEXT) == b"data"


def test_an_escrow_key_that_cannot_open_is_passed_over() -> None:
    private = generate_private_key("X25519")
    first = LocalKey.generate("first")
    group = AnyOf("root", EscrowKey(private.public_key()), first)
    key = SecureKey.generate(32)
    wrapped = group.wrap(key, CONTEXT)
    assert group.unwrap(wrapped, CONTEXT) == key
    alone = AnyOf("root", EscrowKey(private.public_key()))
    with pytest.raises(UnknownKeyError, match="kept elsewhere"):
        alone.unwrap(wrapped, CONTEXT)


def test_a_backup_is_recovered_from(place: str, tmp_path: Path, clock: Clock) -> None:
    """The drill: the database is lost, and comes back from the file; from a file into a database as
    well."""
    backup = tmp_path / "backup.db"
    with KeyManager.create(place, root(), clock=clock) as manager:
        envelope = retired(manager)
        usage = manager.usage("orders", 1)
        sequence, digest = copy_store(place, backup, root())
        last = manager.audit()[-1]
        assert (sequence, digest) == (last.sequence, last.hash)
        manager.rotate("orders", by="ann")
    with pytest.raises(FileExistsError):
        copy_store(place, backup, root())
    with pytest.raises(UnknownKeyError):
        copy_store(place, tmp_path / "no", root(id="other"))
    assert not (tmp_path / "no").exists()
    again = tmp_path / "again.db"
    if "://" in place:
        from tests.remediation import postgresql

        postgresql.clear(place)
        target = place
    else:
        target = str(again)
    copy_store(backup, target, root())
    with KeyManager.open(target, root(), clock=clock) as manager:
        assert manager.cipher("orders").decrypt(envelope, CONTEXT) == b"data"
        assert manager.usage("orders", 1).opened >= usage.opened
        assert manager.rotate("orders", by="ann").number == 3
        manager.audit((sequence, digest))


def test_a_store_that_was_changed_is_not_copied(tmp_path: Path, clock: Clock) -> None:
    import sqlite3

    with KeyManager.create(tmp_path / "keys.db", root(), clock=clock) as manager:
        retired(manager)
    connection = sqlite3.connect(tmp_path / "keys.db")
    connection.execute("UPDATE versions SET state = 'active'")
    connection.commit()
    connection.close()
    with pytest.raises((StoreError, AuditLogError, KeyStateError)):
        copy_store(tmp_path / "keys.db", tmp_path / "copy.db", root())
    assert not (tmp_path / "copy.db").exists()
