"""Checks the rows of a store of version 1 against its audit log.

Rows had no seals in version 1, so whoever could write to the database could change them. The audit
log is chained by a MAC whose key the root key wraps: its records of states, waits, policies and
approvals are authentic, and rows that contradict them were forged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keyaudit.remediation.errors import StoreError
from keyaudit.remediation.lifecycle.audit_log import AuditRecord
from keyaudit.remediation.lifecycle.rows import Values

_POLICY = ("cryptoperiod", "approvals", "retain_until")


@dataclass(slots=True)
class _Version:
    """The state of a version according to the log."""

    states: set[str]
    destroy_at: str | None = None
    archived: bool = False
    reactivated_until: str | None = None
    approved: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Key:
    """The state of a key according to the log."""

    policy: Mapping[str, Any]
    primary: int | None = None
    versions: dict[int, _Version] = field(default_factory=dict)


def check_against_log(rows: Mapping[str, list[Values]], log: list[AuditRecord]) -> None:
    """Raise `StoreError`, naming the first rows that contradict the log, or for an empty log."""
    if not log:
        raise StoreError("the audit log is empty")
    keys: dict[str, _Key] = {}
    aliases: dict[str, str] = {}
    for record in log:
        _follow(keys, aliases, record)
    _same("keys", set(keys), {row["name"] for row in rows["keys"]})
    _same("aliases", aliases, {row["alias"]: row["key"] for row in rows["aliases"]})
    approvals: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for row in rows["approvals"]:
        approvals[row["key"], row["number"]].add(row["approver"])
    for row in rows["keys"]:
        key = keys[row["name"]]
        _same(f"the policy of key {row['name']!r}", dict(key.policy),
              {name: row[name] for name in _POLICY})  # fmt: skip
        if key.primary is not None:
            _same(f"the primary version of key {row['name']!r}", key.primary, row["primary_number"])
    found = {(row["key"], row["number"]): row for row in rows["versions"]}
    wanted = {(name, number) for name, key in keys.items() for number in key.versions}
    _same("versions", wanted, set(found))
    for (name, number), row in found.items():
        version = keys[name].versions[number]
        where = f"version {number} of key {name!r}"
        if row["state"] not in version.states:
            _forged(f"the state of {where}")
        _same(f"the destruction of {where}", version.destroy_at, row["destroy_at"])
        _same(f"the archive of {where}", version.archived, row["archived"] is not None)
        _same(f"the reactivation of {where}", version.reactivated_until, row["reactivated_until"])
        _same(f"the approvals of {where}", version.approved, approvals[name, number])


def _follow(keys: dict[str, _Key], aliases: dict[str, str], record: AuditRecord) -> None:
    detail, number = record.detail, record.number
    policy = {name: detail.get(name) for name in _POLICY}
    if record.action == "create":
        keys[record.key] = _Key(policy)
        # The log of version 1 does not tell whether it was made active at once.
        keys[record.key].versions[1] = _Version({"active", "pre-activation"})
        return
    if record.action in ("set-alias", "remove-alias"):
        alias = str(detail["alias"])
        if record.action == "set-alias":
            aliases[alias] = record.key
        else:
            aliases.pop(alias, None)
        return
    key = keys.get(record.key)
    if key is None:
        return
    if record.action == "set-policy":
        key.policy = policy
    if number is None:
        return
    if record.action == "rotate":
        _rotate(key, number)
        return
    version = key.versions.get(number)
    if version is not None:
        _move(key, number, version, record)


def _rotate(key: _Key, number: int) -> None:
    for version in key.versions.values():
        # The old primary version; which that was is not told where it was never rotated before.
        is_primary = key.primary is None or version is key.versions.get(key.primary)
        if is_primary and version.states & {"active", "suspended"}:
            version.states = {"deactivated"} | (version.states & {"pre-activation"})
    key.primary = number
    key.versions[number] = _Version({"active"})


def _move(key: _Key, number: int, version: _Version, record: AuditRecord) -> None:
    states = {
        "activate": "active",
        "suspend": "suspended",
        "deactivate": "deactivated",
        "compromise": "compromised",
        "destroy": "destroyed",
    }
    detail = record.detail
    if record.action in states:
        version.states = {states[record.action]}
    if record.action == "activate" and (
        key.primary is None or key.versions[key.primary].states != {"active"}
    ):
        key.primary = number
    if record.action == "schedule-destruction":
        version.destroy_at = str(detail["at"])
    elif record.action in ("cancel-destruction", "destroy"):
        version.destroy_at = None
    if record.action == "approve-destruction":
        version.approved.add(record.actor)
    elif record.action == "cancel-destruction":
        version.approved.clear()
    elif record.action == "archive":
        version.archived = True
    elif record.action == "reactivate":
        version.reactivated_until = str(detail["until"])
    elif record.action == "reactivation-ended":
        version.reactivated_until = None


def _same(what: str, told: object, found: object) -> None:
    if told != found:
        _forged(what)


def _forged(what: str) -> None:
    raise StoreError(
        f"{what} in the store: not what the audit log tells. Somebody else changed it; nothing was "
        "upgraded"
    )
