"""Analyzes files as a fix would leave them, before the fix is offered."""

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
    """Compares the findings of files before and after changes."""

    overlay: Overlay
    examiner: Examiner
    _before: dict[str, Counter[str]] = field(default_factory=dict)

    def check(
        self,
        after: Mapping[str, bytes],
        targeted: Iterable[Finding],
        leaves: Mapping[str, frozenset[str]],
    ) -> None:
        """Raise DeclinedError unless the changed files `after` (bytes by path) lose each targeted
        finding and gain no others, except of rules that `leaves` allows, by the id of the fixed
        rule.

        Files are analyzed one by one; a finding that needs the whole tree is checked by a later
        scan. Also raises DeclinedError where a changed Python file does not parse or loses a
        comment.
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
        """The number of findings by rule id in a file's present state."""
        known = self._before.get(path)
        if known is None:
            known = self._before[path] = self._look(path)
        return known

    def forget(self) -> None:
        """Drop the cached counts, since files have changed."""
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
        waiting = (wait.finding for wait in result.pending if wait.is_valid(result.call_kinds))
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
        if allowed[rule] and rule not in gone:
            continue  # one fix may lead to several, at both ends
        if after[rule] > before[rule] - targeted:
            if targeted and after[rule] <= before[rule]:
                raise DeclinedError("the finding would still be there")
            raise DeclinedError(f"it would lead to a finding of {rule}")


def _same_comments(path: str, before: bytes, after: bytes) -> None:
    """Raise DeclinedError unless a Python file still parses and has all its comments."""
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
    """Whether a finding is a note although its rule's severity is higher."""
    return finding.severity is Severity.NOTE and severity > Severity.NOTE
