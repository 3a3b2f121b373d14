"""The blobs of a history as a source of documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keyaudit.core.document import DocumentOrigin
from keyaudit.core.report import Skipped
from keyaudit.core.result import TreeReader
from keyaudit.core.standing import AS_IT_IS
from keyaudit.sources import Entry, Listing, UnreadableError
from keyaudit.sources.blobs import Blobs
from keyaudit.sources.git import GitError, Repository
from keyaudit.sources.listing import is_for_nobody

_AHEAD = 32


class _Nothing:
    def read(self, path: str) -> bytes | None:
        """There is no tree around a blob."""
        return None

    def names(self, folder: str) -> Sequence[str]:
        """Nor are there files beside it."""
        return ()


class BlobSource:
    """Reads blobs by their ids, which are the places of the entries."""

    origin = DocumentOrigin.COMMIT

    def __init__(self, repository: Repository) -> None:
        self.root = repository.top
        self.tree: TreeReader = _Nothing()
        self.standing = AS_IT_IS
        self._blobs = Blobs(repository)
        self._order: Sequence[str] = ()
        self._position: Mapping[str, int] = {}

    def expect(self, entries: Sequence[Entry]) -> None:
        """Announces the order in which blobs will mostly be read, so that git can run ahead."""
        self._order = [entry.place for entry in entries]
        self._position = {place: number for number, place in enumerate(self._order)}

    def listing(self) -> Listing:
        """Nothing: see `keyaudit.history.git.objects`."""
        return Listing(self.root)

    def read(self, entry: Entry) -> bytes:
        """The bytes of a blob. Raises UnreadableError for what is no text."""
        at = self._position.get(entry.place)
        ahead = () if at is None else self._order[at + 1 : at + 1 + _AHEAD]
        try:
            data = self._blobs.read(entry.place, ahead)
        except GitError as error:
            raise UnreadableError(Skipped(entry.path, "unreadable", error.detail)) from None
        if data is None:
            detail = f"blob {entry.place[:12]} is missing or damaged"
            raise UnreadableError(Skipped(entry.path, "unreadable", detail))
        if is_for_nobody(entry.path, data):
            raise UnreadableError(Skipped(entry.path, "binary"))
        return data

    def others(self) -> list[Entry]:
        """None: a blob is looked at by itself."""
        return []

    def close(self) -> None:
        """Ends git."""
        self._blobs.close()
