"""The error that readers raise, and the limits that they share."""

from __future__ import annotations

# A file of a repository is an input: so deep it may nest, and so many values it may have.
DEEPEST = 100
MOST_NODES = 100_000


class ReadError(Exception):
    """The text cannot be parsed. `what` says why; `line` counts from 1, or is None if not known."""

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.line = line
