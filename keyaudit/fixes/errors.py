"""Why a fix is not offered."""

from __future__ import annotations


class DeclinedError(Exception):
    """The finding is left as it is. `reason` goes on after "left as it is: "."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
