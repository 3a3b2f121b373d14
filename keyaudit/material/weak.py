"""Finds RSA keys that were generated badly, from their public numbers alone."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path

# The factors that a check by division finds; those of a key are hundreds of digits long.
_SMALL = 1 << 16
# What `fault_of` says of numbers that are no key's.
DAMAGED = "its modulus has small factors: it is damaged, or made up"
# Rounds of Fermat's method. Primes that differ in their lower half only fall in the first.
_ROUNDS = 100
# Nemec et al., The Return of Coppersmith's Attack (CCS 2017), 2.1: primes of the faulty library
# are powers of 65537 modulo the product of the first primes, and so is the modulus. The 39 of the
# shortest keys serve for all; a sound key passes for a faulty one once in 2^154.
_ROCA_GENERATOR = 65537
_ROCA_LARGEST = 167


LONGEST = 16_384  # bits; the longest keys that OpenSSL makes are of so many


@lru_cache(maxsize=256)  # the same keys stand in many versions of a file
def fault_of(modulus: int, exponent: int, *, thorough: bool = True) -> str:
    """Why anybody can compute the private key or forge without it; "" if nothing is known.

    Numbers above 16,384 bits, which no program generates, are not checked, as that takes too long.
    A merely small exponent is left to the policy. Without `thorough`, badkeys is not used, which
    takes long to import.
    """
    if modulus.bit_length() > LONGEST or exponent.bit_length() > LONGEST:
        return ""
    if exponent == 1:
        return "its exponent is 1, so that encrypting changes nothing"
    if exponent % 2 == 0:
        return "its exponent is even, which no key's can be"
    if (factor := math.gcd(modulus, _small_primes())) != 1:
        return _by_small_factors(modulus, factor)
    if _close_primes(modulus):
        return "its two primes lie so close together that Fermat's method finds them"
    if _is_roca(modulus):
        return "it was made by the faulty library of ROCA (CVE-2017-15361)"
    return _by_badkeys(modulus, exponent) if thorough else ""


def _by_small_factors(modulus: int, factor: int) -> str:
    """A modulus with a small factor is broken if the rest is prime, else of no key at all.

    `factor` is the product of all small primes in it.
    """
    if factor > _SMALL:  # of two primes and more: no generator makes such keys
        return DAMAGED
    rest = modulus
    while factor != 1:
        rest //= factor
        factor = math.gcd(rest, _small_primes())
    is_prime = rest > 1 and pow(2, rest - 1, rest) == 1  # Fermat's test is enough here
    return "its modulus has a factor below 65,536" if is_prime else DAMAGED


@cache
def _primes(limit: int) -> tuple[int, ...]:
    sieve = bytearray([1]) * limit
    for number in range(2, math.isqrt(limit) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, limit, number)))
    return tuple(number for number in range(2, limit) if sieve[number])


@cache
def _small_primes() -> int:
    return math.prod(_primes(_SMALL))


def _close_primes(modulus: int) -> bool:
    root = math.isqrt(modulus - 1) + 1
    for candidate in range(root, root + _ROUNDS):
        square = candidate * candidate - modulus
        if math.isqrt(square) ** 2 == square:
            return True
    return False


@cache
def _roca_powers() -> tuple[tuple[int, frozenset[int]], ...]:
    powers = []
    for prime in _primes(_ROCA_LARGEST + 1)[1:]:
        seen, value = set(), 1
        while value not in seen:
            seen.add(value)
            value = value * _ROCA_GENERATOR % prime
        powers.append((prime, frozenset(seen)))
    return tuple(powers)


def _is_roca(modulus: int) -> bool:
    return all(modulus % prime in powers for prime, powers in _roca_powers())


# What the checks of badkeys that keyaudit has not itself mean.
_CHECKS = {
    "rsapoly": "its bits have a pattern by which it can be factored",
    "sharedprimes": "it has a prime in common with other keys that are known",
    "smalld": "its private exponent is so small that Wiener's method finds it",
    "blocklist": "it is on badkeys' list of keys that are public",
}


def _by_badkeys(modulus: int, exponent: int) -> str:
    """What PyPI's badkeys knows beyond that, where the extra `material` is installed.

    Its list of known keys is asked when the user has loaded it (`badkeys --update-bl`).
    """
    module = _badkeys()
    if module is None:
        return ""
    checkrsa, checks = module
    found = checkrsa(modulus, e=exponent, checks=checks)
    return next((_CHECKS[name] for name in checks if name in found), "")


def knows_public_keys() -> bool:
    """Whether badkeys and its list of known keys are installed, Debian's of 2008 among them."""
    module = _badkeys()
    return module is not None and "blocklist" in module[1]


@cache
def _badkeys() -> tuple[Callable[..., dict[str, object]], tuple[str, ...]] | None:
    try:
        from badkeys import checkrsa
    except ImportError:
        return None
    checks = tuple(_CHECKS)
    # badkeys ends the process where it has no list.
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    files = ("badkeysdata.json", "blocklist.dat")
    if not all((Path(home) / "badkeys" / name).is_file() for name in files):
        checks = checks[:-1]
    return checkrsa, checks
