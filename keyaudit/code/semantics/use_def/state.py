"""The state of use-def analysis: which definitions reach the current place of a scope."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from keyaudit.code.semantics.scopes import Binding

Reach = tuple[Binding, ...]
# What a branch made of the paths it changed; None where one holds again what it held at entry.
Changes = dict[str, Reach | None]
# How many bindings may reach a use, of many the first.
MAX_REACH = 24


class ReachingDefinitions:
    """The bindings that may reach a place, by path. `now` must not be changed from outside.

    A path that is absent from it holds what it held when the scope began: `entry`. A branch notes
    what the paths held that it changes, so that to enter one, to leave it and to merge several
    costs what they change and not what is known: a long function has many of both. `live` is
    False after a return, raise, break or continue.
    """

    def __init__(self, entry: Binding) -> None:
        self.now: dict[str, Reach] = {}
        self.live = True
        self._entry = (entry,)
        self._branches: list[Changes] = []  # of each open one, what its paths held before
        self._below: dict[str, set[str]] = {}  # by `a` the paths `a.b` and `a['c']` in `now`

    @property
    def depth(self) -> int:
        """How many branches are open."""
        return len(self._branches)

    def before(self, path: str) -> Reach:
        """The definitions of a path that reach the current place."""
        return self.now.get(path, self._entry)

    def bind(self, path: str, reach: Reach) -> None:
        """Gives a path new definitions, which ends those of the paths below it."""
        below = self._below.get(path)
        if below:
            for stale in list(below):
                self._set(stale, None)
        self._set(path, reach)

    def add(self, path: str, reach: Reach) -> None:
        """Gives a path further definitions; those of the paths below it stay."""
        self._set(path, reach)

    def fork(self) -> None:
        """Opens a branch."""
        self._branches.append({})

    def since(self, depth: int) -> Changes | None:
        """The changes since `depth` branches were open; None when the current place is not
        reached."""
        if not self.live:
            return None
        return {path: self.now.get(path) for branch in self._branches[depth:] for path in branch}

    def is_changed(self) -> bool:
        """Whether the innermost branch changed anything so far."""
        return bool(self._branches[-1])

    def close(self) -> Changes | None:
        """Ends the innermost branch and restores what reached its beginning. Returns the changes
        of the branch; None when its end is not reached."""
        changes = self.since(self.depth - 1)
        for path, reach in self._branches.pop().items():
            self._put(path, reach)
        self.live = True
        return changes

    def joined(self, branches: Sequence[Changes | None]) -> Changes | None:
        """The changes after several branches of which one is taken; None when no end is reached."""
        live = [branch for branch in branches if branch is not None]
        if len(live) < 2:
            return live[0] if live else None
        changes: Changes = {}
        for path in {path: None for branch in live for path in branch}:
            known = self.now.get(path)
            parts = [branch.get(path, known) for branch in live]
            if any(parts):
                changes[path] = union(self._entry if p is None else p for p in parts)
            else:
                changes[path] = None
        return changes

    def merge(self, branches: Sequence[Changes | None]) -> None:
        """Continues where several closed branches meet."""
        changes = self.joined(branches)
        self.live = changes is not None
        for path, reach in (changes or {}).items():
            self._set(path, reach)

    def _set(self, path: str, reach: Reach | None) -> None:
        if self._branches:
            self._branches[-1].setdefault(path, self.now.get(path))
        self._put(path, reach)

    def _put(self, path: str, reach: Reach | None) -> None:
        if reach is None:
            if self.now.pop(path, None) is not None:
                for start in _beginnings(path):
                    self._below[start].discard(path)
            return
        if path not in self.now:
            for start in _beginnings(path):
                self._below.setdefault(start, set()).add(path)
        self.now[path] = reach


@lru_cache(4096)
def _beginnings(path: str) -> tuple[str, ...]:
    """What a path begins with: `a` and `a.b` for `a.b.c`."""
    return tuple(path[:at] for at, mark in enumerate(path) if mark in ".[")


def union(parts: Iterable[Reach]) -> Reach:
    """What may be held where one of several may; of many, the first."""
    return tuple(dict.fromkeys(b for part in parts for b in part))[:MAX_REACH]
