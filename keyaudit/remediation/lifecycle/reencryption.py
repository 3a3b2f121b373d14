"""Moving data from old versions of a key to the primary one, and the record of how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Generic, TypeVar

from keyaudit.remediation.errors import RemediationError, UnknownKeyError
from keyaudit.remediation.lifecycle.access import Access
from keyaudit.remediation.lifecycle.moves import Move
from keyaudit.remediation.lifecycle.records import KeyVersion, check_name, check_reason, utc
from keyaudit.remediation.lifecycle.stores.base import Connection

T = TypeVar("T")
NOTED_EVERY = 500
"""After how many envelopes the store is told how far a job is."""


@dataclass(frozen=True, slots=True)
class Reencryption(Generic[T]):
    """What a run did: the number of envelopes `moved`, the number `skipped`, being under the
    primary version already, and those that `failed`, each with the name of the error."""

    moved: int
    skipped: int
    failed: tuple[tuple[T, str], ...]


@dataclass(frozen=True, slots=True)
class ReencryptionJob:
    """How far a job of re-encryption is, as its last run noted it (every 500 envelopes).

    `target`: the version it moves to. `moved`, `skipped` and `failed` count envelopes of the last
    run. `finished` is None while it runs, or when it was cut short. Times are in UTC.
    """

    key: str
    job: str
    target: int
    started: datetime
    started_by: str
    updated: datetime
    moved: int
    skipped: int
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
        with self._store.read() as connection:
            self._policy(connection, name)
            return jobs_of(connection, name)

    def abandon_reencryption(self, name: str, job: str, *, by: str, why: str) -> None:
        """Forget a job that will not be finished (its data is gone), so that it no longer stands
        in the way of a destruction. Raises `UnknownKeyError`, ValueError without `by` or `why`."""
        check_reason(why)
        with self._change(by, "abandon-reencryption", name, None, job=job, why=why) as connection:
            if all(each.job != job for each in jobs_of(connection, name)):
                raise UnknownKeyError(f"key {name!r} has no re-encryption {job!r}")
            connection.execute("DELETE FROM reencryptions WHERE key = ? AND job = ?", (name, job))

    def _begin_job(self, version: KeyVersion, job: str, by: str) -> None:
        with self._change(
            by, "begin-reencryption", version.key, version.number, job=check_name(job)
        ) as connection:
            now = utc(self._now())
            connection.execute(
                "DELETE FROM reencryptions WHERE key = ? AND job = ?", (version.key, job)
            )
            connection.execute(
                "INSERT INTO reencryptions VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0, NULL)",
                (version.key, job, version.number, now, by, now),
            )

    def _note_job(
        self,
        connection: Connection,
        version: KeyVersion,
        job: str,
        counts: tuple[int, int, int],
        *,
        finished: bool,
    ) -> None:
        now = utc(self._now())
        connection.execute(
            "UPDATE reencryptions SET moved = ?, skipped = ?, failed = ?, updated = ?, finished = ?"
            " WHERE key = ? AND job = ? AND target = ?",
            (*counts, now, now if finished else None, version.key, job, version.number),
        )


def jobs_of(connection: Connection, key: str) -> tuple[ReencryptionJob, ...]:
    """The jobs of a key, by their names."""
    rows = connection.execute("SELECT * FROM reencryptions WHERE key = ? ORDER BY job", (key,))
    jobs = []
    for row in rows:
        values = {field.name: row[field.name] for field in fields(ReencryptionJob)}
        for name in ("started", "updated", "finished"):
            if values[name] is not None:
                values[name] = datetime.fromisoformat(values[name])
        jobs.append(ReencryptionJob(**values))
    return tuple(jobs)


def run(
    moves: Iterable[tuple[T, Move]],
    progress: Callable[[int], object] | None,
    note: Callable[[int, int, int], object],
) -> Reencryption[T]:
    """Make the moves, one after the other; `note` is called now and then with the three counts."""
    moved = skipped = 0
    failed: list[tuple[T, str]] = []
    for done, (name, move) in enumerate(moves, 1):
        try:
            if move():
                moved += 1
            else:
                skipped += 1
        except RemediationError as error:
            failed.append((name, type(error).__name__))
        if progress is not None:
            progress(done)
        if done % NOTED_EVERY == 0:
            note(moved, skipped, len(failed))
    return Reencryption(moved, skipped, tuple(failed))
