"""Compares a scan with an earlier commit (`--diff`), so that only new findings count."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

from keyaudit.core.errors import KeyauditError
from keyaudit.core.finding import Finding
from keyaudit.core.report import Notice, Report
from keyaudit.scanning.patterns import PathPatterns
from keyaudit.scanning.request import Request
from keyaudit.sources import Source
from keyaudit.sources.git import GitError, Repository
from keyaudit.sources.named_paths import relative
from keyaudit.sources.tops import find_top

DEFAULT = ""  # the branch that everything is merged into
_DEFAULT_BRANCHES = ("origin/main", "origin/master", "main", "master", "trunk", "develop")


class Base:
    """The commit that a scan is compared with; `root` is the scan's absolute root folder.

    It is the merge base of HEAD and the commit that the request names. Raises KeyauditError if
    there is no repository or no such commit.
    """

    def __init__(self, request: Request, root: str) -> None:
        top = find_top(root)
        if top is None:
            raise KeyauditError(
                "is in no git repository", where=root, hint="--diff compares with a commit"
            )
        self._repository = Repository(top)
        self._root = root
        self._request = request
        try:
            self.commit = self._resolved(request.diff or DEFAULT)
        except GitError as error:
            what, hint = error.explain(top)
            raise KeyauditError(what, where=top, hint=hint) from None

    def report(
        self, source: Source, told: Iterable[str], scan: Callable[[Request, Source], Report]
    ) -> Report:
        """The report on that commit, limited to files that changed since or that have results.

        `told` are the paths, from the root, of the files with results; `scan` makes a report of a
        request and a source. Raises KeyauditError if git fails.
        """
        from keyaudit.sources.commit import CommitTree

        try:
            known = {*self._changed(), *told}
        except GitError as error:
            what, hint = error.explain(self._repository.top)
            raise KeyauditError(what, where=self._repository.top, hint=hint) from None
        settings = self._request.settings
        excluded = PathPatterns(settings.exclude, settings.where("exclude"), settings.file)
        excluded.start_at(self._root)
        before = CommitTree(
            self._repository, self.commit, self._root, source.standing,
            max_size=settings.max_file_size,
            wanted=lambda path: path in known and not excluded.match(path),
        )  # fmt: skip
        request = replace(self._request, diff=None, use_baseline=False)
        with closing(before):
            return scan(request, before)

    def _resolved(self, name: str) -> str:
        """The last commit that both HEAD and what is named have in common."""
        if name:
            given = self._commit(name)
            if given is None:
                raise KeyauditError(
                    f"there is no commit {name!r}",
                    where="--diff",
                    hint="name a branch, a tag or a commit: --diff=REF",
                )
        elif self._request.staged:
            given = self._commit("HEAD")
        else:
            given = next(filter(None, map(self._commit, self._default_branches())), None)
            given = given or self._commit("HEAD")
        head = self._commit("HEAD")
        if given is None or head is None:
            raise KeyauditError(
                "has no commit yet", where=self._repository.top, hint="scan without --diff"
            )
        try:
            found = self._repository.run("merge-base", given, head).decode().split()
        except GitError as error:
            if error.reason != "failed":
                raise
            raise KeyauditError(
                f"has no commit in common with {name or 'the default branch'}",
                where="HEAD",
                hint="fetch more of the history, or name another commit",
            ) from None
        return found[0]

    def _default_branches(self) -> Iterable[str]:
        with suppress(GitError):
            head = self._repository.run(
                "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"
            )
            yield head.decode().strip()
        yield from _DEFAULT_BRANCHES

    def _commit(self, name: str) -> str | None:
        if name.startswith("-"):
            return None
        try:
            output = self._repository.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        except GitError as error:
            if error.reason != "failed":
                raise
            return None
        return output.decode().strip() or None

    def _changed(self) -> set[str]:
        """The paths from the root of what the commit has otherwise, or what is gone since."""
        index = ("--cached",) if self._request.staged else ()
        output = self._repository.without_filters().run(
            "diff-index", *index, "--raw", "-z", "--no-renames", "--ignore-submodules=all",
            "--no-ext-diff", "--no-textconv", self.commit, "--",
        )  # fmt: skip
        below = relative(self._root, self._repository.top)
        head = f"{below}/" if below else ""
        names = (os.fsdecode(name) for name in output.split(b"\0")[1::2])
        return {name[len(head) :] for name in names if name.startswith(head)}


def brought(findings: Sequence[Finding], before: Sequence[Finding]) -> list[Finding]:
    """The findings that are new: more than before with the same rule, scope and subject.

    Findings at the same path are paired first; then those that have moved to another path.
    """
    at_path = Counter((_same(f), f.path) for f in before)
    elsewhere = Counter(map(_same, before))
    left = []
    for finding in findings:
        if at_path[_same(finding), finding.path] > 0:
            at_path[_same(finding), finding.path] -= 1
            elsewhere[_same(finding)] -= 1
        else:
            left.append(finding)
    new = []
    for finding in left:
        if elsewhere[_same(finding)] > 0:
            elsewhere[_same(finding)] -= 1
        else:
            new.append(finding)
    return new


def notice(base: Base, left_out: int) -> Notice:
    """The notice on how many findings were left out, and since which commit they exist."""
    count = f"{left_out:,} finding{'s' if left_out != 1 else ''}"
    return Notice("compared", f"{count} left out that commit {base.commit[:12]} has already")


def is_path(name: str) -> bool:
    """Whether a value given to `--diff` is a file or folder to scan, and not a commit."""
    if not name or not Path(name).exists():
        return False
    top = find_top(os.path.realpath("."))
    if top is None:
        return True
    try:
        Repository(top).run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    except GitError:
        return True
    return False


def _same(finding: Finding) -> tuple[str, str, str]:
    return finding.rule_id, finding.scope, finding.subject
