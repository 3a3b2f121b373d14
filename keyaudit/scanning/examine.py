"""Runs the analyzers that a document needs; if one fails, the others still run."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.core.document import Document
from keyaudit.core.finding import Finding
from keyaudit.core.report import Notice
from keyaudit.core.result import DocumentResult
from keyaudit.scanning.failures import describe
from keyaudit.scanning.look import Look
from keyaudit.scanning.needs import (
    CODE,
    CONFIG,
    CONTAINER,
    MATERIAL,
    NOTEBOOK,
    OTHERS,
    SUPPRESSION,
    Hits,
    Needs,
    is_python,
)
from keyaudit.sources import Source


class Examiner(Look):
    """The first look: triage, then all analyzers that a document needs."""

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
        self,
        source: Source,
        catalogue: Catalogue,
        policy: Policy,
        cache_folder: Path | None,
        left_out: Container[str] = frozenset(),
    ) -> None:
        """`cache_folder` and `left_out` are as for `Needs`."""
        super().__init__(source)
        self._catalogue = catalogue
        self._policy = policy
        self._needed = Needs(catalogue, cache_folder, left_out)

    def prepare(self) -> None:
        """Builds what all documents need; called before worker processes are forked."""
        self._needed.prepare()

    def notices(self) -> list[Notice]:
        """Notices on how documents were searched: one if triage ran without hyperscan."""
        if self._needed.is_native:
            return []
        text = "hyperscan is not installed here, so the same is found more slowly"
        return [Notice("slow-triage", text)]

    def _needs(self, document: Document) -> Hits:
        return self._needed.of(document)

    def _analyze(
        self,
        document: Document,
        hits: Hits,
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
        self, document: Document, hits: Hits
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
        found = {tag: lines for tag, lines in hits.items() if tag not in OTHERS}
        if found:
            yield "the analyzer of secrets", partial(self._secrets, document, found)
        if MATERIAL in hits:
            yield "the analyzer of key material", partial(self._material, document)
        if SUPPRESSION in hits:
            yield "the reader of suppressions", partial(self._suppressed, document)

    def _unpacked(self, document: Document, result: DocumentResult) -> DocumentResult:
        from keyaudit.scanning import unpacked

        left_out = frozenset({CODE, CONFIG, CONTAINER})
        return both(result, unpacked.look(document, self._needs, self._analyze, left_out))

    def _cells(self, document: Document, result: DocumentResult) -> DocumentResult:
        from keyaudit.scanning import cells
        from keyaudit.sources import notebooks

        notebook = notebooks.read(document.data)
        if notebook is None:
            hits = self._needed.of_text(document)
            return both(result, self._analyze(document, hits)) if hits else result
        for part in cells.look(document, notebook, self._needed.of_text, self._analyze):
            result = both(result, part)
        return result

    def _code(self, document: Document, result: DocumentResult) -> DocumentResult:
        from keyaudit import code

        return code.analyze(document, self._catalogue, self._policy, self._source.tree)

    def _configuration(self, document: Document, result: DocumentResult) -> DocumentResult:
        from keyaudit import configs

        tree = self._source.tree
        found = configs.analyze(document, self._catalogue, self._policy, tree)
        return both(result, without_repeats(found, result) if is_python(document) else found)

    def _secrets(self, document: Document, hits: Hits, result: DocumentResult) -> DocumentResult:
        from keyaudit import secrets

        text = secrets.analyze(document, hits, self._catalogue, self._needed.scan)
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


def without_repeats(found: DocumentResult, known: DocumentResult) -> DocumentResult:
    """A result without the findings of rules that another result has on the same lines.

    Of a program that declares resources, code and configuration may say the same.
    """
    told = {
        (finding.rule_id, line)
        for finding in (*known.findings, *(wait.finding for wait in known.pending))
        for line in (finding.span.line, finding.span.end_line)
    }

    def is_new(finding: Finding) -> bool:
        return (finding.rule_id, finding.span.line) not in told

    return replace(
        found,
        findings=tuple(filter(is_new, found.findings)),
        pending=tuple(wait for wait in found.pending if is_new(wait.finding)),
    )


def both(one: DocumentResult, other: DocumentResult) -> DocumentResult:
    """The results of two analyzers on one document combined."""
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
