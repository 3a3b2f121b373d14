"""Lists the files below a folder: in a git repository those that git sees, elsewhere all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain

from keyaudit.core.report import Notice, Skipped
from keyaudit.sources.git import GitError, Repository, Running
from keyaudit.sources.tops import find_top

MAX_DEPTH = 100
# Outside a repository nothing says what is not the user's own; these never are.
_VERSION_CONTROL = frozenset({".git", ".hg", ".svn", ".bzr", "_darcs", "CVS", ".jj"})
_CACHES = frozenset({
    "__pycache__", "node_modules", ".venv", ".tox", ".nox", ".eggs", ".mypy_cache",
    ".pytest_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints",
})  # fmt: skip


class Folders:
    """Lists folders, and collects what was skipped and what the user must be told.

    All paths are absolute, and may be symbolic links or special files. `untracked` are the listed
    files that git does not track but would add; `tops` the folders listed as a whole: repositories,
    and folders outside of any.
    """

    def __init__(self) -> None:
        self.untracked: set[str] = set()
        self.tops: set[str] = set()
        self.skipped: list[Skipped] = []
        self.notices: list[Notice] = []

    def names(self, folder: str) -> Iterator[str]:
        """The absolute paths of the files below an absolute folder.

        In a git repository: the files that git tracks or would add, so without those that
        .gitignore excludes (unless the folder itself is ignored). Elsewhere, and if git cannot be
        asked: all files but those of version control systems, virtual environments, and caches such
        as node_modules. Repositories within the folder are listed as repositories.
        """
        top = find_top(folder)
        listed = None if top is None else self._of_git(top, folder)
        if listed is not None:
            return listed
        self.tops.add(folder)
        return self._walk(folder)

    def _of_git(self, top: str, folder: str) -> Iterator[str] | None:
        """None when git could not be asked, or ignores the folder as a whole."""
        below = folder[len(top) :].lstrip("/")
        repository = Repository(top)
        where = ("--", *([f":(literal){below}"] if below else ()))
        try:
            # What git would add takes it a walk over the folders; its index, next to nothing.
            others = repository.begin("ls-files", "-z", "--others", "--exclude-standard", *where)
            with others:
                tracked = _names(top, repository.run("ls-files", "-z", "--cached", *where))
                if tracked:
                    self.tops.add(top)
                    return chain(tracked, self._others(others.keep(), top, folder))
                untracked = _names(top, others.finish())
            if below and not untracked and _ignored(repository, below):
                return None
        except GitError as error:
            self._without_git(error, top)
            return None
        self.untracked.update(untracked)
        self.tops.add(top)
        return iter(untracked)

    def _others(self, others: Running, top: str, folder: str) -> Iterator[str]:
        """What git would add, while it is still looking for it when this is called."""
        try:
            with others:
                names = _names(top, others.finish())
                self.untracked.update(names)
                yield from names
        except GitError as error:
            self._without_git(error, top)
            yield from self._walk(folder)

    def _without_git(self, error: GitError, top: str) -> None:
        what, todo = error.explain(top)
        text = f"{what}, so .gitignore is not honoured; {todo}"
        self.notices.append(Notice("no-git", text, top))

    def _walk(self, folder: str) -> Iterator[str]:
        """Breadth is unbounded, depth is not; links are given, never entered."""
        waiting = [(folder, 0)]
        while waiting:
            here, depth = waiting.pop()
            try:
                with os.scandir(here) as entries:
                    found = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                self.skipped.append(Skipped(here, "unreadable", error.strerror or ""))
                continue
            names = {entry.name for entry in found}
            if depth and "pyvenv.cfg" in names:
                continue
            if depth and ".git" in names:
                listed = self._of_git(here, here)
                if listed is not None:
                    yield from listed
                    continue
            inner = []
            for entry in found:
                if not entry.is_dir(follow_symlinks=False):
                    if entry.name not in _VERSION_CONTROL:
                        yield entry.path
                elif entry.name not in _VERSION_CONTROL and entry.name not in _CACHES:
                    inner.append((entry.path, depth + 1))
            if inner and depth >= MAX_DEPTH:
                text = f"nested deeper than {MAX_DEPTH} folders"
                self.skipped += [Skipped(path, "unreadable", text) for path, _ in inner]
                continue
            waiting += reversed(inner)


def _names(top: str, output: bytes) -> list[str]:
    """Absolute names from git's output; files in a merge conflict are listed repeatedly."""
    head = top if top.endswith("/") else top + "/"
    return [head + os.fsdecode(name) for name in dict.fromkeys(output.split(b"\0")) if name]


def _ignored(repository: Repository, below: str) -> bool:
    try:
        return bool(repository.run("check-ignore", "--", f"./{below}"))
    except GitError as error:
        if error.reason == "failed":  # exit status 1: it is not
            return False
        raise
