"""What a detector says it found, before anybody judges it."""

from __future__ import annotations

from dataclasses import dataclass

PRIVATE_KEY = "PrivateKeyDetector"


@dataclass(frozen=True, slots=True)
class Detection:
    """What a detector says: its name, the line (from 1), the value it names.

    The name is that of detect-secrets' class, or of one of keyaudit's own detectors.
    `allowed`: the line is on detect-secrets' allowlist by a `pragma: allowlist secret`.
    `seen` is the line the detector saw, which in configuration files is made of key and value.
    """

    detector: str
    line: int
    value: str
    allowed: bool
    seen: str
