"""The base class of objects that are closed at the end of a `with` block, also after an error."""

from __future__ import annotations

from typing import Self


class Closing:
    """Makes a class that has `close` usable in a `with` block, which calls it at the end."""

    __slots__ = ()

    def close(self) -> None:
        """Release what the object holds. Calling it again does nothing."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
