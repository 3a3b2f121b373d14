"""The second look: what files pass to functions of other files of the scan.

The first look at every file names the functions whose parameters play a role in it
(`DocumentResult.exports`). Only with the names of all files at hand can it be said which other
files call one of them; most scans have few such files, and triage over the names finds them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.core.document import Document
from keyaudit.core.result import DocumentResult
from keyaudit.scanning import codec
from keyaudit.scanning.examine import Outcome, is_python
from keyaudit.sources import Entry, Source, UnreadableError

if TYPE_CHECKING:
    from keyaudit.triage import Triage

Exports = Mapping[str, frozenset[str]]


def exports_of(results: Mapping[str, DocumentResult]) -> dict[str, frozenset[str]]:
    """What the files of a scan export, by path."""
    return {path: result.exports for path, result in results.items() if result.exports}


def key_for(key: Callable[[str, str], bytes], exports: Exports) -> Callable[[str, str], bytes]:
    """The cache key of a second look, which depends on all exports."""
    named = repr(sorted((path, sorted(names)) for path, names in exports.items()))
    digest = hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()
    return lambda path, content_id: key(path, f"{content_id} calls {digest}")


class CallExaminer:
    """Examines files for calls of exported functions; takes an `Examiner`'s place."""

    def __init__(
        self, source: Source, catalogue: Catalogue, policy: Policy, exports: Exports
    ) -> None:
        self._source = source
        self._catalogue = catalogue
        self._policy = policy
        self._exports = exports
        self._words: Triage | None = None
        self._modules: Triage | None = None

    def prepare(self) -> None:
        """Make what all documents need, before the processes are forked that share it."""
        if self._words is None:
            from keyaudit import code, triage

            names = frozenset[str]().union(*self._exports.values())
            self._words = triage.build(names, {})
            self._modules = triage.build({code.stem(path) for path in self._exports}, {})
            self._words.prepare()
            self._modules.prepare()

    def glance(self, entry: Entry) -> Outcome | None:
        """The outcome where no exported name stands in the file; None when it must be read."""
        try:
            document = self._document(entry)
        except UnreadableError as error:
            return Outcome("", entry.size, skipped=error.skipped)
        if self._calls(document):
            return None
        return Outcome(document.content_id, len(document.data))

    def examine(self, entry: Entry) -> Outcome:
        """The outcome. What an analyzer raises, comes through."""
        try:
            document = self._document(entry)
        except UnreadableError as error:
            return Outcome("", entry.size, skipped=error.skipped)
        result = codec.EMPTY
        if self._calls(document):
            result = codec.encode(self._analyze(document))
        return Outcome(document.content_id, len(document.data), result)

    def _document(self, entry: Entry) -> Document:
        return Document(entry.path, self._source.read(entry), self._source.origin)

    def _calls(self, document: Document) -> bool:
        self.prepare()
        assert self._words is not None
        assert self._modules is not None
        return (
            is_python(document)
            and bool(self._words.scan(document.data))
            and bool(self._modules.scan(document.data))
            and self._speaks_of_another(document)
        )

    def _speaks_of_another(self, document: Document) -> bool:
        """Whether the names are those of other files: a file always speaks of its own."""
        from keyaudit.code import stem

        data = document.data
        return any(
            path != document.path
            and stem(path).encode() in data
            and any(name.encode() in data for name in names)
            for path, names in self._exports.items()
        )

    def _analyze(self, document: Document) -> DocumentResult:
        from keyaudit import code
        from keyaudit.core.text import decode
        from keyaudit.scanning import suppressions

        result = code.analyze_calls(
            document, self._catalogue, self._policy, self._source.tree, self._exports
        )
        text = decode(document.data)
        if not result.findings or "keyaudit:" not in text:
            return result
        return suppressions.apply(result, text, document.path, self._catalogue.rules, True)


def merged(
    first: Mapping[str, DocumentResult], second: Mapping[str, DocumentResult]
) -> dict[str, DocumentResult]:
    """The results of both looks. A suppression is unused when it was in both."""
    results = dict(first)
    for path, more in second.items():
        known = first.get(path, DocumentResult())
        if not more.findings:
            continue
        unused = "unused-suppression"
        notices = tuple(n for n in known.notices if n.kind != unused or n in more.notices)
        findings = (*known.findings, *more.findings)
        results[path] = replace(known, findings=findings, notices=notices)
    return dict(sorted(results.items()))
