"""Defers imports that detect-secrets makes at load time and seldom uses."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


class _Deferred(ModuleType):
    """Stands for a module until something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            return Any  # named in an annotation
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def deferred(name: str) -> Iterator[None]:
    """While this context is open, `import name` binds a placeholder; the module is imported when an
    attribute of it is first used.

    `importlib.util.LazyLoader` does not serve: the second `import` of a module loads it.
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = _Deferred(name)
    try:
        yield
    finally:
        if isinstance(sys.modules.get(name), _Deferred):
            del sys.modules[name]
