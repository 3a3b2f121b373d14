"""Managed keys that agree on keys with others, and that open what was sealed to them."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keyaudit.remediation import (
    AuditEvent,
    Auditor,
    DecryptionError,
    EnvelopeFormatError,
    KeyAlgorithm,
    KeyManager,
    KeyPolicy,
    KeyStateError,
    MissingBackendError,
    PurposeError,
    SecureKey,
    UnknownKeyError,
    WeakParameterError,
    agree_key,
    generate_private_key,
    seal_to,
)
from keyaudit.remediation.usage import sealing
from keyaudit.remediation.wrapping.context import canonical
from tests.remediation import vectors
from tests.remediation.lifecycle import Clock

AGREES = [each for each in KeyAlgorithm if each.agrees]
KINDS = {KeyAlgorithm.X25519: "X25519", KeyAlgorithm.ECDH_P256: "P-256",
         KeyAlgorithm.ECDH_P384: "P-384"}  # fmt: skip
INFO = {"for": "orders", "nonce": "a1b2c3"}
CURVES: dict[str, Any] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}


@pytest.fixture
def manager(file_manager: KeyManager) -> KeyManager:
    return file_manager


def spki(public: Any) -> bytes:
    made: bytes = public.public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
    return made


def hkdf(secret: bytes, info: bytes, length: int, digest: str) -> bytes:
    """RFC 5869, without salt."""
    size = hashlib.new(digest).digest_size
    key = hmac.digest(bytes(size), secret, digest)
    block, made = b"", b""
    for number in range(-(-length // size)):
        block = hmac.digest(key, block + info + bytes([number + 1]), digest)
        made += block
    return made[:length]


def expected(
    secret: bytes, one: Any, other: Any, length: int = 32, digest: str = "sha256"
) -> bytes:
    """The key as the documentation says it is derived, by this module's own HKDF."""
    info = b"keyaudit/agreement/1" + length.to_bytes(4, "big")
    for part in (*sorted((spki(one), spki(other))), canonical(INFO)):
        info += len(part).to_bytes(4, "big") + part
    return hkdf(secret, info, length, digest)


def key_on(curve: str, private: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int(private, 16), CURVES[curve])


@pytest.mark.parametrize("algorithm", AGREES)
def test_both_sides_have_the_same_key(algorithm: KeyAlgorithm, manager: KeyManager) -> None:
    manager.create_key("partners", by="ann", algorithm=algorithm)
    agreement = manager.agreement("partners")
    peer = generate_private_key(KINDS[algorithm])
    ours = agreement.public_key()
    assert ours.key_id == manager.primary("partners").id
    for length in (16, 32, 100):
        with (
            agreement.agree(peer.public_key(), INFO, length=length) as here,
            agreement.agree(spki(peer.public_key()), INFO, key_id=ours.key_id, length=length) as of,
            agree_key(peer, ours.value, INFO, length=length) as there,
            agreement.agree(peer.public_key(), INFO | {"for": "x"}, length=length) as other,
        ):
            assert len(here) == length
            assert here == of == there != other
    # Keys of other lengths are no beginnings of each other.
    with (
        agreement.agree(peer.public_key(), INFO, length=16) as short,
        agreement.agree(peer.public_key(), INFO) as long,
    ):
        assert long.view()[:16] != short.view()


def test_keys_of_two_stores_agree(manager: KeyManager) -> None:
    """Two managed keys, as those of two organizations."""
    for name in ("a", "b"):
        manager.create_key(name, by="ann", algorithm=KeyAlgorithm.X25519)
    a, b = manager.agreement("a"), manager.agreement("b")
    with a.agree(b.public_key().value, INFO) as one, b.agree(a.public_key().value, INFO) as two:
        assert one == two


def test_wycheproofs_agreements() -> None:
    agreed = refused = 0
    for case in vectors.read("wycheproof-x25519.txt"):
        private = x25519.X25519PrivateKey.from_private_bytes(bytes.fromhex(case["private"]))
        public = x25519.X25519PublicKey.from_public_bytes(bytes.fromhex(case["public"]))
        secret = bytes.fromhex(case["shared"])
        if any(secret):
            agreed += 1
            with agree_key(private, public, INFO) as key:
                assert key.view() == expected(secret, private.public_key(), public)
        else:
            refused += 1
            with pytest.raises(WeakParameterError, match="agrees on zero"):
                agree_key(private, public, INFO)
    assert agreed > 50
    assert refused > 20


def test_nists_agreements() -> None:
    results = []
    for case in vectors.read("nist-ecdh.txt"):
        private = key_on(case["curve"], case["dsiut"])
        point = bytes.fromhex("04" + case["qscavsx"] + case["qscavsy"])
        results.append(case["result"])
        if case["result"] == "F":
            with pytest.raises(ValueError):
                ec.EllipticCurvePublicKey.from_encoded_point(CURVES[case["curve"]], point)
            # The same point, in the form that a peer would send it in.
            good = spki(private.public_key())
            with pytest.raises(ValueError, match="no public key"):
                agree_key(private, good[: -len(point)] + point, INFO)
            continue
        public = ec.EllipticCurvePublicKey.from_encoded_point(CURVES[case["curve"]], point)
        digest = "sha384" if case["curve"] == "P-384" else "sha256"
        want = expected(bytes.fromhex(case["z"]), private.public_key(), public, 48, digest)
        with agree_key(private, public, INFO, length=48) as key:
            assert key.view() == want
    assert results.count("P") == 6
    assert results.count("F") == 4


def test_what_does_not_agree(manager: KeyManager) -> None:
    manager.create_key("partners", by="ann", algorithm=KeyAlgorithm.ECDH_P256)
    agreement = manager.agreement("partners")
    peer = generate_private_key("P-256").public_key()
    wrong: Any
    for wrong, error in (
        (generate_private_key("P-384").public_key(), "cannot agree"),
        (generate_private_key("X25519").public_key(), "cannot agree"),
        (generate_private_key("P-521").public_key(), "not secp521r1"),
        (agreement.public_key().value, "own"),
        (b"", "no public key"),
        (b"\x30\x00", "no public key"),
        (spki(peer)[:-1], "no public key"),
    ):
        with pytest.raises(ValueError, match=error):
            agreement.agree(wrong, INFO)
    for other in (generate_private_key("Ed25519").public_key(), "text", None):
        with pytest.raises(TypeError, match="to agree with"):
            agreement.agree(other, INFO)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="that agrees"):
        agree_key(generate_private_key("Ed25519"), peer, INFO)  # type: ignore[arg-type]
    with pytest.raises(WeakParameterError, match="16 bytes"):
        agreement.agree(peer, INFO, length=15)
    with pytest.raises(ValueError, match="8160"):
        agreement.agree(peer, INFO, length=8161)
    with pytest.raises(TypeError, match="maps text"):
        agreement.agree(peer, b"info")  # type: ignore[arg-type]
    with pytest.raises(UnknownKeyError):
        agreement.agree(peer, INFO, key_id="made-up")


def test_old_versions_agree_until_they_are_deactivated(manager: KeyManager) -> None:
    manager.create_key("partners", by="ann", algorithm=KeyAlgorithm.X25519)
    agreement = manager.agreement("partners")
    peer = generate_private_key("X25519")
    old = agreement.public_key()
    manager.rotate("partners", by="ann")
    new = agreement.public_key()
    assert set(agreement.public_keys()) == {old.key_id, new.key_id}
    for each in (old, new):
        with (
            agreement.agree(peer.public_key(), INFO, key_id=each.key_id) as here,
            agree_key(peer, each.value, INFO) as there,
        ):
            assert here == there
    third = manager.add_version("partners", by="ann", why="yearly")
    assert third.id in agreement.public_keys()
    with pytest.raises(KeyStateError, match="pre-activation"):
        agreement.agree(peer.public_key(), INFO, key_id=third.id)
    manager.deactivate("partners", 1, by="ann", why="all have fetched the new one")
    assert set(agreement.public_keys()) == {new.key_id, third.id}
    with pytest.raises(KeyStateError, match="deactivated"):
        agreement.agree(peer.public_key(), INFO, key_id=old.key_id)
    # For old data, as a deliberate act, which the log has.
    manager.archive("partners", 1, by="ann", why="w")
    with pytest.raises(KeyStateError, match="archived"):
        agreement.agree(peer.public_key(), INFO, key_id=old.key_id)
    with manager.reactivate("partners", 1, by="bob", why="w", for_=timedelta(hours=1)):
        agreement.agree(peer.public_key(), INFO, key_id=old.key_id).close()
    manager.suspend("partners", 2, by="ann", why="w")
    with pytest.raises(KeyStateError, match="suspended"):
        agreement.agree(peer.public_key(), INFO, key_id=new.key_id)
    with pytest.raises(KeyStateError):
        agreement.agree(peer.public_key(), INFO)
    manager.compromise("partners", 2, by="ann", why="w")
    with pytest.raises(KeyStateError, match="compromised"):
        agreement.agree(peer.public_key(), INFO, key_id=new.key_id)
    agreement.agree(peer.public_key(), INFO).close()
    assert manager.test_archive("partners", by="ann") == (1, 2)
    manager.audit()


def test_a_version_over_its_cryptoperiod(manager: KeyManager, clock: Clock) -> None:
    policy = KeyPolicy(cryptoperiod=timedelta(days=90), when_over="refuse")
    manager.create_key("partners", by="ann", algorithm=KeyAlgorithm.X25519, policy=policy)
    agreement = manager.agreement("partners")
    old = agreement.public_key()
    peer = generate_private_key("X25519").public_key()
    clock.move(days=60)
    manager.rotate("partners", by="ann")
    agreement.agree(peer, INFO, key_id=old.key_id).close()
    clock.move(days=30)
    with pytest.raises(KeyStateError, match="past its cryptoperiod"):
        agreement.agree(peer, INFO, key_id=old.key_id)
    agreement.agree(peer, INFO).close()


def test_public_keys_as_others_read_them(manager: KeyManager) -> None:
    for algorithm in AGREES:
        name = str(algorithm).lower()
        manager.create_key(name, by="ann", algorithm=algorithm)
        agreement = manager.agreement(name)
        assert agreement.algorithm is algorithm
        (jwk,) = agreement.jwks()["keys"]
        assert jwk["kid"] == agreement.public_key().key_id
        assert (jwk["use"], jwk["crv"]) == ("enc", KINDS[algorithm])
        assert jwk["kty"] == ("OKP" if algorithm is KeyAlgorithm.X25519 else "EC")
        assert "d" not in jwk


def test_purposes_are_kept_apart(manager: KeyManager) -> None:
    manager.create_key("sign", by="ann", algorithm=KeyAlgorithm.ECDSA_P256)
    manager.create_key("agree", by="ann", algorithm=KeyAlgorithm.ECDH_P256)
    for use, name in (
        (manager.agreement, "sign"),
        (manager.signer, "agree"),
        (manager.cipher, "agree"),
        (manager.lookup_cipher, "agree"),
    ):
        with pytest.raises(PurposeError, match="is there for"):
            use(name)


def test_an_existing_key_is_taken_in(manager: KeyManager) -> None:
    for algorithm in AGREES:
        private = generate_private_key(KINDS[algorithm])
        der = private.private_bytes(s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption())
        name = str(algorithm).lower()
        with SecureKey.copy_of(der) as existing:
            manager.create_key(name, by="ann", algorithm=algorithm, existing=existing)
            for other in (KeyAlgorithm.ED25519, KeyAlgorithm.RSA_PSS_3072):
                with pytest.raises(ValueError, match="is for"):
                    manager.create_key("no", by="ann", algorithm=other, existing=existing)
        assert manager.agreement(name).public_key().value == spki(private.public_key())


def has_hpke(curve: str) -> bool:
    try:
        sealing.suite_for(generate_private_key(curve).public_key())
    except MissingBackendError:
        return False
    return True


needs_hpke = pytest.mark.skipif(
    not all(has_hpke(curve) for curve in KINDS.values()), reason="cryptography without HPKE"
)


@needs_hpke
@pytest.mark.parametrize("algorithm", AGREES)
def test_sealed_messages(algorithm: KeyAlgorithm, manager: KeyManager) -> None:
    manager.create_key("inbox", by="ann", algorithm=algorithm)
    inbox = manager.agreement("inbox")
    old = seal_to(inbox.public_key().value, b"a message", INFO)
    assert old != seal_to(inbox.public_key().value, b"a message", INFO)
    manager.rotate("inbox", by="ann")
    new = seal_to(inbox.public_key().value, b"", INFO)
    assert inbox.open(old, INFO) == b"a message"
    assert inbox.open(new, INFO) == b""
    manager.deactivate("inbox", 1, by="ann", why="replaced")
    assert inbox.open(old, INFO) == b"a message"  # old data, so still
    for changed in (old[:-1], old[:-1] + bytes([old[-1] ^ 1]), old + b"x", old[:40],
                    new[:21] + old[21:]):  # fmt: skip
        with pytest.raises(DecryptionError):
            inbox.open(changed, INFO)
    with pytest.raises(DecryptionError):
        inbox.open(old, {"for": "something else"})
    for junk in (b"", b"KASL\x01", old[:21], b"KAEV\x01" + bytes(90)):
        with pytest.raises(EnvelopeFormatError):
            inbox.open(junk, INFO)
    with pytest.raises(UnknownKeyError):
        inbox.open(seal_to(generate_private_key(KINDS[algorithm]).public_key(), b"m", INFO), INFO)
    manager.create_key("other", by="ann", algorithm=algorithm)
    with pytest.raises(UnknownKeyError):
        manager.agreement("other").open(old, INFO)
    manager.archive("inbox", 1, by="ann", why="w")
    with pytest.raises(KeyStateError, match="archived"):
        inbox.open(old, INFO)


def rfcs_message(file: str, curve: str) -> tuple[Any, dict[str, bytes]]:
    """The recipient's key and the values of the one message in a file of RFC 9180's vectors."""
    (case,) = vectors.read(file)
    values = {name: bytes.fromhex(text) for name, text in case.items() if name != "count"}
    if curve == "X25519":
        return x25519.X25519PrivateKey.from_private_bytes(values["skrm"]), values
    return key_on(curve, case["skrm"]), values


@needs_hpke
@pytest.mark.parametrize(
    ("file", "curve"),
    [("rfc9180-x25519-aes-256-gcm.txt", "X25519"), ("rfc9180-p256-aes-256-gcm.txt", "P-256")],
)
def test_the_rfcs_messages_are_opened(file: str, curve: str) -> None:
    """By the suite that `seal_to` chooses. RFC 9180's messages have associated data, which pyca's
    public call does not take."""
    from cryptography.hazmat.bindings._rust import openssl

    private, values = rfcs_message(file, curve)
    suite = sealing.suite_for(private.public_key())
    sealed = values["enc"] + values["ct"]
    opened = openssl.hpke._decrypt_with_aad(suite, sealed, private, values["info"], values["aad"])
    assert opened == values["pt"]


@needs_hpke
def test_nothing_is_sealed_to_a_key_that_everybody_agrees_with() -> None:
    for case in vectors.read("wycheproof-x25519.txt"):
        if not any(bytes.fromhex(case["shared"])):
            public = x25519.X25519PublicKey.from_public_bytes(bytes.fromhex(case["public"]))
            with pytest.raises(WeakParameterError, match="low order"):
                seal_to(public, b"data", INFO)


@needs_hpke
def test_what_was_done_is_told(manager: KeyManager) -> None:
    manager.create_key("inbox", by="ann", algorithm=KeyAlgorithm.X25519)
    events: list[AuditEvent] = []
    inbox = manager.agreement("inbox", auditor=Auditor(events.append))
    ours = inbox.public_key()
    peer = generate_private_key("X25519").public_key()
    inbox.agree(peer, INFO).close()
    inbox.open(seal_to(ours.value, b"data", INFO), INFO)
    with pytest.raises(DecryptionError):
        inbox.open(seal_to(ours.value, b"data", INFO), {"for": "other"})
    manager.rotate("inbox", by="ann")
    manager.deactivate("inbox", 1, by="ann", why="w")
    with pytest.raises(KeyStateError):
        inbox.agree(peer, INFO, key_id=ours.key_id)
    told = [(event.operation, event.outcome, event.key_id) for event in events]
    assert told == [
        ("agree", "ok", ours.key_id),
        ("open-sealed", "ok", ours.key_id),
        ("open-sealed", "failed", ours.key_id),
        ("agree", "refused", ours.key_id),
    ]


SUITES: dict[str, tuple[int, int, str, int]] = {
    "X25519": (0x20, 1, "sha256", 32),
    "P-256": (0x10, 1, "sha256", 65),
    "P-384": (0x11, 2, "sha384", 97),
}
"""Curve to the numbers of KEM and KDF, the hash, and the length of an encapsulated key (RFC 9180,
7.1 and 7.2)."""


def opened_by_the_rfc(private: Any, curve: str, sealed: bytes, info: bytes, aad: bytes) -> bytes:
    """HPKE's base mode with AES-256-GCM as RFC 9180, 4 and 5.1 spell it out."""
    kem, kdf, digest, size = SUITES[curve]
    length = hashlib.new(digest).digest_size
    about_kem = b"KEM" + kem.to_bytes(2, "big")
    about = b"HPKE" + kem.to_bytes(2, "big") + kdf.to_bytes(2, "big") + b"\x00\x02"

    def extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
        text = b"HPKE-v1" + suite + label + material
        return hmac.digest(salt or bytes(length), text, digest)

    def expand(suite: bytes, key: bytes, label: bytes, context: bytes, count: int) -> bytes:
        text = count.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context
        return hmac.digest(key, text + b"\x01", digest)[:count]

    enc, text = sealed[:size], sealed[size:]
    if curve == "X25519":
        agreed = private.exchange(x25519.X25519PublicKey.from_public_bytes(enc))
        own = private.public_key().public_bytes_raw()
    else:
        peer = ec.EllipticCurvePublicKey.from_encoded_point(CURVES[curve], enc)
        agreed = private.exchange(ec.ECDH(), peer)
        own = private.public_key().public_bytes(s.Encoding.X962, s.PublicFormat.UncompressedPoint)
    inner = extract(about_kem, b"", b"eae_prk", agreed)
    shared = expand(about_kem, inner, b"shared_secret", enc + own, length)
    context = b"\x00" + extract(about, b"", b"psk_id_hash", b"")
    context += extract(about, b"", b"info_hash", info)
    secret = extract(about, shared, b"secret", b"")
    key, nonce = (
        expand(about, secret, label, context, count)
        for label, count in ((b"key", 32), (b"base_nonce", 12))
    )
    return AESGCM(key).decrypt(nonce, text, aad)


@pytest.mark.parametrize(
    ("file", "curve"),
    [("rfc9180-x25519-aes-256-gcm.txt", "X25519"), ("rfc9180-p256-aes-256-gcm.txt", "P-256")],
)
def test_what_is_spelled_out_here_is_the_rfcs(file: str, curve: str) -> None:
    private, values = rfcs_message(file, curve)
    sealed = values["enc"] + values["ct"]
    opened = opened_by_the_rfc(private, curve, sealed, values["info"], values["aad"])
    assert opened == values["pt"]


@needs_hpke
@pytest.mark.parametrize("curve", SUITES)
def test_what_is_sealed_another_implementation_opens(curve: str) -> None:
    private = generate_private_key(curve)
    sealed = seal_to(private.public_key(), b"a message", INFO)
    digest = hashlib.sha256(spki(private.public_key())).digest()
    head = b"KASL\x01" + digest[:16]
    assert sealed[:21] == head
    info = b"keyaudit/sealed/1" + head + canonical(INFO)
    assert opened_by_the_rfc(private, curve, sealed[21:], info, b"") == b"a message"
