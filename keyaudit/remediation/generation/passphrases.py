"""Passphrases: reading them from their source, wiping them after use, refusing those easy to
guess."""

from __future__ import annotations

import contextlib
import os
import stat
import unicodedata
from collections.abc import Callable, Iterator

from keyaudit.remediation.errors import KeySourceError, WeakParameterError
from keyaudit.remediation.generation import limits
from keyaudit.remediation.memory.wiping import scrub_heap, wipe

Passphrase = str | bytearray | Callable[[], "str | bytearray"]
"""Text; or its UTF-8 bytes in a buffer, which is wiped once it was used; or what gives either, such
as `PassphraseFile`. Of text, as of all `str`, copies stay in memory until it is collected."""

_MOST_BYTES = 4096
_FEWEST_DIFFERENT = 6
_LONGEST_REPEATED = 9
_ROWS = "1234567890qwertyuiopasdfghjklzxcvbnm"
_COMMON_WORDS = """
    administratorpassword adminadminadminadmin allyourbasearebelongtous areallylongpassword
    averylongpassphrase averylongpassword averysecretpassword averystrongpassword
    changemechangeme changethispassword correcthorsebatterystaple defaultpassphrase
    donotusethispassword enteryourpassphrase iloveyouforever iloveyousomuch letmeinletmein
    loremipsumdolorsitamet masterpassphrase masterpassword maytheforcebewithyou
    mypassphraseissecret mypasswordispassword mysecretpassphrase mysecretpassword
    mysupersecretpassphrase mysupersecretpassword nobodywillguessthis onetwothreefourfive
    passphrasepassphrase passwordpassword pleasechangeme pleasechangethis rootrootrootrootroot
    secretpassphrase secretsecretsecret supersecretpassphrase supersecretpassword testpassphrase
    testpasswordtest thequickbrownfox thequickbrownfoxjumpsoverthelazydog thisisalongpassword
    thisisapassphrase thisisapassword thisisasecret thisismypassphrase thisismypassword
    thisisnotapassword thispasswordissecret tobeornottobe tobeornottobethatisthequestion
    trustnoonetrustnoone verysecretpassphrase verysecretpassword welcomewelcome winteriscoming
    yourpassphrasehere yourpasswordhere
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_COMMON_SOURCE = "NIST SP 800-63B-4, 3.1.1.2: values known to be commonly used or expected"


class PassphraseFile:
    """A callable that reads a passphrase from the first line of a file. Its buffer is wiped after
    use. With `check_mode`, a regular file that group or others have any access to is refused."""

    def __init__(self, file: str | os.PathLike[str], *, check_mode: bool = True) -> None:
        self._file = os.fspath(file)
        self._check_mode = check_mode

    def __call__(self) -> bytearray:
        """The passphrase as UTF-8 bytes. Raises `KeySourceError` when the file cannot be read, has
        no passphrase in its first line, or is accessible to others."""
        try:
            with open(self._file, "rb", buffering=0) as stream:  # noqa: PTH123
                status = os.fstat(stream.fileno())
                if self._check_mode and stat.S_ISREG(status.st_mode) and status.st_mode & 0o077:
                    raise KeySourceError(
                        f"{self._file} can be read by others; chmod 600 (or 400) it"
                    )
                return first_line(stream.fileno(), self._file)
        except OSError as error:
            raise KeySourceError(f"{self._file}: {error.strerror}") from None


class PassphraseDescriptor:
    """A callable that reads a passphrase from the first line of an open file descriptor, such as a
    pipe that another program writes to."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __call__(self) -> bytearray:
        """The passphrase as UTF-8 bytes. Raises `KeySourceError` when there is none, or the
        descriptor cannot be read."""
        try:
            return first_line(self._descriptor, f"descriptor {self._descriptor}")
        except OSError as error:
            raise KeySourceError(
                f"descriptor {self._descriptor} cannot be read: {error.strerror}"
            ) from None


class SystemdCredential(PassphraseFile):
    """A callable that reads a passphrase from the systemd credential of that name
    (`LoadCredential`, `LoadCredentialEncrypted`)."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__(name, check_mode=False)  # systemd sees to its modes

    def __call__(self) -> bytearray:
        """The passphrase as UTF-8 bytes. Raises `KeySourceError` when systemd gives this process no
        such credential, or its first line holds no passphrase."""
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        if not folder or os.sep in self._name:
            raise KeySourceError(f"systemd gives this process no credential {self._name!r}")
        self._file = os.path.join(folder, self._name)  # noqa: PTH118
        return super().__call__()


@contextlib.contextmanager
def used(passphrase: Passphrase, *, new: bool = False) -> Iterator[bytearray]:
    """Context manager that gives the bytes of a passphrase, in Unicode's NFKC form and UTF-8 (SP
    800-63B-4, 3.1.1.2), and wipes them at its end. A `bytearray` that is given is wiped too.

    With `new`, the passphrase is first checked by `check_new`. Raises `WeakParameterError` for an
    empty passphrase, TypeError for other types, ValueError for bytes that are not UTF-8, and what a
    callable raises.
    """
    given = passphrase() if callable(passphrase) else passphrase
    if isinstance(given, str):
        data = bytearray(unicodedata.normalize("NFKC", given).encode())
    elif isinstance(given, bytearray):
        data = _normal(given)
    else:
        raise TypeError(
            f"a passphrase is text, a bytearray or what gives one, not {type(given).__name__}"
        )
    try:
        if new:
            check_new(data)
        elif not data:
            raise WeakParameterError(
                "an empty passphrase", "at least one character", limits.DERIVED
            )
        yield data
    finally:
        wipe(data)
        scrub_heap()


def check_new(data: bytearray) -> None:
    """Raise `WeakParameterError` for a new passphrase that has less than 15 characters or is blank
    (SP 800-63B-4, 3.1.1.2), repeats itself, follows the alphabet or a keyboard row, or is commonly
    used. `data`: UTF-8 bytes, which are not changed."""
    fold = bytearray(data)  # lower case, in place: nothing of it becomes a `str`
    try:
        for at, byte in enumerate(fold):
            if 0x41 <= byte <= 0x5A:
                fold[at] = byte + 0x20
        characters = sum(byte & 0xC0 != 0x80 for byte in data)
        if characters < limits.MIN_PASSPHRASE:
            raise WeakParameterError(
                f"a passphrase of {characters} characters",
                f"{limits.MIN_PASSPHRASE} or more",
                limits.ONLY_FACTOR,
            )
        fault = _fault(fold)
    finally:
        wipe(fold)
    if fault:
        raise WeakParameterError(f"a passphrase that {fault}", "one nobody expects", _COMMON_SOURCE)


def first_line(descriptor: int, where: str) -> bytearray:
    """The bytes before the first line end, read from a descriptor into one buffer. `where` names it
    in messages. Raises `KeySourceError` when there are none or more than 4096, OSError when it
    cannot be read."""
    buffer = bytearray(_MOST_BYTES + 2)
    filled = 0
    try:
        with memoryview(buffer) as view:
            while buffer.find(b"\n", 0, filled) < 0 and filled < len(buffer):
                count = os.readv(descriptor, [view[filled:]])
                if not count:
                    break
                filled += count
        end = buffer.find(b"\n", 0, filled)
        end = filled if end < 0 else end
        if end and buffer[end - 1] == 0x0D:
            end -= 1
        if not 0 < end <= _MOST_BYTES:
            raise KeySourceError(f"{where} holds no passphrase in its first line")
        return buffer[:end]
    finally:
        wipe(buffer)


def _normal(given: bytearray) -> bytearray:
    """A copy in NFKC; the buffer given is wiped. ASCII text is in NFKC already and is copied as
    bytes; other text has to become a `str`, which cannot be wiped."""
    try:
        if given.isascii():
            return given[:]
        return bytearray(unicodedata.normalize("NFKC", given.decode()).encode())
    except UnicodeDecodeError:
        raise ValueError("a passphrase's bytes are UTF-8") from None
    finally:
        wipe(given)


def _fault(fold: bytearray) -> str:
    """What is wrong with a passphrase in lower case, as the end of a sentence; empty when nothing
    is found. No slices are taken here: each would be a copy that is not wiped."""
    if fold.isspace():
        return "is blank"
    if len(set(fold)) < _FEWEST_DIFFERENT or any(map(_repeats(fold), range(1, _LONGEST_REPEATED))):
        return "repeats itself"
    steps = [fold[at + 1] - fold[at] for at in range(len(fold) - 1)]
    if sum(step in (-1, 0, 1) for step in steps) * 3 >= len(steps) * 2:
        return "runs along the alphabet"
    rows = _ROWS * 2
    if rows.encode().find(fold) >= 0 or rows[::-1].encode().find(fold) >= 0:
        return "runs along the keyboard"
    letters = bytearray(byte for byte in fold if chr(byte).isalnum() or byte >= 0x80)
    try:
        digits = [0x30 <= byte <= 0x39 for byte in letters]
        start = digits.index(False) if False in digits else 0
        end = len(digits) - (digits[::-1].index(False) if False in digits else 0)
        with memoryview(letters) as view:
            known = any(each.encode() in (view, view[start:end]) for each in _COMMON)
        return "is commonly used" if known else ""
    finally:
        wipe(letters)


def _repeats(fold: bytearray) -> Callable[[int], bool]:
    def after(size: int) -> bool:
        return all(fold[at] == fold[at + size] for at in range(len(fold) - size))

    return after
