"""What the store knows of keys and their versions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from keyaudit.remediation.errors import WeakParameterError
from keyaudit.remediation.lifecycle.states import KeyState
from keyaudit.remediation.lifecycle.stores.base import Row

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_LONGEST = timedelta(days=730)
_CRYPTOPERIOD = "NIST SP 800-57 Part 1 Rev. 5, 5.3.6, Table 1: symmetric keys, 2 years"


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """How a key is managed.

    `cryptoperiod`: how long a version protects new data before `rotate_due` replaces it; at most
    730 days (SP 800-57 Part 1 Rev. 5, 5.3.6, Table 1). `approvals`: how many people other than
    the one who asks must approve a destruction. `retain_until`: no version is destroyed before
    (what it opens must be kept till then), or None; with a time zone, and in UTC when read.
    """

    cryptoperiod: timedelta = timedelta(days=365)
    approvals: int = 1
    retain_until: datetime | None = None

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


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """One version of a key. Times are in UTC; None for what has not happened.

    `id` stands in envelopes; `number` counts from 1. `destroy_at`: when a scheduled destruction
    may be carried out. `reactivated_until`: until when an archived or compromised version opens
    data. `certificate`: of its destruction (JSON).
    """

    id: str
    key: str
    number: int
    state: KeyState
    is_primary: bool
    created: datetime
    activated: datetime | None
    deactivated: datetime | None
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
    def of(cls, row: Row, store_id: str) -> KeyVersion:
        """The version that a row of the stores' `SELECT_VERSION` holds."""
        values = {name: row[name] for name in cls.__slots__ if name not in _COMPUTED}
        for name in _TIMES:
            if values[name] is not None:
                values[name] = datetime.fromisoformat(values[name])
        values["state"] = KeyState(values["state"])
        is_primary = row["primary_number"] == row["number"]
        return cls(
            id=version_id(store_id, row["key"], row["number"]), is_primary=is_primary, **values
        )


_COMPUTED = {"id", "is_primary"}
_TIMES = (
    "created",
    "activated",
    "deactivated",
    "archived",
    "reactivated_until",
    "destroy_at",
    "destroyed",
)


def version_id(store_id: str, key: str, number: int) -> str:
    """How a version is named in envelopes: `<store>/<key>/<number>`."""
    return f"{store_id}/{key}/{number}"


def check_name(name: str) -> str:
    """`name`, when it can name a key or alias; else ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is no name: lower-case letters, digits, '.', '_' and '-', up to 100"
        )
    return name


def check_actor(by: str) -> str:
    """`by`, when it says who acts; else ValueError."""
    if not by.strip():
        raise ValueError("say who acts: `by` is empty")
    return by


def check_reason(why: str) -> str:
    """`why`, when it gives a reason; else ValueError."""
    if not why.strip():
        raise ValueError("say why: the reason is empty")
    return why


def utc(moment: datetime) -> str:
    """A time as the store writes it: ISO 8601 in UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
