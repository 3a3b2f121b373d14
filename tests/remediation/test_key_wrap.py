"""AES key wrap by the RFCs' and NIST's vectors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.remediation import (
    DecryptionError,
    SecureKey,
    WeakParameterError,
    unwrap_key,
    wrap_key,
)
from tests.remediation import vectors

KEY = bytes(range(32))


@pytest.mark.parametrize("case", vectors.read("rfc-key-wrap.txt"))
def test_the_rfcs_own_examples(case: dict[str, str]) -> None:
    outer, plain, wrapped = (bytes.fromhex(case[name]) for name in "kpc")
    padding = case["padding"] == "1"
    assert wrap_key(outer, plain, padding=padding) == wrapped
    with unwrap_key(outer, wrapped, padding=padding) as key:
        assert key.view() == plain


@pytest.mark.parametrize("kind", ["kw", "kwp"])
def test_nist_vectors(kind: str) -> None:
    padding = kind == "kwp"
    for case in vectors.read(f"nist-{kind}-ae.txt"):
        outer, plain = bytes.fromhex(case["k"]), bytes.fromhex(case["p"])
        if len(outer) < len(plain) <= 32 and len(plain) % 8 == 0:
            with pytest.raises(WeakParameterError):  # weaker than what it wraps
                wrap_key(outer, plain, padding=padding)
            continue
        assert wrap_key(outer, plain, padding=padding).hex() == case["c"]
    fails = 0
    for case in vectors.read(f"nist-{kind}-ad.txt"):
        outer, wrapped = bytes.fromhex(case["k"]), bytes.fromhex(case["c"])
        if "fail" in case:
            fails += 1
            with pytest.raises(DecryptionError):
                unwrap_key(outer, wrapped, padding=padding)
        else:
            with unwrap_key(outer, wrapped, padding=padding) as key:
                assert key.view().hex() == case["p"]
    assert fails >= 30


@given(st.binary(min_size=1, max_size=200), st.integers(0, 10_000))
def test_any_change_is_found(key: bytes, place: int) -> None:
    wrapped = wrap_key(KEY, key)
    with unwrap_key(KEY, wrapped) as back:
        assert back.view() == key
    changed = bytearray(wrapped)
    changed[place % len(changed)] ^= 1 + place % 255
    with pytest.raises(DecryptionError):
        unwrap_key(KEY, bytes(changed))
    with pytest.raises(DecryptionError):
        unwrap_key(KEY, wrapped[:-8])


def test_secure_keys_wrap_and_are_wrapped() -> None:
    with SecureKey.generate() as outer, SecureKey.generate() as inner:
        assert unwrap_key(outer, wrap_key(outer, inner, padding=False), padding=False) == inner


def test_a_key_is_not_wrapped_under_a_shorter_one() -> None:
    with pytest.raises(WeakParameterError, match=r"6\.2\.1\.3"):
        wrap_key(KEY[:16], KEY)
    with pytest.raises(ValueError, match="16, 24 or 32"):
        wrap_key(KEY[:20], KEY)
    with pytest.raises(ValueError, match="16, 24 or 32"):
        unwrap_key(KEY[:20], bytes(40))
    with pytest.raises(ValueError, match="multiples of 8"):
        wrap_key(KEY, b"123456789", padding=False)
