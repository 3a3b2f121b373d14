"""Looks at one document: reads it, triages it, and asks the analyzers that it needs."""

from __future__ import annotations

import fnmatch
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.configs import needs
from keyaudit.core import paths
from keyaudit.core.containers import is_container
from keyaudit.core.document import Document
from keyaudit.core.keyfiles import named_for_keys
from keyaudit.core.own_reports import is_own_report
from keyaudit.core.report import Notice, Skipped
from keyaudit.core.result import DocumentResult
from keyaudit.core.text import is_binary
from keyaudit.scanning import codec
from keyaudit.scanning.failures import describe
from keyaudit.sources import Entry, Source, UnreadableError

if TYPE_CHECKING:
    from keyaudit.triage import Triage

_SHEBANG = re.compile(rb"#![^\n]*\bpython")
# How a sequence in DER and an OpenPGP packet begin, which need not hold a NUL byte.
_DER_STARTS = frozenset({b"0", *(bytes([octet]) for octet in range(0x80, 0x100))})
_NOTEBOOK_ENDING = ".ipynb"
# Tags of triage beside those of secrets.
SUPPRESSION = "suppression"
CONTAINER = "container"
NOTEBOOK = "notebook"
CODE = "code"
MATERIAL = "material"
CONFIG = "config"
# Tags that are of no detector of secrets.
_OTHERS = frozenset({CONTAINER, NOTEBOOK, CODE, CONFIG, MATERIAL, SUPPRESSION})


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


class Examiner(Look):
    """The first look: triage, then the analyzers of code, of secrets and of key material."""

    analyzers = (
        "the reader of archives",
        "the reader of notebooks",
        "the analyzer of code",
        "the analyzer of configuration",
        "the analyzer of secrets",
        "the analyzer of key material",
        "the reader of suppressions",
    )

    def __init__(
        self, source: Source, catalogue: Catalogue, policy: Policy, cache_folder: Path | None
    ) -> None:
        """`cache_folder` keeps what triage compiles."""
        super().__init__(source)
        self._catalogue = catalogue
        self._policy = policy
        self._cache_folder = cache_folder
        self._triage: Triage | None = None
        # Places that are sinks by their file's path alone, with no import to look for.
        self._paths = tuple(
            pattern
            for sink in catalogue.models.assignments
            if not sink.imports
            for pattern in sink.paths
        )

    def prepare(self) -> None:
        """Make what all documents need, before the processes are forked that share it."""
        if self._triage is None:
            self._triage = self._looked_for()
            self._triage.prepare()

    def notices(self) -> list[Notice]:
        """What is to be said of how the documents were looked at."""
        if self._triage is None or self._triage.engine != "python":
            return []
        text = "hyperscan is not installed here, so the same is found more slowly"
        return [Notice("slow-triage", text)]

    def _looked_for(self) -> Triage:
        """Triage for all that an analyzer may find, not made yet."""
        from keyaudit import code, material, secrets, triage
        from keyaudit.scanning.suppressions import PATTERN

        patterns = {
            **secrets.patterns_for(self._catalogue),
            MATERIAL: material.PATTERN,
            SUPPRESSION: PATTERN,
        }
        words = code.triage_words(self._catalogue)
        return triage.build(words, patterns, cache_folder=self._cache_folder)

    def _needs(self, document: Document) -> Mapping[str, Sequence[int]]:
        """The tags that an analyzer must look into; `code` for Python only."""
        if is_binary(document.data) or is_container(document.data):
            return {CONTAINER: ()} if is_container(document.data) else {MATERIAL: ()}
        if document.path.endswith(_NOTEBOOK_ENDING):
            return {NOTEBOOK: ()}
        return self._of_text(document)

    def _of_text(self, document: Document) -> Mapping[str, Sequence[int]]:
        """What triage finds in a text, and what the file's name adds to it."""
        self.prepare()
        assert self._triage is not None
        return self._of_file(document, dict(self._triage.scan(document.data)))

    def _of_file(
        self, document: Document, hits: dict[str, Sequence[int]]
    ) -> dict[str, Sequence[int]]:
        """The hits, with what a file's name and first bytes add to them and rule out."""
        if not is_python(document):
            hits.pop(CODE, None)
        elif any(fnmatch.fnmatch(document.path, pattern) for pattern in self._paths):
            hits.setdefault(CODE, ())
        elif CODE not in hits and self._may_tell(document):
            hits[CODE] = ()
        if needs(document.path, document.data, self._catalogue):
            hits[CONFIG] = ()
        if document.data[:1] in _DER_STARTS and named_for_keys(document.path):
            hits.setdefault(MATERIAL, ())
        return hits

    def _may_tell(self, document: Document) -> bool:
        """Whether a Python file without a word of cryptography may log or send a secret."""
        from keyaudit import code

        return code.is_worth_parsing(document.judged, document.data)

    def _analyze(
        self,
        document: Document,
        hits: Mapping[str, Sequence[int]],
        without: Container[str] = frozenset(),
    ) -> DocumentResult:
        """What the analyzers say; one that fails costs what it would have found."""
        result = DocumentResult()
        for name, analyze in self._asked(document, hits):
            if name in without:
                continue
            try:
                result = analyze(result)
            except Exception as error:
                result = replace(result, failed=(*result.failed, describe(error, name)))
        return result

    def _asked(
        self, document: Document, hits: Mapping[str, Sequence[int]]
    ) -> Iterator[tuple[str, Callable[[DocumentResult], DocumentResult]]]:
        """The analyzers to ask, each a function that adds to what was found before it."""
        if CONTAINER in hits:
            yield "the reader of archives", partial(self._unpacked, document)
        if NOTEBOOK in hits:
            yield "the reader of notebooks", partial(self._cells, document)
        if CODE in hits:
            yield "the analyzer of code", partial(self._code, document)
        if CONFIG in hits:
            yield "the analyzer of configuration", partial(self._configuration, document)
        found = {tag: lines for tag, lines in hits.items() if tag not in _OTHERS}
        if found:
            yield "the analyzer of secrets", partial(self._secrets, document, found)
        if MATERIAL in hits:
            yield "the analyzer of key material", partial(self._material, document)
        if SUPPRESSION in hits:
            yield "the reader of suppressions", partial(self._suppressed, document)

    def _unpacked(self, document: Document, result: DocumentResult) -> DocumentResult:
        from keyaudit.scanning import unpacked

        self.prepare()
        left_out = frozenset({CODE, CONFIG, CONTAINER})
        return both(result, unpacked.look(document, self._needs, self._analyze, left_out))

    def _cells(self, document: Document, result: DocumentResult) -> DocumentResult:
        from keyaudit.scanning import cells
        from keyaudit.sources import notebooks

        notebook = notebooks.read(document.data)
        if notebook is None:
            hits = self._of_text(document)
            return both(result, self._analyze(document, hits)) if hits else result
        for part in cells.look(document, notebook, self._of_text, self._analyze):
            result = both(result, part)
        return result

    def _code(self, document: Document, result: DocumentResult) -> DocumentResult:
        from keyaudit import code

        return code.analyze(document, self._catalogue, self._policy, self._source.tree)

    def _configuration(self, document: Document, result: DocumentResult) -> DocumentResult:
        from keyaudit import configs

        tree = self._source.tree
        return both(result, configs.analyze(document, self._catalogue, self._policy, tree))

    def _secrets(
        self, document: Document, hits: Mapping[str, Sequence[int]], result: DocumentResult
    ) -> DocumentResult:
        from keyaudit import secrets

        assert self._triage is not None
        text = secrets.analyze(document, hits, self._catalogue, self._triage.scan)
        return both(result, text)

    def _material(self, document: Document, result: DocumentResult) -> DocumentResult:
        from keyaudit import material

        return material.look(document, result, self._catalogue)

    def _suppressed(self, document: Document, result: DocumentResult) -> DocumentResult:
        from keyaudit.core.text import decode
        from keyaudit.scanning import suppressions

        text = decode(document.data)
        rules = self._catalogue.rules
        return suppressions.apply(result, text, document.path, rules, is_python(document))


def both(one: DocumentResult, other: DocumentResult) -> DocumentResult:
    """What two analyzers say of one document."""
    return DocumentResult(
        findings=(*one.findings, *other.findings),
        pending=(*one.pending, *other.pending),
        notices=(*one.notices, *other.notices),
        call_kinds=one.call_kinds | other.call_kinds,
        dependencies=(*one.dependencies, *other.dependencies),
        exports=one.exports | other.exports,
        gives=one.gives | other.gives,
        facts=(*one.facts, *other.facts),
        failed=(*one.failed, *other.failed),
    )


def is_python(document: Document) -> bool:
    """Whether a document is Python source: by its name, or by its first line without one."""
    if document.path.endswith(paths.PYTHON):
        return True
    return "." not in paths.name(document.path) and _SHEBANG.match(document.data) is not None
