"""What a reader raises, and the bounds that all readers keep to."""

from __future__ import annotations

# A file of a repository is an input: so deep it may nest, and so many values it may have.
DEEPEST = 100
MOST_NODES = 100_000


class ReadError(Exception):
    """A text that is not of its format. `line` counts from 1; None where it is not known."""

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.line = line
