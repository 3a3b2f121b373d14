"""Looks at one document: reads it, triages it, and asks the analyzers that it needs."""

from __future__ import annotations

import fnmatch
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.configs import form_of
from keyaudit.core import paths
from keyaudit.core.document import Document
from keyaudit.core.keyfiles import named_for_keys
from keyaudit.core.report import Skipped
from keyaudit.core.result import DocumentResult
from keyaudit.core.text import is_binary
from keyaudit.scanning import codec
from keyaudit.sources import Entry, Source, UnreadableError

if TYPE_CHECKING:
    from keyaudit.triage import Triage

_SHEBANG = re.compile(rb"#![^\n]*\bpython")
# How a sequence in DER and an OpenPGP packet begin, which need not hold a NUL byte.
_DER_STARTS = frozenset({b"0", *(bytes([octet]) for octet in range(0x80, 0x100))})
# Tags of triage beside those of secrets.
SUPPRESSION = "suppression"
CODE = "code"
MATERIAL = "material"
CONFIG = "config"
# Tags that are of no detector of secrets.
_OTHERS = frozenset({CODE, CONFIG, MATERIAL, SUPPRESSION})


class Outcome(NamedTuple):
    """What came of a document: its encoded result (see `codec`), or why it was skipped.

    `content_id` is "" for a skipped one; `size` is in bytes.
    """

    content_id: str
    size: int
    result: bytes = codec.EMPTY
    skipped: Skipped | None = None


class Look(ABC):
    """One look at the documents of a source. May be shared by forked processes."""

    # Whether so few documents need an analyzer that triage alone is not worth other processes.
    is_rare = False

    def __init__(self, source: Source) -> None:
        self._source = source

    @abstractmethod
    def prepare(self) -> None:
        """Make what all documents need, before the processes are forked that share it."""

    @abstractmethod
    def _needs(self, document: Document) -> Mapping[str, Sequence[int]]:
        """The tags (with their lines) that make an analyzer necessary; empty: none is."""

    @abstractmethod
    def _analyze(self, document: Document, hits: Mapping[str, Sequence[int]]) -> DocumentResult:
        """What the analyzers say."""

    def glance(self, entry: Entry) -> Outcome | None:
        """The outcome, where triage alone gives it; None when an analyzer must look."""
        try:
            document = self._document(entry)
        except UnreadableError as error:
            return Outcome("", entry.size, skipped=error.skipped)
        if self._needs(document):
            return None
        return Outcome(document.content_id, len(document.data))

    def examine(self, entry: Entry) -> Outcome:
        """The outcome. What an analyzer raises, comes through."""
        try:
            document = self._document(entry)
        except UnreadableError as error:
            return Outcome("", entry.size, skipped=error.skipped)
        hits = self._needs(document)
        result = codec.EMPTY
        if hits:
            result = codec.encode(self._analyze(document, hits))
            if result == codec.EMPTY and is_binary(document.data):
                return Outcome("", entry.size, skipped=Skipped(entry.path, "binary"))
        return Outcome(document.content_id, len(document.data), result)

    def _document(self, entry: Entry) -> Document:
        source = self._source
        return Document(entry.path, source.read(entry), source.origin, source.standing)


class Examiner(Look):
    """The first look: triage, then the analyzers of code, of secrets and of key material."""

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
        if is_binary(document.data):
            return {MATERIAL: ()}
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
        if form_of(document.path, document.data):
            hits[CONFIG] = ()
        if document.data[:1] in _DER_STARTS and named_for_keys(document.path):
            hits.setdefault(MATERIAL, ())
        return hits

    def _analyze(self, document: Document, hits: Mapping[str, Sequence[int]]) -> DocumentResult:
        result = DocumentResult()
        if CODE in hits:
            from keyaudit import code

            result = code.analyze(document, self._catalogue, self._policy, self._source.tree)
        if CONFIG in hits:
            from keyaudit import configs

            settings = configs.analyze(document, self._catalogue, self._policy, self._source.tree)
            result = both(result, settings)
        found = {tag: lines for tag, lines in hits.items() if tag not in _OTHERS}
        if found:
            from keyaudit import secrets

            assert self._triage is not None
            text = secrets.analyze(document, found, self._catalogue, self._triage.scan)
            result = both(result, text)
        if MATERIAL in hits:
            from keyaudit import material

            result = material.look(document, result, self._catalogue)
        if SUPPRESSION in hits:
            from keyaudit.core.text import decode
            from keyaudit.scanning import suppressions

            result = suppressions.apply(
                result,
                decode(document.data),
                document.path,
                self._catalogue.rules,
                is_python(document),
            )
        return result


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
    )


def is_python(document: Document) -> bool:
    """Whether a document is Python source: by its name, or by its first line without one."""
    if document.path.endswith(paths.PYTHON):
        return True
    return "." not in paths.name(document.path) and _SHEBANG.match(document.data) is not None
