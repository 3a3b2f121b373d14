"""Dual control: requests for destructions and policies, and other people's approvals of them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from keyaudit.remediation.errors import (
    DecryptionError,
    KeyStateError,
    PurposeError,
    StoreError,
    UnknownKeyError,
)
from keyaudit.remediation.lifecycle.access import Access
from keyaudit.remediation.lifecycle.records import (
    KeyPolicy,
    check_actor,
    check_reason,
    moment,
    utc,
)
from keyaudit.remediation.lifecycle.rows import Change, Values, View
from keyaudit.remediation.lifecycle.states import KeyState

LAPSES_AFTER = timedelta(days=30)
"""How long a request can be approved and carried out: as the longest wait of a destruction."""
_LABEL = b"keyaudit/approval/2\0"


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """A request that other people have to approve. Times are in UTC.

    `kind`: `destroy` (of version `number`) or `policy` (its values are in `detail`). `approved_by`:
    the names of those who approved it, sorted. Approvals are for this request only, and expire with
    it at `lapses`, 30 days after it was made. `store`: the id of the store. `version_id`: the id of
    the version, or None.
    """

    id: str
    key: str
    kind: str
    number: int | None
    detail: Mapping[str, object]
    requested: datetime
    requested_by: str
    why: str
    lapses: datetime
    approved_by: tuple[str, ...]
    store: str
    version_id: str | None


class Requests(Access):
    """The operations of `KeyManager` that ask for approvals and give them."""

    def request_destruction(self, name: str, number: int, *, by: str, why: str) -> ApprovalRequest:
        """Request the approvals that the destruction of a version needs. A version has one open
        request at a time: a new one replaces the old one and its approvals. Raises `KeyStateError`
        for a destroyed version, ValueError without `by` or `why`, `UnknownKeyError`."""
        with self._change(by, "request-destruction", name, number, why=check_reason(why)) as change:
            version = self._version(change, name, number)
            if version.state is KeyState.DESTROYED:
                raise KeyStateError(f"{version.id} is destroyed already")
            id = self._add_request(change, name, "destroy", number, {}, by, why)
        return self.request(name, id)

    def request_policy(self, name: str, policy: KeyPolicy, *, by: str, why: str) -> ApprovalRequest:
        """Request the approvals that a policy less strict than the present one needs. Raises as
        `KeyPolicy.check`, ValueError without `by` or `why`, `UnknownKeyError`."""
        columns = policy.columns()
        with self._change(by, "request-policy", name, None, why=why, **columns) as change:
            self._key_row(change, name)
            id = self._add_request(change, name, "policy", None, columns, by, check_reason(why))
        return self.request(name, id)

    def requests(self, name: str) -> tuple[ApprovalRequest, ...]:
        """The open requests of a key, oldest first, without expired ones. Raises
        `UnknownKeyError`."""
        with self._read() as view:
            self._key_row(view, name)
            found = [
                self._request(view, row)
                for row in view.all("requests", name)
                if moment(row["lapses"]) > view.now
            ]
        return tuple(sorted(found, key=lambda each: each.requested))

    def request(self, name: str, id: str) -> ApprovalRequest:
        """The open request with that id. Raises `UnknownKeyError` when there is none."""
        with self._read() as view:
            return self._request(view, self._request_row(view, name, id))

    def approve(self, name: str, id: str, *, by: str, signature: bytes | None = None) -> None:
        """Approve a request. When the key's policy names approvers, only they can, and `signature`
        is their Ed25519 signature (64 bytes) over `approval_message(request)`. Raises
        `UnknownKeyError`, `PurposeError` for somebody who is no approver, `DecryptionError` for a
        wrong or missing signature, `KeyStateError` for the one who made the request, ValueError
        without `by`."""
        by = check_actor(by)
        with self._change(by, "approve", name, None, request=id) as change:
            row = self._request_row(change, name, id)
            if row["requested_by"] == by:
                raise KeyStateError(f"{by} asked for it; somebody else approves")
            policy = KeyPolicy.of(self._key_row(change, name))
            if policy.approvers:
                _check_signature(policy, by, self._request(change, row), signature)
            yes = {"key": name, "request": id, "approver": by, "time": utc(change.now)}
            change.put("approvals", yes | {"signature": signature})

    def withdraw(self, name: str, id: str, *, by: str) -> None:
        """Withdraw one's approval of a request, or, if `by` made the request, the request itself.
        Raises `KeyStateError` when there is nothing to withdraw, `UnknownKeyError`, ValueError
        without `by`."""
        by = check_actor(by)
        with self._change(by, "withdraw", name, None, request=id) as change:
            row = self._request_row(change, name, id)
            if row["requested_by"] == by:
                self._close_request(change, row)
            elif change.find("approvals", name, id, by) is not None:
                change.remove("approvals", name, id, by)
            else:
                raise KeyStateError(f"{by} did not approve request {id!r}")

    def _request_row(self, view: View, name: str, id: str) -> Values:
        row = view.find("requests", name, id)
        if row is None or moment(row["lapses"]) <= view.now:
            raise UnknownKeyError(f"key {name!r} has no open request {id!r}")
        return row

    def _add_request(
        self,
        change: Change,
        name: str,
        kind: str,
        number: int | None,
        detail: Mapping[str, object],
        by: str,
        why: str,
    ) -> str:
        for old in change.all("requests", name):
            if moment(old["lapses"]) <= change.now or (old["kind"], old["number"]) == (
                kind,
                number,
            ):
                self._close_request(change, old)
        id = secrets.token_hex(4)
        change.put(
            "requests",
            {
                "key": name,
                "id": id,
                "kind": kind,
                "number": number,
                "detail": json.dumps(detail, sort_keys=True),
                "requested": utc(change.now),
                "requested_by": check_actor(by),
                "why": why,
                "lapses": utc(change.now + LAPSES_AFTER),
            },
        )
        return id

    def _open_request(
        self,
        view: View,
        name: str,
        kind: str,
        number: int | None,
        detail: Mapping[str, object] | None = None,
    ) -> Values | None:
        """The open request for exactly that operation; None when there is none."""
        wanted = json.dumps({} if detail is None else detail, sort_keys=True)
        for row in view.all("requests", name):
            if (row["kind"], row["number"], row["detail"]) == (kind, number, wanted) and (
                moment(row["lapses"]) > view.now
            ):
                return row
        return None

    def _close_request(self, change: Change, row: Values) -> None:
        """Remove a request and its approvals."""
        for yes in change.all("approvals", row["key"]):
            if yes["request"] == row["id"]:
                change.remove("approvals", row["key"], row["id"], yes["approver"])
        change.remove("requests", row["key"], row["id"])

    def _drop_requests(self, change: Change, name: str, number: int) -> None:
        """Remove the requests for a version, whose state is no longer the one that was approved."""
        for row in change.all("requests", name):
            if row["number"] == number:
                self._close_request(change, row)

    def _approvers(
        self, view: View, policy: KeyPolicy, row: Values | None, *but: str | None
    ) -> list[str]:
        """Those whose approvals of a request count: neither who made the request nor any of `but`,
        and, where the policy names approvers, only with a valid signature."""
        if row is None:
            return []
        request = self._request(view, row)
        excluded = {row["requested_by"], *(check_actor(each) for each in but if each)}
        found = []
        for yes in view.all("approvals", row["key"]):
            if yes["request"] != row["id"] or yes["approver"] in excluded:
                continue
            if policy.approvers:
                try:
                    _check_signature(policy, yes["approver"], request, yes["signature"])
                except (PurposeError, DecryptionError):
                    continue  # of an approver who is none any more
            found.append(str(yes["approver"]))
        return found

    def _missing_approvals(
        self, view: View, policy: KeyPolicy, row: Values | None, *but: str | None
    ) -> str:
        """The number of missing approvals as text; empty when none is missing."""
        missing = policy.approvals - len(self._approvers(view, policy, row, *but))
        if missing <= 0:
            return ""
        return (
            f"{missing} approval is missing" if missing == 1 else f"{missing} approvals are missing"
        )

    def _request(self, view: View, row: Values) -> ApprovalRequest:
        approvals = view.all("approvals", row["key"])
        version = None
        if row["number"] is not None:
            version = str(self._version_row(view, row["key"], row["number"])["id"])
        try:
            return ApprovalRequest(
                row["id"],
                row["key"],
                row["kind"],
                row["number"],
                json.loads(row["detail"]),
                moment(row["requested"]),
                row["requested_by"],
                row["why"],
                moment(row["lapses"]),
                tuple(yes["approver"] for yes in approvals if yes["request"] == row["id"]),
                self._store_id,
                version,
            )
        except (ValueError, TypeError):
            raise StoreError(f"a request of key {row['key']!r} is damaged in the store") from None


def approval_message(request: ApprovalRequest) -> bytes:
    """The bytes that an approver signs: a label, and the request's store, key, id, kind, version
    (its number and id), details, time, author and reason as canonical JSON."""
    values: list[Any] = [
        request.store,
        request.version_id,
        request.key,
        request.id,
        request.kind,
        request.number,
        dict(request.detail),
        utc(request.requested),
        request.requested_by,
        request.why,
    ]
    return _LABEL + json.dumps(values, sort_keys=True, separators=(",", ":")).encode()


def _check_signature(
    policy: KeyPolicy, by: str, request: ApprovalRequest, signature: bytes | None
) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key = policy.approvers.get(by)
    if key is None:
        raise PurposeError(f"{by} is no approver of key {request.key!r}")
    try:
        if signature is None:
            raise InvalidSignature
        Ed25519PublicKey.from_public_bytes(key).verify(bytes(signature), approval_message(request))
    except (InvalidSignature, ValueError):
        raise DecryptionError(f"the approval is not signed by the key of {by}") from None
