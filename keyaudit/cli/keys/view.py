"""Keys and their versions as JSON values and as text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from keyaudit.remediation import (
    ApprovalRequest,
    KeyManager,
    KeyPolicy,
    KeyState,
    KeyUsage,
    KeyVersion,
)


def moment(time: datetime | None) -> str | None:
    """A time in UTC, as ISO 8601 to the second."""
    return None if time is None else time.isoformat(timespec="seconds").replace("+00:00", "Z")


def version_data(version: KeyVersion) -> dict[str, Any]:
    """A version as JSON values."""
    archived = destruction = None
    if version.archived is not None:
        archived = {
            "time": moment(version.archived),
            "by": version.archived_by,
            "why": version.archived_why,
        }
    if version.destroy_at is not None:
        destruction = {
            "from": moment(version.destroy_at),
            "by": version.destroy_by,
            "why": version.destroy_why,
        }
    return {
        "key": version.key,
        "version": version.number,
        "id": version.id,
        "state": str(version.state),
        "primary": version.is_primary,
        "created": moment(version.created),
        "activated": moment(version.activated),
        "deactivated": moment(version.deactivated),
        "compromised": moment(version.compromised),
        "archived": archived,
        "reactivated_until": moment(version.reactivated_until),
        "destruction": destruction,
        "destroyed": moment(version.destroyed),
    }


def key_data(manager: KeyManager, name: str) -> dict[str, Any]:
    """A key with all its versions as JSON values."""
    policy = manager.policy(name)
    versions = manager.versions(name)
    return {
        "key": name,
        "algorithm": manager.algorithm(name),
        "aliases": list(manager.aliases(name)),
        "cryptoperiod_days": policy.cryptoperiod.total_seconds() / 86400,
        "rotation_due": moment(due(versions, policy)),
        "when_over": policy.when_over,
        "approvals_needed": policy.approvals,
        "approvers": {name: key.hex() for name, key in policy.approvers.items()},
        "retain_until": moment(policy.retain_until),
        "versions": [
            version_data(version) | {"usage": usage_data(manager.usage(name, version.number))}
            for version in versions
        ],
        "requests": [request_data(each) for each in manager.requests(name)],
        "reencryptions": [
            {
                "job": job.job,
                "target": job.target,
                "started": moment(job.started),
                "by": job.started_by,
                "moved": job.moved,
                "skipped": job.skipped,
                "changed": job.changed,
                "failed": job.failed,
                "finished": moment(job.finished),
            }
            for job in manager.reencryptions(name)
        ],
    }


def request_data(asked: ApprovalRequest) -> dict[str, Any]:
    """A request for approval as JSON values."""
    return {
        "request": asked.id,
        "key": asked.key,
        "kind": asked.kind,
        "version": asked.number,
        "detail": dict(asked.detail),
        "requested": moment(asked.requested),
        "requested_by": asked.requested_by,
        "why": asked.why,
        "lapses": moment(asked.lapses),
        "approved_by": list(asked.approved_by),
    }


def usage_data(usage: KeyUsage) -> dict[str, Any]:
    """How a version was used, as JSON values."""
    return {
        "opened": usage.opened,
        "last_opened": moment(usage.last_opened),
        "refused": usage.refused,
        "last_refused": moment(usage.last_refused),
        "last_refused_why": usage.last_refused_why,
    }


def due(versions: tuple[KeyVersion, ...], policy: KeyPolicy) -> datetime | None:
    """When the primary version has been active for its cryptoperiod."""
    for version in versions:
        if version.is_primary and version.state is KeyState.ACTIVE and version.activated:
            return version.activated + policy.cryptoperiod
    return None


def version_line(version: KeyVersion, usage: KeyUsage, now: datetime) -> str:
    """A version in one line: what it is, and what it is good for now."""
    told = [str(version.state) + (" (primary)" if version.is_primary else "")]
    if version.archived is not None:
        told.append(f"archived by {version.archived_by}: {version.archived_why}")
    if version.reactivated_until is not None and now < version.reactivated_until:
        told.append(f"opens data until {moment(version.reactivated_until)}")
    if version.destroy_at is not None:
        told.append(
            f"to be destroyed from {moment(version.destroy_at)} on, by {version.destroy_by}: "
            f"{version.destroy_why}"
        )
    if version.destroyed is not None:
        told.append(f"on {moment(version.destroyed)}")
        if version.compromised is not None:
            told.append(f"found compromised on {moment(version.compromised)}")
    if usage.last_opened is not None:
        told.append(f"last opened data on {moment(usage.last_opened)}")
    if usage.last_refused is not None:
        told.append(f"refused to {usage.refused:,} times, last on {moment(usage.last_refused)}")
    return f"version {version.number}: {', '.join(told)}"
