"""What is used in a `with` block, and closed at its end however that ends."""

from __future__ import annotations

from typing import Self


class Closing:
    """Gives a class that has a `close` the methods of a `with` block."""

    __slots__ = ()

    def close(self) -> None:
        """Let go of what is held; harmless when done before."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
