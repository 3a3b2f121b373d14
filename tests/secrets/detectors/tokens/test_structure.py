"""The structures that issuers build in, against what they and standards have published."""

from __future__ import annotations

import base64
import random

from hypothesis import given
from hypothesis import strategies as st

from keyaudit.secrets.detectors.token_checksums import (
    CHECKS,
    base58_checked,
    base62_checksum,
    bech32_checksum,
    hex_checksum,
)

_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def test_base62_of_a_token_that_was_revoked_long_ago() -> None:
    # From the discussion of GitHub's announcement; in parts, so that no scanner takes it for one.
    assert base62_checksum("zQWBuTSOoRi4A9sp" + "HcVY5ncnsDkxkJ") == "0mLq17"


def test_bech32_of_bip_173() -> None:
    # BIP 173, test vectors: valid Bech32 strings.
    for text in (
        "a12uel5l",
        "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
        "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
        "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
    ):
        prefix, _, data = text.rpartition("1")
        assert bech32_checksum(prefix, data[:-6]) == data[-6:]


def test_base58_of_bip_32() -> None:
    # BIP 32, test vector 5: valid but for the last letter; in parts, as above.
    text = "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJx" + (
        "WUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPH"
    )
    assert CHECKS["base58check"](text + "i") == ""
    assert CHECKS["base58check"](text + "L") is None


@given(st.binary(min_size=5, max_size=80))
def test_base58_reads_what_it_writes(data: bytes) -> None:
    if data[0]:
        assert CHECKS["base58check"](base58_checked(data)) == ""
        assert CHECKS["base58check"](base58_checked(data)[:-1]) is None


@given(st.text("0123456789abcdef", min_size=8, max_size=40), st.integers(0, 7), st.integers(1, 15))
def test_any_digit_of_a_hexadecimal_checksum_counts(body: str, place: int, by: int) -> None:
    checksum = hex_checksum(f"glsa_{body}")
    digit = f"{(int(checksum[place], 16) + by) % 16:x}"
    changed = checksum[:place] + digit + checksum[place + 1 :]
    assert CHECKS["crc32-hex"](f"glsa_{body}_{checksum}") == ""
    assert CHECKS["crc32-hex"](f"glsa_{body}_{changed}") is None


@given(st.text(_BECH32, min_size=52, max_size=52), st.integers(0, 57), st.integers(1, 31))
def test_any_letter_of_bech32_counts(data: str, place: int, by: int) -> None:
    whole = data + bech32_checksum("age-secret-key-", data)
    letter = _BECH32[(_BECH32.index(whole[place]) + by) % 32]
    changed = whole[:place] + letter + whole[place + 1 :]
    assert CHECKS["bech32"](f"AGE-SECRET-KEY-1{whole.upper()}") == ""
    assert CHECKS["bech32"](f"AGE-SECRET-KEY-1{changed.upper()}") is None


@given(st.integers(0, 10**12 - 1), st.integers(0, 127), st.binary(min_size=4, max_size=4))
def test_the_account_is_read_from_an_aws_key(account: int, low: int, rest: bytes) -> None:
    data = ((1 << 47) | account << 7 | low).to_bytes(6, "big") + rest
    text = base64.b32encode(data).decode()
    if text[0] not in "IJ":
        assert CHECKS["aws-account"](f"AKIA{text}") == f"of account {account:012}"


@given(st.sampled_from(sorted(CHECKS)), st.text(max_size=80))
def test_no_text_makes_a_check_fail(check: str, text: str) -> None:
    head = {"base64-json": "ops_eyJ", "aws-account": "AKIAQ"}.get(check, "x1.")
    said = CHECKS[check](head + text)
    assert said is None or isinstance(said, str)


def test_wireguard_keys_are_clamped() -> None:
    data = bytearray(random.Random(1).randbytes(32))
    data[0] &= 248
    data[31] = data[31] & 127 | 64
    assert CHECKS["wireguard-key"](base64.b64encode(data).decode()) == ""
    data[0] |= 1
    assert CHECKS["wireguard-key"](base64.b64encode(data).decode()) is None
