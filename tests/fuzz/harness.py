"""Gives documents to the analyzers as a scan does, and tells which of them fail or take long."""

from __future__ import annotations

import contextlib
import random
import signal
from collections.abc import Iterator
from types import FrameType
from typing import NamedTuple

from keyaudit.core.document import DocumentOrigin
from keyaudit.core.standing import AS_IT_IS
from keyaudit.scanning import codec
from keyaudit.scanning.examine import Examiner
from keyaudit.sources import Entry, Listing
from tests.caches import shipped
from tests.fuzz import corpus, mutate

SECONDS = 8.0  # of processor time


class SlowError(Exception):
    """An input took longer than it may."""


class Failure(NamedTuple):
    """What went wrong with which input."""

    path: str
    data: bytes
    why: str


class OneFile:
    """A source and tree that has one document."""

    origin = DocumentOrigin.WORKING_TREE
    root = "/"
    standing = AS_IT_IS

    def __init__(self) -> None:
        self.data = b""

    @property
    def tree(self) -> OneFile:
        return self

    def read(self, entry: Entry | str) -> bytes | None:
        return None if isinstance(entry, str) else self.data

    def names(self, folder: str) -> list[str]:
        return []

    def listing(self) -> Listing:
        return Listing(self.root)

    def others(self) -> list[Entry]:
        return []

    def close(self) -> None:
        return


class Harness:
    """The analyzers of a scan, for one document after the other."""

    def __init__(self) -> None:
        known = shipped()
        self._source = OneFile()
        source: object = self._source
        self._examiner = Examiner(source, known, known.policies["default"], None)  # type: ignore[arg-type]
        self._examiner.prepare()

    def why(self, path: str, data: bytes) -> str:
        """Why a document was not wholly analyzed; "" when it was."""
        self._source.data = data
        try:
            with _limited():
                outcome = self._examiner.examine(Entry(path, path, len(data)))
        except Exception as error:
            return f"{type(error).__name__} came through"
        failed = codec.decode(outcome.result).failed
        return failed[0] if failed else ""


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    def late(_: int, frame: FrameType | None) -> None:
        place = frame and f"{frame.f_code.co_filename}:{frame.f_lineno}"
        raise SlowError(place)

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def fuzz(seed: int, tries: int, harness: Harness | None = None) -> Iterator[Failure]:
    """Every failure among so many documents that a seed gives."""
    harness = harness or Harness()
    source = random.Random(seed)
    texts, binaries = corpus.texts(), corpus.binaries()
    others = list(texts.values())
    names = [*texts]
    for _ in range(tries):
        if source.random() < 0.2:
            path = source.choice([*binaries])
            data = mutate.binary(source, binaries[path])
        else:
            path = source.choice(names)
            written = mutate.text(source, texts[path], others)
            data = written.encode("utf-8", "replace")
            if source.random() < 0.1:
                path = source.choice(names)
        if why := harness.why(path, data):
            yield Failure(path, data, why)
