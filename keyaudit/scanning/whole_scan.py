"""The last step of a scan: findings that depend on all documents together, or on the date.

Its results are not cached, since they may differ tomorrow; the facts it uses are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.core.document import Document
from keyaudit.core.environments import environments_of
from keyaudit.core.report import Skipped
from keyaudit.core.result import DocumentResult
from keyaudit.core.text import decode, is_binary
from keyaudit.scanning import environments
from keyaudit.scanning.calls import merged
from keyaudit.scanning.needs import is_python
from keyaudit.sources import Entry, Source, UnreadableError


def judged(
    source: Source,
    entries: Sequence[Entry],
    results: Mapping[str, DocumentResult],
    catalogue: Catalogue,
    policy: Policy,
    now: float,
    untracked: Set[str] = frozenset(),
) -> tuple[dict[str, DocumentResult], list[Skipped]]:
    """The results with findings from the facts of all documents, and what was skipped.

    `now` is in seconds since 1970; `untracked` are the paths of files that git would add.
    """
    results = _with_shared(source, entries, results, catalogue)
    if not any(result.facts for result in results.values()):
        return dict(results), []
    from keyaudit.material import scan_analysis

    partners, skipped = _compared(scan_analysis.moduli(results, source.standing))
    found = scan_analysis.judge(
        results, catalogue, policy, now, frozenset(untracked), source.standing, partners
    )
    known = scan_analysis.with_seals(scan_analysis.with_certificates(results), catalogue, policy)
    places = {entry.path: entry for entry in entries if entry.path in found}
    added = {
        path: _unmuted(source, places.get(path), DocumentResult(findings), catalogue)
        for path, findings in found.items()
    }
    together = merged(known, added)
    path, result = next(iter(together.items()))
    notices = (*result.notices, *scan_analysis.notices(results, source.standing))
    return {**together, path: replace(result, notices=notices)}, skipped


def _with_shared(
    source: Source,
    entries: Sequence[Entry],
    results: Mapping[str, DocumentResult],
    catalogue: Catalogue,
) -> Mapping[str, DocumentResult]:
    """The results with findings about what several environments share."""
    if not any(map(environments_of, results)):
        return results
    found = environments.shared(results, catalogue, source.standing)
    if not found:
        return results
    places = {entry.path: entry for entry in entries if entry.path in found}
    added = {
        path: _unmuted(source, places.get(path), DocumentResult(findings), catalogue)
        for path, findings in found.items()
    }
    return merged(dict(results), added)


def _compared(moduli: Sequence[int]) -> tuple[dict[int, int], list[Skipped]]:
    """For each RSA key that shares a prime with another one that one; why they were not compared.

    Who has put many keys into a tree must not take the scan down, so a process with a time limit
    does it.
    """
    from keyaudit.material import shared_primes

    if shared_primes.are_few(moduli):
        places = shared_primes.partners(moduli)
    else:
        from keyaudit.scanning.pool import Crash, Pool

        pool = Pool(lambda _: json.dumps([*shared_primes.partners(moduli).items()]).encode(), 1)
        ((_, answer),) = pool.run([[0]])
        if isinstance(answer, Crash):
            what = f"comparing {len(moduli):,} RSA keys for primes in common: {answer.reason}"
            return {}, [Skipped("(RSA keys)", "crashed", what)]
        places = dict(json.loads(answer))
    return {moduli[one]: moduli[other] for one, other in places.items()}, []


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
