"""A thread that wipes what caches hold past its age, when nobody uses them."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol


class Cache(Protocol):
    """What is watched."""

    def drop_old(self) -> None: ...


_lock = threading.Lock()
_seconds: weakref.WeakKeyDictionary[Cache, float] = weakref.WeakKeyDictionary()
_changed = threading.Event()
_thread: threading.Thread | None = None


def watch(cache: Cache, seconds: float) -> None:
    """Have `drop_old` called of a cache about every `seconds`, until it is garbage. One thread does
    it for all: it is there before there are keys, since starting one moves what is on stacks."""
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
    """In a child there is no thread, and nobody holds the lock."""
    global _lock, _changed, _thread
    _lock, _changed, _thread = threading.Lock(), threading.Event(), None
    _seconds.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
