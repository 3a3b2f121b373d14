"""Scans blobs: text one by one, code once for versions that are alike in what counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.core.document import Document
from keyaudit.core.finding import Finding
from keyaudit.core.openapi import is_description
from keyaudit.core.result import DocumentResult
from keyaudit.core.text import as_utf8, decode, is_binary
from keyaudit.history.exposure.identity import identities
from keyaudit.history.git.blobs import BlobSource
from keyaudit.history.versions.block_results import BlockResults, Known, Version, known
from keyaudit.history.versions.excerpt import is_linewise
from keyaudit.history.versions.key_lines import KeyLines, literals_only, signature
from keyaudit.history.versions.line_results import LineResults, TriagedText
from keyaudit.history.versions.triage_hits import may_hold_keys
from keyaudit.history.versions.written import written_only
from keyaudit.scanning.examine import Examiner
from keyaudit.scanning.failures import AnalyzerError
from keyaudit.scanning.needs import (
    CODE,
    CONFIG,
    CONTAINER,
    MATERIAL,
    NOTEBOOK,
    SUPPRESSION,
    Hits,
    is_python,
)
from keyaudit.secrets.detection import BY_ENTROPY, GUESSES
from keyaudit.secrets.patterns import LOGIN
from keyaudit.sources import Entry

# What calls for an analyzer in a file, and says nothing in a text that is none.
_OF_FILES = frozenset({CODE, CONFIG, CONTAINER, NOTEBOOK})


class BlobExaminer(Examiner):
    """Examines blobs, and texts in no file; with `deep`, all code rules are run on each blob.

    What it says of a finding's value, beside the finding, tells values apart in this run only (see
    `keyaudit.history.exposure.identity`). Its methods raise UnreadableError.
    """

    def __init__(
        self,
        source: BlobSource,
        catalogue: Catalogue,
        policy: Policy,
        folder: Path | None,
        *,
        deep: bool,
    ) -> None:
        catalogue = written_only(catalogue)
        # Most matches are of these, and few lines with one have a name that tells of a secret.
        super().__init__(source, catalogue, policy, folder, BY_ENTROPY)
        self._folder = folder
        self._deep = deep
        self._literals = literals_only(catalogue)
        self._lines: LineResults | None = None
        self._judged = BlockResults(self._findings)

    def prepare(self) -> None:
        """Makes what all blobs need, before the processes that share it are forked."""
        if self._lines is None:
            super().prepare()
            keys = None if self._deep else KeyLines(self._catalogue, self._folder)
            self._lines = LineResults(self._needed.scan, self._catalogue, keys)

    def prepare_triage(self) -> None:
        """Makes what texts in no file need, before the processes that share it are forked."""
        self._needed.prepare()

    def hits_in_text(self, text: bytes) -> Hits:
        """The lines (from 1) of a text in no file, in UTF-8, that are worth a look, by tag."""
        hits = self._needed.scan(text)
        return {tag: lines for tag, lines in hits.items() if tag not in _OF_FILES}

    def text_alone(self, place: str, text: bytes) -> DocumentResult:
        """What stands in a text in no file, which is called `place`, and which analyzers failed."""
        hits = self.hits_in_text(text)
        if hits.keys() <= {SUPPRESSION}:
            return DocumentResult()
        result = self._analyze(Document(place, text, self._source.origin), hits)
        return DocumentResult(result.findings, failed=result.failed)

    def _findings(
        self, document: Document, hits: Mapping[str, Sequence[int]]
    ) -> tuple[Finding, ...]:
        """What the analyzers find; AnalyzerError where one fails: then the version is left out."""
        result = self._analyze(document, hits)
        if result.failed:
            raise AnalyzerError(result.failed[0])
        return result.findings

    def text(self, entry: Entry) -> tuple[Known, str]:
        """What stands in a blob's text, and the signature of its code ("": no need to look).

        Versions of a path should come one after the other. With `deep` the findings of code are
        among them, and there is no signature.
        """
        document = self._document(entry)
        if is_binary(document.data):
            return self._judged.whole(document, self._needs(document)), ""
        self.prepare()
        assert self._lines is not None
        told = self._lines.of(entry.path, as_utf8(document.data))
        hits: dict[str, Sequence[int]] = {CODE: ()} if told.has_code else {}
        # No key reaches a role in code that has no word of cryptography.
        by_file = self._needed.of_file(document, hits, wordless=self._deep)
        keys = ""
        if CODE in by_file and not self._deep:
            del by_file[CODE]
            if told.said.keys is None:
                told.said.keys = _signature(told)
            keys = told.said.keys
        return self._found(document, told, by_file), keys

    def _found(
        self, document: Document, told: TriagedText, by_file: dict[str, Sequence[int]]
    ) -> Known:
        """What stands in a text; `by_file` are hits that are not of single lines."""
        if told.said.silent and not by_file:
            return ()
        tags = {number: line.tags for number, line in told.known.items() if line.tags}
        if tags and is_description(document.path, document.data):  # guesses are notes there
            for tag in (*GUESSES, LOGIN):
                tags = _without(tag, tags)
        if any(MATERIAL in found for found in tags.values()):
            by_file.pop(MATERIAL, None)
            if not may_hold_keys(told.text):
                tags = _without(MATERIAL, tags)
        if not by_file and all(tag == SUPPRESSION for found in tags.values() for tag in found):
            told.said.silent = True
            return ()
        version = Version(document, told.lines, tags)
        if by_file:
            return self._judged.whole(document, {**version.hits(), **by_file})
        found = self._judged.judge(version)
        told.said.silent = not found and is_linewise(document.path, document.data)
        return found

    def code(self, entries: Sequence[Entry], head: frozenset[str]) -> list[Known]:
        """The literals that reach a key role, for each of some versions with one signature.

        Only the last one is analyzed, and those whose blobs are in `head`; if it has findings, the
        others have them on the lines of the same text.
        """
        first = self._document(entries[-1])
        found = self._literals_of(first)
        answers: list[Known] = []
        for entry in entries[:-1]:
            if not found and entry.place not in head:
                answers.append(())
                continue
            document = self._document(entry)
            moved = None if entry.place in head else _moved(found, first, document)
            answers.append(known(document, self._literals_of(document) if moved is None else moved))
        return [*answers, known(first, found)]

    def identified(self, entry: Entry, findings: Sequence[Finding]) -> list[str]:
        """For each finding of a blob what tells its value from others."""
        return identities(decode(self._source.read(entry)), findings)

    def _literals_of(self, document: Document) -> tuple[Finding, ...]:
        from keyaudit import code
        from keyaudit.scanning import suppressions

        found = code.analyze_flows(document, self._literals, self._policy)
        if b"keyaudit:" in document.data:
            found = suppressions.apply(
                DocumentResult(found), decode(document.data), document.path,
                self._catalogue.rules, is_python(document),
            ).findings  # fmt: skip
        return found


def _signature(told: TriagedText) -> str:
    keys = {number: line.key for number, line in told.known.items() if line.key}
    # Other lines count for one that may stand among arguments only.
    return signature(told.lines if any(key.alone for key in keys.values()) else (), keys)


def _without(tag: str, tags: Mapping[int, tuple[str, ...]]) -> dict[int, tuple[str, ...]]:
    """The tags of lines without one, and without the lines that have no other."""
    left = {n: tuple(other for other in found if other != tag) for n, found in tags.items()}
    return {number: found for number, found in left.items() if found}


def _moved(
    findings: Sequence[Finding], source: Document, target: Document
) -> tuple[Finding, ...] | None:
    """The findings on the lines of the target with the same text; None where there are none.

    Equal lines are told apart by their number. What else a finding points at is left out.
    """
    here = decode(source.data).split("\n")
    there: dict[str, list[int]] = {}
    for number, line in enumerate(decode(target.data).split("\n"), 1):
        there.setdefault(line, []).append(number)
    moved = []
    for finding in findings:
        span = finding.span
        if span.line != span.end_line or span.line > len(here):
            return None
        line = here[span.line - 1]
        ordinal = here[: span.line - 1].count(line)
        lines = there.get(line, [])
        if ordinal >= len(lines):
            return None
        number = lines[ordinal]
        moved.append(
            replace(finding, span=replace(span, line=number, end_line=number), steps=(), fix=None)
        )
    return tuple(moved)
