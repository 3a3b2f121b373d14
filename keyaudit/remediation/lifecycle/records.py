"""What the store knows of keys and their versions."""

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
    730 days (SP 800-57 Part 1 Rev. 5, 5.3.6, Table 1). `approvals`: how many people other than
    the one who asks must approve a destruction, and a policy that asks for less. `retain_until`:
    no version is destroyed before (what it opens must be kept till then), or None; with a time
    zone, and in UTC when read. `when_over`: what a use for new data does once the cryptoperiod is
    over: `warn` (logs it), `refuse` (raises `KeyStateError`) or `rotate` (does it first).
    `approvers`: the only ones who may approve, each with the Ed25519 public key (32 bytes) that
    their approvals are signed with; empty: anybody, unsigned.
    """

    cryptoperiod: timedelta = timedelta(days=365)
    approvals: int = 1
    retain_until: datetime | None = None
    when_over: str = "warn"
    approvers: Mapping[str, bytes] = field(default_factory=dict)

    def check(self) -> None:
        """Raise `WeakParameterError` for a longer cryptoperiod, ValueError for other nonsense."""
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
        """The policy as columns of `keys`; raises as `check`."""
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
        """The policy that `columns` made; `StoreError` for columns that do not parse."""
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
        """Whether it makes a destruction easier than `other` does: fewer approvals, approvers
        that were added or whose keys changed, a shorter retention."""
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

    `id` stands in envelopes and is never given twice; `number` counts from 1. `destroy_at`: when a
    scheduled destruction may be carried out. `reactivated_until`: until when an archived or
    compromised version opens data. `certificate`: of its destruction (JSON).
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
        """The version that a row holds; `StoreError` for values that do not parse."""
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
    """How a version was used, as far as applications noted it (see `KeyManager.usage`).

    `opened` and `refused` count what it opened, and what it was asked to open while its state
    forbade that; the times (UTC) are of the last ones, `last_refused_why` the state then."""

    opened: int
    last_opened: datetime | None
    refused: int
    last_refused: datetime | None
    last_refused_why: str | None


def version_id(store_id: str, key: str, number: int, token: str) -> str:
    """How a version is named in envelopes: `<store>/<key>/<number>-<random>`. The random part
    keeps the name from being given to another key, by a copy of the store that went its own way.
    """
    return f"{store_id}/{key}/{number}-{token}"


def check_name(name: str) -> str:
    """`name`, when it can name a key or alias; else ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is no name: lower-case letters, digits, '.', '_' and '-', up to 100"
        )
    return name


def check_actor(by: str) -> str:
    """Who acts, in one form: NFKC, lower case, single spaces. Two spellings are one person, whose
    approval counts once. ValueError for an empty name, one over 200 characters, and one with
    control or format characters, which would hide in a log."""
    normal = " ".join(unicodedata.normalize("NFKC", by).casefold().split(" ")).strip()
    normal = unicodedata.normalize("NFKC", " ".join(normal.split()))
    if not normal:
        raise ValueError("say who acts: `by` is empty")
    if not by.isprintable() or not normal.isprintable():
        raise ValueError("who acts is named without control and format characters")
    if len(normal) > _ACTOR_CHARACTERS:
        raise ValueError(f"who acts is named in {_ACTOR_CHARACTERS} characters or less")
    return normal


def check_reason(why: str) -> str:
    """`why`, when it gives a reason; ValueError for none, and for control characters."""
    if not why.strip():
        raise ValueError("say why: the reason is empty")
    if not why.isprintable():
        raise ValueError("a reason is one line without control and format characters")
    return why


def utc(moment: datetime) -> str:
    """A time as the store writes it: ISO 8601 in UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment(text: str) -> datetime:
    """What `utc` wrote; ValueError for anything else."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or utc(found) != text:
        raise ValueError(f"{text!r} is no time of a store")
    return found


def maybe(text: str | None) -> datetime | None:
    """What `utc` wrote, or None for None."""
    return None if text is None else moment(text)
