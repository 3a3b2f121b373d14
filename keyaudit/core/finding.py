"""A finding: one violation of the key life cycle, with its evidence and without any secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span, Step
from keyaudit.core.masked_line import unpacked


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a finding is not reported: `kind` is `inline` or `baseline`.

    `until` is the last day (YYYY-MM-DD) of one that ends; "" for one that does not.
    """

    kind: str
    reason: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """In the file at `path`, the bytes from `start` to `end` (exclusive) become `text`, in the
    encoding of the file. `span` is the same stretch in lines and columns."""

    path: str
    start: int
    end: int
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A rewrite that mends a finding, of one file or several: all edits together, or none.

    `applicability`: `safe` (data and peers stay as they are), `migrating` (`migrate` says what has
    to be moved: stored data, peers, configuration).
    """

    title: str
    edits: tuple[Edit, ...]
    applicability: str = "safe"
    migrate: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """A secret's life in a repository. Times are ISO 8601 in UTC; None: not known, or not yet.

    `commit`, `author` and `date` say where it came in, the `removed` ones where its last place
    went. `exposed_days` counts from `date` to the removal or today. `paths` are all it stood at,
    `blobs` the ids of those that hold it. `rotated`: a new value took its place, `rotated_days`
    after it had come in.
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
        """Whether the secret stands in no file: in a commit's or tag's message, or in a name."""
        return self.in_head and not self.blobs


@dataclass(frozen=True, slots=True)
class Finding:
    """`path` and `span` are where to look; `steps` lead from origin (first) to use (last),
    and each of `other_ways` from another origin to the same use.

    `scope` is the dotted name of the enclosing definition ("" at module level). `code` is
    the masked source line at `span.line`. `preview` is the redacted value, or None.
    `subject` is what besides rule and scope tells this finding from another: the normalized
    call and a 16-bit digest of the value; it goes into the fingerprint only.
    `lowered_from` is the severity that it would have if it stood elsewhere than in a test, an
    example or documentation; None where that has lowered nothing.
    `fingerprint` is set when the report is assembled (see `keyaudit.core.fingerprint`), `history`
    by `keyaudit history` only.
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
        """The finding whose fields these are, records in them as mappings, as JSON gives them.

        KeyError or TypeError for anything else.
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
