"""The second look: finds what files pass to functions in other files of the scan.

The first look at every file collects the functions whose parameters have a role in it
(`DocumentResult.exports`). Once all names are known, triage searches for the files that call one of
them; most scans have few such files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.core.document import Document
from keyaudit.core.result import CALLED, DocumentResult
from keyaudit.scanning.look import Look
from keyaudit.scanning.needs import is_python
from keyaudit.sources import Source

if TYPE_CHECKING:
    from keyaudit.triage import Triage

_Names = Mapping[str, frozenset[str]]


class Exports(NamedTuple):
    """The names that files of a scan provide to others, by path.

    `calls` is from `DocumentResult.exports`, `gives` from `DocumentResult.gives`.
    """

    calls: _Names
    gives: _Names

    @classmethod
    def of(cls, results: Mapping[str, DocumentResult]) -> Exports:
        """The exports in the results of a scan."""
        return cls(
            {path: result.exports for path, result in results.items() if result.exports},
            {path: result.gives for path, result in results.items() if result.gives},
        )

    def all(self) -> dict[str, frozenset[str]]:
        """All names that each file provides, by path."""
        paths = sorted({*self.calls, *self.gives})
        none = frozenset[str]()
        return {
            path: self.calls.get(path, none)
            | {name.removesuffix(CALLED) for name in self.gives.get(path, none)}
            for path in paths
        }


def key_for(key: Callable[[str, str], bytes], exports: Exports) -> Callable[[str, str], bytes]:
    """The function for cache keys of the second look: these depend on all exports too."""
    named = repr([
        sorted((path, sorted(names)) for path, names in part.items())
        for part in (exports.calls, exports.gives)
    ])  # fmt: skip
    digest = hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()
    return lambda path, content_id: key(path, f"{content_id} calls {digest}")


class CallExaminer(Look):
    """The second look: analyzes the calls of exported functions."""

    is_rare = True

    def __init__(
        self, source: Source, catalogue: Catalogue, policy: Policy, exports: Exports
    ) -> None:
        super().__init__(source)
        self._catalogue = catalogue
        self._policy = policy
        self._exports = exports
        self._all = exports.all()
        self._words: Triage | None = None
        self._modules: Triage | None = None

    def prepare(self) -> None:
        """Builds what all documents need; called before worker processes are forked."""
        if self._words is None:
            from keyaudit import triage
            from keyaudit.code.semantics.module_names import stem

            names = frozenset[str]().union(*self._all.values())
            self._words = triage.build(names, {})
            self._modules = triage.build({stem(path) for path in self._all}, {})
            self._words.prepare()
            self._modules.prepare()

    def _needs(self, document: Document) -> Mapping[str, Sequence[int]]:
        self.prepare()
        assert self._words is not None
        assert self._modules is not None
        if not is_python(document):
            return {}
        hits = self._words.scan(document.data)
        if not hits or not self._modules.scan(document.data):
            return {}
        return hits if self._speaks_of_another(document) else {}

    def _speaks_of_another(self, document: Document) -> bool:
        """Whether the names are those of other files: a file always speaks of its own."""
        from keyaudit.code.semantics.module_names import stem

        data = document.data
        return any(
            path != document.path
            and stem(path).encode() in data
            and any(name.encode() in data for name in names)
            for path, names in self._all.items()
        )

    def _analyze(
        self,
        document: Document,
        hits: Mapping[str, Sequence[int]],
        without: Container[str] = frozenset(),
    ) -> DocumentResult:
        from keyaudit import code
        from keyaudit.core.text import decode
        from keyaudit.scanning import suppressions

        result = code.analyze_calls(
            document,
            self._catalogue,
            self._policy,
            self._source.tree,
            self._exports.calls,
            self._exports.gives,
        )
        text = decode(document.data)
        if not (result.findings or result.pending) or "keyaudit:" not in text:
            return result
        return suppressions.apply(result, text, document.path, self._catalogue.rules, True)


def merged(
    first: Mapping[str, DocumentResult], second: Mapping[str, DocumentResult]
) -> dict[str, DocumentResult]:
    """The results of the first look with the findings of the second added.

    A suppression counts as unused only if it is in both.
    """
    results = dict(first)
    for path, more in second.items():
        known = first.get(path, DocumentResult())
        if not more.findings and not more.pending:
            continue
        unused = "unused-suppression"
        notices = tuple(n for n in known.notices if n.kind != unused or n in more.notices)
        there = {(finding.rule_id, finding.span) for finding in known.findings}
        new = [f for f in more.findings if (f.rule_id, f.span) not in there]
        findings = (*known.findings, *new)
        pending = (*known.pending, *more.pending)
        results[path] = replace(known, findings=findings, pending=pending, notices=notices)
    return dict(sorted(results.items()))
