"""Usage of key versions: when each last decrypted something, and how often its state forbade it."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keyaudit.remediation.errors import RemediationError, StoreError
from keyaudit.remediation.lifecycle.access import Access, damaged
from keyaudit.remediation.lifecycle.records import KeyUsage, maybe, utc
from keyaudit.remediation.lifecycle.rows import Change, View
from keyaudit.remediation.lifecycle.stores.schema import USAGE

NOTED_EVERY = 60.0
"""Seconds between two writes of what was opened; refusals are written with the next of them, and
at once when there was none in that time."""


@dataclass(slots=True)
class _Note:
    opened: int = 0
    last_opened: str | None = None
    refused: int = 0
    last_refused: str | None = None
    last_refused_why: str | None = None


class Notes:
    """Usage counts that are not written to the store yet. Threads may share it."""

    def __init__(self) -> None:
        self._notes: dict[str, _Note] = {}
        self._lock = threading.Lock()
        self._written = float("-inf")
        self.refused_by_store = False

    def opened(self, id: str, now: datetime) -> bool:
        """Count a use of the version `id` to decrypt or verify; returns whether the counts should
        be written now."""
        with self._lock:
            note = self._notes.setdefault(id, _Note())
            note.opened += 1
            note.last_opened = utc(now)
            return self._is_time()

    def refused(self, id: str, now: datetime, why: str) -> bool:
        """Count a use of the version `id` that its state forbade; `why`: the state. Returns whether
        the counts should be written now."""
        with self._lock:
            note = self._notes.setdefault(id, _Note())
            note.refused += 1
            note.last_refused, note.last_refused_why = utc(now), why
            return self._is_time()

    def take(self) -> dict[str, _Note]:
        """All counts, which are reset."""
        with self._lock:
            notes, self._notes = self._notes, {}
            self._written = time.monotonic()
            return notes

    def _is_time(self) -> bool:
        due = time.monotonic() - self._written >= NOTED_EVERY
        return due and not self.refused_by_store


class Usages(Access):
    """The operations of `KeyManager` on the usage of versions."""

    _notes: Notes

    def usage(self, name: str, number: int) -> KeyUsage:
        """How a version was used. Every process records its uses about once a minute and when it
        closes the store. An application without write access to the store records nothing, and
        whoever can write to the store can restore older counts: this is a hint, and no proof that a
        version is not needed. Raises `UnknownKeyError`, `StoreError`."""
        self.note_usage()
        with self._read() as view:
            row = self._usage_row(view, self._version(view, name, number).id)
        try:
            return KeyUsage(
                row["opened"],
                maybe(row["last_opened"]),
                row["refused"],
                maybe(row["last_refused"]),
                row["last_refused_why"],
            )
        except ValueError:
            damaged("how a version was used")

    def note_usage(self) -> None:
        """Write the counts of this process to the store; also done about once a minute and by
        `close`. After the store refuses (because it is read-only), nothing more is written."""
        notes = self._notes.take()
        if not notes or self._notes.refused_by_store:
            return
        try:
            with self._write() as change:
                for id, note in notes.items():
                    self._add(change, id, note)
        except (RemediationError, OSError) as error:
            self._notes.refused_by_store = True
            logging.getLogger("keyaudit.remediation").info(
                "how keys are used is not noted: %s", type(error).__name__
            )

    def _add(self, change: Change, id: str, note: _Note) -> None:
        row = self._usage_row(change, id)
        row["opened"] += note.opened
        row["refused"] += note.refused
        if note.last_opened is not None:
            row["last_opened"] = note.last_opened
        if note.last_refused is not None:
            row["last_refused"] = note.last_refused
            row["last_refused_why"] = note.last_refused_why
        row["seal"] = self._seals.of_row(USAGE, row)
        names = ", ".join(f"{name} = ?" for name in row)
        change.connection.execute(
            f"UPDATE usage SET {names} WHERE id = ?",  # noqa: S608
            (*row.values(), id),
        )

    def _add_usage(self, change: Change, id: str) -> None:
        """Add the usage row of a new version."""
        row: dict[str, Any] = dict.fromkeys(USAGE.columns) | {"id": id, "opened": 0, "refused": 0}
        row["seal"] = self._seals.of_row(USAGE, row)
        marks = ", ".join("?" for _ in row)
        change.connection.execute(
            f"INSERT INTO usage ({', '.join(row)}) VALUES ({marks})",  # noqa: S608
            tuple(row.values()),
        )

    def _usage_row(self, view: View, id: str) -> dict[str, Any]:
        row = view.connection.execute("SELECT * FROM usage WHERE id = ?", (id,)).fetchone()
        if row is None:
            raise StoreError("a row of table 'usage' was removed by somebody else")
        self._seals.check(USAGE, row)
        return {name: row[name] for name in USAGE.columns}
