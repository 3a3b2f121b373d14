"""One look at the documents of a source: reads each, and runs the analyzers it needs."""

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
    """The outcome for a document: its encoded result (see `codec`), or why it was skipped.

    `content_id` is "" if it was skipped; `size` is in bytes. `partial`: an analyzer failed, so the
    result must not be cached.
    """

    content_id: str
    size: int
    result: bytes = codec.EMPTY
    skipped: Skipped | None = None
    partial: bool = False


class Look(ABC):
    """Base class of looks at the documents of a source. May be used in forked processes."""

    # Whether so few documents need an analyzer that triage alone is not worth other processes.
    is_rare = False
    # The analyzers that can be left out, by the words in which they are spoken of.
    analyzers: tuple[str, ...] = ()

    def __init__(self, source: Source) -> None:
        self._source = source

    @abstractmethod
    def prepare(self) -> None:
        """Builds what all documents need; called before worker processes are forked."""

    @abstractmethod
    def _needs(self, document: Document) -> Mapping[str, Sequence[int]]:
        """The tags of triage that call for an analyzer, with line numbers; may be empty."""

    @abstractmethod
    def _analyze(
        self,
        document: Document,
        hits: Mapping[str, Sequence[int]],
        without: Container[str] = frozenset(),
    ) -> DocumentResult:
        """The result of the analyzers on a document, `without` some of `analyzers`."""

    @property
    def is_slow(self) -> bool:
        """Whether triage has no time limit (without hyperscan), and needs a worker process."""
        from importlib.util import find_spec

        return find_spec("hyperscan") is None

    def glance(self, entry: Entry) -> Outcome | None:
        """The outcome if triage alone can tell it; None if an analyzer is needed."""
        try:
            document = self._document(entry)
        except UnreadableError as error:
            return Outcome("", entry.size, skipped=error.skipped)
        if self._needs(document):
            return None
        return Outcome(document.content_id, len(document.data))

    def examine(self, entry: Entry, without: Container[str] = frozenset()) -> Outcome:
        """The outcome for a file, analyzed `without` some of `analyzers`."""
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
    """The outcome for a file that was not reached before the deadline."""
    return Outcome("", entry.size, skipped=Skipped(entry.path, "timeout"))
