"""Runs the fixes on the files that a request names."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from keyaudit.core.errors import KeyauditError
from keyaudit.core.report import Report
from keyaudit.fixes.outcome import Outcome
from keyaudit.fixes.overlay import Overlay
from keyaudit.fixes.project import Project
from keyaudit.fixes.run import Fixer
from keyaudit.fixes.verify import Verifier
from keyaudit.scanning import Progress, Request, cache_folder
from keyaudit.scanning.examine import Examiner
from keyaudit.scanning.policy import resolve
from keyaudit.scanning.run import open_source, scan

if TYPE_CHECKING:
    from keyaudit.catalogue.types import Catalogue
    from keyaudit.fixes.run import Ask, Wanted


def fix(
    request: Request,
    catalogue: Catalogue,
    *,
    unsafe: bool = False,
    style: str | None = None,
    allow_dependency: bool = False,
    since: str | None = None,
    ask: Ask | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Scan the request's files and fix the findings in memory. No file is written.

    `unsafe` allows fixes that need a migration; `style` and `allow_dependency` are those of
    `Project`. `since` names a commit: only findings on lines that
    differ from it are fixed. `ask` is called with each fix and its diff. Raises KeyauditError as
    `keyaudit.scanning.scan` does, and where `since` names no commit.
    """
    with ExitStack() as stack:
        source = stack.enter_context(closing(open_source(request)))
        # What a fix does not change is looked at once, though nothing is to be kept after the run.
        folder = cache_folder() if request.use_cache else _folder_of_run(stack)
        overlay = Overlay(source)
        overlay.listing()
        policy = resolve(catalogue, request.settings)

        def look() -> Report:
            return scan(request, catalogue, progress=progress, given=overlay, kept=folder)

        examiner = Examiner(overlay, catalogue, policy, folder)
        project = Project(
            [entry.path for entry in overlay.listing().entries],
            overlay.tree,
            catalogue,
            policy,
            style=style,
            allow_dependency=allow_dependency,
        )
        wanted = None if since is None else _changed_since(overlay, since)
        fixer = Fixer(
            overlay, project, Verifier(overlay, examiner), catalogue, look,
            unsafe=unsafe, wanted=wanted, ask=ask,
        )  # fmt: skip
        return fixer.run()


def _folder_of_run(stack: ExitStack) -> Path:
    """A folder that is removed with the stack."""
    return Path(
        stack.enter_context(TemporaryDirectory(prefix="keyaudit-", ignore_cleanup_errors=True))
    )


def _changed_since(overlay: Overlay, reference: str) -> Wanted:
    """A function that says whether a finding is on a line that differs from a commit."""
    from keyaudit.fixes.changed_lines import ChangedLines
    from keyaudit.sources.git import GitError

    try:
        lines = ChangedLines(overlay.root, reference, overlay.tree.read)
    except GitError as error:
        what, hint = error.explain(overlay.root)
        raise KeyauditError(what, where=f"--diff {reference}", hint=hint) from None
    return lambda finding: lines.has(finding.path, finding.span.line, finding.span.end_line)
