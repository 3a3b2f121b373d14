"""A report: the findings, what was scanned, and what was skipped and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from keyaudit.core.finding import Finding
from keyaudit.core.location import Span


class Skipped(NamedTuple):
    """A file that was not scanned. `reason` is a key of `SKIP_REASONS`."""

    path: str
    reason: str
    detail: str = ""


SKIP_REASONS = {
    "binary": "holds NUL bytes, so it is no text",
    "too-large": "is larger than the size limit",
    "outside": "is a symbolic link that leads out of the scanned tree",
    "special": "is a device, socket or fifo",
    "unreadable": "could not be read",
    "submodule": "is a submodule: not scanned, as it is a repository of its own",
    "unread-member": "is in an archive that was scanned, and was not itself",
    "own-report": "is a report or baseline of keyaudit's own",
    "unmerged": "has a merge conflict, so that the index holds no version of it to commit",
    "timeout": "was not reached within --timeout",
    "crashed": "took too long or crashed an analyzer, which found nothing in it",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """A message for the reader that is no finding.

    `kind`: `parse-error` (Python that does not parse: scanned for secrets only), `limit` (a limit
    of depth or time was reached), `unused-suppression`, `invalid-suppression`,
    `expired-suppression`, `stale-baseline` (entries that match nothing), `compared` (what `--diff`
    left out), `no-git` (.gitignore was not applied), `excluded` (named files that the configuration
    excludes), `incomplete-history` (a shallow or partial clone), `slow-triage` (the native engine
    is missing), `remedy` (the command that rewrites a history).
    """

    kind: str
    message: str
    path: str | None = None
    span: Span | None = None


# The kinds of notices on what mutes nothing, or not as it is meant to.
UNTIDY = frozenset(
    {"unused-suppression", "invalid-suppression", "expired-suppression", "stale-baseline"}
)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The active configuration file, and what it and the command line leave out.

    `file` is its absolute path. `files` counts files (in a history, versions of files) left out, by
    `exclude` pattern; `rules` counts findings left out by `select`, `ignore` and
    `per-path-ignores`, by rule, and `paths` the same findings by path.
    """

    file: str
    files: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, int] = field(default_factory=dict)
    paths: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """`findings` determine the exit status; `suppressed` are muted with a reason; `hidden` is the
    number of findings below the threshold, `hidden_serious` the number of those that would be high
    or critical outside of tests and examples.

    `root` is the absolute folder that paths are relative to. `files` and `bytes` count what was
    scanned; `seconds` is wall time. `configuration` is None without a configuration file.
    `complete` is False when a file could not be analyzed (`unreadable` or `crashed`).
    """

    root: str
    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    hidden: int = 0
    hidden_serious: int = 0
    skipped: tuple[Skipped, ...] = ()
    notices: tuple[Notice, ...] = ()
    files: int = 0
    bytes: int = 0
    seconds: float = 0.0
    policy: str = "default"
    complete: bool = True
    arguments: tuple[str, ...] = field(default=())
    exit_zero: bool = False
    configuration: Configuration | None = None
    strict: bool = False

    @property
    def exit_status(self) -> int:
        """The exit status of the command: 1 with findings, else 3 when incomplete, else 0.

        With `exit_zero` (`--exit-zero`) findings do not count, but an incomplete scan does. With
        `strict`, suppressions and baseline entries that mute nothing count as findings.
        """
        untidy = self.strict and any(notice.kind in UNTIDY for notice in self.notices)
        if (self.findings or untidy) and not self.exit_zero:
            return 1
        return 0 if self.complete else 3
