"""A cache for data keys, so that a key service is not asked for every message."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from keyaudit.remediation.closing import Closing
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping import reaper

T = TypeVar("T")
MAX_AGE = 3600.0
"""Seconds after which no data key is held any more, whatever is asked for."""
Made = tuple[SecureKey, bytes]
"""A data key and its wrapped form."""


@dataclass(slots=True, eq=False)
class _Entry:
    key: SecureKey
    wrapped: bytes
    key_id: str
    born: float
    messages: int = 0
    size: int = 0
    users: int = field(default=0)
    dropped: bool = False


class _Lease(Generic[T]):
    """Context manager that takes an entry at its beginning and gives it back at its end."""

    def __init__(
        self,
        take: Callable[[], _Entry],
        give_back: Callable[[_Entry], None],
        value: Callable[[_Entry], T],
    ) -> None:
        self._take = take
        self._give_back = give_back
        self._value = value

    def __enter__(self) -> T:
        self._entry = self._take()
        return self._value(self._entry)

    def __exit__(self, *_: object) -> None:
        self._give_back(self._entry)


class DataKeyCache(Closing):
    """Caches data keys, within limits, for encryption and decryption. Threads may share it.

    A data key is used for one context only, and dropped after `max_age` seconds, `max_messages`
    messages or `max_bytes` bytes, whichever comes first. At most `capacity` keys are held; the one
    not used for longest is dropped first. Every message is still encrypted under its own key and
    salt (see `EnvelopeCipher`), so these limits bound how much data a stolen data key exposes, not
    the use of AES-GCM's nonces. As long as a data key is cached, it works even if its key
    encryption key is disabled: keep `max_age` short (3600 at most), and call `revoke`. A key past
    `max_age` is wiped even when the cache is not used. For keys of a `KeyManager`, states are
    checked in any case.

    `clock`: returns seconds, and does not run backwards. Raises ValueError for limits not above 0,
    and for a longer `max_age`.
    """

    def __init__(
        self,
        *,
        max_age: float = 300.0,
        max_messages: int = 1000,
        max_bytes: int = 2**32,
        capacity: int = 64,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if min(max_age, max_messages, max_bytes, capacity) <= 0:
            raise ValueError("the limits of a data key cache are above 0")
        if max_age > MAX_AGE:
            raise ValueError(f"a data key is held for {MAX_AGE:g} seconds at most")
        self._max_age = max_age
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._capacity = capacity
        self._clock = clock
        self._entries: OrderedDict[tuple[str, bytes, bytes], _Entry] = OrderedDict()
        self._oldest = float("inf")
        self._lock = threading.RLock()
        reaper.watch(self, max_age)

    def encryption_key(
        self, key_id: str, context: bytes, size: int, make: Callable[[], Made]
    ) -> AbstractContextManager[Made]:
        """Context manager that gives a data key and its wrapped form, to encrypt a message of
        `size` bytes; `make` is called when none is cached. The key is not wiped before the end of
        the block. `context`: in canonical form. Raises what `make` raises."""
        slot = ("encrypt " + key_id, context, b"")
        return _Lease(
            lambda: self._take(slot, key_id, size, make),
            self._give_back,
            lambda entry: (entry.key, entry.wrapped),
        )

    def decryption_key(
        self, key_id: str, context: bytes, wrapped: bytes, unwrap: Callable[[], SecureKey]
    ) -> AbstractContextManager[SecureKey]:
        """Context manager that gives the data key that `wrapped` holds; `unwrap` is called when it
        is not cached. The key is not wiped before the end of the block. `context`: in canonical
        form. Raises what `unwrap` raises."""
        slot = ("decrypt " + key_id, context, wrapped)
        return _Lease(
            lambda: self._take(slot, key_id, None, lambda: (unwrap(), wrapped)),
            self._give_back,
            lambda entry: entry.key,
        )

    def revoke(self, key_id: str | None = None) -> int:
        """Wipe the data keys that are wrapped under that key encryption key (all when None).
        Returns their number. Keys in use are wiped when that use ends, and not used again."""
        with self._lock:
            slots = [s for s, e in self._entries.items() if key_id in (None, e.key_id)]
            for slot in slots:
                self._drop(slot)
            return len(slots)

    def close(self) -> None:
        """Wipe all data keys."""
        self.revoke()

    def __len__(self) -> int:
        """The number of data keys held."""
        return len(self._entries)

    def _take(
        self,
        slot: tuple[str, bytes, bytes],
        key_id: str,
        size: int | None,
        make: Callable[[], Made],
    ) -> _Entry:
        entry = self._held(slot, size)
        if entry is None:
            key, wrapped = make()  # not under the lock: it may take a service's time
            entry = self._keep(slot, _Entry(key, wrapped, key_id, self._clock()), size)
        return entry

    def _give_back(self, entry: _Entry) -> None:
        with self._lock:
            entry.users -= 1
            if entry.dropped and not entry.users:
                entry.key.close()

    def _held(self, slot: tuple[str, bytes, bytes], size: int | None) -> _Entry | None:
        with self._lock:
            self.drop_old()
            entry = self._entries.get(slot)
            if entry is None:
                return None
            if size is not None and (
                entry.messages >= self._max_messages or entry.size + size > self._max_bytes
            ):
                self._drop(slot)
                return None
            self._entries.move_to_end(slot)
            return self._count(entry, size)

    def _keep(self, slot: tuple[str, bytes, bytes], entry: _Entry, size: int | None) -> _Entry:
        with self._lock:
            self._drop(slot)
            self._count(entry, size)  # before others are dropped: a key in use is not wiped
            self._entries[slot] = entry
            self._oldest = min(self._oldest, entry.born)
            while len(self._entries) > self._capacity:
                self._drop(next(iter(self._entries)))
            return entry

    def drop_old(self) -> None:
        """Wipe the keys that are past `max_age`; a background thread calls this too."""
        now = self._clock()
        if now - self._oldest < self._max_age:
            return
        for slot in [s for s, e in self._entries.items() if now - e.born >= self._max_age]:
            self._drop(slot)
        self._oldest = min((e.born for e in self._entries.values()), default=float("inf"))

    @staticmethod
    def _count(entry: _Entry, size: int | None) -> _Entry:
        entry.users += 1
        if size is not None:
            entry.messages += 1
            entry.size += size
        return entry

    def _drop(self, slot: tuple[str, bytes, bytes]) -> None:
        entry = self._entries.pop(slot, None)
        if entry is not None:
            entry.dropped = True
            if not entry.users:
                entry.key.close()
