"""A source for the files of one commit, which a scan is compared with."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cached_property

from keyaudit.core.document import DocumentOrigin
from keyaudit.core.report import Skipped
from keyaudit.core.result import TreeReader
from keyaudit.core.standing import Standing
from keyaudit.sources.blobs import Blobs
from keyaudit.sources.git import GitError, Repository
from keyaudit.sources.listing import Entry, Listing, UnreadableError, is_for_nobody, printable
from keyaudit.sources.named_paths import relative
from keyaudit.sources.tree import MAX_MODULE

_FILES = (b"100644", b"100755", b"100664")


class CommitTree:
    """The files of a commit below the absolute folder `root` whose paths `wanted` accepts.

    `wanted` gets paths from `root`; `standing` is that of the scan that is compared.
    """

    origin = DocumentOrigin.COMMIT

    def __init__(
        self,
        repository: Repository,
        commit: str,
        root: str,
        standing: Standing,
        *,
        max_size: int,
        wanted: Callable[[str], bool],
    ) -> None:
        self.root = root
        self.standing = standing
        self._repository = repository
        self._commit = commit
        self._max_size = max_size
        self._wanted = wanted
        self._blobs = Blobs(repository)

    @property
    def tree(self) -> TreeReader:
        """A reader for other files of the commit."""
        return _CommitReader(self)

    def listing(self) -> Listing:
        """The wanted files in order of their paths; larger ones than `max_size` bytes are left out.

        Raises GitError.
        """
        listing = Listing(self.root)
        for path, (blob, size) in sorted(self.files.items()):
            if size <= self._max_size and self._wanted(path):
                listing.entries.append(Entry(path, blob, size))
        return listing

    def read(self, entry: Entry) -> bytes:
        """The content of a listed file. Raises UnreadableError if it is missing or binary."""
        data = self.blob(entry.place)
        if data is None:
            raise UnreadableError(Skipped(entry.path, "unreadable", "not in the object store"))
        if is_for_nobody(entry.path, data):
            raise UnreadableError(Skipped(entry.path, "binary"))
        return data

    def blob(self, blob: str) -> bytes | None:
        """The content of a blob; None if git cannot read it."""
        try:
            return self._blobs.read(blob)
        except GitError:
            return None

    def others(self) -> list[Entry]:
        """The Python files of the commit that are not wanted."""
        return [
            Entry(path, blob, size)
            for path, (blob, size) in sorted(self.files.items())
            if path.endswith(".py") and size <= self._max_size and not self._wanted(path)
        ]

    def close(self) -> None:
        """Ends the git process that reads blobs."""
        self._blobs.close()

    @cached_property
    def files(self) -> dict[str, tuple[str, int]]:
        """Blob id and size in bytes of each file below the root, by path. Raises GitError."""
        output = self._repository.run("ls-tree", "-r", "-z", "-l", "--full-tree", self._commit)
        below = relative(self.root, self._repository.top)
        head = f"{below}/" if below else ""
        files = {}
        for row in filter(None, output.split(b"\0")):
            facts, _, name = row.partition(b"\t")
            mode, _, blob, size = facts.split()
            path = os.fsdecode(name)
            if mode in _FILES and path.startswith(head) and size.isdigit():
                files[printable(path[len(head) :])] = blob.decode(), int(size)
        return files


class _CommitReader:
    """Reads Python modules of a commit."""

    def __init__(self, source: CommitTree) -> None:
        self._source = source

    def read(self, path: str) -> bytes | None:
        """The bytes at a path from the root; None when there is no such file, or a large one."""
        blob, size = self._source.files.get(path, ("", MAX_MODULE + 1))
        return self._source.blob(blob) if size <= MAX_MODULE else None

    def names(self, folder: str) -> Sequence[str]:
        """The sorted names of the files right in a folder ("" for the root)."""
        head = f"{folder}/" if folder else ""
        inside = (path[len(head) :] for path in self._source.files if path.startswith(head))
        return sorted(name for name in inside if "/" not in name)
