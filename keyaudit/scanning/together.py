"""The last step: what the facts of all documents together, or the date, make a finding.

It is not cached, as tomorrow it may give another answer; the facts are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.core.document import Document
from keyaudit.core.result import DocumentResult
from keyaudit.core.text import decode, is_binary
from keyaudit.scanning.calls import merged
from keyaudit.scanning.examine import is_python
from keyaudit.sources import Entry, Source, UnreadableError


def judged(
    source: Source,
    entries: Sequence[Entry],
    results: Mapping[str, DocumentResult],
    catalogue: Catalogue,
    policy: Policy,
    now: float,
    untracked: Set[str] = frozenset(),
) -> dict[str, DocumentResult]:
    """The results with what their facts add.

    `now` is in seconds since 1970; `untracked` are the paths of what git would add.
    """
    if not any(result.facts for result in results.values()):
        return dict(results)
    from keyaudit.material import judging

    found = judging.judge(results, catalogue, policy, now, frozenset(untracked), source.standing)
    known = judging.with_seals(judging.with_certificates(results), catalogue, policy)
    places = {entry.path: entry for entry in entries if entry.path in found}
    added = {
        path: _unmuted(source, places.get(path), DocumentResult(findings), catalogue)
        for path, findings in found.items()
    }
    together = merged(known, added)
    path, result = next(iter(together.items()))
    notices = (*result.notices, *judging.notices(results, source.standing))
    return {**together, path: replace(result, notices=notices)}


def _unmuted(
    source: Source, entry: Entry | None, result: DocumentResult, catalogue: Catalogue
) -> DocumentResult:
    """The result with its suppression comments applied, which stand in the document."""
    if entry is None:
        return result
    try:
        document = Document(entry.path, source.read(entry), source.origin)
    except UnreadableError:
        return result
    if b"keyaudit:" not in document.data or is_binary(document.data):
        return result
    from keyaudit.scanning import suppressions

    text = decode(document.data)
    return suppressions.apply(result, text, document.path, catalogue.rules, is_python(document))
