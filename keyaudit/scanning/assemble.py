"""Combines the results of single documents to the findings of a scan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from keyaudit.catalogue.types import Rule
from keyaudit.core.finding import Finding, Suppression
from keyaudit.core.fingerprint import assign_fingerprints
from keyaudit.core.levels import Severity
from keyaudit.core.location import Span
from keyaudit.core.report import Notice
from keyaudit.core.result import DocumentResult
from keyaudit.scanning.duplicates import drop_repeats
from keyaudit.scanning.project_wide import told_once
from keyaudit.scanning.selection import Selection
from keyaudit.scanning.shared_ids import as_notes

if TYPE_CHECKING:
    from keyaudit.scanning.baseline import Baseline


class Settled(NamedTuple):
    """The findings of a scan: those that count, those suppressed, and the number of hidden ones.

    `hidden` is how many are below the threshold; `serious` of these would be high or critical
    outside of tests, examples and documentation. `seen` are the fingerprints of all findings.
    """

    findings: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    hidden: int
    serious: int
    notices: tuple[Notice, ...] = ()
    # The fingerprints of all findings, also of those that do not count.
    seen: frozenset[str] = frozenset()


def settle(
    results: Iterable[DocumentResult],
    call_kinds: frozenset[str],
    rules: Mapping[str, Rule],
    selection: Selection,
    baseline: Baseline | None,
    threshold: Severity,
    today: str = "",
) -> Settled:
    """Decides which findings count, are suppressed, or are hidden below the threshold.

    `call_kinds` are those of the whole tree; they decide on pending findings. `today` (YYYY-MM-DD)
    ends suppressions with an earlier `until`; "": none has ended.

    Fingerprints are assigned to all findings first, so that they do not depend on which rules are
    selected.
    """
    raw: list[Finding] = []
    for result in results:
        raw += result.findings
        told: dict[tuple[str, str, Span], Finding] = {}
        for wait in result.pending:
            if wait.is_valid(call_kinds):
                one = wait.finding  # of two that need other things of the tree, the first
                told.setdefault((one.rule_id, one.path, one.span), one)
        raw += told.values()
    every = assign_fingerprints(as_notes(raw))
    selected = selection.chosen(every)
    if len(selected) < len(every):
        selection.count_left_out(told_once(drop_repeats(every, rules), rules))
    counting: list[Finding] = []
    suppressed: list[Finding] = []
    hidden = serious = 0
    notices: list[Notice] = []
    for finding in told_once(drop_repeats(selected, rules), rules):
        if finding.severity < threshold:
            hidden += 1
            serious += (finding.lowered_from or Severity.NOTE) >= Severity.HIGH
            continue
        if finding.suppression is not None and "" < finding.suppression.until < today:
            notices.append(_ended(finding, finding.suppression))
            finding = replace(finding, suppression=None)
        if finding.suppression is None and baseline is not None:
            reason = baseline.reason(finding.fingerprint)
            if reason is not None:
                finding = replace(finding, suppression=Suppression("baseline", reason))
        (counting if finding.suppression is None else suppressed).append(finding)
    seen = frozenset(finding.fingerprint for finding in every)
    return Settled(tuple(counting), tuple(suppressed), hidden, serious, tuple(notices), seen)


def _ended(finding: Finding, suppression: Suppression) -> Notice:
    text = f"the suppression of {finding.rule_id} ended with {suppression.until}"
    return Notice("expired-suppression", text, finding.path, finding.span)
