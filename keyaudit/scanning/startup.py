"""What processes share that look at many documents: how many they are, and what they import."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def side_by_side(first: Callable[[], None], second: Callable[[], T]) -> T:
    """Does both, the first in a thread, and gives the second's answer: one of them needs no
    interpreter for some of its time.

    The thread has ended when this returns. What either raises, comes through.
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
    """Import once what every process of a large scan would import for itself."""
    if code:
        import keyaudit.code.engine
    if material:
        import keyaudit.material.document_analysis
    import keyaudit.secrets.detectors.detect_secrets_plugins  # noqa: F401
