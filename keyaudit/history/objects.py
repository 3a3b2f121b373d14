"""Lists the blobs of a repository's history: each once, with a path it had, in pack order."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from keyaudit.core.errors import KeyauditError
from keyaudit.core.report import Notice, Skipped
from keyaudit.history.repository import lines
from keyaudit.history.request import HistoryRequest
from keyaudit.sources.git import GitError, Repository
from keyaudit.sources.listing import Entry, printable

_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NAMELESS = "(no path)"
_SUBMODULE = b"160000 "


@dataclass(slots=True)
class Objects:
    """`entries` have the blob's id as their place. `revisions` are git's arguments for the
    commits they come from, `stdin` what it must read beside them. `head` maps blobs of HEAD to
    their paths. `complete` is False where git could not read everything.
    """

    revisions: list[str]
    stdin: bytes = b""
    entries: list[Entry] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    head: dict[str, list[str]] = field(default_factory=dict)
    complete: bool = True


def revisions_of(repository: Repository, request: HistoryRequest) -> Objects:
    """The revisions that the request speaks of, and nothing else yet. Raises GitError, and
    KeyauditError for revisions that are none.
    """
    if request.revisions is not None:
        return Objects([_checked(repository, part) for part in _ends(request.revisions)])
    revisions = ["--all"]
    commits = b""
    try:
        # `--all` has the newest stash only; the others stand in its log.
        commits = repository.run("rev-list", "--walk-reflogs", "refs/stash", "--")
    except GitError as error:
        if error.reason != "failed":
            raise
    if request.unreachable:
        revisions.append("--reflog")
        commits += b"".join(
            blob + b"\n" for blob, kind, _ in _all_objects(repository) if kind == b"commit"
        )
    if commits:
        revisions.append("--stdin")
    return Objects(revisions, stdin=commits)


def list_objects(repository: Repository, found: Objects, limit: int) -> None:
    """Adds the blobs of the revisions in `found`; those above `limit` bytes are skipped.

    Raises GitError.
    """
    found.head = _head(repository, found.skipped)
    paths, missing = _reachable(repository, found)
    for blob, size in _sizes(repository):
        path = paths.pop(blob, None)
        if path is None:
            continue
        name = printable(os.fsdecode(path)) or _NAMELESS
        if size > limit:
            found.skipped.append(Skipped(name, "too-large", f"{size:,} bytes, blob {blob[:12]}"))
        else:
            found.entries.append(Entry(name, blob, size))
    _tell(repository, found, missing)


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


def _reachable(repository: Repository, found: Objects) -> tuple[dict[str, bytes], int]:
    """Every object with a path it had (trees too), and how many are missing."""
    paths: dict[str, bytes] = {}
    missing = 0
    try:
        for line in lines(
            repository,
            "rev-list", "--objects", "--missing=print", "--ignore-missing", *found.revisions,
            data=found.stdin,
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


def _all_objects(repository: Repository) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Id, type and size of every object, in the order of the packs."""
    form = "--batch-check=%(objectname) %(objecttype) %(objectsize)"
    for line in lines(repository, "cat-file", "--batch-all-objects", "--unordered", form):
        parts = line.split(b" ")
        if len(parts) == 3 and parts[2].isdigit():
            yield parts[0], parts[1], parts[2]


def _sizes(repository: Repository) -> Iterator[tuple[str, int]]:
    for name, kind, size in _all_objects(repository):
        if kind == b"blob":
            yield name.decode("ascii"), int(size)


def _head(repository: Repository, skipped: list[Skipped]) -> dict[str, list[str]]:
    """The blobs of HEAD with their paths; submodules are noted as skipped."""
    head: dict[str, list[str]] = {}
    try:
        output = repository.run("ls-tree", "-r", "-z", "--full-tree", "HEAD")
    except GitError as error:
        if error.reason != "failed":
            raise
        return head
    for row in filter(None, output.split(b"\0")):
        meta, _, name = row.partition(b"\t")
        blob = meta.rsplit(b" ", 1)[1].decode("ascii", "replace")
        path = printable(os.fsdecode(name))
        if meta.startswith(_SUBMODULE):
            skipped.append(Skipped(path, "submodule"))
        elif _ID.fullmatch(blob):
            head.setdefault(blob, []).append(path)
    return head


def _tell(repository: Repository, found: Objects, missing: int) -> None:
    if repository.run("rev-parse", "--is-shallow-repository").strip() == b"true":
        text = "this is a shallow clone: what came in before its oldest commits is not looked at"
        found.notices.append(Notice("incomplete-history", text))
    if missing:
        text = f"{missing:,} objects are not in this clone, and were not looked at"
        found.notices.append(Notice("incomplete-history", text))
