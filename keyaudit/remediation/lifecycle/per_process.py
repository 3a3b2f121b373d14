"""One object for each process, created again in every forked child."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerProcess(Generic[T]):
    """A callable that returns the object that `make` creates: once in each process, at the first
    call there.

        manager = PerProcess(lambda: KeyManager.open("keys.db", open_root()))
        manager().cipher("orders").encrypt(data, context)

    For servers that fork after loading the program (gunicorn with `--preload`, Celery, uWSGI):
    neither keys in locked memory nor database connections are usable in a child. Threads may share
    it. It can be pickled where `make` can, which hands over how the object is made and not the
    object (multiprocessing's `spawn` and `forkserver`).
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._process = 0
        self._locks: dict[int, threading.Lock] = {}  # a child gets one that nobody held

    def __call__(self) -> T:
        """This process's object. Raises what `make` raises."""
        process = os.getpid()
        if self._process != process:
            with self._locks.setdefault(process, threading.Lock()):
                if self._process != process:
                    self._made = self._make()
                    self._process = process
        return self._made

    def __reduce__(self) -> tuple[type[PerProcess[T]], tuple[Callable[[], T]]]:
        return type(self), (self._make,)
