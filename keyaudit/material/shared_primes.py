"""Finds RSA keys that have a prime in common with another key of the scan.

The functions are pure, but slow for many keys: a scan calls `partners` in a process with a time
limit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from keyaudit.material.weak import LONGEST

_USUAL = 4096  # bits of a modulus
# A factor that two moduli share by being damaged is smaller than any prime of a key.
_LEAST_PRIME_BITS = 100


def most_bits() -> int:
    """The number of bits of all moduli together for which `partners` ends in about two seconds.

    It is greater with gmpy2, which badkeys requires, since Python divides long numbers in quadratic
    time.
    """
    return _USUAL * (300 if _gmpy2() is None else 5_000)


def are_few(moduli: Iterable[int]) -> bool:
    """Whether the moduli are so few that `partners` ends almost at once."""
    return sum(modulus.bit_length() for modulus in moduli) <= 32 * _USUAL


def comparable(moduli: Iterable[int]) -> list[int]:
    """The moduli to give to `partners`, in order: as many as `most_bits` allows.

    Those longer than any real key are left out.
    """
    room = most_bits()
    chosen: list[int] = []
    for modulus in moduli:
        size = modulus.bit_length()
        if size <= min(LONGEST, room):
            chosen.append(modulus)
            room -= size
    return chosen


def partners(moduli: Sequence[int]) -> dict[int, int]:
    """For each modulus that shares a prime with another one: its index, and the other's.

    All moduli must be different.
    """
    found: dict[int, int] = {}
    factors = shared_factors(moduli)
    broken = {n: f for n, f in enumerate(factors) if f.bit_length() >= _LEAST_PRIME_BITS}
    by_factor: dict[int, list[int]] = {}
    for place, factor in broken.items():
        by_factor.setdefault(factor, []).append(place)
    # What shares both its primes says so, and not with whom it shares which.
    whole = [place for place, factor in broken.items() if factor == moduli[place]]
    for place, factor in broken.items():
        same = next((other for other in by_factor[factor] if other != place), None)
        if same is None:
            same = _other(place, moduli, by_factor, whole)
        if same is not None:
            found[place] = same
    return found


def _other(
    place: int, moduli: Sequence[int], by_factor: Mapping[int, Sequence[int]], whole: Sequence[int]
) -> int | None:
    modulus = moduli[place]
    for factor, places in by_factor.items():
        if modulus % factor == 0 and places[0] != place:
            return places[0]
    shared = (other for other in whole if other != place)
    return next((other for other in shared if math.gcd(moduli[other], modulus) != 1), None)


def shared_factors(moduli: Sequence[int]) -> list[int]:
    """For each modulus the factor that it has in common with the others; 1 if there is none.

    All moduli must be different. Uses Bernstein's batch GCD: a product tree and a remainder tree.
    """
    if len(moduli) < 2:
        return [1] * len(moduli)
    gmpy2 = _gmpy2()
    levels = [list(moduli) if gmpy2 is None else [gmpy2.mpz(modulus) for modulus in moduli]]
    while len(levels[-1]) > 1:
        row = levels[-1]
        levels.append([math.prod(row[n : n + 2]) for n in range(0, len(row), 2)])
    remainders = levels.pop()
    while levels:
        row = levels.pop()
        remainders = [remainders[n // 2] % (value * value) for n, value in enumerate(row)]
    return [
        math.gcd(rest // modulus, modulus) for rest, modulus in zip(remainders, moduli, strict=True)
    ]


@cache
def _gmpy2() -> Any:
    try:
        import gmpy2
    except ImportError:
        return None
    return gmpy2
