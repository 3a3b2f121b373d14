"""What a re-encryption does with one envelope, in memory or in a file."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from keyaudit.remediation.lifecycle.states import KeyState
from keyaudit.remediation.wrapping import envelope_format
from keyaudit.remediation.wrapping.context import Context
from keyaudit.remediation.wrapping.envelope import EnvelopeCipher, read_header
from keyaudit.remediation.wrapping.files import replacing

if TYPE_CHECKING:
    from keyaudit.remediation.lifecycle.records import KeyVersion

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Moved:
    """The outcome of one move. `kind`: `moved`, `skipped` (already under the primary version) or
    `changed` (somebody else wrote it at every try). `changed`: the number of times that somebody
    else had written it."""

    kind: str
    changed: int = 0


Move = Callable[[], Moved]
"""Moves one envelope."""
Save = Callable[[T, bytes, bytes], bool]
"""Called with a name, the old and the new envelope: puts the new one in the place of the old one
if that is still there, in one step, and says whether it did."""
_BLOCK = 1 << 20
_TRIES = 3


class _ChangedMeanwhile(Exception):  # noqa: N818
    """Somebody wrote the file during its move; their data must not be overwritten."""


class Moves:
    """Makes the moves of one job: to the primary version `current`, with `cipher`.

    `anew`: encrypt all data again under fresh data keys. Otherwise only data under a compromised
    version of `versions` is, since others may know its data keys.
    """

    def __init__(
        self,
        cipher: EnvelopeCipher,
        current: KeyVersion,
        versions: Iterable[KeyVersion],
        *,
        anew: bool,
    ) -> None:
        self._cipher = cipher
        self.current = current
        self._current_id = current.id
        self._anew = anew
        self._known = {each.id for each in versions if each.state is KeyState.COMPROMISED}

    def of_envelopes(
        self,
        envelopes: Iterable[tuple[T, bytes, Context]],
        save: Save[T],
        load: Callable[[T], bytes | None] | None,
    ) -> Iterator[tuple[T, Move]]:
        """A move for each envelope in memory. It calls `save` with the old and new one, and `load`
        to read it again when somebody else has written it."""
        for name, envelope, context in envelopes:
            yield name, partial(self._envelope, name, envelope, context, save, load)

    def of_files(
        self, files: Iterable[tuple[str | os.PathLike[str], Context]]
    ) -> Iterator[tuple[Path, Move]]:
        """A move for each file that holds an envelope, which replaces the file."""
        for file, context in files:
            yield Path(file), partial(self._file, Path(file), context)

    def _envelope(
        self,
        name: T,
        envelope: bytes | None,
        context: Context,
        save: Save[T],
        load: Callable[[T], bytes | None] | None,
    ) -> Moved:
        for changed in range(_TRIES):
            if envelope is None or self._is_current(envelope):
                return Moved("skipped", changed)
            saved = save(name, bytes(envelope), self._new(envelope, context))
            if not isinstance(saved, bool):
                raise TypeError(
                    "save(name, old, new) says with True or False whether it put the new envelope "
                    f"in the place of the old one, not with {saved!r}"
                )
            if saved:
                return Moved("moved", changed)
            if load is None:
                return Moved("changed", 1)
            envelope = load(name)
        return Moved("changed", _TRIES)

    def _is_current(self, envelope: bytes) -> bool:
        if self._cipher.is_legacy(envelope):
            return False
        return read_header(envelope).key_id == self._current_id

    def _new(self, envelope: bytes, context: Context) -> bytes:
        if self._cipher.is_legacy(envelope):
            return self._cipher.encrypt(self._cipher.decrypt(envelope, context), context)
        if not self._is_anew(read_header(envelope).key_id):
            return self._cipher.rewrap(envelope, context)
        target = io.BytesIO()
        self._cipher.encrypt_anew(io.BytesIO(envelope), target, context)
        return target.getvalue()

    def _file(self, file: Path, context: Context) -> Moved:
        file = file.resolve()  # a link stays one
        for changed in range(_TRIES):
            with contextlib.suppress(_ChangedMeanwhile):
                return Moved("moved" if self._replaced(file, context) else "skipped", changed)
        raise OSError(errno.EBUSY, "others keep writing it", str(file))

    def _replaced(self, file: Path, context: Context) -> bool:
        with file.open("rb") as old:
            before = _state(os.fstat(old.fileno()))
            header = envelope_format.read(old)
            if header.key_id == self._current_id:
                return False
            with replacing(file) as new:
                if self._is_anew(header.key_id):
                    old.seek(0)
                    self._cipher.encrypt_anew(old, new, context)
                else:
                    new.write(self._cipher.rewrap(header.encode(), context))
                    while block := old.read(_BLOCK):
                        new.write(block)
                _keep_owner_and_mode(old, new)
                if _state(file.stat()) != before:
                    raise _ChangedMeanwhile
        return True

    def _is_anew(self, key_id: str) -> bool:
        return self._anew or key_id in self._known


def _state(file: os.stat_result) -> tuple[int, int, int]:
    """Inode, size and modification time: they differ when somebody wrote or replaced the file."""
    return file.st_ino, file.st_size, file.st_mtime_ns


def _keep_owner_and_mode(old: BinaryIO, new: BinaryIO) -> None:
    """Give the new file the owner and mode of the old one, so that its readers keep access. Raises
    OSError when the system does not allow it."""
    was, now = os.fstat(old.fileno()), os.fstat(new.fileno())
    if (was.st_uid, was.st_gid) != (now.st_uid, now.st_gid):
        os.fchown(new.fileno(), was.st_uid, was.st_gid)
    if hasattr(os, "fchmod"):  # not on Windows
        os.fchmod(new.fileno(), stat.S_IMODE(was.st_mode))
