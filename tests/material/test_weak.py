"""Keys that are broken by how they were made, and keys that are not."""

from __future__ import annotations

import math
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.material import shared_primes, weak
from tests.material import keys

_EXPONENT = 65537


@cache
def _primes(number: int) -> tuple[int, int]:
    """Two primes of 512 bits; others for another number."""
    made = rsa.generate_private_key(_EXPONENT, 1024).private_numbers()
    return made.p, made.q


def _next_prime(number: int) -> int:
    number += 1 + number % 2
    while math.gcd(number, 3 * 5 * 7 * 11 * 13) != 1 or pow(2, number - 1, number) != 1:
        number += 2
    return number


@pytest.mark.parametrize("kind", ["rsa", "rsa-other", "short"])
def test_sound_keys(kind: str) -> None:
    numbers = keys.key(kind).public_key().public_numbers()
    assert weak.fault_of(numbers.n, numbers.e) == ""


def test_close_primes() -> None:
    p, q = _primes(0)
    assert "Fermat" in weak.fault_of(p * _next_prime(p), _EXPONENT)
    assert "Fermat" in weak.fault_of(p * p, _EXPONENT)
    assert weak.fault_of(p * q, _EXPONENT) == ""


@pytest.mark.parametrize("factor", [2, 3, 101, 65_521])
def test_small_factors(factor: int) -> None:
    assert "factor below" in weak.fault_of(_primes(0)[0] * factor, _EXPONENT)


def test_numbers_that_are_no_key_s() -> None:
    p, q = _primes(0)
    for modulus in (p * q * 3, 2**1024, 3 * 5 * 7, p * q * 2 * 101):
        assert weak.fault_of(modulus, _EXPONENT) == weak.DAMAGED


@pytest.mark.parametrize(("exponent", "word"), [(1, "is 1"), (2, "even"), (4, "even")])
def test_exponents_that_are_none(exponent: int, word: str) -> None:
    p, q = _primes(0)
    assert word in weak.fault_of(p * q, exponent)


def test_roca() -> None:
    """Numbers of the form that Nemec et al. found: k * M + (65537 ** a mod M)."""
    product = math.prod(n for n in range(2, 168) if all(n % m for m in range(2, n)))
    found = 0
    for start in range(1, 400):
        p = (start + 2**40) * product + pow(65537, start + 12_345, product)
        q = (start + 2**41) * product + pow(65537, start + 54_321, product)
        fault = weak.fault_of(p * q, _EXPONENT)
        found += "ROCA" in fault
        assert "ROCA" in fault or fault == weak.DAMAGED  # neither need be prime
    assert found > 10


def test_small_private_exponents_are_known_with_badkeys() -> None:
    pytest.importorskip("badkeys", reason="needs the extra `material`")
    p, q = _primes(0)
    private = _next_prime(2**60)
    assert "Wiener" in weak.fault_of(p * q, pow(private, -1, (p - 1) * (q - 1)))


def test_without_badkeys_the_rest_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weak, "_badkeys", lambda: None)
    p, q = _primes(0)
    assert weak.fault_of(p * q, _EXPONENT) == ""
    assert "Fermat" in weak.fault_of(p * _next_prime(p), _EXPONENT)


def test_shared_primes() -> None:
    (p, q), (r, s) = _primes(0), _primes(1)
    assert shared_primes.shared_factors([p * q, r * s, p * s]) == [p, s, p * s]
    assert shared_primes.shared_factors([p * q, r * s]) == [1, 1]
    assert shared_primes.shared_factors([p * q]) == [1]
    assert shared_primes.shared_factors([]) == []


def test_shared_primes_without_gmpy2(monkeypatch: pytest.MonkeyPatch) -> None:
    (p, q), (r, s) = _primes(0), _primes(1)
    monkeypatch.setattr(shared_primes, "_gmpy2", lambda: None)
    assert shared_primes.shared_factors([p * q, r * s, p * s]) == [p, s, p * s]
    assert shared_primes.most_bits() < 1000 * 4096


@given(st.lists(st.integers(2, 10**30), unique=True, max_size=40))
def test_shared_factors_are_those_of_pairs(numbers: list[int]) -> None:
    for number, factor in zip(numbers, shared_primes.shared_factors(numbers), strict=True):
        others = math.prod(other for other in numbers if other != number)
        assert factor == math.gcd(number, others)


def test_numbers_of_any_length_take_no_time() -> None:
    long = (1 << 4_000_000) + 1
    assert weak.fault_of(long, 65537) == ""
    assert weak.fault_of(long, long) == ""
    assert shared_primes.comparable([long, 15, long, 21]) == [15, 21]


def test_so_many_are_compared_as_their_bits_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_primes, "most_bits", lambda: 4 * 4096)
    usual = [(1 << 2047) + n for n in range(1, 9)]
    large = [(1 << 8191) + n for n in range(1, 9)]
    assert shared_primes.comparable(usual) == usual
    assert shared_primes.comparable(usual * 2) == usual
    assert shared_primes.comparable(large) == large[:2]


def test_who_shares_with_whom() -> None:
    (p, q), (r, s) = _primes(0), _primes(1)
    t, u = _primes(2)
    assert shared_primes.partners([p * q, r * s, p * t]) == {0: 2, 2: 0}
    assert shared_primes.partners([p * q, r * s, t * u]) == {}
    # Both primes of the second are shared, one with each other.
    assert shared_primes.partners([p * q, q * r, r * s]) == {0: 1, 1: 0, 2: 1}
    # All share both.
    found = shared_primes.partners([p * q, q * r, r * p])
    assert {*found} == {0, 1, 2}
    assert all(one != other for one, other in found.items())
    assert shared_primes.partners([15 * p, 15 * q]) == {}  # too small to be a key's
