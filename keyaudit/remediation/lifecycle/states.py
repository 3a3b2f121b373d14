"""The states of a key and the transitions between them (NIST SP 800-57 Part 1 Rev. 5, 7)."""

from __future__ import annotations

from enum import StrEnum

from keyaudit.remediation.errors import KeyStateError


class KeyState(StrEnum):
    """The state of a key version (SP 800-57 Part 1 Rev. 5, 7.1 to 7.6)."""

    PRE_ACTIVATION = "pre-activation"
    """Made, and not yet used."""
    ACTIVE = "active"
    """Protects new data (the primary version) and opens old."""
    SUSPENDED = "suspended"
    """Set aside for a time, while something is looked into; does nothing."""
    DEACTIVATED = "deactivated"
    """Opens old data, protects no new. Once archived, only while reactivated."""
    COMPROMISED = "compromised"
    """Others may know it: opens old data only while reactivated, to encrypt it anew."""
    DESTROYED = "destroyed"
    """Gone; its record stays, and says so when others are found to have known it."""


TRANSITIONS: dict[KeyState, frozenset[KeyState]] = {
    KeyState.PRE_ACTIVATION: frozenset({KeyState.ACTIVE, KeyState.COMPROMISED, KeyState.DESTROYED}),
    KeyState.ACTIVE: frozenset({KeyState.SUSPENDED, KeyState.DEACTIVATED, KeyState.COMPROMISED}),
    KeyState.SUSPENDED: frozenset(
        {KeyState.ACTIVE, KeyState.DEACTIVATED, KeyState.COMPROMISED, KeyState.DESTROYED}
    ),
    KeyState.DEACTIVATED: frozenset({KeyState.COMPROMISED, KeyState.DESTROYED}),
    KeyState.COMPROMISED: frozenset({KeyState.DESTROYED}),
    KeyState.DESTROYED: frozenset(),
}
"""State to the states it may change to. No way leads back from deactivated: an archived key is
reactivated to open old data, which leaves its state as it is."""


def check_transition(key_id: str, old: KeyState, new: KeyState) -> None:
    """Raise `KeyStateError` when a key may not change from state `old` to `new`."""
    if new not in TRANSITIONS[old]:
        ways = ", ".join(sorted(TRANSITIONS[old])) or "nothing"
        raise KeyStateError(f"{key_id} is {old} and cannot become {new}; it can become {ways}")
