"""The result of a run of fixes: what was changed, and which findings are left and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from keyaudit.core.finding import Finding
from keyaudit.core.report import Report
from keyaudit.fixes.changes import Draft
from keyaudit.fixes.text_file import TextFile


@dataclass(frozen=True, slots=True)
class Applied:
    """A fix that was made.

    `number` is its label in the drafts, `files` are the paths that it changes, `migrate` the manual
    steps, and `plain` new values that may be shown.
    """

    number: int
    finding: Finding
    title: str
    applicability: str
    migrate: tuple[str, ...]
    files: tuple[str, ...]
    plain: tuple[str, ...] = ()


@dataclass(slots=True)
class Outcome:
    """The result for a whole project.

    `report` is the scan of the unchanged files, with the first round's fixes attached to its
    findings. `drafts` are the changed texts, `files` the files before the run, both by path.
    `declined` are findings that are left with the reasons, `left` all findings of the last scan.
    """

    report: Report
    drafts: dict[str, Draft] = field(default_factory=dict)
    applied: list[Applied] = field(default_factory=list)
    declined: list[tuple[Finding, str]] = field(default_factory=list)
    left: tuple[Finding, ...] = ()
    files: dict[str, TextFile] = field(default_factory=dict)

    def is_there(self, path: str) -> bool:
        """Whether a file existed before the fixes."""
        return path.endswith(".py") or bool(self.files[path].data)

    def file_groups(self) -> list[dict[str, bytes]]:
        """The new bytes of the changed files by path, in groups: files that one fix changes
        together are in one group."""
        changed = self.changed()
        groups: list[set[str]] = []
        for one in self.applied:
            files = set(one.files)
            joined = [group for group in groups if group & files]
            groups = [group for group in groups if not group & files]
            groups.append(files.union(*joined))
        return [{path: changed[path] for path in sorted(group) if path in changed}
                for group in groups]  # fmt: skip

    def drop(self, paths: Iterable[str]) -> None:
        """Remove the fixes that change any of these files, since the files could not be written."""
        gone = set(paths)
        self.applied = [one for one in self.applied if not gone.intersection(one.files)]
        for path in gone:
            self.drafts.pop(path, None)

    def changed(self) -> dict[str, bytes]:
        """The new bytes of each file that differs from before, by path."""
        return {
            path: self.files[path].encoded(draft.text)
            for path, draft in sorted(self.drafts.items())
            if draft.edits()
        }
