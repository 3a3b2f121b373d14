"""The tables of a store, for both databases, which differ in the names of types.

Every table but `audit` ends in a column `seal`, a MAC over the row (see `lifecycle/seals.py`). The
audit log is protected by its chain. The single row of `head` protects what no other row can: the
number of rows, and where the log ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_TEXT, _MAYBE_TEXT = "TEXT NOT NULL", "TEXT"
_NUMBER, _MAYBE_NUMBER = "$counter NOT NULL", "$counter"
_BYTES, _MAYBE_BYTES = "$bytes NOT NULL", "$bytes"


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `key`: the columns of its primary key. `columns`: all columns with their types,
    without the seal. `check`: a constraint, or empty."""

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, str]
    check: str = ""

    @property
    def sql(self) -> str:
        """The CREATE TABLE statement, with placeholders `$bytes`, `$real`, `$counter` and
        `$table`."""
        lines = [f"{name} {kind}" for name, kind in self.columns.items()]
        lines += [f"seal {_BYTES}", f"PRIMARY KEY ({', '.join(self.key)})"]
        if self.check:
            lines.append(self.check)
        return f"CREATE TABLE {self.name} ({', '.join(lines)})$table;\n"


# `material` is the version's key, wrapped by the root key; `private` a private or imported key,
# encrypted under that; a `fingerprint` says which key a certificate speaks of. Times are ISO 8601
# in UTC, to the microsecond, so that they order as text.
_LISTED = (
    Table("meta", ("name",), {"name": _TEXT, "value": _BYTES}),
    Table(
        "keys",
        ("name",),
        {
            "name": _TEXT,
            "algorithm": _TEXT,
            "primary_number": _MAYBE_NUMBER,
            "latest": _NUMBER,
            "cryptoperiod": "$real NOT NULL",
            "when_over": _TEXT,
            "approvals": _NUMBER,
            "approvers": _TEXT,
            "retain_until": _MAYBE_TEXT,
        },
    ),
    Table(
        "versions",
        ("key", "number"),
        {
            "key": _TEXT,
            "number": _NUMBER,
            "id": f"{_TEXT} UNIQUE",
            "token": _TEXT,
            "state": _TEXT,
            "material": _MAYBE_BYTES,
            "private": _MAYBE_BYTES,
            "public": _MAYBE_BYTES,
            "fingerprint": _BYTES,
            "created": _TEXT,
            "activated": _MAYBE_TEXT,
            "deactivated": _MAYBE_TEXT,
            "compromised": _MAYBE_TEXT,
            "archived": _MAYBE_TEXT,
            "archived_by": _MAYBE_TEXT,
            "archived_why": _MAYBE_TEXT,
            "reactivated_until": _MAYBE_TEXT,
            "destroy_at": _MAYBE_TEXT,
            "destroy_by": _MAYBE_TEXT,
            "destroy_why": _MAYBE_TEXT,
            "destroy_uptime": _MAYBE_TEXT,
            "destroyed": _MAYBE_TEXT,
            "certificate": _MAYBE_TEXT,
        },
        "CHECK ((material IS NULL) = (destroyed IS NOT NULL))",
    ),
    Table("aliases", ("alias",), {"alias": _TEXT, "key": _TEXT}),
    Table(
        "requests",
        ("key", "id"),
        {
            "key": _TEXT,
            "id": _TEXT,
            "kind": _TEXT,
            "number": _MAYBE_NUMBER,
            "detail": _TEXT,
            "requested": _TEXT,
            "requested_by": _TEXT,
            "why": _TEXT,
            "lapses": _TEXT,
        },
    ),
    Table(
        "approvals",
        ("key", "request", "approver"),
        {
            "key": _TEXT,
            "request": _TEXT,
            "approver": _TEXT,
            "time": _TEXT,
            "signature": _MAYBE_BYTES,
        },
    ),
    Table(
        "reencryptions",
        ("key", "job"),
        {
            "key": _TEXT,
            "job": _TEXT,
            "run": _TEXT,
            "target": _NUMBER,
            "started": _TEXT,
            "started_by": _TEXT,
            "updated": _TEXT,
            "moved": _NUMBER,
            "skipped": _NUMBER,
            "changed": _NUMBER,
            "failed": _NUMBER,
            "covers": _NUMBER,
            "unmoved": _TEXT,
            "finished": _MAYBE_TEXT,
        },
    ),
)
TABLES: dict[str, Table] = {table.name: table for table in _LISTED}
"""The tables whose rows the head counts: each change of one is in the audit log."""

USAGE = Table(
    "usage",
    ("id",),
    {
        "id": _TEXT,
        "opened": _NUMBER,
        "last_opened": _MAYBE_TEXT,
        "refused": _NUMBER,
        "last_refused": _MAYBE_TEXT,
        "last_refused_why": _MAYBE_TEXT,
    },
)
"""What applications note while they use keys: each row is sealed, but no log tells of it."""

HEAD = Table(
    "head",
    ("one",),
    {
        "one": _NUMBER,
        "generation": _TEXT,
        "sequence": _NUMBER,
        "hash": _BYTES,
        "time": _TEXT,
        "counts": _TEXT,
    },
)

# `changes`: the rows that the record's change wrote, each with its seal; NULL in records that
# came over from a store of version 1.
_AUDIT = """
CREATE TABLE audit (
    sequence $counter PRIMARY KEY,
    time TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    key TEXT NOT NULL,
    number INTEGER,
    detail TEXT NOT NULL,
    changes TEXT,
    hash $bytes NOT NULL
)$table;
CREATE INDEX aliases_of_key ON aliases (key);
"""


def tables(*, bytes: str, real: str, counter: str, table: str = "") -> str:
    """The statements that create all tables. `bytes`, `real`, `counter` (integers of 8 bytes): the
    database's names of these types. `table`: what follows the columns of a table."""
    from string import Template

    script = "".join(each.sql for each in (*_LISTED, USAGE, HEAD)) + _AUDIT
    return Template(script).substitute(bytes=bytes, real=real, counter=counter, table=table)
