"""Starting worker processes: how many there may be, and what to import before they are forked."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def processors() -> int:
    """The number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def side_by_side(first: Callable[[], None], second: Callable[[], T]) -> T:
    """Runs `first` in a thread and `second` meanwhile; returns the result of `second`.

    It saves time if one of them releases the interpreter's lock. Returns when both are done;
    exceptions of either are raised.
    """
    failed: list[BaseException] = []

    def run() -> None:
        try:
            first()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        answer = second()
    finally:
        thread.join()
    if failed:
        raise failed[0]
    return answer


def load_analyzers(*, code: bool = True, material: bool = True) -> None:
    """Imports the analyzers once, so that not every worker process must do so."""
    if code:
        import keyaudit.code.engine
    if material:
        import keyaudit.material.document_analysis
    import keyaudit.secrets.detectors.detect_secrets_plugins  # noqa: F401
