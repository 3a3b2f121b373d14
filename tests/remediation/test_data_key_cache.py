"""The cache of data keys: its limits, and that no key is wiped while in use."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import pytest

from keyaudit.remediation import DataKeyCache, EnvelopeCipher, LocalKey, SecureKey


class Counting(LocalKey):
    """Counts what a service would be asked."""

    def __init__(self) -> None:
        super().__init__(SecureKey.generate(), "counting")
        self.wraps = self.unwraps = 0
        self.keys: list[SecureKey] = []

    def new_data_key(self, context: Mapping[str, str]) -> tuple[SecureKey, bytes]:
        self.wraps += 1
        key, wrapped = super().new_data_key(context)
        self.keys.append(key)
        return key, wrapped

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> SecureKey:
        self.unwraps += 1
        key = super().unwrap(wrapped, context)
        self.keys.append(key)
        return key


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_without_a_cache_every_message_has_a_data_key_that_is_wiped() -> None:
    key = Counting()
    cipher = EnvelopeCipher(key)
    for _ in range(3):
        cipher.decrypt(cipher.encrypt(b"data", {}), {})
    assert (key.wraps, key.unwraps) == (3, 3)
    assert all(data_key.closed for data_key in key.keys)
    assert cipher.revoke() == 0


def test_a_data_key_serves_its_number_of_messages() -> None:
    key = Counting()
    cipher = EnvelopeCipher(key, cache=DataKeyCache(max_messages=10))
    envelopes = [cipher.encrypt(b"data", {}) for _ in range(25)]
    assert key.wraps == 3
    assert len({envelope[8:40] for envelope in envelopes}) == 25
    for envelope in envelopes:
        assert cipher.decrypt(envelope, {}) == b"data"
    assert key.unwraps == 3


def test_a_with_block_wipes_what_is_held() -> None:
    key = Counting()
    with DataKeyCache() as cache:
        EnvelopeCipher(key, cache=cache).encrypt(b"data", {})
        assert len(cache) == 1
        assert not key.keys[0].closed
    assert key.keys[0].closed


def test_contexts_do_not_share_data_keys() -> None:
    key = Counting()
    cipher = EnvelopeCipher(key, cache=DataKeyCache())
    for user in ("1", "2", "1", "2"):
        cipher.encrypt(b"data", {"user": user})
    assert key.wraps == 2


def test_bytes_age_and_capacity_are_limits_too() -> None:
    key, clock = Counting(), Clock()
    cache = DataKeyCache(max_bytes=100, max_age=60, capacity=2, clock=clock)
    cipher = EnvelopeCipher(key, cache=cache)
    for _ in range(3):
        cipher.encrypt(bytes(40), {})
    assert key.wraps == 2
    clock.now = 59.0
    cipher.encrypt(b"", {})
    assert key.wraps == 2
    clock.now = 60.0
    cipher.encrypt(b"", {})
    assert key.wraps == 3
    for user in ("1", "2", "3"):
        cipher.encrypt(b"", {"user": user})
    assert len(cache) == 2
    assert sum(not data_key.closed for data_key in key.keys) == 2
    with pytest.raises(ValueError, match="above 0"):
        DataKeyCache(max_age=0)


def test_revoked_keys_are_wiped_at_once() -> None:
    key = Counting()
    cache = DataKeyCache()
    cipher = EnvelopeCipher(key, cache=cache)
    cipher.decrypt(cipher.encrypt(b"data", {}), {})
    assert cipher.revoke("another") == 0
    assert cipher.revoke("counting") == 2
    assert all(data_key.closed for data_key in key.keys)
    cipher.encrypt(b"data", {})
    cache.close()
    assert all(data_key.closed for data_key in key.keys)
    assert len(cache) == 0


def test_a_key_in_use_is_wiped_when_its_use_ends() -> None:
    cache = DataKeyCache(capacity=1)

    def make() -> tuple[SecureKey, bytes]:
        return SecureKey.generate(), b"wrapped"

    with cache.encryption_key("kek", b"", 1, make) as (key, _):
        cache.revoke()
        assert not key.closed
        with cache.encryption_key("kek", b"other", 1, make) as (other, _):
            assert other is not key
    assert key.closed
    assert not other.closed


def test_threads_share_a_cache() -> None:
    cipher = EnvelopeCipher(Counting(), cache=DataKeyCache(max_messages=3, capacity=2))
    failures: list[BaseException] = []

    def work(user: str) -> None:
        try:
            for _ in range(50):
                context = {"user": user}
                assert cipher.decrypt(cipher.encrypt(b"data", context), context) == b"data"
                cipher.revoke()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(str(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
