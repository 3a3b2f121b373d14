"""Looks at files as a fix would leave them, before it is offered."""

from __future__ import annotations

import tokenize
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from keyaudit.core.finding import Finding
from keyaudit.core.levels import Severity
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.overlay import Overlay
from keyaudit.fixes.python_file import PythonFile
from keyaudit.scanning import codec
from keyaudit.scanning.examine import Examiner
from keyaudit.sources import Entry


@dataclass(slots=True)
class Verifier:
    """Holds what the rules find in files now against what they find after changes."""

    overlay: Overlay
    examiner: Examiner
    _before: dict[str, Counter[str]] = field(default_factory=dict)

    def check(
        self,
        after: Mapping[str, bytes],
        targeted: Iterable[Finding],
        leaves: Mapping[str, frozenset[str]],
    ) -> None:
        """Raises DeclinedError unless every targeted finding is gone from files that become
        `after`, and no other is new, but for those of the rules that `leaves` names for a rule.

        Where a finding rests on the whole tree and a look at one file does not show it, the scan of
        the changed tree is what decides.
        """
        wanted = list(targeted)
        paths = {*after, *(finding.path for finding in wanted)}
        before = {path: self.found(path) for path in paths}
        saved = dict(self.overlay.changed)
        self.overlay.changed.update(after)
        try:
            for path in sorted(paths):
                if path in after:
                    _same_comments(path, saved.get(path, self._old(path)), after[path])
                gone = Counter(finding.rule_id for finding in wanted if finding.path == path)
                allowed = [rule for finding in wanted for rule in leaves.get(finding.rule_id, ())]
                _compare(before[path], self._look(path), gone, Counter(allowed))
        finally:
            self.overlay.changed.clear()
            self.overlay.changed.update(saved)

    def found(self, path: str) -> Counter[str]:
        """How many findings of each rule a file has now."""
        known = self._before.get(path)
        if known is None:
            known = self._before[path] = self._look(path)
        return known

    def forget(self) -> None:
        """Files have changed."""
        self._before.clear()

    def _old(self, path: str) -> bytes:
        return self.overlay.tree.read(path) or b""

    def _look(self, path: str) -> Counter[str]:
        data = self.overlay.tree.read(path)
        if data is None:
            return Counter()
        outcome = self.examiner.examine(_entry(self.overlay, path, data))
        if outcome.skipped is not None:
            raise DeclinedError("the file could not be looked at again")
        result = codec.decode(outcome.result)
        if any(notice.kind == "parse-error" for notice in result.notices):
            raise DeclinedError("the file would not parse")
        waiting = (wait.finding for wait in result.pending if not wait.unless & result.call_kinds)
        return Counter(
            finding.rule_id
            for finding in (*result.findings, *waiting)
            if finding.suppression is None and finding.path == path
        )


def _entry(overlay: Overlay, path: str, data: bytes) -> Entry:
    for entry in overlay.listing().entries:
        if entry.path == path:
            return entry
    overlay.changed.setdefault(path, data)
    return Entry(path, path, len(data))


def _compare(
    before: Counter[str], after: Counter[str], gone: Counter[str], allowed: Counter[str]
) -> None:
    for rule in before.keys() | after.keys():
        targeted = min(gone[rule], before[rule])
        if after[rule] > before[rule] - targeted + (allowed[rule] if rule not in gone else 0):
            if targeted and after[rule] <= before[rule]:
                raise DeclinedError("the finding would still be there")
            raise DeclinedError(f"it would lead to a finding of {rule}")


def _same_comments(path: str, before: bytes, after: bytes) -> None:
    """Raises DeclinedError unless Python text parses and has all comments that it had."""
    if not path.endswith(".py"):
        return
    try:
        old, new = PythonFile(path, before), PythonFile(path, after)
    except DeclinedError:
        raise DeclinedError("the file would not parse") from None
    missing = _comments(old) - _comments(new)
    if missing:
        raise DeclinedError("a comment would be lost")


def _comments(file: PythonFile) -> Counter[str]:
    return Counter(token.text for token in file.tokens if token.type == tokenize.COMMENT)


def is_lowered(finding: Finding, severity: Severity) -> bool:
    """Whether a finding was made a note of, being in a test, or of a value that is no real one."""
    return finding.severity is Severity.NOTE and severity > Severity.NOTE
