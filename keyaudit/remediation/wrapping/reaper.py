"""A background thread that wipes expired keys in caches that are not used."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol


class Cache(Protocol):
    """The interface of a cache that is watched."""

    def drop_old(self) -> None: ...


_lock = threading.Lock()
_seconds: weakref.WeakKeyDictionary[Cache, float] = weakref.WeakKeyDictionary()
_changed = threading.Event()
_thread: threading.Thread | None = None


def watch(cache: Cache, seconds: float) -> None:
    """Call `drop_old` of a cache about every `seconds` seconds, until it is garbage collected. One
    thread serves all caches; it is started before there are keys, since starting a thread copies
    stack memory."""
    global _thread
    with _lock:
        _seconds[cache] = seconds
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_run, name="keyaudit-reaper", daemon=True)
            _thread.start()
    _changed.set()


def _run() -> None:
    while True:
        with _lock:
            shortest = min(_seconds.values(), default=None)
        _changed.wait(shortest)
        _changed.clear()
        with _lock:
            caches = list(_seconds)
        for cache in caches:
            cache.drop_old()
        del caches


def _after_fork() -> None:
    """Reset the state in a forked child, which has no thread and where nobody holds the lock."""
    global _lock, _changed, _thread
    _lock, _changed, _thread = threading.Lock(), threading.Event(), None
    _seconds.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
