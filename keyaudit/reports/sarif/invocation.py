"""The SARIF invocation: exit status, skipped files, notices and configuration of the scan."""

from __future__ import annotations

from typing import Any

import sarif_om as sarif

from keyaudit.core.report import SKIP_REASONS, Configuration, Notice, Report, Skipped
from keyaudit.reports.configured import sentence
from keyaudit.reports.paths import path_name
from keyaudit.reports.sarif.places import Artifacts

_EXIT = {
    0: "No finding at or over the threshold.",
    1: "Findings at or over the threshold.",
    3: "The scan is incomplete.",
}
_FAILURES = frozenset({"unreadable", "crashed", "timeout"})
_NOTICES = {
    "parse-error": (
        "ParseError",
        "warning",
        "A file does not parse, so only its text was scanned, for secrets.",
        "Mend the syntax; code of Python 2 is scanned for secrets only.",
    ),
    "limit": (
        "LimitReached",
        "note",
        "A bound on depth or time was reached, so some values were not followed to the end.",
        "Look at the place by hand.",
    ),
    "unused-suppression": (
        "UnusedSuppression",
        "note",
        "A suppression comment mutes nothing.",
        "Remove it: the finding is gone.",
    ),
    "invalid-suppression": (
        "InvalidSuppression",
        "warning",
        "A suppression comment does not count.",
        "Name rules that exist, and give a reason: `keyaudit: ignore[KA301] reason`.",
    ),
    "expired-suppression": (
        "ExpiredSuppression",
        "warning",
        "A suppression comment has ended, so the finding counts.",
        "Mend the finding, or give the comment another day.",
    ),
    "stale-baseline": (
        "StaleBaseline",
        "note",
        "Entries of the baseline match nothing any more.",
        "Run `keyaudit baseline prune`.",
    ),
    "compared": (
        "Compared",
        "note",
        "Findings that were there at the commit compared with were left out.",
        "Scan without `--diff` to see them.",
    ),
    "excluded": (
        "PathExcluded",
        "note",
        "Named files were not scanned, since the configuration excludes them.",
        "Change `exclude` in the configuration, if they should be scanned.",
    ),
    "slow-triage": (
        "SlowTriage",
        "note",
        "The native engine is missing; the same was found, more slowly.",
        "Install hyperscan, where it has a wheel for the platform.",
    ),
    "no-git": (
        "NoGit",
        "note",
        "What git knows of the files is not at hand.",
        "Install git, or scan inside a repository.",
    ),
}
_OTHER = ("OtherNotice", "note", "Something to know about the scan.", "Read the message.")
_SKIPPED_HELP = "Files that hold no text are skipped; others can be excluded by the configuration."
_FAILED_HELP = "Check the file's permissions, or exclude it by the configuration."


def invocation(report: Report, artifacts: Artifacts, descriptors: list[Any]) -> Any:
    """The invocation object; skipped files and notices become its notifications.

    Descriptors of these are appended to `descriptors`, their files are added to `artifacts`.
    """
    indexes: dict[str, int] = {}
    notifications = [_skipped(skipped, artifacts) for skipped in report.skipped]
    notifications += [_notice(notice, artifacts) for notice in report.notices]
    if report.configuration is not None:
        notifications.append(_configured(report.configuration))
    listed = []
    for key, descriptor, notification in notifications:
        if key not in indexes:
            indexes[key] = len(descriptors)
            descriptors.append(descriptor)
        notification.descriptor = sarif.ReportingDescriptorReference(id=key, index=indexes[key])
        listed.append(notification)
    return sarif.Invocation(
        execution_successful=report.complete,
        exit_code=report.exit_status,
        exit_code_description=_EXIT[report.exit_status],
        arguments=list(report.arguments) or None,
        tool_execution_notifications=listed or None,
    )


def _configured(known: Configuration) -> tuple[str, Any, Any]:
    key, text = "configuration", "A configuration file was in force."
    help_text = "Read what it leaves out; `--no-config` scans without it."
    descriptor = _descriptor(key, "ConfigurationInForce", "note", text, help_text)
    message = sarif.Message(text=sentence(known) + ".")
    return key, descriptor, sarif.Notification(message=message, level="note")


def _skipped(skipped: Skipped, artifacts: Artifacts) -> tuple[str, Any, Any]:
    failed = skipped.reason in _FAILURES
    why = SKIP_REASONS.get(skipped.reason, skipped.reason)
    detail = f" ({skipped.detail})" if skipped.detail else ""
    level = "error" if failed else "note"
    descriptor = _descriptor(
        f"skipped/{skipped.reason}",
        "Skipped" + "".join(part.capitalize() for part in skipped.reason.split("-")),
        level,
        f"A file was not scanned: it {why}.",
        _FAILED_HELP if failed else _SKIPPED_HELP,
    )
    text = f"'{path_name(skipped.path)}' was not scanned: it {why}{detail}."
    notification = sarif.Notification(
        message=sarif.Message(text=text),
        level=level,
        locations=[artifacts.place(skipped.path, None)],
    )
    return descriptor.id, descriptor, notification


def _notice(notice: Notice, artifacts: Artifacts) -> tuple[str, Any, Any]:
    name, level, about, todo = _NOTICES.get(notice.kind, _OTHER)
    place = None
    if notice.path is not None:
        place = [artifacts.place(notice.path, notice.span)]
    text = notice.message.rstrip(".") + "."
    notification = sarif.Notification(
        message=sarif.Message(text=text[:1].upper() + text[1:]), level=level, locations=place
    )
    return notice.kind, _descriptor(notice.kind, name, level, about, todo), notification


def _descriptor(identifier: str, name: str, level: str, about: str, todo: str) -> Any:
    message = sarif.MultiformatMessageString(text=about)
    return sarif.ReportingDescriptor(
        id=identifier,
        name=name,
        short_description=message,
        full_description=message,
        help=sarif.MultiformatMessageString(text=todo, markdown=todo),
        default_configuration=sarif.ReportingConfiguration(level=level),
    )
