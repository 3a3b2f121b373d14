"""Lists the blobs of a history that starts at some revisions, or of an incomplete clone.

Each comes once, with a path it had, in pack order. See `walk` for how most histories are listed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from keyaudit.core.errors import KeyauditError
from keyaudit.core.report import Notice, Skipped
from keyaudit.history.git.repository import lines
from keyaudit.history.git.tips import stashed
from keyaudit.history.request import HistoryRequest
from keyaudit.sources.git import GitError, Repository
from keyaudit.sources.listing import Entry, printable

_NAMELESS = "(no path)"


@dataclass(slots=True)
class Objects:
    """`entries` have the blob's id as their place. `head` maps blobs of HEAD to their paths.
    `complete` is False where git could not read everything.
    """

    head: dict[str, list[str]]
    entries: list[Entry] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    complete: bool = True

    def add(self, blob: str, size: int, path: str, limit: int) -> None:
        """Adds a blob; one of more than `limit` bytes is skipped. A blob of HEAD keeps its path
        there."""
        if blob in self.head:
            path = self.head[blob][0]
        if size > limit:
            self.skipped.append(Skipped(path, "too-large", f"{size:,} bytes, blob {blob[:12]}"))
        else:
            self.entries.append(Entry(path, blob, size))

    def lacks(self, missing: int, repository: Repository) -> None:
        """Notes how many objects are missing, which only a partial clone may have. Raises
        GitError."""
        if not missing:
            return
        if is_partial(repository):
            text = f"{missing:,} objects are not in this clone, and were not looked at"
            self.notices.append(Notice("incomplete-history", text))
        else:
            text = f"{missing:,} objects are missing; `git fsck` may say why"
            self.skipped.append(Skipped("(history)", "unreadable", text))
            self.complete = False


@dataclass(frozen=True, slots=True)
class Revisions:
    """git's arguments for the commits of a history, and for what is read beside them."""

    arguments: list[str]
    stdin: bytes = b""

    @property
    def ends(self) -> frozenset[str]:
        """The commits that are named, but for those that are left out."""
        return frozenset(one for one in self.arguments if not one.startswith(("^", "-")))


def revisions_of(repository: Repository, request: HistoryRequest) -> Revisions:
    """The revisions that the request speaks of. Raises GitError, and KeyauditError for revisions
    that are none.
    """
    if request.revisions is not None:
        return Revisions([_checked(repository, part) for part in _ends(request.revisions)])
    revisions = ["--all"]
    commits = stashed(repository)
    if request.unreachable:
        revisions.append("--reflog")
        commits += b"".join(name + b"\n" for name, _ in _all(repository, b"commit"))
    if commits:
        revisions.append("--stdin")
    return Revisions(revisions, commits)


def list_objects(
    repository: Repository,
    revisions: Revisions,
    found: Objects,
    limit: int,
    paths_of: Callable[[], Mapping[str, bytes]],
) -> None:
    """Adds the blobs of the revisions; those above `limit` bytes are skipped. Raises GitError.

    `paths_of` knows which path of a blob counts, where commits tell.
    """
    paths, missing = _reachable(repository, revisions, found)
    counting = paths_of()
    for blob, size in sizes(repository):
        path = paths.pop(blob, None)
        if path is not None:
            found.add(blob, size, name_of(counting.get(blob, path)), limit)
    if repository.run("rev-parse", "--is-shallow-repository").strip() == b"true":
        text = "this is a shallow clone: what came in before its oldest commits is not looked at"
        found.notices.append(Notice("incomplete-history", text))
    found.lacks(missing, repository)


def is_partial(repository: Repository) -> bool:
    """Whether the repository is configured as a partial clone. Raises GitError."""
    pattern = r"^(remote\..*\.promisor|extensions\.partialclone)$"
    try:
        return bool(repository.run("config", "--local", "--get-regexp", pattern))
    except GitError as error:
        if error.reason == "failed":  # git's way to say that nothing matches
            return False
        raise


def name_of(path: bytes) -> str:
    """A path as text; what stands in its place for a blob that no tree has."""
    return printable(os.fsdecode(path)) or _NAMELESS


def _ends(revisions: str) -> list[str]:
    start, dots, end = revisions.partition("..")
    if not dots:
        return [revisions]
    if end.startswith("."):
        raise KeyauditError(
            "is a symmetric difference", where="--range", hint="give a range with two dots, A..B"
        )
    return [f"^{start or 'HEAD'}", end or "HEAD"]


def _checked(repository: Repository, revision: str) -> str:
    """The id of a commit (with its `^`), so that no revision can be taken for an option."""
    sign = "^" if revision.startswith("^") else ""
    name = revision[len(sign) :]
    try:
        output = repository.run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
        )
    except (GitError, ValueError) as error:
        if isinstance(error, GitError) and error.reason != "failed":
            raise
        raise KeyauditError(
            "there is no such commit or branch",
            where=printable(name),
            hint="a shallow clone may lack it; see `git branch --all`",
        ) from None
    return sign + output.decode("ascii", "replace").strip()


def _reachable(
    repository: Repository, revisions: Revisions, found: Objects
) -> tuple[dict[str, bytes], int]:
    """Every object with a path it had (trees too), and how many are missing."""
    paths: dict[str, bytes] = {}
    missing = 0
    try:
        for line in lines(
            repository,
            "rev-list", "--objects", "--missing=print", "--ignore-missing", *revisions.arguments,
            data=revisions.stdin,
        ):  # fmt: skip
            if line.startswith(b"?"):
                missing += 1
                continue
            name, space, path = line.partition(b" ")
            if space:
                paths[name.decode("ascii", "replace")] = path
    except GitError as error:
        if not paths:
            raise
        found.complete = False
        found.skipped.append(Skipped("(history)", "unreadable", error.detail))
    return paths, missing


def _all(repository: Repository, kind: bytes) -> Iterator[tuple[bytes, int]]:
    """The ids of all objects of a kind, in the order of the packs, each with its size."""
    form = "--batch-check=%(objecttype) %(objectname) %(objectsize)"
    sign = kind + b" "
    for line in lines(repository, "cat-file", "--batch-all-objects", "--unordered", form):
        if line.startswith(sign):
            _, name, size = line.split(b" ")
            yield name, int(size)


def sizes(repository: Repository) -> Iterator[tuple[str, int]]:
    """Every blob there is with its size in bytes, in the order of the packs. Raises GitError."""
    for name, size in _all(repository, b"blob"):
        yield name.decode("ascii"), size
