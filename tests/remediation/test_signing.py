"""Managed keys that sign, that make tokens, and that encrypt values to be looked up."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.remediation import (
    DecryptionError,
    EnvelopeFormatError,
    KeyAlgorithm,
    KeyManager,
    KeyStateError,
    PurposeError,
    SecureKey,
    Signature,
    UnknownKeyError,
    WeakParameterError,
    generate_private_key,
)
from keyaudit.remediation.lifecycle import signing
from keyaudit.remediation.usage import jws
from tests.remediation.lifecycle import Clock, root

SIGNS = [a for a in KeyAlgorithm if a.signs and a != KeyAlgorithm.RSA_PSS_4096]
HOUR = timedelta(hours=1)
CONTEXT = {"column": "users.mail"}


@pytest.fixture
def manager(file_manager: KeyManager) -> KeyManager:
    return file_manager


@pytest.mark.parametrize("algorithm", SIGNS)
def test_a_key_signs_and_its_versions_verify(algorithm: KeyAlgorithm, manager: KeyManager) -> None:
    manager.create_key("api", by="ann", algorithm=algorithm)
    signer = manager.signer("api")
    old = signer.sign(b"message")
    assert old.key_id == manager.primary("api").id
    manager.rotate("api", by="ann")
    new = signer.sign(b"message")
    assert new.key_id != old.key_id
    for signature in (old, new):
        signer.verify(b"message", signature)
        for wrong in (
            (b"massage", signature),
            (b"message", Signature(signature.key_id, flipped(signature.value))),
            (b"message", Signature(signature.key_id, b"")),
        ):
            with pytest.raises(DecryptionError):
                signer.verify(*wrong)
    with pytest.raises(DecryptionError):
        signer.verify(b"message", Signature(new.key_id, old.value))
    with pytest.raises(UnknownKeyError):
        signer.verify(b"message", Signature("made-up", old.value))
    manager.compromise("api", 1, by="ann", why="lost")
    with pytest.raises(KeyStateError, match="compromised"):
        signer.verify(b"message", old)
    manager.audit()


def test_a_key_does_what_it_is_for(manager: KeyManager) -> None:
    manager.create_key("sign", by="ann", algorithm=KeyAlgorithm.ED25519)
    manager.create_key("find", by="ann", algorithm=KeyAlgorithm.AES_256_SIV)
    manager.create_key("data", by="ann")
    for use, names in (
        (manager.cipher, ("sign", "find")),
        (manager.signer, ("data", "find")),
        (manager.lookup_cipher, ("data", "sign")),
    ):
        for name in names:
            with pytest.raises(PurposeError, match="is there"):
                use(name)
    with pytest.raises(ValueError, match="no algorithm"):
        manager.create_key("other", by="ann", algorithm="DES")


def test_a_next_key_is_published_before_it_signs(manager: KeyManager) -> None:
    manager.create_key("api", by="ann", algorithm=KeyAlgorithm.ED25519)
    signer = manager.signer("api")
    second = manager.add_version("api", by="ann", why="yearly")
    assert [key["kid"] for key in signer.jwks()["keys"]] == [
        manager.primary("api").id, second.id,
    ]  # fmt: skip
    assert signer.sign(b"m").key_id == manager.primary("api").id
    with pytest.raises(KeyStateError):
        signer.verify(b"m", Signature(second.id, bytes(64)))
    manager.promote("api", 2, by="ann", why="yearly")
    signature = signer.sign(b"m")
    assert signature.key_id == second.id
    # The first one verifies still, until it is retired.
    assert len(signer.jwks()["keys"]) == 2
    manager.deactivate("api", 1, by="ann", why="replaced")
    manager.archive("api", 1, by="ann", why="replaced")
    assert [key["kid"] for key in signer.jwks()["keys"]] == [second.id]
    assert set(signer.public_keys()) == {second.id}


@pytest.mark.parametrize("algorithm", [a for a in SIGNS if a != KeyAlgorithm.ML_DSA_65], ids=str)
def test_tokens(algorithm: KeyAlgorithm, manager: KeyManager, clock: Clock) -> None:
    manager.create_key("api", by="ann", algorithm=algorithm)
    signer = manager.signer("api")
    claims = {"sub": "1234", "iss": "orders", "aud": ["mail", "print"]}
    token = signer.sign_jwt(claims, lifetime=HOUR)
    found = signer.verify_jwt(token, issuer="orders", audience="mail")
    assert {name: found[name] for name in claims} == claims
    assert found["exp"] - found["iat"] == 3600
    for wrong in (
        {"audience": "mail", "issuer": "other"},
        {"audience": "other"},
        {},
    ):
        with pytest.raises(DecryptionError):
            signer.verify_jwt(token, **wrong)  # type: ignore[arg-type]
    head, body, value = token.split(".")
    changed = jws.encode(json.dumps(found | {"sub": "9"}).encode())
    for forged in (
        f"{head}.{changed}.{value}",
        f"{head}.{body}.",
        f"{jws.encode(b'{}')}.{body}.{value}",
        f"{head}.{body}.{value}=",
        f"{head}.{body}",
        "",
        "x" * 70_000,
    ):
        with pytest.raises(DecryptionError):
            signer.verify_jwt(forged, audience="mail")
    clock.move(seconds=3600 + 29)
    signer.verify_jwt(token, audience="mail")
    clock.move(seconds=1)
    with pytest.raises(DecryptionError, match="expired"):
        signer.verify_jwt(token, audience="mail")
    with pytest.raises(ValueError, match="above 0"):
        signer.sign_jwt({}, lifetime=timedelta())
    with pytest.raises(ValueError, match="JSON"):
        signer.sign_jwt({"x": b"bytes"}, lifetime=HOUR)


def test_what_a_token_says_of_its_algorithm_is_not_believed(manager: KeyManager) -> None:
    """A public key taken for an HMAC key, and no signature at all (RFC 8725, 2.1)."""
    manager.create_key("api", by="ann", algorithm=KeyAlgorithm.RSA_PSS_3072)
    signer = manager.signer("api")
    token = signer.sign_jwt({"sub": "1"}, lifetime=HOUR)
    body = token.split(".")[1]
    key_id = manager.primary("api").id
    import hmac

    for algorithm in ("none", "HS256", "ES256", "ps256", "RS256"):
        head = jws.encode(json.dumps({"alg": algorithm, "kid": key_id}).encode())
        mac = hmac.digest(signer.public_keys()[key_id], f"{head}.{body}".encode(), "sha256")
        for value in ("", jws.encode(mac)):
            with pytest.raises(DecryptionError, match="not signed by PS256"):
                signer.verify_jwt(f"{head}.{body}.{value}")
    crit = jws.encode(json.dumps({"alg": "PS256", "kid": key_id, "crit": ["b64"]}).encode())
    with pytest.raises(DecryptionError):
        signer.verify_jwt(f"{crit}.{body}.{token.split('.')[2]}")
    twice = jws.encode(b'{"alg":"PS256","alg":"PS256"}')
    with pytest.raises(DecryptionError):
        signer.verify_jwt(f"{twice}.{body}.{token.split('.')[2]}")


@pytest.mark.parametrize(
    ("claims", "good"),
    [
        ({"exp": 1000}, True),
        ({"exp": 900}, False),
        ({}, False),
        ({"exp": "1000"}, False),
        ({"exp": True}, False),
        ({"exp": 1e400}, False),
        ({"exp": 1000, "nbf": 950}, True),
        ({"exp": 1000, "nbf": 981}, False),
        ({"exp": 1000, "aud": "me"}, False),
        ({"exp": 1000, "aud": 3}, False),
    ],
)
def test_claims_are_held_to(claims: dict[str, Any], good: bool) -> None:
    now = datetime.fromtimestamp(950, UTC)
    leeway = timedelta(seconds=30)
    if good:
        jws.check_claims(claims, now, None, None, leeway)
        return
    with pytest.raises(DecryptionError):
        jws.check_claims(claims, now, None, None, leeway)


RFC_7515_A1 = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQog"
    "Imh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)
RFC_7515_A1_KEY = (
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
)
RFC_7515_A3 = (
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
    "LmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA"
    "pmWQxfKTUJqPP3-Kg6NU1Q"
)
RFC_7515_A3_KEY = {
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
RFC_8037_A4 = (
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcv"
    "Mg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)
RFC_8037_A4_KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"


def spki(key: Any) -> bytes:
    return bytes(key.public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo))


def test_the_examples_of_the_standards_verify() -> None:
    _, claims, signed, value = jws.parse(RFC_7515_A1)
    assert claims["iss"] == "joe"
    with SecureKey.copy_of(jws.decode(RFC_7515_A1_KEY)) as key:
        signing._verify_mac(KeyAlgorithm.HMAC_SHA256, key, signed.encode(), value)
    x, y = (int.from_bytes(jws.decode(RFC_7515_A3_KEY[each]), "big") for each in "xy")
    p256 = spki(ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key())
    _, _, signed, value = jws.parse(RFC_7515_A3)
    raw = jws.from_raw("ECDSA-P-256", value)
    signing._verify(KeyAlgorithm.ECDSA_P256, p256, signed.encode(), raw)
    assert jws.to_raw("ECDSA-P-256", raw) == value
    jwk = jws.public_jwk("ECDSA-P-256", p256, "1")
    assert (jwk["x"], jwk["y"], jwk["crv"]) == (*RFC_7515_A3_KEY.values(), "P-256")
    public = ed25519.Ed25519PublicKey.from_public_bytes(jws.decode(RFC_8037_A4_KEY))
    head, body, value_text = RFC_8037_A4.split(".")
    signing._verify(
        KeyAlgorithm.ED25519, spki(public), f"{head}.{body}".encode(), jws.decode(value_text)
    )
    assert jws.public_jwk("Ed25519", spki(public), "1")["x"] == RFC_8037_A4_KEY


def flipped(value: bytes) -> bytes:
    return value[:-1] + bytes([value[-1] ^ 1])


def number(text: str) -> int:
    return int.from_bytes(jws.decode(text), "big")


def test_a_key_set_is_one_that_others_read(manager: KeyManager) -> None:
    for algorithm in (KeyAlgorithm.RSA_PSS_3072, KeyAlgorithm.ECDSA_P384):
        name = algorithm.lower()
        manager.create_key(name, by="ann", algorithm=algorithm)
        (jwk,) = manager.signer(name).jwks()["keys"]
        der = manager.signer(name).public_keys()[jwk["kid"]]
        found: Any = s.load_der_public_key(der)
        if isinstance(found, rsa.RSAPublicKey):
            numbers = rsa.RSAPublicNumbers(number(jwk["e"]), number(jwk["n"]))
            assert numbers == found.public_numbers()
        else:
            assert (number(jwk["x"]), number(jwk["y"])) == (
                found.public_numbers().x, found.public_numbers().y,
            )  # fmt: skip
            assert len(jws.decode(jwk["x"])) == 48
    manager.create_key("mac", by="ann", algorithm=KeyAlgorithm.HMAC_SHA256)
    with pytest.raises(ValueError, match="no public key"):
        manager.signer("mac").jwks()


@given(st.binary(max_size=80))
def test_base64_of_urls_has_one_spelling(data: bytes) -> None:
    text = jws.encode(data)
    assert jws.decode(text) == data
    assert text == base64.urlsafe_b64encode(data).decode().rstrip("=")
    for other in (text + "=", text + " ", text + "\n"):
        with pytest.raises(DecryptionError):
            jws.decode(other)


@given(st.text(max_size=200))
def test_no_other_text_is_a_token(text: str) -> None:
    for junk in (
        text,
        f"{text}.{text}.{text}",
        f"e30.{jws.encode(text.encode('utf-8', 'ignore'))}.",
    ):
        with pytest.raises(DecryptionError):
            jws.parse(junk if junk != "e30.e30." else "")


def test_an_existing_key_is_taken_in(manager: KeyManager) -> None:
    private = generate_private_key("Ed25519")
    der = private.private_bytes(s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption())
    with SecureKey.copy_of(der) as existing:
        manager.create_key("api", by="ann", algorithm=KeyAlgorithm.ED25519, existing=existing)
        for algorithm in (KeyAlgorithm.ECDSA_P256, KeyAlgorithm.RSA_PSS_3072):
            with pytest.raises(ValueError, match="is for Ed25519"):
                manager.create_key("no", by="ann", algorithm=algorithm, existing=existing)
    signature = manager.signer("api").sign(b"message")
    private.public_key().verify(signature.value, b"message")
    secret = bytes(range(64))
    with SecureKey.copy_of(secret) as existing:
        manager.create_key("mac", by="ann", algorithm=KeyAlgorithm.HMAC_SHA256, existing=existing)
        with pytest.raises(ValueError, match="32 bytes"):
            manager.create_key("data", by="ann", existing=existing)
    import hmac

    made = manager.signer("mac").sign(b"message").value
    assert made == hmac.digest(secret, b"message", "sha256")
    with SecureKey.copy_of(bytes(16)) as short, pytest.raises(WeakParameterError, match="16 bytes"):
        manager.create_key("weak", by="ann", algorithm=KeyAlgorithm.HMAC_SHA256, existing=short)
    assert manager.rotate("mac", by="ann").number == 2
    assert manager.signer("mac").sign(b"message").value != made


def test_values_are_found_by_what_encrypts_them(manager: KeyManager) -> None:
    manager.create_key("mail", by="ann", algorithm=KeyAlgorithm.AES_256_SIV)
    cipher = manager.lookup_cipher("mail")
    first = cipher.encrypt(b"ann@example.org", CONTEXT)
    assert cipher.encrypt(b"ann@example.org", CONTEXT) == first
    assert cipher.encrypt(b"bob@example.org", CONTEXT) != first
    assert cipher.encrypt(b"ann@example.org", {"column": "other"}) != first
    manager.rotate("mail", by="ann")
    second = cipher.encrypt(b"ann@example.org", CONTEXT)
    assert second != first
    assert cipher.candidates(b"ann@example.org", CONTEXT) == [first, second]
    for data in (first, second):
        assert cipher.decrypt(data, CONTEXT) == b"ann@example.org"
        with pytest.raises(DecryptionError):
            cipher.decrypt(data, {"column": "other"})
        for changed in (data[:-1], data[:-1] + bytes([data[-1] ^ 1]), data + b"x"):
            with pytest.raises(DecryptionError):
                cipher.decrypt(changed, CONTEXT)
    with pytest.raises(UnknownKeyError):
        cipher.decrypt(first[:5] + bytes(8) + first[13:], CONTEXT)
    for junk in (b"", b"KAES\x01" + bytes(10), b"KAEV" + bytes(90)):
        with pytest.raises(EnvelopeFormatError):
            cipher.decrypt(junk, CONTEXT)
    with pytest.raises(ValueError, match="at least one"):
        cipher.encrypt(b"", CONTEXT)
    manager.archive("mail", 1, by="ann", why="moved")
    assert cipher.candidates(b"ann@example.org", CONTEXT) == [second]
    with pytest.raises(KeyStateError):
        cipher.decrypt(first, CONTEXT)


def test_the_vector_of_rfc_5297() -> None:
    """A.1, of the library beneath: two keys of 16 bytes."""
    key = bytes.fromhex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
    data = bytes.fromhex("101112131415161718191a1b1c1d1e1f2021222324252627")
    sealed = AESSIV(key).encrypt(bytes.fromhex("112233445566778899aabbccddee"), [data])
    assert sealed.hex() == "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"


def test_the_root_key_changes_under_keys_of_every_kind(manager: KeyManager, clock: Clock) -> None:
    made = {}
    for algorithm in SIGNS[:5]:
        name = algorithm.lower()
        manager.create_key(name, by="ann", algorithm=algorithm)
        made[name] = manager.signer(name).sign(b"message")
    manager.change_root(root(bytes(32), "new"), by="ann")
    for name, signature in made.items():
        manager.signer(name).verify(b"message", signature)
        assert manager.signer(name).sign(b"m").key_id == signature.key_id
