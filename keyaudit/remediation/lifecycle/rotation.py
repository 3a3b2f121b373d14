"""Creation, activation, rotation, suspension, deactivation and compromise of keys."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keyaudit.remediation.errors import BackendError, KeyInUseError, KeyStateError
from keyaudit.remediation.lifecycle import algorithms
from keyaudit.remediation.lifecycle.algorithms import KeyAlgorithm
from keyaudit.remediation.lifecycle.lookup import Lookup
from keyaudit.remediation.lifecycle.records import (
    KeyPolicy,
    KeyVersion,
    check_actor,
    check_name,
    check_reason,
    utc,
    version_id,
)
from keyaudit.remediation.lifecycle.requests import Requests
from keyaudit.remediation.lifecycle.rows import Change, Values, View
from keyaudit.remediation.lifecycle.states import KeyState, check_transition
from keyaudit.remediation.lifecycle.stores.schema import TABLES
from keyaudit.remediation.lifecycle.usage_notes import Usages
from keyaudit.remediation.secure_key import SecureKey

_TOKEN_BYTES = 8


@dataclass(frozen=True, slots=True)
class _Made:
    """A wrapped key for a new version. It is made before the transaction that adds it, so that a
    slow key service holds no lock on the store."""

    token: str
    columns: dict[str, Any]


class Rotation(Requests, Usages, Lookup):
    """The operations of `KeyManager` from a key's creation to the deactivation or compromise of a
    version."""

    def create_key(
        self,
        name: str,
        *,
        by: str,
        policy: KeyPolicy | None = None,
        activate: bool = True,
        algorithm: str = algorithms.ENVELOPE,
        existing: SecureKey | None = None,
    ) -> KeyVersion:
        """Create a key with its version 1, which is active unless `activate` is false. Returns the
        version.

        `name`: lower-case letters, digits, `.`, `_`, `-`, up to 100 characters. `by`: who acts, for
        the audit log. `policy`: by default `KeyPolicy()`. `algorithm`: one of `KeyAlgorithm`; by
        default AES-256-GCM (256 bits) for `cipher`. `existing`: a key to import instead of
        generating one: raw bytes, or an unencrypted private key as PKCS #8 in DER; it is not
        closed. Raises ValueError for a bad or taken name, a key that does not fit the algorithm and
        one that is in the store already, `WeakParameterError` for a cryptoperiod over 730 days (see
        `KeyPolicy`) and a key that is too short, and what the root key raises.
        """
        columns = (KeyPolicy() if policy is None else policy).columns()
        check_name(name)
        made = self._make(name, algorithms.check(algorithm), existing)
        told = columns | ({"algorithm": algorithm} if algorithm != algorithms.ENVELOPE else {})
        if existing is not None:
            told["existing"] = True
        with self._change(by, "create", name, 1, **told) as change:
            for table in ("keys", "aliases"):
                if change.find(table, name) is not None:
                    raise ValueError(f"there is a key or alias {name!r} already")
            self._refuse_known(change, made, existing)
            row = {"name": name, "algorithm": algorithm, "primary_number": None, "latest": 0}
            change.put("keys", row | columns)
            self._add_version(change, name, made, active=activate)
        return self._as_written(name, 1)

    def set_policy(self, name: str, policy: KeyPolicy, *, by: str) -> None:
        """Change the policy of a key. A policy that is less strict than the present one (fewer
        approvals, other approvers, an earlier end of the retention) needs approvals by the present
        one first (see `request_policy`), else raises `KeyInUseError`. Other errors as `create_key`,
        and `UnknownKeyError`."""
        columns = policy.columns()
        with self._change(by, "set-policy", name, None, **columns) as change:
            row = self._key_row(change, name)
            old = KeyPolicy.of(row)
            if KeyPolicy.of(columns).asks_less_than(old) and old.approvals > 0:
                found = self._open_request(change, name, "policy", None, columns)
                missing = self._missing_approvals(change, old, found, by)
                if missing:
                    raise KeyInUseError(
                        f"the policy of {name!r} asks for more than the new one", (missing,)
                    )
                assert found is not None
                self._close_request(change, found)
            change.put("keys", row | columns)

    def add_version(
        self, name: str, *, by: str, why: str, existing: SecureKey | None = None
    ) -> KeyVersion:
        """Create a version that is not used yet (pre-activation), for example to publish a public
        key before anything is signed with it. `activate` and `promote` bring it into use.
        `existing` as for `create_key`. Returns the version. Raises `UnknownKeyError`, ValueError
        without `by` or `why`; other errors as `create_key`."""
        check_reason(why)
        made = self._make(name, self.algorithm(name), existing)
        with self._change(by, "add-version", name, None, why=why, id=made.token) as change:
            self._refuse_known(change, made, existing)
            number = self._add_version(change, name, made, active=False)
        return self._as_written(name, number)

    def promote(self, name: str, number: int, *, by: str, why: str) -> KeyVersion:
        """Make an active or pre-active version the primary one; the former primary version stays
        active, and decrypts or verifies. Returns the version. Raises `KeyStateError` for other
        states and a scheduled destruction, `UnknownKeyError`, ValueError without `by` or `why`."""
        check_reason(why)
        with self._change(by, "promote", name, number, why=why) as change:
            version = self._version(change, name, number)
            if version.destroy_at is not None:
                raise KeyStateError(f"{version.id} is to be destroyed; cancel that to use it")
            if version.state is not KeyState.ACTIVE:
                if version.state is not KeyState.PRE_ACTIVATION:
                    raise KeyStateError(f"{version.id} is {version.state}; activate it first")
                self._move(change, version, KeyState.ACTIVE, activated=utc(change.now))
            change.put("keys", self._key_row(change, name) | {"primary_number": number})
        return self._as_written(name, number)

    def activate(self, name: str, number: int, *, by: str) -> KeyVersion:
        """Activate a pre-active or suspended version. It becomes the primary one only if the key's
        primary version is not active. Returns the version. Raises `KeyStateError` for other states
        and a scheduled destruction, `UnknownKeyError`, ValueError without `by`."""
        with self._change(by, "activate", name, number) as change:
            version = self._version(change, name, number)
            if version.destroy_at is not None:
                raise KeyStateError(f"{version.id} is to be destroyed; cancel that to use it")
            columns = {} if version.activated else {"activated": utc(change.now)}
            primary = self._primary_or_none(change, name)
            self._move(change, version, KeyState.ACTIVE, **columns)
            if primary is None or primary.state is not KeyState.ACTIVE:
                change.put("keys", self._key_row(change, name) | {"primary_number": number})
        return self._as_written(name, number)

    def rotate(self, name: str, *, by: str, why: str = "on demand") -> KeyVersion:
        """Create a new version and make it the primary one, which protects new data; the old
        primary version is deactivated, and only decrypts existing data. (Of a key for key agreement
        it stays active, since others have its public key, and agrees until `deactivate`.) Returns
        the new version.

        This is one transaction, so that there is always one primary version. Raises
        `UnknownKeyError`, ValueError without `by` or `why`, and what the root key raises.
        """
        check_reason(why)
        made = self._make(name, self.algorithm(name))
        with self._write() as change:
            number = self._rotate(change, name, made, by, why)
        return self._as_written(name, number)

    def rotate_due(self, *, by: str) -> tuple[KeyVersion, ...]:
        """Rotate every key whose primary version has been active for its cryptoperiod; returns the
        new versions. To be run by a timer. Raises ValueError without `by`, and what the root key
        raises."""
        with self._read() as view:
            due = [row["name"] for row in view.all("keys") if self._is_due(view, row["name"])]
        made = [self._rotate_when_due(name, by) for name in due]
        return tuple(version for version in made if version is not None)

    def suspend(self, name: str, number: int, *, by: str, why: str) -> KeyVersion:
        """Suspend an active version, for example during an investigation: it does nothing until
        `activate`. Returns the version. Raises `KeyStateError` for another state,
        `UnknownKeyError`, ValueError without `by` or `why`."""
        with self._change(by, "suspend", name, number, why=check_reason(why)) as change:
            self._move(change, self._version(change, name, number), KeyState.SUSPENDED)
        return self._as_written(name, number)

    def deactivate(self, name: str, number: int, *, by: str, why: str) -> KeyVersion:
        """Deactivate a version without a successor: from now on it only decrypts existing data. A
        key whose primary version is deactivated protects no new data until `rotate`. Returns the
        version. Raises `KeyStateError` for a version that is neither active nor suspended,
        `UnknownKeyError`, ValueError without `by` or `why`."""
        with self._change(by, "deactivate", name, number, why=check_reason(why)) as change:
            version = self._version(change, name, number)
            self._move(change, version, KeyState.DEACTIVATED, deactivated=utc(change.now))
        return self._as_written(name, number)

    def compromise(self, name: str, number: int, *, by: str, why: str) -> KeyVersion:
        """Mark a version as compromised: from now on it protects no new data, and decrypts existing
        data only while reactivated. If it was the primary one, a new version replaces it in the
        same transaction; if the root key's service fails, the version is still marked, and `rotate`
        has to be called later. Then run `reencrypt(..., anew=True)`: whoever had the key may have
        its data keys. A destroyed version can be marked too, when its compromise is found out late:
        it stays destroyed, with the time in `compromised`. Returns the version. Raises
        `KeyStateError` for a version already compromised, `UnknownKeyError`, ValueError without
        `by` or `why`."""
        check_reason(why)
        made = None
        with self._read() as view:
            is_primary = self._version(view, name, number).is_primary
        if is_primary:
            try:
                made = self._make(name, self.algorithm(name))
            except (BackendError, OSError) as error:
                logging.getLogger("keyaudit.remediation").error(
                    "key %r has no new version: its root key failed: %s", name, error
                )
        with self._change(by, "compromise", name, number, why=why) as change:
            version = self._version(change, name, number)
            now = utc(change.now)
            if version.state is KeyState.DESTROYED and version.compromised is None:
                self._set(change, version, compromised=now)
            else:
                since = version.deactivated
                self._move(
                    change,
                    version,
                    KeyState.COMPROMISED,
                    compromised=now,
                    deactivated=now if since is None else utc(since),
                )
            self._drop_requests(change, name, number)
            if version.is_primary:
                if made is None:
                    change.put("keys", self._key_row(change, name) | {"primary_number": None})
                else:
                    self._replace(change, name, made, by, "its version was compromised")
        return self._as_written(name, number)

    def _rotate_when_due(self, name: str, by: str) -> KeyVersion | None:
        """Rotate a key, unless another process did so just before (then None)."""
        made = self._make(name, self.algorithm(name))
        with self._write() as change:
            if not self._is_due(change, name):
                return None
            number = self._rotate(change, name, made, by, "cryptoperiod is over")
        return self._as_written(name, number)

    def _is_due(self, view: View, name: str) -> bool:
        version = self._primary_or_none(view, name)
        return version is not None and self._is_over(version, self._key_row(view, name), view.now)

    @staticmethod
    def _is_over(version: KeyVersion, row: Values, now: datetime) -> bool:
        """Whether an active version has been in use for the cryptoperiod in `row`, its key's
        row."""
        since = version.activated
        return (
            version.state is KeyState.ACTIVE
            and since is not None
            and (now - since).total_seconds() >= row["cryptoperiod"]
        )

    def _rotate(self, change: Change, name: str, made: _Made, by: str, why: str) -> int:
        version = self._primary_or_none(change, name)
        replaced = [KeyState.ACTIVE, KeyState.SUSPENDED]
        if KeyAlgorithm(self._key_row(change, name)["algorithm"]).agrees:
            replaced.remove(KeyState.ACTIVE)
        if version is not None and version.state in replaced:
            self._move(change, version, KeyState.DEACTIVATED, deactivated=utc(change.now))
        return self._replace(change, name, made, by, why)

    def _replace(self, change: Change, name: str, made: _Made, by: str, why: str) -> int:
        number = self._add_version(change, name, made, active=True)
        change.record(check_actor(by), "rotate", name, number, {"why": why})
        return number

    def _move(self, change: Change, version: KeyVersion, new: KeyState, **columns: object) -> None:
        """Change a version's state, if the transition is allowed, together with other columns."""
        check_transition(version.id, version.state, new)
        self._set(change, version, state=str(new), **columns)

    @staticmethod
    def _refuse_known(change: Change, made: _Made, existing: SecureKey | None) -> None:
        """Raise ValueError for an existing key that a version of the store has or had: one key
        would be there for two purposes (SP 800-57 Part 1 Rev. 5, 5.2), or come back after its
        destruction."""
        for row in change.all("versions") if existing is not None else ():
            if bytes(row["fingerprint"]) == made.columns["fingerprint"]:
                raise ValueError(f"the key is in the store already, as {row['id']}")

    def _make(self, name: str, algorithm: str, existing: SecureKey | None = None) -> _Made:
        """A generated (or given) key for a new version, wrapped under the root key."""
        token = secrets.token_hex(_TOKEN_BYTES)
        about = self._secrets.context("material", key=name, token=token)
        secret, wrapped = self._root.new_data_key(about)
        with secret:
            made = algorithms.make(algorithm, secret, name, token, existing)
        return _Made(token, {"material": wrapped, **made})

    def _add_version(self, change: Change, key: str, made: _Made, *, active: bool) -> int:
        """Add a wrapped key as a new version, as the primary one if `active`. Returns its
        number."""
        row = self._key_row(change, key)
        number: int = row["latest"] + 1
        now = utc(change.now)
        id = version_id(self._store_id, key, number, made.token)
        state = KeyState.ACTIVE if active else KeyState.PRE_ACTIVATION
        version: dict[str, Any] = dict.fromkeys(TABLES["versions"].columns)
        version |= {"key": key, "number": number, "id": id, "token": made.token}
        version |= {"state": str(state), "created": now, "activated": now if active else None}
        change.put("versions", version | made.columns)
        change.put(
            "keys", row | {"latest": number} | ({"primary_number": number} if active else {})
        )
        self._add_usage(change, id)
        return number
