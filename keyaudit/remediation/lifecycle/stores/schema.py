"""The tables of a store, once for both databases, which differ in a few words."""

from __future__ import annotations

from string import Template

# `material` is the version's key, wrapped by the root key; a `fingerprint` says which key a
# certificate speaks of. Times are ISO 8601 in UTC, to the microsecond, so that they order as text.
_TABLES = Template("""
CREATE TABLE meta (name TEXT PRIMARY KEY, value $bytes NOT NULL)$table;
CREATE TABLE keys (
    name TEXT PRIMARY KEY,
    primary_number INTEGER,
    cryptoperiod $real NOT NULL,
    approvals INTEGER NOT NULL,
    retain_until TEXT
)$table;
CREATE TABLE versions (
    key TEXT NOT NULL REFERENCES keys (name),
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    material $bytes,
    fingerprint $bytes NOT NULL,
    created TEXT NOT NULL,
    activated TEXT,
    deactivated TEXT,
    archived TEXT, archived_by TEXT, archived_why TEXT,
    reactivated_until TEXT,
    destroy_at TEXT, destroy_by TEXT, destroy_why TEXT,
    destroyed TEXT,
    certificate TEXT,
    PRIMARY KEY (key, number),
    CHECK ((material IS NULL) = (state = 'destroyed'))
)$table;
CREATE TABLE aliases (alias TEXT PRIMARY KEY, key TEXT NOT NULL REFERENCES keys (name))$table;
CREATE TABLE approvals (
    key TEXT NOT NULL,
    number INTEGER NOT NULL,
    approver TEXT NOT NULL,
    time TEXT NOT NULL,
    PRIMARY KEY (key, number, approver)
)$table;
CREATE TABLE reencryptions (
    key TEXT NOT NULL REFERENCES keys (name),
    job TEXT NOT NULL,
    target INTEGER NOT NULL,
    started TEXT NOT NULL, started_by TEXT NOT NULL,
    updated TEXT NOT NULL,
    moved INTEGER NOT NULL, skipped INTEGER NOT NULL, failed INTEGER NOT NULL,
    finished TEXT,
    PRIMARY KEY (key, job)
)$table;
CREATE TABLE audit (
    sequence $counter PRIMARY KEY,
    time TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    key TEXT NOT NULL,
    number INTEGER,
    detail TEXT NOT NULL,
    hash $bytes NOT NULL
)$table;
""")


def tables(*, bytes: str, real: str, counter: str, table: str = "") -> str:
    """The statements that make the tables, with the database's own names of types: `bytes`, `real`
    and `counter` (numbers of 8 bytes); `table` is what it wants said after a table's columns."""
    return _TABLES.substitute(bytes=bytes, real=real, counter=counter, table=table)
