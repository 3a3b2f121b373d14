"""Fixes the findings of a scan in memory, until there is nothing more to fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count

from keyaudit.catalogue.types import Catalogue
from keyaudit.core.finding import Finding, Fix
from keyaudit.core.report import Report
from keyaudit.fixes.changes import Change, Draft, merged
from keyaudit.fixes.diff import unified
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.grouping import TakenPlaces, changes_by_path, groups_by_file
from keyaudit.fixes.offers import Offer, offer
from keyaudit.fixes.outcome import Applied, Outcome
from keyaudit.fixes.overlay import Overlay
from keyaudit.fixes.project import Project
from keyaudit.fixes.shown import ChangedText, masked
from keyaudit.fixes.text_file import TextFile
from keyaudit.fixes.unused_imports import unneeded_imports
from keyaudit.fixes.verify import Verifier
from keyaudit.scanning.project_wide import OTHER_PLACE

MAX_ROUNDS = 10
# So many looks at files are taken to find out which of several fixes does harm.
_MAX_LOOKS = 60
# And so many scans, to find out which do harm in files that they do not change.
_MAX_SCANS = 8


Scan = Callable[[], Report]
Ask = Callable[[Offer, str], bool]
Wanted = Callable[[Finding], bool]


class Fixer:
    """Fixes findings in rounds.

    `scan` scans the overlay and returns the report; `wanted` says which findings to fix (by default
    all); `ask` is called with each verified fix and its masked diff, and returns whether to make
    it.
    """

    def __init__(
        self, overlay: Overlay, project: Project, verifier: Verifier, catalogue: Catalogue,
        scan: Scan, *, unsafe: bool = False, wanted: Wanted | None = None, ask: Ask | None = None,
    ) -> None:  # fmt: skip
        self._overlay = overlay
        self._project = project
        self._verifier = verifier
        self._rules = catalogue.rules
        self._scan = scan
        self._unsafe = unsafe
        self._wanted = wanted or (lambda _: True)
        self._ask = ask
        self._numbers = count()
        self._refused: dict[tuple[str, str], str] = {}
        self._looks = 0
        self._leaves = {
            rule.id: frozenset().union(*(fix.leaves for fix in rule.fixes))
            for rule in catalogue.rules.values()
        }

    def run(self) -> Outcome:
        """Fix in at most `MAX_ROUNDS` rounds, until one has nothing to do, and return the
        outcome."""
        report = self._scan()
        outcome = Outcome(report, left=report.findings)
        for number in range(MAX_ROUNDS):
            accepted = self._round(report, outcome)
            if not accepted:
                break
            self._looks = 0
            after = self._settled(groups_by_file(accepted), report, outcome)
            applied = {id(one.finding) for one in outcome.applied}
            made = [found for found in accepted if id(found.finding) in applied]
            if number == 0:
                outcome.report = self._with_fixes(report, made, outcome)
            outcome.left = after.findings
            report = after
        self._tidy(outcome)
        outcome.declined = [
            (finding, self._refused[_key(finding)])
            for finding in outcome.left
            if _key(finding) in self._refused and self._wanted(finding)
        ]
        return outcome

    def _settled(self, groups: list[list[Offer]], report: Report, outcome: Outcome) -> Report:
        """Make the fixes except those that cause findings in other files; the report of what is
        left.

        Groups change different files. Where all of them together cause new findings, those that
        change a file with a new finding are tried separately from the others, and then in halves;
        of a single group, the first half is tried.
        """
        offers = [found for group in groups for found in group]
        before = self._keep(offers)
        self._make(offers, outcome)
        after = self._scan()
        self._looks += 1
        if self._is_better(report, after, offers):
            return after
        self._undo(before, offers, outcome)
        if len(groups) == 1 and len(offers) > 1 and self._looks <= _MAX_SCANS:
            # They change the same files, so that the rest has to wait for the next round.
            return self._settled([offers[: len(offers) // 2]], report, outcome)
        if len(groups) == 1 or self._looks > _MAX_SCANS:
            for found in offers:
                self._refused[_key(found.finding)] = "it would lead to findings in other files"
            return report
        for part in _parted(groups, report, after):
            report = self._settled(part, report, outcome)
        return report

    def _tidy(self, outcome: Outcome) -> None:
        """Remove the imports that the fixes have made unused."""
        for path, draft in outcome.drafts.items():
            labels = frozenset(one.number for one in outcome.applied if path in one.files)
            if not path.endswith(".py") or not labels:
                continue
            changes = unneeded_imports(self._project, path, draft.original)
            if not changes:
                continue
            data = self._project.python(path).changed(changes)
            try:
                self._verifier.check({path: data}, (), {})
            except DeclinedError:
                continue
            draft.edit([(change, labels) for change in merged(changes)])
            self._overlay.changed[path] = data
            self._forget([path])

    # -- one round

    def _round(self, report: Report, outcome: Outcome) -> list[Offer]:
        """The verified fixes of one round, which do not clash."""
        offers: list[Offer] = []
        taken: dict[str, TakenPlaces] = {}
        for finding in self._places(report.findings):
            if _key(finding) in self._refused or not self._wanted(finding):
                continue
            try:
                found = offer(finding, self._rules, self._project, unsafe=self._unsafe)
                self._check_files(found, outcome)
            except DeclinedError as error:
                self._refused[_key(finding)] = error.reason
                continue
            by_path = changes_by_path(found.changes)
            places = [taken.setdefault(path, TakenPlaces()) for path in by_path]
            if any(
                known.clashes(changes)
                for known, changes in zip(places, by_path.values(), strict=True)
            ):
                continue  # for the next round
            for known, changes in zip(places, by_path.values(), strict=True):
                known.add(changes)
            offers.append(found)
        accepted = []
        for group in groups_by_file(offers):
            accepted += self._verified(group)
        if self._ask is not None:
            accepted = [found for found in accepted if self._agreed(found)]
            # Some of a group may not do without the others.
            accepted = [
                found for group in groups_by_file(accepted) for found in self._verified(group)
            ]
        return accepted

    def _places(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """The findings; of one that is told once for all places of a project, each place."""
        for finding in findings:
            yield finding
            for step in finding.steps if self._is_once(finding.rule_id) else ():
                if step.text != OTHER_PLACE:
                    continue
                name = f"{finding.fingerprint}:{step.path}:{step.span.line}:{step.span.column}"
                yield replace(finding, path=step.path, span=step.span, steps=(), fingerprint=name)

    def _agreed(self, found: Offer) -> bool:
        assert self._ask is not None
        if self._ask(found, self._diff(found)):
            return True
        self._refused[_key(found.finding)] = "it was not wanted"
        return False

    def _diff(self, found: Offer) -> str:
        """The masked diff of one fix."""
        parts = []
        for path, changes in changes_by_path(found.changes).items():
            draft = Draft(path, self._file(path).text)
            draft.edit([(change, frozenset()) for change in merged(changes)])
            parts.append(
                masked(unified(draft), path, draft.original, draft.text, plain=found.plain)
            )
        return "".join(parts)

    def _check_files(self, found: Offer, outcome: Outcome) -> None:
        """Raise DeclinedError where a file's encoding lacks characters of the new text."""
        for path, changes in changes_by_path(found.changes).items():
            file = self._file(path)
            file.encoded("".join(change.text for change in changes))
            outcome.files.setdefault(path, file)

    def _file(self, path: str) -> TextFile:
        return self._project.python(path) if path.endswith(".py") else self._project.text(path)

    def _verified(self, group: Sequence[Offer]) -> list[Offer]:
        """The fixes of a group that pass verification together."""
        looks = 0
        accepted: list[Offer] = []
        todo = [list(group)]
        while todo:
            some = todo.pop()
            looks += 1
            if looks > _MAX_LOOKS:
                for found in some:
                    self._refused[_key(found.finding)] = "too many fixes of the file do harm"
                continue
            try:
                together = [*accepted, *some]
                self._verifier.check(
                    self._after(together), (found.finding for found in together), self._leaves
                )
            except DeclinedError as error:
                if len(some) == 1 and accepted:
                    continue  # it may do without the others: in the next round
                if len(some) == 1:
                    self._refused[_key(some[0].finding)] = error.reason
                else:
                    half = len(some) // 2
                    todo += [some[half:], some[:half]]
                continue
            accepted = together
        return accepted

    def _after(self, offers: Iterable[Offer]) -> dict[str, bytes]:
        changes = [change for found in offers for change in found.changes]
        return {
            path: self._file(path).changed(some) for path, some in changes_by_path(changes).items()
        }

    # -- making and undoing

    def _make(self, accepted: Sequence[Offer], outcome: Outcome) -> None:
        labelled: dict[str, dict[Change, set[int]]] = {}
        for found in accepted:
            number = next(self._numbers)
            files = tuple(changes_by_path(found.changes))
            outcome.applied.append(
                Applied(
                    number,
                    found.finding,
                    found.title,
                    found.applicability,
                    found.migrate,
                    files,
                    found.plain,
                )
            )
            for change in found.changes:
                labelled.setdefault(change.path, {}).setdefault(change, set()).add(number)
        for path, changes in labelled.items():
            file = self._file(path)
            draft = outcome.drafts.get(path)
            if draft is None:
                draft = outcome.drafts[path] = Draft(path, file.text)
            draft.edit([(change, frozenset(changes[change])) for change in merged(changes)])
            self._overlay.changed[path] = file.encoded(draft.text)
        self._forget(labelled)

    def _forget(self, paths: Iterable[str]) -> None:
        for path in paths:
            self._project.forget(path)
        self._verifier.forget()

    def _keep(self, accepted: Sequence[Offer]) -> dict[str, bytes]:
        return dict(self._overlay.changed)

    def _undo(
        self, before: Mapping[str, bytes], accepted: Sequence[Offer], outcome: Outcome
    ) -> None:
        """Restore the state before these fixes were made."""
        numbers = {found.finding for found in accepted}
        touched = {path for found in accepted for path in changes_by_path(found.changes)}
        self._overlay.changed.clear()
        self._overlay.changed.update(before)
        outcome.applied = [one for one in outcome.applied if one.finding not in numbers]
        for path in touched:
            draft = outcome.drafts[path]
            if path in before:
                draft.undo()
            else:
                del outcome.drafts[path]
        self._forget(touched)

    def _is_better(self, before: Report, after: Report, accepted: Sequence[Offer]) -> bool:
        """Whether the fixes removed their findings and caused no others, except those that rules
        allow."""
        allowed = Counter(
            rule for found in accepted for rule in self._leaves[found.finding.rule_id]
        )
        gone = Counter(found.finding.rule_id for found in accepted)
        old = Counter(finding.rule_id for finding in before.findings)
        new = Counter(finding.rule_id for finding in after.findings)
        return after.complete >= before.complete and all(
            self._is_once(rule) or allowed[rule] or new[rule] <= old[rule] - gone[rule]
            for rule in new
        )

    def _is_once(self, rule: str) -> bool:
        """Whether a rule reports once per project, so that another place may be reported after a
        fix."""
        return rule in self._rules and self._rules[rule].once

    def _with_fixes(self, report: Report, accepted: Sequence[Offer], outcome: Outcome) -> Report:
        """The report with the fixes of the first round attached to its findings, as edits of the
        original files. A fix whose new text would have to be masked is left out."""
        by_finding = {id(found.finding): found for found in accepted}
        together = changes_by_path(change for found in accepted for change in found.changes)
        plain = [word for found in accepted for word in found.plain]
        texts = {
            path: ChangedText(path, outcome.files[path].text, changes, plain)
            for path, changes in together.items()
        }
        findings = []
        for finding in report.findings:
            found = by_finding.get(id(finding))
            if found is not None:
                edits = tuple(
                    edit
                    for path, changes in changes_by_path(found.changes).items()
                    for edit in outcome.files[path].edits(changes)
                )
                if all(
                    texts[path].may_show(changes)
                    for path, changes in changes_by_path(found.changes).items()
                ):
                    fix = Fix(found.title, edits, found.applicability, found.migrate)
                    finding = replace(finding, fix=fix)
            findings.append(finding)
        return replace(report, findings=tuple(findings))


def _parted(
    groups: list[list[Offer]], before: Report, after: Report
) -> tuple[list[list[Offer]], list[list[Offer]]]:
    """Two parts of the groups: those that change no file with a new finding, and the others; halves
    where one of these is empty."""
    old = Counter((one.path, one.rule_id) for one in before.findings)
    new = Counter((one.path, one.rule_id) for one in after.findings)
    worse = {path for path, _ in new - old}
    clean: list[list[Offer]] = []
    suspect: list[list[Offer]] = []
    for group in groups:
        paths = {change.path for found in group for change in found.changes}
        (suspect if paths & worse else clean).append(group)
    if clean and suspect:
        return clean, suspect
    half = len(groups) // 2
    return groups[:half], groups[half:]


def _key(finding: Finding) -> tuple[str, str]:
    return finding.path, finding.fingerprint
