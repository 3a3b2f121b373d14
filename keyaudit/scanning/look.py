"""One look at the documents of a source: reads each, asks what it needs, and what came of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from keyaudit.core.document import Document
from keyaudit.core.own_reports import is_own_report
from keyaudit.core.report import Skipped
from keyaudit.core.result import DocumentResult
from keyaudit.core.text import is_binary
from keyaudit.scanning import codec
from keyaudit.sources import Entry, Source, UnreadableError


class Outcome(NamedTuple):
    """What came of a document: its encoded result (see `codec`), or why it was skipped.

    `content_id` is "" for a skipped one; `size` is in bytes. `partial`: an analyzer failed, so
    that the next scan must look again.
    """

    content_id: str
    size: int
    result: bytes = codec.EMPTY
    skipped: Skipped | None = None
    partial: bool = False


class Look(ABC):
    """One look at the documents of a source. May be shared by forked processes."""

    # Whether so few documents need an analyzer that triage alone is not worth other processes.
    is_rare = False
    # The analyzers that can be left out, by the words in which they are spoken of.
    analyzers: tuple[str, ...] = ()

    def __init__(self, source: Source) -> None:
        self._source = source

    @abstractmethod
    def prepare(self) -> None:
        """Make what all documents need, before the processes are forked that share it."""

    @abstractmethod
    def _needs(self, document: Document) -> Mapping[str, Sequence[int]]:
        """The tags (with their lines) that make an analyzer necessary; empty: none is."""

    @abstractmethod
    def _analyze(
        self,
        document: Document,
        hits: Mapping[str, Sequence[int]],
        without: Container[str] = frozenset(),
    ) -> DocumentResult:
        """What the analyzers say, `without` some of `analyzers`."""

    @property
    def is_slow(self) -> bool:
        """Whether triage has no bound on its time, and belongs into a process that has one."""
        from importlib.util import find_spec

        return find_spec("hyperscan") is None

    def glance(self, entry: Entry) -> Outcome | None:
        """The outcome, where triage alone gives it; None when an analyzer must look."""
        try:
            document = self._document(entry)
        except UnreadableError as error:
            return Outcome("", entry.size, skipped=error.skipped)
        if self._needs(document):
            return None
        return Outcome(document.content_id, len(document.data))

    def examine(self, entry: Entry, without: Container[str] = frozenset()) -> Outcome:
        """The outcome, `without` some of `analyzers`. What other parts raise, comes through."""
        try:
            document = self._document(entry)
        except UnreadableError as error:
            return Outcome("", entry.size, skipped=error.skipped)
        hits = self._needs(document)
        if not hits:
            return Outcome(document.content_id, len(document.data))
        found = self._analyze(document, hits, without)
        result = codec.encode(found)
        if result == codec.EMPTY and is_binary(document.data):
            return Outcome("", entry.size, skipped=Skipped(entry.path, "binary"))
        incomplete = bool(found.failed or without)
        return Outcome(document.content_id, len(document.data), result, partial=incomplete)

    def _document(self, entry: Entry) -> Document:
        source = self._source
        data = source.read(entry)
        if is_own_report(data):
            raise UnreadableError(Skipped(entry.path, "own-report"))
        return Document(entry.path, data, source.origin, source.standing)


def too_late(entry: Entry) -> Outcome:
    """The outcome of what was not reached in time."""
    return Outcome("", entry.size, skipped=Skipped(entry.path, "timeout"))
