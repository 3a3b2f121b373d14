"""Stores of which nothing can be told but that they are sealed, and what a seal is worth."""

from __future__ import annotations

import pytest

from keyaudit.core.levels import Severity
from keyaudit.material import read
from keyaudit.material.types import Kind
from tests.material import keys
from tests.scanning.support import Project


@pytest.mark.parametrize("scrypt", [False, True])
def test_a_fips_store_that_everybody_opens(scrypt: bool) -> None:
    found = read(keys.fips_store("changeit", "rsa", "ed25519", scrypt=scrypt, rounds=1024))
    assert [(m.kind, m.identity) for m in found] == [
        (Kind.PRIVATE, keys.identity("rsa")), (Kind.CERTIFICATE, keys.identity("rsa")),
        (Kind.PRIVATE, keys.identity("ed25519")), (Kind.CERTIFICATE, keys.identity("ed25519")),
        (Kind.SYMMETRIC, ""), (Kind.CERTIFICATE, keys.identity("ec")),
    ]  # fmt: skip
    assert not any(m.encrypted for m in found)


def test_passwords_are_not_tried_for_ever() -> None:
    (found,) = read(keys.fips_store("changeit", "ec", rounds=200_000))
    assert (found.kind, found.encrypted) == (Kind.STORE, True)


def test_what_is_said_of_sealed_stores(project: Project) -> None:
    project.write("a/keys.bcfks", keys.fips_store("changeit", "ec", "rsa"))
    project.write("b/keys.bcfks", keys.fips_store("x7Gq2Lp", "ec", rounds=1024))
    project.write("c/any.bin", keys.fips_store("x7Gq2Lp", "ec", scrypt=True, rounds=1024))
    project.write("d/keys.uber", keys.uber_store(1164))
    project.write("e/app-truststore.bcfks", keys.fips_store("x7Gq2Lp"))
    found = {f.path: (f.message, f.severity) for f in project.scan().findings}
    asks = "where policy default asks for"
    sealed, said = (
        "Encrypted BouncyCastle FIPS key store in the source",
        "its password is stretched by",
    )
    assert found == {
        "a/keys.bcfks": (
            "BouncyCastle FIPS key store with 2 private keys and a symmetric key in the source",
            Severity.CRITICAL,
        ),
        "b/keys.bcfks": (
            f"{sealed}; {said} 1,024 rounds of SHA-512, {asks} 210,000 or more", Severity.LOW,
        ),
        "c/any.bin": (
            f"{sealed}; {said} scrypt with a cost of 1,024, {asks} 131,072 or more", Severity.LOW,
        ),
        "d/keys.uber": (
            "Encrypted BouncyCastle UBER key store in the source; "
            f"{said} 1,164 rounds of SHA-1, {asks} 1,300,000 or more",
            Severity.LOW,
        ),
    }  # fmt: skip


def test_a_key_is_as_safe_as_its_password_is_slow_to_try(project: Project) -> None:
    project.write("weak.pem", keys.sealed_key(2048))
    project.write("good.pem", keys.sealed_key(600_000))
    project.write("old.pem", keys.private("ec", "traditional", encrypted=True).decode())
    found = {f.path: f.message for f in project.scan().findings}
    asks = "policy default asks for"
    assert found == {
        "weak.pem": "Encrypted private key in the source; its password is stretched by "
        f"2,048 rounds of SHA-256, where {asks} 600,000 or more",
        "good.pem": "Encrypted private key in the source",
        "old.pem": "Encrypted EC private key in the source; its password is stretched by 1 round "
        f"of MD5, where {asks} 600,000 or more",
    }


def test_a_store_of_symmetric_keys_is_no_sealed_one() -> None:
    assert read(keys.bouncy_store("x7Gq2Lp", 1)) != ()
    assert all(m.kind is Kind.CERTIFICATE for m in read(keys.bouncy_store("x7Gq2Lp", 1)))
    assert read(keys.uber_store(1 << 20)) == ()
    assert read(keys.uber_store(1100)[:-3]) == ()
