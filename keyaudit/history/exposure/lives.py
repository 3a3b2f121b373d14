"""Joins findings and changes into one life for each secret: added, copied, removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from keyaudit.core.finding import Finding, History
from keyaudit.core.location import Span
from keyaudit.core.masked_line import shown
from keyaudit.core.patterns import regex
from keyaudit.core.timestamps import utc
from keyaudit.history.exposure.attribution import Change
from keyaudit.history.exposure.reachability import Dropped
from keyaudit.history.git.commits import Commit
from keyaudit.history.git.naming_path import remoteness

_DAY = 86_400
_NAME = regex(r"""[^\w$]*(?:export\s+|const\s+|let\s+|var\s+)?([\w.$-]+)["'\]]*\s*[:=]""")
# The name right before a value: `ENV DB_PASSWORD=`, `{"user": "a", "password": "`.
_BEFORE = regex(r"""([\w.$-]+)["'\])]*\s*(?:=>|:=|[:=])\s*[rbuf]{0,2}["'`]?$""")


@dataclass(slots=True)
class Secret:
    """One secret: its findings by blob, and what became of it.

    `gone` is the commit with which its last place went, None while it stands anywhere.
    `interval` is how many days went by until a new value took its place.
    """

    findings: dict[str, Finding] = field(default_factory=dict)
    first: Commit | None = None
    gone: Commit | None = None
    latest: tuple[str, str] | None = None  # blob and path
    places: set[str] = field(default_factory=set)
    paths: dict[str, None] = field(default_factory=dict)
    interval: int | None = None
    removed: tuple[str, Commit] | None = None  # the moment of the last removal from somewhere

    def history(self, head: Mapping[str, list[str]], now: int) -> History:
        """The life of the secret; `head` maps the blobs of HEAD to paths, `now` is in seconds
        since 1970."""
        paths = dict(self.paths)
        for blob in self.findings:
            paths.update(dict.fromkeys(head.get(blob, ())))
        if not paths:
            paths = dict.fromkeys(finding.path for finding in self.findings.values())
        in_head = any(blob in head for blob in self.findings)
        gone = None if in_head else self.gone
        days = None
        if self.first is not None:
            days = max(0, ((gone.time if gone else now) - self.first.time) // _DAY)
        return History(
            commit=self.first.id if self.first else None,
            author=self.first.author if self.first else None,
            date=iso(self.first.time) if self.first else None,
            removed_commit=gone.id if gone else None,
            removed_date=iso(gone.time) if gone else None,
            in_head=in_head,
            exposed_days=days,
            paths=tuple(sorted(paths)),
            blobs=tuple(sorted(self.findings)),
            rotated=self.interval is not None,
            rotated_days=self.interval,
        )

    def shown(self, head: Mapping[str, list[str]]) -> Finding:
        """The finding that stands for all: HEAD's, else the newest; where it stands.

        Of several the worst: one value may stand in a program and in an example of it.
        """
        there = []
        # In an order that does not rest on which of them an earlier run had found.
        ordered = sorted(self.findings.items())
        for blob, finding in ordered:
            if blob in head:
                path = finding.path if finding.path in head[blob] else head[blob][0]
                there.append(replace(finding, path=path))
        worst = min(there or (finding for _, finding in ordered), key=_worst_first)
        if not there and self.latest is not None and self.latest[0] in self.findings:
            newest = self.findings[self.latest[0]]
            if remoteness(self.latest[1]) == remoteness(
                newest.path
            ):  # else it was judged as another file's
                newest = replace(newest, path=self.latest[1])
            if _weight(newest) == _weight(worst):
                return newest
        return worst


def _worst_first(finding: Finding) -> tuple[int, int, str, Span]:
    return *_weight(finding), finding.path, finding.span


def _weight(finding: Finding) -> tuple[int, int]:
    return -finding.severity, -finding.confidence


def follow(secrets: Mapping[str, Secret], changes: Iterable[Change]) -> None:
    """Records in each secret how the changes, those of parents first, affect it."""
    holds: dict[str, set[str]] = {}
    for name, secret in secrets.items():
        for blob in secret.findings:
            holds.setdefault(blob, set()).add(name)
    group: list[Change] = []
    for change in changes:
        if group and group[0].commit.id != change.commit.id:
            _commit(secrets, holds, group)
            group = []
        group.append(change)
    if group:
        _commit(secrets, holds, group)


def settle(
    secrets: Iterable[Secret],
    standing: frozenset[str],
    dropped: Callable[[], Mapping[str, Dropped]],
) -> None:
    """Says of secrets that are not in HEAD whether they left, which `follow` tells by one order of
    all branches.

    `standing` are the blobs that some start has at its end: with one of them a secret has not left.
    Another one has, if by nothing else then by a merge; `dropped` says by which.
    """
    for secret in secrets:
        if not standing.isdisjoint(secret.findings):
            secret.gone = None
        elif secret.gone is None and secret.first is not None:
            merges = dropped()
            last = [merges[blob] for blob in secret.findings if blob in merges]
            if secret.removed is not None:
                last.append(Dropped(*secret.removed))
            secret.gone = max(last).commit if last else None


def _commit(
    secrets: Mapping[str, Secret], holds: Mapping[str, set[str]], group: list[Change]
) -> None:
    """What comes in is noted before what leaves, so that a renamed file's secret stays."""
    commit = group[0].commit
    nothing: set[str] = set()
    left: set[str] = set()
    for change in group:
        after = holds.get(change.new, nothing)
        before = nothing.union(*(holds.get(blob, nothing) for blob in change.old))
        for name in after:
            secret = secrets[name]
            secret.first = secret.first or commit
            secret.places.add(change.path)
            secret.paths[change.path] = None
            secret.latest = change.new, change.path
            secret.gone = None
        for name in before - after:
            secrets[name].paths[change.path] = None
            secrets[name].places.discard(change.path)
            secrets[name].removed = change.moment, commit
            left.add(name)
            _rotation(secrets, name, after - before, change)
    for name in left:
        if not secrets[name].places:
            secrets[name].gone = commit


def _rotation(secrets: Mapping[str, Secret], old: str, added: set[str], change: Change) -> None:
    findings = secrets[old].findings
    before = next((findings[blob] for blob in change.old if blob in findings), None)
    if before is None:
        return
    slot = _slot(before)
    for name in added:
        finding = secrets[name].findings.get(change.new)
        if finding is not None and slot is not None and _slot(finding) == slot:
            first = secrets[old].first
            since = first.time if first else change.commit.time
            secrets[old].interval = max(0, (change.commit.time - since) // _DAY)


def _slot(finding: Finding) -> tuple[str, str] | None:
    """What a value is the value of: the name before it; of a key in a file, the file."""
    if finding.preview is not None and finding.preview.startswith("-----BEGIN"):
        return finding.rule_id, finding.scope
    column = finding.span.column - 1
    before = finding.code[: shown(finding.code, column, column)[0]]
    name = _BEFORE.search(before) or _NAME.match(finding.code)
    return (finding.scope, name[1]) if name else None


def iso(seconds: int) -> str:
    """A time as ISO 8601, in UTC."""
    return utc(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")
