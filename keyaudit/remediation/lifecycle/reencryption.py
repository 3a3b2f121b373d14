"""Re-encryption jobs: moving data from old versions of a key to the primary one, with progress."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from keyaudit.remediation.errors import (
    KeyStateError,
    RemediationError,
    StoreError,
    UnknownKeyError,
)
from keyaudit.remediation.lifecycle.access import Access
from keyaudit.remediation.lifecycle.moves import Move
from keyaudit.remediation.lifecycle.records import (
    KeyVersion,
    check_actor,
    check_name,
    check_reason,
    maybe,
    moment,
    utc,
)
from keyaudit.remediation.lifecycle.rows import Change, Values, View

T = TypeVar("T")
NOTED_EVERY = 500
"""After how many envelopes the store is told how far a job is."""
_UNMOVED_KEPT = 10_000
"""How many of the envelopes that could not be moved a job knows one by one."""
_ALL = "*"


@dataclass(frozen=True, slots=True)
class Reencryption(Generic[T]):
    """The result of a run of `KeyManager.reencrypt`.

    `moved`: the number of envelopes moved. `skipped`: the number already under the primary version.
    `changed`: the number of times somebody else had changed an envelope meanwhile (it was then read
    again). `failed`: the names of envelopes that could not be moved, each with the name of the
    error. `finished`: whether the job is complete. It is not if envelopes failed in this run, or
    failed in an earlier run and were not moved in this one, or if an earlier, interrupted run had
    covered more.
    """

    moved: int
    skipped: int
    changed: int
    failed: tuple[tuple[T, str], ...]
    finished: bool


@dataclass(frozen=True, slots=True)
class ReencryptionJob:
    """The progress of a re-encryption job, as its last run recorded it (every 500 envelopes).

    `target`: the number of the version it moves to. `moved`, `skipped`, `changed`: numbers of
    envelopes in the last run. `failed`: the number that could not be moved in this run or earlier
    ones. `finished`: None while it runs, and after an interruption. Times (`started`, `updated`,
    `finished`) are in UTC.
    """

    key: str
    job: str
    target: int
    started: datetime
    started_by: str
    updated: datetime
    moved: int
    skipped: int
    changed: int
    failed: int
    finished: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether envelopes of the job may still be under an older version."""
        return self.finished is None or self.failed > 0


class Reencryptions(Access):
    """The operations of `KeyManager` on re-encryption jobs."""

    def reencryptions(self, name: str) -> tuple[ReencryptionJob, ...]:
        """The re-encryption jobs of a key, sorted by name. Raises `UnknownKeyError`."""
        with self._read() as view:
            self._key_row(view, name)
            return jobs_of(view, name)

    def abandon_reencryption(self, name: str, job: str, *, by: str, why: str) -> None:
        """Remove a job that will not be finished (because its data is gone), so that it no longer
        prevents a destruction. Raises `UnknownKeyError`, ValueError without `by` or `why`."""
        check_reason(why)
        with self._change(by, "abandon-reencryption", name, None, job=job, why=why) as change:
            if change.find("reencryptions", name, job) is None:
                raise UnknownKeyError(f"key {name!r} has no re-encryption {job!r}")
            change.remove("reencryptions", name, job)

    def _run_moves(
        self,
        current: KeyVersion,
        job: str,
        by: str,
        moves: Iterable[tuple[T, Move]],
        progress: Callable[[int], object] | None,
        **detail: object,
    ) -> Reencryption[T]:
        by = check_actor(by)
        run = self._begin_run(current, job, by, detail)
        done = 0
        for done, (name, move) in enumerate(moves, 1):
            run.note(name, move)
            if progress is not None:
                progress(done)
            if done % NOTED_EVERY == 0:
                with self._write() as change:
                    self._note_run(change, current, run, finished=False)
                    change.record(by, "reencryption-progress", current.key, current.number,
                                  {"job": job, "done": done})  # fmt: skip
        with self._write() as change:
            is_over = self._note_run(change, current, run, finished=True)
            told = {**detail, "job": job, "finished": is_over, **run.counts()}
            change.record(by, "reencrypt", current.key, current.number, told)
        return Reencryption(run.moved, run.skipped, run.changed, tuple(run.failed), is_over)

    def _begin_run(
        self, version: KeyVersion, job: str, by: str, detail: dict[str, object]
    ) -> _Run[Any]:
        check_name(job)
        with self._write() as change:
            old = change.find("reencryptions", version.key, job)
            run: _Run[Any] = _Run(job, _unmoved(old), 0 if old is None else _covers(old))
            now = utc(change.now)
            row = {
                "key": version.key,
                "job": job,
                "run": run.token,
                "target": version.number,
                "started": now,
                "started_by": by,
                "updated": now,
                "moved": 0,
                "skipped": 0,
                "changed": 0,
                "failed": len(run.unmoved),
                "covers": run.covers,
                "unmoved": run.unmoved_text(),
                "finished": None,
            }
            change.put("reencryptions", row)
            about = {**detail, "job": job}
            change.record(by, "begin-reencryption", version.key, version.number, about)
        return run

    def _note_run(
        self, change: Change, version: KeyVersion, run: _Run[Any], *, finished: bool
    ) -> bool:
        """Record the progress of a run; returns whether it finished the job. Raises `KeyStateError`
        when another run of the job began since, or the job was abandoned."""
        row = change.find("reencryptions", version.key, run.job)
        if row is None or row["run"] != run.token:
            raise KeyStateError(
                f"re-encryption {run.job!r} was given up, or begun again by somebody else; what "
                "this run moved stays moved, and the job is not closed by it"
            )
        done = run.moved + run.skipped + len(run.failed)
        finished = finished and done >= run.covers
        now = utc(change.now)
        counts = run.counts() | {"failed": len(run.unmoved), "covers": max(run.covers, done)}
        change.put(
            "reencryptions",
            row
            | counts
            | {
                "unmoved": run.unmoved_text(),
                "updated": now,
                "finished": now if finished else None,
            },
        )
        return finished and not run.unmoved


class _Run(Generic[T]):
    """One run of a job: what it did, and what remains to be done.

    `unmoved`: digests of the names of envelopes that could not be moved, also in earlier runs.
    `covers`: the number of envelopes that an earlier, interrupted run covered; this run has to
    cover as many to finish the job.
    """

    def __init__(self, job: str, unmoved: set[str], covers: int) -> None:
        self.job = job
        self.token = secrets.token_hex(8)
        self.unmoved = unmoved
        self.covers = covers
        self.moved = self.skipped = self.changed = 0
        self.failed: list[tuple[T, str]] = []

    def note(self, name: T, move: Move) -> None:
        """Make a move and count its outcome."""
        digest = hashlib.sha256(repr(name).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        try:
            result = move()
        except RemediationError as error:
            self._fail(name, digest, type(error).__name__)
            return
        self.changed += result.changed
        if result.kind == "changed":
            self._fail(name, digest, "changed by somebody else each time")
            return
        self.moved += result.kind == "moved"
        self.skipped += result.kind == "skipped"
        self.unmoved.discard(digest)

    def counts(self) -> dict[str, object]:
        """The counts for the audit log."""
        return {
            "moved": self.moved,
            "skipped": self.skipped,
            "changed": self.changed,
            "failed": len(self.failed),
        }

    def unmoved_text(self) -> str:
        """The digests as JSON for the store. Over 10,000 of them, the first and a wildcard that no
        later run removes."""
        if len(self.unmoved) > _UNMOVED_KEPT:
            self.unmoved.add(_ALL)
            kept = [_ALL, *sorted(self.unmoved - {_ALL})[:_UNMOVED_KEPT]]
            return json.dumps(kept)
        return json.dumps(sorted(self.unmoved))

    def _fail(self, name: T, digest: str, why: str) -> None:
        self.failed.append((name, why))
        self.unmoved.add(digest)


def jobs_of(view: View, key: str) -> tuple[ReencryptionJob, ...]:
    """The re-encryption jobs of a key, sorted by name. Raises `StoreError` for damaged values."""
    jobs = []
    for row in view.all("reencryptions", key):
        values = {name: row[name] for name in ReencryptionJob.__slots__}
        try:
            for name in ("started", "updated"):
                values[name] = moment(values[name])
            values["finished"] = maybe(values["finished"])
        except ValueError:
            raise StoreError(f"a re-encryption of key {key!r} is damaged in the store") from None
        jobs.append(ReencryptionJob(**values))
    return tuple(jobs)


def _unmoved(row: Values | None) -> set[str]:
    return set() if row is None else set(json.loads(row["unmoved"]))


def _covers(row: Values) -> int:
    """The number of envelopes that the last run covered, if it was interrupted; else 0."""
    return 0 if row["finished"] is not None else int(row["covers"])
