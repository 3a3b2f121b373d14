"""A source for staged content: what git's index would commit, whatever is in the working tree."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from keyaudit.core.document import DocumentOrigin
from keyaudit.core.errors import KeyauditError
from keyaudit.core.report import Skipped
from keyaudit.sources.blobs import Blobs
from keyaudit.sources.git import GitError, Repository, hook_index
from keyaudit.sources.listing import Entry, Listing, UnreadableError, is_for_nobody, printable
from keyaudit.sources.named_paths import relative, resolve
from keyaudit.sources.tops import find_top, standing
from keyaudit.sources.tree import MAX_MODULE

_LINK = b"120000"
_SUBMODULE = b"160000"


@dataclass(frozen=True, slots=True)
class _Change:
    """A file of the index that differs from the last commit; `name` is from the work tree."""

    name: str
    mode: bytes
    blob: str


class Staged:
    """The files of git's index that differ from the last commit, below the paths.

    In a hook, the index that the commit is made from is used, also with `git commit --all`.
    `excluded` and `max_size` are as for `WorkingTree`. Paths may name staged files that no longer
    exist in the folder.
    """

    origin = DocumentOrigin.STAGED

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        max_size: int,
        excluded: Callable[[str], str | None] | None = None,
    ) -> None:
        """Raises KeyauditError if there is no git repository, or git cannot be used."""
        self.named = resolve(paths, must_exist=False)
        start = [*self.named.folders, *map(os.path.dirname, self.named.files)][0]
        top = find_top(os.path.realpath(start))
        if top is None:
            raise KeyauditError(
                "is in no git repository", where=start, hint="--staged reads git's index"
            )
        self._top = top
        # Without paths, everything staged: also what lies beside the working directory.
        inside = bool(paths) and f"{self.named.root}/".startswith(f"{top}/")
        self.root = self.named.root if inside else top
        self._repository = Repository(top)
        try:
            self._repository = Repository(top, index=hook_index(self._repository))
        except GitError as error:
            raise self._fault(error) from None
        self._wanted = [*self.named.folders, *self.named.files] if paths else [top]
        self._blobs = Blobs(self._repository)
        self.tree = IndexReader(self._repository, self._blobs, _within(self.root, top))
        self._max_size = max_size
        self._excluded = excluded
        self.standing = standing(self.root, [top])

    def listing(self) -> Listing:
        """The staged files in order of their paths, and what was left out with the reason.

        Raises KeyauditError if git fails, or for a named file that neither exists nor is staged.
        """
        listing = Listing(self.root)
        try:
            changes = [change for change in self._changes() if self._asked_for(change)]
            sizes = self._blobs.sizes([c.blob for c in changes if c.mode != _SUBMODULE])
        except GitError as error:
            raise self._fault(error) from None
        self._require_known(changes)
        listing.skipped += self._unmerged()
        for change in changes:
            path = printable(relative(f"{self._top}/{change.name}", self.root))
            size = sizes.get(change.blob, -1)
            if listing.leaves_out(path, self._excluded):
                continue
            if change.mode == _SUBMODULE:
                listing.skipped.append(Skipped(path, "submodule"))
            elif change.mode == _LINK:
                if self._leads_out(change):
                    listing.skipped.append(Skipped(path, "outside"))
            elif size < 0:
                listing.skipped.append(Skipped(path, "unreadable", "not in the object store"))
            elif size > self._max_size:
                listing.skipped.append(Skipped(path, "too-large", f"{size:,} bytes"))
            else:
                listing.entries.append(Entry(path, change.blob, size))
        listing.entries.sort(key=lambda entry: entry.path)
        listing.skipped.sort(key=lambda skip: skip.path)
        return listing

    def read(self, entry: Entry) -> bytes:
        """The content of a staged file. Raises UnreadableError if it is missing or binary."""
        try:
            data = self._blobs.read(entry.place)
        except GitError as error:
            raise UnreadableError(Skipped(entry.path, "unreadable", error.detail)) from None
        if data is None:
            raise UnreadableError(Skipped(entry.path, "unreadable", "not in the object store"))
        if is_for_nobody(entry.path, data):
            raise UnreadableError(Skipped(entry.path, "binary"))
        return data

    def others(self) -> list[Entry]:
        """The Python files in the index, below the root, that the last commit has as well."""
        try:
            staged = {change.name for change in self._changes()}
            files = {path: blob for path, blob in self.tree.files() if path not in staged}
            sizes = self._blobs.sizes(list(files.values()))
        except GitError:
            return []
        head = _within(self.root, self._top)
        return [
            Entry(printable(path[len(head) :]), blob, sizes[blob])
            for path, blob in sorted(files.items())
            if path.startswith(head) and sizes.get(blob, self._max_size + 1) <= self._max_size
        ]

    def close(self) -> None:
        """Ends the git process that reads blobs."""
        self._blobs.close()

    def _changes(self) -> list[_Change]:
        """`diff-index` runs no filter and no diff driver, and obeys no `diff.*` setting."""
        repository = self._repository
        try:
            repository.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
            base = b"HEAD"
        except GitError as error:
            if error.reason != "failed":
                raise
            base = repository.run("hash-object", "-t", "tree", "--stdin", data=b"").strip()
        output = repository.run(
            "diff-index", "--cached", "--raw", "-z", "--no-renames", "--full-index",
            "--diff-filter=ACMRT", "--ita-invisible-in-index", "--no-ext-diff", "--no-textconv",
            base, "--",
        )  # fmt: skip
        parts = output.split(b"\0")
        changes = []
        for head, name in zip(parts[::2], parts[1::2], strict=False):
            _, mode, _, blob, _ = head.split(b" ")
            changes.append(_Change(os.fsdecode(name), mode, blob.decode()))
        return changes

    def _unmerged(self) -> list[Skipped]:
        """The files with a merge conflict, of which the index holds no version to commit."""
        try:
            output = self._repository.run("ls-files", "-z", "--unmerged")
        except GitError as error:
            raise self._fault(error) from None
        rows = (row.partition(b"\t") for row in filter(None, output.split(b"\0")))
        names = sorted({os.fsdecode(name) for _, _, name in rows})
        changes = [_Change(name, b"", "") for name in names]
        return [
            Skipped(printable(relative(f"{self._top}/{change.name}", self.root)), "unmerged")
            for change in changes
            if self._asked_for(change)
        ]

    def _require_known(self, changes: Sequence[_Change]) -> None:
        places = {f"{self._top}/{change.name}" for change in changes}
        for file in self.named.files:
            if file not in places and not os.path.lexists(file):
                raise KeyauditError(
                    "there is no such file or folder, and none is staged",
                    where=file,
                    hint="check the spelling",
                )

    def _asked_for(self, change: _Change) -> bool:
        place = f"{self._top}/{change.name}"
        return any(place == path or place.startswith(f"{path}/") for path in self._wanted)

    def _leads_out(self, change: _Change) -> bool:
        target = os.fsdecode(self._blobs.read(change.blob) or b"")
        real = os.path.normpath(os.path.join(os.path.dirname(change.name), target))
        return os.path.isabs(target) or real.split("/", 1)[0] == ".."

    def _fault(self, error: GitError) -> KeyauditError:
        what, hint = error.explain(self._top)
        return KeyauditError(what, where=self._top, hint=hint)


class IndexReader:
    """Reads files from the index. `head` is the path from the work tree to the scan root."""

    def __init__(self, repository: Repository, blobs: Blobs, head: str) -> None:
        self._repository = repository
        self._blobs = blobs
        self._head = head
        self._known: dict[str, str] | None = None

    def read(self, path: str) -> bytes | None:
        """The content of the file at a path from the root, or None.

        None if there is no such file, or it has more than 2,000,000 bytes.
        """
        blob = self._index().get(self._head + path)
        try:
            data = self._blobs.read(blob) if blob is not None else None
        except GitError:
            return None
        return data if data is not None and len(data) <= MAX_MODULE else None

    def names(self, folder: str) -> Sequence[str]:
        """The sorted names of the files directly in a folder of the index; links are left out."""
        head = f"{self._head}{folder}/" if folder else self._head
        inside = (path[len(head) :] for path in self._index() if path.startswith(head))
        return sorted(name for name in inside if "/" not in name)

    def files(self) -> Iterable[tuple[str, str]]:
        """The Python files in the index: paths from the work tree, with blob ids."""
        return ((path, blob) for path, blob in self._index().items() if path.endswith(".py"))

    def _index(self) -> dict[str, str]:
        if self._known is None:
            self._known = {}
            try:
                output = self._repository.run("ls-files", "-z", "--stage", "--cached")
            except GitError:
                return self._known
            for row in filter(None, output.split(b"\0")):
                head, name = row.split(b"\t", 1)
                mode, blob, _ = head.split(b" ")
                if mode not in (_LINK, _SUBMODULE):
                    self._known[os.fsdecode(name)] = blob.decode()
        return self._known


def _within(root: str, top: str) -> str:
    below = relative(root, top)
    return f"{below}/" if below else ""
