"""The exception by which a fix declines."""

from __future__ import annotations


class DeclinedError(Exception):
    """No fix is offered, and the finding stays. `reason` completes the sentence "left as it is:
    …"."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
