"""A source for files and folders of the working tree."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from keyaudit.core.containers import is_container
from keyaudit.core.document import DocumentOrigin
from keyaudit.core.report import Notice, Skipped
from keyaudit.core.standing import AS_IT_IS, Standing
from keyaudit.core.text import is_binary
from keyaudit.sources.listing import Entry, Listing, UnreadableError, is_for_nobody, printable
from keyaudit.sources.named_paths import Named, relative, resolve
from keyaudit.sources.tops import find_top, standing

# Larger modules are not followed into.
MAX_MODULE = 2_000_000
# Bytes of archives, and of files that are named: somebody wants to know what is in them.
_LARGEST_ARCHIVE = 20_000_000
_LARGEST_NAMED_ARCHIVE = 200_000_000
_LARGEST_NAMED = 50_000_000
_START = 8192
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


class WorkingTree:
    """The files that the paths name, or that lie in the folders they name (see `Folders`).

    `excluded` returns the configuration's pattern that excludes a path from the root, or None; it
    applies to named files too, as a pre-commit hook names every file. Otherwise a named file is
    scanned even if git ignores it. Files over `max_size` bytes are skipped, but archives and named
    files have higher limits.

    A named file is not judged to be a test by its path, since the user asked about it. With
    `by_path` it is: then nobody chose the files.
    """

    origin = DocumentOrigin.WORKING_TREE

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        max_size: int,
        excluded: Callable[[str], str | None] | None = None,
        by_path: bool = False,
    ) -> None:
        """Raises KeyauditError for a path that is missing, or neither a file nor a folder."""
        self.named: Named = resolve(paths)
        self.root = self.named.root
        self.tree = ModuleReader(self.root)
        self.standing = AS_IT_IS
        self._by_path = by_path
        self._max_size = max_size
        self._excluded = excluded
        self._plain: dict[str, bool] = {self.root: True}

    def listing(self) -> Listing:
        """The files, each once, in order of their paths, and what was left out with the reason."""
        listing = Listing(self.root)
        found: dict[str, Entry] = {}
        left_out = 0
        for name, target in self.named.files.items():
            path = printable(relative(name, self.root))
            if listing.leaves_out(path, self._excluded):
                left_out += 1
            elif self._by_path and os.path.islink(name) and _leads_out(name, self.root):
                listing.skipped.append(Skipped(path, "outside"))
            elif path not in found:
                self._add(path, target, found, listing)
        if left_out:
            text = f"{left_out} of the named files are excluded by the configuration"
            listing.notices.append(Notice("excluded", text))
        named = tuple(found)
        tops = self._add_folders(found, listing) if self.named.folders else set()
        self.standing = self._judged_from(tops, named)
        listing.entries = [found[path] for path in sorted(found)]
        listing.skipped.sort(key=lambda skip: skip.path)
        return listing

    def read(self, entry: Entry) -> bytes:
        """The content of a listed file.

        Raises UnreadableError if it cannot be read, is binary, or has grown over the limit.
        """
        try:
            limit = max(self._max_size, entry.size)  # it was listed, large as it is
            data = _read(entry.place, limit)
        except OSError as error:
            raise UnreadableError(Skipped(entry.path, "unreadable", error.strerror or "")) from None
        if data is None:
            raise UnreadableError(Skipped(entry.path, "special"))
        if is_for_nobody(entry.path, data):
            raise UnreadableError(Skipped(entry.path, "binary"))
        if len(data) > limit:
            raise UnreadableError(Skipped(entry.path, "too-large"))
        return data

    def others(self) -> list[Entry]:
        """If only files were named, the other Python files below the scan root; else none.

        Empty outside a git repository, where nothing says what belongs together.
        """
        if self.named.folders or find_top(self.root) is None:
            return []
        whole = WorkingTree([Path(self.root)], max_size=self._max_size).listing()
        known = {printable(relative(name, self.root)) for name in self.named.files}
        return [e for e in whole.entries if e.path.endswith(".py") and e.path not in known]

    def close(self) -> None:
        """Does nothing: no resource is held."""

    def _judged_from(self, tops: set[str], files: Iterable[str]) -> Standing:
        """How files are judged, of which those at `files` were named, and the others listed
        below `tops`."""
        for folder in {os.path.dirname(name) for name in self.named.files}:
            top = find_top(folder)
            if top is not None:
                tops.add(top)
        return standing(self.root, tops, () if self._by_path else files)

    def _add_folders(self, found: dict[str, Entry], listing: Listing) -> set[str]:
        """Lists what lies in the named folders; gives the folders that it is judged from."""
        from keyaudit.sources.folders import Folders  # needs `subprocess`, a named file does not

        known = dict.fromkeys(found)
        folders = Folders()
        for folder in self.named.folders:
            self._plain[folder] = True
            for name in folders.names(folder):
                path = printable(relative(name, self.root))
                if path not in known and not listing.leaves_out(path, self._excluded):
                    known[path] = None
                    self._add(path, name, found, listing, folder)
                    if name in folders.untracked:
                        listing.untracked.add(path)
        for skip in folders.skipped:
            path = printable(relative(skip.path, self.root)) or "."
            listing.skipped.append(Skipped(path, skip.reason, skip.detail))
        listing.notices += folders.notices
        return folders.tops

    def _add(
        self,
        path: str,
        place: str,
        found: dict[str, Entry],
        listing: Listing,
        folder: str | None = None,
    ) -> None:
        """Lists the file at a place, which was met below `folder`, if at all."""
        reason, detail = "", ""
        try:
            status = os.lstat(place)
        except OSError as error:
            if isinstance(error, FileNotFoundError):
                return  # tracked, and deleted in the working tree
            listing.skipped.append(Skipped(path, "unreadable", error.strerror or ""))
            return
        if stat.S_ISREG(status.st_mode):
            parent = place.rpartition("/")[0]
            if folder is not None and not self._is_plain(parent):
                # Below a link, which git never lists but an index can claim.
                if _leads_out(parent, folder):
                    listing.skipped.append(Skipped(path, "outside"))
                return
            if status.st_size <= self._max_size or _is_worth_it(
                place, status.st_size, named=folder is None
            ):
                found[path] = Entry(path, place, status.st_size)
                return
            reason, detail = _too_large(place), f"{status.st_size:,} bytes"
        elif stat.S_ISLNK(status.st_mode):
            # What a link in the tree leads to is scanned under its own name.
            reason = "outside" if folder is None or _leads_out(place, folder) else ""
        elif stat.S_ISDIR(status.st_mode):
            reason = "submodule" if _is_repository(place) else ""
        else:
            reason = "special"
        if reason:
            listing.skipped.append(Skipped(path.rstrip("/"), reason, detail))

    def _is_plain(self, folder: str) -> bool:
        """Whether no part of a folder's path below the named one is a link."""
        above = []
        place = folder
        while place not in self._plain and os.path.dirname(place) != place:
            above.append(place)
            place = os.path.dirname(place)
        plain = self._plain.get(place, True)
        for place in reversed(above):
            plain = self._plain[place] = plain and not os.path.islink(place)
        return plain


class ModuleReader:
    """Reads files below the scan root that scanned files refer to; follows no symbolic links."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._folders: dict[str, bool] = {"": True}

    def read(self, path: str) -> bytes | None:
        """The content of the file at a path from the root, or None.

        None if there is no such regular file, or it has more than 2,000,000 bytes.
        """
        if not self._is_folder(path.rpartition("/")[0]):
            return None
        place = os.path.join(self._root, path)
        try:
            if not stat.S_ISREG(os.lstat(place).st_mode):
                return None  # opening a device can do something
            data = _read(place, MAX_MODULE)
        except (OSError, ValueError):
            return None
        return data if data is not None and len(data) <= MAX_MODULE else None

    def names(self, folder: str) -> Sequence[str]:
        """The sorted names of the regular files directly in a folder; empty without that folder."""
        if not self._is_folder(folder):
            return ()
        try:
            with os.scandir(os.path.join(self._root, folder)) as entries:
                return sorted(e.name for e in entries if e.is_file(follow_symlinks=False))
        except (OSError, ValueError):
            return ()

    def _is_folder(self, folder: str) -> bool:
        above = []
        place = folder
        while place not in self._folders:
            above.append(place)
            place = place.rpartition("/")[0]
        known = self._folders[place]
        for place in reversed(above):
            if known:
                try:
                    known = stat.S_ISDIR(os.lstat(os.path.join(self._root, place)).st_mode)
                except (OSError, ValueError):
                    known = False
            self._folders[place] = known
        return known


def _read(place: str, limit: int) -> bytes | None:
    """Up to `limit` bytes of a file, and one more where there are more.

    The file was a regular one; None when it has become something else since.
    """
    handle = os.open(place, _FLAGS)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return None
        data = os.read(handle, min(status.st_size, limit) + 1)
        if len(data) == status.st_size or len(data) > limit:
            return data
        parts = [data]
        size = len(data)
        while size <= limit and (data := os.read(handle, limit + 1 - size)):
            parts.append(data)
            size += len(data)
        return b"".join(parts)
    finally:
        os.close(handle)


def _is_worth_it(place: str, size: int, *, named: bool) -> bool:
    """Whether a file over the size limit is looked at: it was named, or it is an archive."""
    try:
        start = _read(place, _START)
    except OSError:
        return False
    if start is None:
        return False
    if is_container(start):
        return size <= (_LARGEST_NAMED_ARCHIVE if named else _LARGEST_ARCHIVE)
    return named and not is_binary(start) and size <= _LARGEST_NAMED


def _too_large(place: str) -> str:
    try:
        start = _read(place, 8192)
    except OSError:
        return "too-large"
    return "binary" if start is not None and is_binary(start) else "too-large"


def _leads_out(place: str, folder: str) -> bool:
    try:
        os.stat(place)  # more than 40 links in a chain are an error, so `realpath` meets fewer
    except OSError:
        try:
            target = os.readlink(place)
        except OSError:
            return False
        real = os.path.normpath(os.path.join(os.path.dirname(place), target))
    else:
        real = os.path.realpath(place)
    return real != folder and not real.startswith(folder.rstrip("/") + "/")


def _is_repository(place: str) -> bool:
    """Whether a folder that git lists as a file is a submodule, checked out or not."""
    try:
        return place.endswith("/") or ".git" in (names := os.listdir(place)) or not names
    except OSError:
        return True
