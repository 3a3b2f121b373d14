"""Baselines: files of known findings, so that only new ones count.

A baseline is a JSON file kept beside the code: sorted, one entry on each line, and without code or
secrets. Findings are compared by fingerprint; rule and path are for people. A `reason` may be added
to an entry by hand, and is kept.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keyaudit.core.errors import KeyauditError
from keyaudit.core.finding import Finding
from keyaudit.core.report import Notice, Report
from keyaudit.core.whole_files import write

VERSION = 1
KIND = "keyaudit baseline"
_KNOWN = "in the baseline"
_MAX_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class BaselineEntry:
    """One known finding: its fingerprint, and for people its rule id, path and reason."""

    fingerprint: str
    rule: str
    path: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The known findings by fingerprint; `file` is the path they were read from."""

    entries: dict[str, BaselineEntry] = field(default_factory=dict)
    file: str = ""

    def reason(self, fingerprint: str) -> str | None:
        """Why the finding with this fingerprint is suppressed; None if it is not known."""
        entry = self.entries.get(fingerprint)
        return None if entry is None else entry.reason or _KNOWN

    def left_over(
        self, seen: Set[str], root: str, scanned: Iterable[str], skipped: Iterable[str]
    ) -> list[BaselineEntry]:
        """The stale entries: no finding matches, though their file was scanned or no longer exists.

        `seen` are the fingerprints of all findings, `scanned` and `skipped` the paths of files,
        from the absolute folder `root`. None are stale if no entry is of a scanned file.
        """
        paths, unseen = set(scanned), set(skipped)
        if not any(entry.path in paths for entry in self.entries.values()):
            return []  # it is of another folder
        return [
            entry
            for key, entry in self.entries.items()
            if key not in seen
            and entry.path not in unseen
            and (entry.path in paths or not os.path.lexists(f"{root}/{entry.path}"))
        ]


def load(file: Path) -> Baseline:
    """Reads a baseline. Raises KeyauditError if it is missing, damaged, or of another version."""
    where = str(file)
    again = "make it again with `keyaudit baseline create`"
    try:
        if file.exists() and not file.is_file():
            raise KeyauditError("is no file", where=where)
        if file.stat().st_size > _MAX_BYTES:
            raise KeyauditError("is too large for a baseline", where=where, hint=again)
        data = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise KeyauditError(
            "there is no such baseline", where=where, hint="`keyaudit baseline create` makes one"
        ) from None
    except OSError as error:
        raise KeyauditError(
            f"cannot be read ({error.strerror})", where=where, hint="check its permissions"
        ) from None
    except (ValueError, RecursionError):
        raise KeyauditError("is damaged: no JSON", where=where, hint=again) from None
    if not isinstance(data, dict) or data.get("kind") != KIND:
        raise KeyauditError("is no baseline of keyaudit", where=where, hint=again)
    if data.get("version") != VERSION:
        raise KeyauditError(
            f"is a baseline of version {data.get('version')!r}, and this keyaudit reads"
            f" version {VERSION}",
            where=where,
            hint=again,
        )
    try:
        entries = [_entry(item) for item in data["findings"]]
    except (KeyError, TypeError, AttributeError):
        raise KeyauditError("is damaged: an entry is malformed", where=where, hint=again) from None
    return Baseline({entry.fingerprint: entry for entry in entries}, str(file))


def stale_notice(baseline: Baseline, left_over: Sequence[BaselineEntry]) -> Notice:
    """The notice on stale entries, of which there must be one at least."""
    first = left_over[0]
    count = f"{len(left_over):,} entr{'ies match' if len(left_over) != 1 else 'y matches'}"
    said = (
        f"{count} nothing any more, such as {first.rule} in {first.path};"
        " `keyaudit baseline prune` takes them out"
    )
    return Notice("stale-baseline", f"baseline {baseline.file}: {said}")


def prune(report: Report, file: Path) -> int:
    """Removes stale entries from a baseline, and returns how many these are.

    `report` must have been made without a baseline. Raises KeyauditError if the file cannot be read
    as a baseline, or not be written.
    """
    old = load(file)
    unseen = {skip.path for skip in report.skipped}
    there = {finding.fingerprint for finding in (*report.findings, *report.suppressed)}
    kept = [e for key, e in old.entries.items() if key in there or e.path in unseen]
    if len(kept) != len(old.entries):
        _write(file, kept)
    return len(old.entries) - len(kept)


def add(entries: Iterable[BaselineEntry], file: Path) -> int:
    """Adds entries to a baseline, and returns how many of them are new.

    The file is created if there is none. Raises KeyauditError if it cannot be read or written.
    """
    old = dict(load(file).entries) if file.exists() else {}
    new = [entry for entry in entries if entry.fingerprint not in old]
    _write(file, [*old.values(), *{entry.fingerprint: entry for entry in new}.values()])
    return len(new)


def create(report: Report, file: Path) -> None:
    """Writes a baseline of the report's findings. Raises KeyauditError if that fails."""
    _write(file, (_of(finding) for finding in _known(report)))


def update(report: Report, file: Path) -> None:
    """Updates a baseline from a report: removes stale entries, adds new ones, keeps reasons.

    Entries of files that the report skipped are kept. Raises KeyauditError if the file cannot be
    read as a baseline, or not be written.
    """
    old = load(file).entries
    unseen = {skip.path for skip in report.skipped}
    entries = {key: entry for key, entry in old.items() if entry.path in unseen}
    for finding in _known(report):
        entry = _of(finding)
        before = old.get(entry.fingerprint)
        reason = before.reason if before is not None else ""
        entries[entry.fingerprint] = BaselineEntry(
            entry.fingerprint, entry.rule, entry.path, reason
        )
    _write(file, entries.values())


def _known(report: Report) -> list[Finding]:
    """All but those that a comment mutes, which need no entry."""
    muted = [f for f in report.suppressed if f.suppression and f.suppression.kind == "baseline"]
    return [*report.findings, *muted]


def _shown(fingerprint: str) -> str:
    """In groups: as one long hexadecimal number, secret scanners (ours too) take it for a key."""
    return "-".join(fingerprint[start : start + 8] for start in range(0, len(fingerprint), 8))


def _of(finding: Finding) -> BaselineEntry:
    return BaselineEntry(finding.fingerprint, finding.rule_id, finding.path)


def _entry(item: Any) -> BaselineEntry:
    entry = BaselineEntry(
        item["fingerprint"].replace("-", ""), item["rule"], item["path"], item.get("reason", "")
    )
    texts = (entry.fingerprint, entry.rule, entry.path, entry.reason)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    return entry


def _write(file: Path, entries: Iterable[BaselineEntry]) -> None:
    """Writes the entries sorted, one a line. Raises KeyauditError as `whole_files.write` does."""
    rows = []
    for entry in sorted(entries, key=lambda e: (e.path, e.rule, e.fingerprint)):
        row = {"path": entry.path, "rule": entry.rule, "fingerprint": _shown(entry.fingerprint)}
        if entry.reason:
            row["reason"] = entry.reason
        rows.append("    " + json.dumps(row))
    head = f'{{\n  "kind": {json.dumps(KIND)},\n  "version": {VERSION},\n  "findings": ['
    body = "\n" + ",\n".join(rows) + "\n  " if rows else ""
    text = f"{head}{body}]\n}}\n"
    write(text, file)
