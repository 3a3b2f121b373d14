"""Regular expressions that are compiled when they are first asked, and not when a module is loaded.

keyaudit has more than a thousand of them in its modules, and compiling all takes a second of
processor time, while a hook that looks at one file asks few.
"""

from __future__ import annotations

import re
from typing import Any, cast, overload
from weakref import WeakSet

# What was made and not compiled yet; what nobody holds any more is not kept for it.
_waiting: WeakSet[_Lazy] = WeakSet()


class _Lazy:
    """Stands for a compiled pattern: the first attribute that is asked compiles it.

    The methods are kept as the object's own afterwards, so that asking costs what it does with a
    pattern of `re`.
    """

    def __init__(self, source: str | bytes, flags: int) -> None:
        self.pattern = source
        self._flags = flags
        _waiting.add(self)

    def _compile(self) -> None:
        made: re.Pattern[Any] = re.compile(self.pattern, self._flags)
        for name in _ATTRIBUTES:
            setattr(self, name, getattr(made, name))
        _waiting.discard(self)

    def __getattr__(self, name: str) -> Any:
        if name not in _ATTRIBUTES:
            raise AttributeError(name)
        self._compile()
        return self.__dict__[name]

    def __repr__(self) -> str:
        return f"regex({self.pattern!r}, {self._flags})"


_ATTRIBUTES = (
    "findall", "finditer", "flags", "fullmatch", "groupindex", "groups", "match", "scanner",
    "search", "split", "sub", "subn",
)  # fmt: skip


@overload
def regex(source: str, flags: int = 0) -> re.Pattern[str]: ...
@overload
def regex(source: bytes, flags: int = 0) -> re.Pattern[bytes]: ...
def regex(source: str | bytes, flags: int = 0) -> Any:
    """A pattern for a module's constant; it may be used like one of `re.compile`, but not be given
    to the functions of `re`. re.error comes when it is first asked; `compile_all` asks all."""
    return cast("Any", _Lazy(source, flags))


def compile_all() -> None:
    """Compiles what waits: so that a test sees whether all can be. Raises re.error."""
    for waiting in list(_waiting):
        waiting._compile()
