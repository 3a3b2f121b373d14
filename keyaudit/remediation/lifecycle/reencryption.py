"""Moving data from old versions of a key to the primary one, and the record of how far it is."""

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
    """What a run did: the number of envelopes `moved`, the number `skipped`, being under the
    primary version already, the number of times one was `changed` by somebody else meanwhile (it
    was then read again), and those that `failed`, each with the name of the error. `finished`:
    whether the job is; not while envelopes failed, now or in a run before that this one did not
    come to, or a run before was cut short that had gone further."""

    moved: int
    skipped: int
    changed: int
    failed: tuple[tuple[T, str], ...]
    finished: bool


@dataclass(frozen=True, slots=True)
class ReencryptionJob:
    """How far a job of re-encryption is, as its last run noted it (every 500 envelopes).

    `target`: the version it moves to. `moved`, `skipped`, `changed` count envelopes of the last
    run; `failed` is the number that could not be moved in this run or one before. `finished` is
    None while it runs, or when it was cut short. Times are in UTC.
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
        """Whether envelopes may still be under an older version."""
        return self.finished is None or self.failed > 0


class Reencryptions(Access):
    """What `KeyManager` knows of jobs of re-encryption."""

    def reencryptions(self, name: str) -> tuple[ReencryptionJob, ...]:
        """The jobs of a key, by their names. Raises `UnknownKeyError`."""
        with self._read() as view:
            self._key_row(view, name)
            return jobs_of(view, name)

    def abandon_reencryption(self, name: str, job: str, *, by: str, why: str) -> None:
        """Forget a job that will not be finished (its data is gone), so that it no longer stands
        in the way of a destruction. Raises `UnknownKeyError`, ValueError without `by` or `why`."""
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
        """Write how far a run is; whether it finished the job. `KeyStateError` when another run of
        the same job began since, or the job was given up."""
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
    """One run of a job: what it did, and what the job still has to do.

    `unmoved`: digests of the names that could not be moved, in runs before too. `covers`: how many
    envelopes a run before came to that was cut short; this one has to come as far.
    """

    def __init__(self, job: str, unmoved: set[str], covers: int) -> None:
        self.job = job
        self.token = secrets.token_hex(8)
        self.unmoved = unmoved
        self.covers = covers
        self.moved = self.skipped = self.changed = 0
        self.failed: list[tuple[T, str]] = []

    def note(self, name: T, move: Move) -> None:
        """Make a move, and count what came of it."""
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
        """The counts as the log has them."""
        return {
            "moved": self.moved,
            "skipped": self.skipped,
            "changed": self.changed,
            "failed": len(self.failed),
        }

    def unmoved_text(self) -> str:
        """The digests as the store has them: beyond a number of them, one that nothing takes out
        again."""
        if len(self.unmoved) > _UNMOVED_KEPT:
            self.unmoved.add(_ALL)
            kept = [_ALL, *sorted(self.unmoved - {_ALL})[:_UNMOVED_KEPT]]
            return json.dumps(kept)
        return json.dumps(sorted(self.unmoved))

    def _fail(self, name: T, digest: str, why: str) -> None:
        self.failed.append((name, why))
        self.unmoved.add(digest)


def jobs_of(view: View, key: str) -> tuple[ReencryptionJob, ...]:
    """The jobs of a key, by their names."""
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
    """How far the run before came, when it was cut short."""
    return 0 if row["finished"] is not None else int(row["covers"])
