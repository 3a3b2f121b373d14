"""Runs the fixes of rules over files in memory, such as the examples in the rule files."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path

from keyaudit.catalogue import expected_lines
from keyaudit.catalogue.types import Catalogue, Example, Policy, Rule
from keyaudit.core.document import DocumentOrigin
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Severity
from keyaudit.core.memory_tree import MemoryTree
from keyaudit.core.report import Report, Skipped
from keyaudit.core.standing import AS_IT_IS
from keyaudit.fixes.outcome import Outcome
from keyaudit.fixes.overlay import Overlay
from keyaudit.fixes.project import Project
from keyaudit.fixes.run import Fixer
from keyaudit.fixes.verify import Verifier
from keyaudit.scanning.assemble import settle
from keyaudit.scanning.codec import decode
from keyaudit.scanning.examine import Examiner
from keyaudit.scanning.examples import together, untracked
from keyaudit.scanning.selection import Selection
from keyaudit.scanning.settings import Settings
from keyaudit.sources import Entry, Listing, UnreadableError


class MemoryFiles:
    """A source (see `keyaudit.sources`) whose files are in memory: `files` maps paths to bytes.

    `untracked` are the paths of those that git does not track but would add.
    """

    origin = DocumentOrigin.WORKING_TREE
    standing = AS_IT_IS

    def __init__(self, files: Mapping[str, bytes], untracked: Set[str] = frozenset()) -> None:
        self.root = "/"
        self._untracked = set(untracked)
        self._files = dict(files)
        self.tree = MemoryTree(self._files)

    def listing(self) -> Listing:
        """All files."""
        entries = [Entry(path, path, len(data)) for path, data in sorted(self._files.items())]
        return Listing(self.root, entries, self._untracked)

    def read(self, entry: Entry) -> bytes:
        """The bytes of a file. Raises UnreadableError where there is no such file."""
        data = self._files.get(entry.path)
        if data is None:
            raise UnreadableError(Skipped(entry.path, "unreadable"))
        return data

    def others(self) -> list[Entry]:
        """Always empty."""
        return []

    def close(self) -> None:
        """Do nothing: no resource is held."""


def fix_files(
    files: Mapping[str, bytes], catalogue: Catalogue, policy: Policy, *,
    rule: str | None = None, unsafe: bool = True,
    cache_folder: Path | None = None, unadded: Set[str] = frozenset(),
    style: str | None = None, allow_dependency: bool = False,
) -> Outcome:  # fmt: skip
    """Fix files in memory, for the findings of the rule with the id `rule`, or of all rules.

    `files` maps paths to bytes. `unsafe` allows fixes that need a migration. `cache_folder` stores
    the compiled triage patterns. `unadded` are the paths of files that git would add; `style` and
    `allow_dependency` are those of `Project`. Each file is
    analyzed on its own in this process; values passed between files are followed only as far as the
    analysis of a single file does.
    """
    overlay = Overlay(MemoryFiles(files, unadded))
    examiner = Examiner(overlay, catalogue, policy, cache_folder)
    project = Project(
        files, overlay.tree, catalogue, policy, style=style, allow_dependency=allow_dependency
    )

    def look() -> Report:
        return _look(overlay, examiner, catalogue, policy)

    def wanted(finding: Finding) -> bool:
        return rule is None or finding.rule_id == rule

    return Fixer(
        overlay, project, Verifier(overlay, examiner), catalogue, look, unsafe=unsafe, wanted=wanted
    ).run()


def _look(overlay: Overlay, examiner: Examiner, catalogue: Catalogue, policy: Policy) -> Report:
    by_path = {}
    listing = overlay.listing()
    for entry in listing.entries:
        outcome = examiner.examine(entry)
        if outcome.skipped is None:
            by_path[entry.path] = decode(outcome.result)
    if listing.untracked:
        by_path = together(by_path, catalogue, policy, frozenset(listing.untracked))
    results = list(by_path.values())
    kinds = frozenset[str]().union(*(result.call_kinds for result in results))
    selection = Selection(Settings(), catalogue)
    selection.start_at(overlay.root)
    settled = settle(results, kinds, catalogue.rules, selection, None, Severity.NOTE)
    return Report(root=overlay.root, findings=settled.findings)


def fix_example(
    rule: Rule, example: Example, catalogue: Catalogue, cache_folder: Path | None = None
) -> dict[str, str]:
    """Run the fixes of a rule on one of its examples; the new text of each changed file, by
    path."""
    texts = {path: expected_lines(text)[0] for path, text in example.files.items()}
    texts[_path(example.path)] = expected_lines(example.text)[0]
    outcome = fix_files(
        {path: text.encode() for path, text in texts.items()},
        catalogue,
        catalogue.policies[example.policy],
        rule=rule.id,
        cache_folder=cache_folder,
        unadded=untracked(rule, texts),
    )
    changed = outcome.changed()
    if _path(example.path) in changed:
        changed[example.path] = changed.pop(_path(example.path))
    return {path: data.decode() for path, data in changed.items()}


def _path(path: str) -> str:
    """The path without "example" in it, so that the file is not taken for an example."""
    return path.replace("example", "program")


__all__ = ["MemoryFiles", "fix_example", "fix_files"]
