"""The policies, versions and usage counts of keys, as the store holds them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from keyaudit.remediation.errors import StoreError, WeakParameterError
from keyaudit.remediation.lifecycle.states import KeyState

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_LONGEST = timedelta(days=730)
_CRYPTOPERIOD = "NIST SP 800-57 Part 1 Rev. 5, 5.3.6, Table 1: symmetric keys, 2 years"
_WHEN_OVER = ("warn", "refuse", "rotate")
_ACTOR_CHARACTERS = 200
_PUBLIC_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """How a key is managed.

    `cryptoperiod`: how long a version protects new data before `rotate_due` replaces it; at most
    730 days (NIST SP 800-57 Part 1 Rev. 5, 5.3.6, Table 1). `approvals`: the number of people,
    other than the one who asks, who must approve a destruction or a less strict policy.
    `retain_until`: no version is destroyed before that time, since its data must be kept; or None.
    Given with a time zone, and in UTC when read. `when_over`: what encrypting or signing does after
    the end of the cryptoperiod: `warn` (log a warning), `refuse` (raise `KeyStateError`) or
    `rotate` (rotate first). `approvers`: the only people who may approve, each with the Ed25519
    public key (32 bytes) that verifies their approvals; empty: anybody, without signatures.
    """

    cryptoperiod: timedelta = timedelta(days=365)
    approvals: int = 1
    retain_until: datetime | None = None
    when_over: str = "warn"
    approvers: Mapping[str, bytes] = field(default_factory=dict)

    def check(self) -> None:
        """Raise `WeakParameterError` for a cryptoperiod over 730 days, ValueError for other invalid
        values."""
        if self.cryptoperiod > _LONGEST:
            raise WeakParameterError(
                f"a cryptoperiod of {self.cryptoperiod.days} days",
                f"{_LONGEST.days} days or less",
                _CRYPTOPERIOD,
            )
        if self.cryptoperiod <= timedelta() or self.approvals < 0:
            raise ValueError("a cryptoperiod is above 0, and approvals are not below")
        if self.retain_until is not None and self.retain_until.tzinfo is None:
            raise ValueError("retain_until needs a time zone")
        if self.when_over not in _WHEN_OVER:
            raise ValueError(f"when_over is one of {', '.join(_WHEN_OVER)}")
        if any(len(key) != _PUBLIC_BYTES for key in self.approvers.values()):
            raise ValueError(f"an approver's Ed25519 public key has {_PUBLIC_BYTES} bytes")

    def columns(self) -> dict[str, Any]:
        """The policy as columns of the table `keys`. Raises as `check`, and ValueError for a bad
        name of an approver."""
        self.check()
        approvers = {check_actor(name): bytes(key).hex() for name, key in self.approvers.items()}
        return {
            "cryptoperiod": self.cryptoperiod.total_seconds(),
            "when_over": self.when_over,
            "approvals": self.approvals,
            "approvers": json.dumps(approvers, sort_keys=True),
            "retain_until": None if self.retain_until is None else utc(self.retain_until),
        }

    @classmethod
    def of(cls, columns: Mapping[str, Any]) -> KeyPolicy:
        """The policy that `columns` encoded. Raises `StoreError` for columns that do not parse."""
        try:
            return cls(
                timedelta(seconds=columns["cryptoperiod"]),
                columns["approvals"],
                maybe(columns["retain_until"]),
                columns["when_over"],
                {
                    name: bytes.fromhex(key)
                    for name, key in json.loads(columns["approvers"]).items()
                },
            )
        except (ValueError, TypeError, AttributeError, OverflowError):
            raise StoreError("the policy of a key is damaged") from None

    def asks_less_than(self, other: KeyPolicy) -> bool:
        """Whether this policy makes a destruction easier than `other` does: fewer approvals,
        approvers added or with other keys, a list of approvers dropped, or an earlier end of the
        retention."""
        if self.approvals < other.approvals:
            return True
        if other.approvers and any(
            other.approvers.get(name) != key for name, key in self.approvers.items()
        ):
            return True
        if bool(other.approvers) and not self.approvers:
            return True
        mine, theirs = self.retain_until, other.retain_until
        return theirs is not None and (mine is None or mine < theirs)


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """One version of a key. Times are in UTC; None for what has not happened.

    `id`: names the version in envelopes, and is never reused. `key`: the key's name. `number`:
    counts from 1. `is_primary`: whether it protects new data. `reactivated_until`: until when an
    archived or compromised version decrypts data. `destroy_at`: when a scheduled destruction may be
    carried out. `certificate`: of its destruction (JSON text).
    """

    id: str
    key: str
    number: int
    state: KeyState
    is_primary: bool
    created: datetime
    activated: datetime | None
    deactivated: datetime | None
    compromised: datetime | None
    archived: datetime | None
    archived_by: str | None
    archived_why: str | None
    reactivated_until: datetime | None
    destroy_at: datetime | None
    destroy_by: str | None
    destroy_why: str | None
    destroyed: datetime | None
    certificate: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any], primary_number: int | None) -> KeyVersion:
        """The version that a row holds. Raises `StoreError` for values that do not parse."""
        values = {name: row[name] for name in cls.__slots__ if name != "is_primary"}
        try:
            for name in _TIMES:
                values[name] = maybe(values[name])
            values["state"] = KeyState(values["state"])
        except (ValueError, TypeError):
            raise StoreError(
                f"version {row['number']} of key {row['key']!r} is damaged in the store"
            ) from None
        return cls(is_primary=primary_number == row["number"], **values)


_TIMES = (
    "created",
    "activated",
    "deactivated",
    "compromised",
    "archived",
    "reactivated_until",
    "destroy_at",
    "destroyed",
)


@dataclass(frozen=True, slots=True)
class KeyUsage:
    """How a version was used, as far as applications recorded it (see `KeyManager.usage`).

    `opened`: the number of times it decrypted or verified something. `refused`: the number of times
    its state forbade that. `last_opened` and `last_refused`: the time of the last one, in UTC;
    `last_refused_why`: the version's state at that time.
    """

    opened: int
    last_opened: datetime | None
    refused: int
    last_refused: datetime | None
    last_refused_why: str | None


def version_id(store_id: str, key: str, number: int, token: str) -> str:
    """The id that names a version in envelopes: `<store>/<key>/<number>-<random>`. The random part
    keeps a copy of the store that continues on its own from giving the id to another key."""
    return f"{store_id}/{key}/{number}-{token}"


def check_name(name: str) -> str:
    """Return `name` if it is valid for a key, alias or job: lower-case letters, digits, `.`, `_`
    and `-`, up to 100 characters, beginning with a letter or digit. Raises ValueError otherwise."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is no name: lower-case letters, digits, '.', '_' and '-', up to 100"
        )
    return name


def check_actor(by: str) -> str:
    """The name of who acts in normal form (NFKC, lower case, single spaces), so that two spellings
    count as one person. Raises ValueError for an empty name, one over 200 characters, and one with
    control or format characters, which would be invisible in a log."""
    normal = " ".join(unicodedata.normalize("NFKC", by).casefold().split(" ")).strip()
    normal = unicodedata.normalize("NFKC", " ".join(normal.split()))
    if not normal:
        raise ValueError("say who acts: `by` is empty")
    if not by.isprintable() or not normal.isprintable():
        raise ValueError("who acts is named without control and format characters")
    if len(normal) > _ACTOR_CHARACTERS:
        raise ValueError(f"who acts is named in {_ACTOR_CHARACTERS} characters or less")
    return normal


def check_days(what: str, days: int, limits: tuple[int, int], source: str) -> None:
    """Raises `WeakParameterError` unless `days` is within `limits` (shortest and longest, in days),
    which `source` names the standard or document of."""
    shortest, longest = limits
    if not shortest <= days <= longest:
        raise WeakParameterError(what, f"{shortest} to {longest} days", source)


def check_reason(why: str) -> str:
    """Return `why` if it states a reason. Raises ValueError for an empty one, and for control or
    format characters."""
    if not why.strip():
        raise ValueError("say why: the reason is empty")
    if not why.isprintable():
        raise ValueError("a reason is one line without control and format characters")
    return why


def utc(moment: datetime) -> str:
    """A time as the store writes it: ISO 8601 in UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment(text: str) -> datetime:
    """The time that `utc` wrote. Raises ValueError for any other text."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or utc(found) != text:
        raise ValueError(f"{text!r} is no time of a store")
    return found


def maybe(text: str | None) -> datetime | None:
    """The time that `utc` wrote; None for None. Raises ValueError for any other text."""
    return None if text is None else moment(text)
