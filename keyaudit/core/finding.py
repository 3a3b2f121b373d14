"""A finding: one fault in a key's life cycle, with its evidence and without any secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span, Step
from keyaudit.core.masked_line import unpacked


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a finding is suppressed: `kind` is `inline` or `baseline`.

    `until` is its last day (YYYY-MM-DD), or "" where it does not expire.
    """

    kind: str
    reason: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces the bytes from `start` to `end` (exclusive) of the file at `path` by `text`, in the
    file's encoding. `span` is the same stretch in lines and columns."""

    path: str
    start: int
    end: int
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix for a finding: edits of one or more files that must all be made together.

    `applicability` is `safe` (stored data and peers are not affected) or `migrating` (`migrate`
    says what must be migrated: stored data, peers, configuration).
    """

    title: str
    edits: tuple[Edit, ...]
    applicability: str = "safe"
    migrate: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """When a secret was in a repository. Times are ISO 8601 in UTC; None: not known, or not yet.

    `commit`, `author` and `date` say where it was added, the `removed` ones where its last
    occurrence was removed. `exposed_days` counts days from `date` to the removal, or to today.
    `paths` are all files that contained it, `blobs` the ids of the git blobs that do. `rotated`: it
    was replaced by a new value, `rotated_days` days after it was added.
    """

    commit: str | None
    author: str | None
    date: str | None
    removed_commit: str | None
    removed_date: str | None
    in_head: bool
    exposed_days: int | None
    paths: tuple[str, ...]
    blobs: tuple[str, ...] = ()
    rotated: bool = False
    rotated_days: int | None = None

    @property
    def is_message(self) -> bool:
        """Whether the secret is in no file, but in the message of a commit or tag, or in a name."""
        return self.in_head and not self.blobs


@dataclass(frozen=True, slots=True)
class Finding:
    """`path` and `span` are where to look; `steps` lead from the value's origin (first) to its use
    (last), and each of `other_ways` leads from another origin to the same use.

    `scope` is the dotted name of the enclosing definition ("" at module level). `code` is the
    masked source line at `span.line`. `preview` is the redacted value, or None. `subject`
    distinguishes findings with the same rule and scope: the normalized call and a 16-bit digest of
    the value; it goes into the fingerprint. `lowered_from` is the severity outside of tests,
    examples and documentation; None where it was not lowered. `fingerprint` is set when the report
    is assembled (see `keyaudit.core.fingerprint`), `history` by `keyaudit history` only.
    """

    rule_id: str
    path: str
    span: Span
    message: str
    severity: Severity
    confidence: Confidence
    code: str = ""
    scope: str = ""
    subject: str = ""
    preview: str | None = None
    steps: tuple[Step, ...] = ()
    fix: Fix | None = None
    fingerprint: str = ""
    suppression: Suppression | None = None
    history: History | None = None
    lowered_from: Severity | None = None
    other_ways: tuple[tuple[Step, ...], ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Finding:
        """The finding with these fields, in which nested records are mappings, as in JSON.

        Raises KeyError, TypeError or ValueError for other data.
        """
        values = dict(data)
        values["span"] = Span.from_json(values["span"])
        values["code"] = unpacked(values["code"])
        values["severity"] = Severity(values["severity"])
        values["confidence"] = Confidence(values["confidence"])
        values["steps"] = _steps(values["steps"])
        values["other_ways"] = tuple(_steps(way) for way in values.get("other_ways", ()))
        if values["fix"] is not None:
            fix = values["fix"]
            edits = tuple(
                Edit(**{**edit, "span": Span.from_json(edit["span"])}) for edit in fix["edits"]
            )
            values["fix"] = Fix(**{**fix, "edits": edits, "migrate": tuple(fix["migrate"])})
        if values.get("lowered_from") is not None:
            values["lowered_from"] = Severity(values["lowered_from"])
        if values["suppression"] is not None:
            values["suppression"] = Suppression(**values["suppression"])
        if values.get("history") is not None:
            history = values["history"]
            lists = {name: tuple(history[name]) for name in ("paths", "blobs")}
            values["history"] = History(**{**history, **lists})
        return cls(**values)


def _steps(items: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    return tuple(
        Step(**{**step, "span": Span.from_json(step["span"]), "code": unpacked(step["code"])})
        for step in items
    )
