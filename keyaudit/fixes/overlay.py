"""The files of a scan with changes that are held in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from keyaudit.core.document import DocumentOrigin
from keyaudit.core.result import TreeReader
from keyaudit.core.standing import Standing
from keyaudit.sources import Entry, Listing, Source


class Overlay:
    """A source that returns `changed[path]` where there is one, and else the file of another
    source."""

    origin: DocumentOrigin
    root: str
    standing: Standing

    def __init__(self, source: Source) -> None:
        self.origin = source.origin
        self.root = source.root
        self.standing = source.standing
        self.changed: dict[str, bytes] = {}
        self._source = source
        self._tree = _Tree(source.tree, self.changed)
        self._listing: Listing | None = None

    @property
    def tree(self) -> TreeReader:
        """Reads other files of the tree, changes included."""
        return self._tree

    def listing(self) -> Listing:
        """The listing of the other source, read once, with the sizes of the changed files."""
        if self._listing is None:
            self._listing = self._source.listing()
            self.root, self.standing = self._source.root, self._source.standing
        entries = [
            entry._replace(size=len(self.changed[entry.path]))
            if entry.path in self.changed
            else entry
            for entry in self._listing.entries
        ]
        known = self._listing
        ignored = _newly_ignored(known.untracked, self.changed)
        if ignored:
            entries = [entry for entry in entries if entry.path not in ignored]
        return Listing(known.root, entries, known.untracked - ignored, known.skipped, known.notices)

    def read(self, entry: Entry) -> bytes:
        """The bytes of a listed file. Raises UnreadableError."""
        changed = self.changed.get(entry.path)
        return self._source.read(entry) if changed is None else changed

    def others(self) -> list[Entry]:
        """As the other source returns them."""
        return self._source.others()

    def close(self) -> None:
        """Do nothing: whoever opened the other source closes it."""


class _Tree:
    def __init__(self, tree: TreeReader, changed: dict[str, bytes]) -> None:
        self._of_source = tree
        self._changed = changed

    def read(self, path: str) -> bytes | None:
        """The bytes at a path, or None."""
        changed = self._changed.get(path)
        return self._of_source.read(path) if changed is None else changed

    def names(self, folder: str) -> Sequence[str]:
        """The sorted names of the files directly in a folder; new files are not among them."""
        return self._of_source.names(folder)


def _newly_ignored(untracked: Iterable[str], changed: Mapping[str, bytes]) -> set[str]:
    """The untracked files that a changed `.gitignore` names."""
    found: set[str] = set()
    for path, data in changed.items():
        folder, _, name = path.rpartition("/")
        if name != ".gitignore":
            continue
        import pathspec

        spec = pathspec.GitIgnoreSpec.from_lines(data.decode("utf-8", "replace").splitlines())
        head = f"{folder}/" if folder else ""
        found.update(
            one for one in untracked
            if one.startswith(head) and spec.match_file(one.removeprefix(head))
        )  # fmt: skip
    return found
