"""Passphrases: where they come from, wiped when they were used, and which are too easy to guess."""

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
    """The first line of a file that only its owner can read, in a buffer that is wiped once it was
    used. `check_mode` refuses a file that group or others can read."""

    def __init__(self, file: str | os.PathLike[str], *, check_mode: bool = True) -> None:
        self._file = os.fspath(file)
        self._check_mode = check_mode

    def __call__(self) -> bytearray:
        """The passphrase's bytes. `KeySourceError` when there is none, or the file is too open."""
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
    """The first line that an open file descriptor gives: a pipe that another program writes to."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __call__(self) -> bytearray:
        """The passphrase's bytes. `KeySourceError` when there is none."""
        try:
            return first_line(self._descriptor, f"descriptor {self._descriptor}")
        except OSError as error:
            raise KeySourceError(
                f"descriptor {self._descriptor} cannot be read: {error.strerror}"
            ) from None


class SystemdCredential(PassphraseFile):
    """A credential that systemd gives a service (`LoadCredential`, `LoadCredentialEncrypted`), by
    its name. `KeySourceError` when called outside of such a service."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__(name, check_mode=False)  # systemd sees to its modes

    def __call__(self) -> bytearray:
        """The passphrase's bytes. `KeySourceError` when there is none."""
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        if not folder or os.sep in self._name:
            raise KeySourceError(f"systemd gives this process no credential {self._name!r}")
        self._file = os.path.join(folder, self._name)  # noqa: PTH118
        return super().__call__()


@contextlib.contextmanager
def used(passphrase: Passphrase, *, new: bool = False) -> Iterator[bytearray]:
    """The bytes of a passphrase within `with`, in NFKC and UTF-8 (SP 800-63B-4, 3.1.1.2), wiped
    when it ends; with `new`, checked by `check_new` first. Raises what a callable raises, TypeError
    for other types, `WeakParameterError` for an empty one, ValueError for bytes that are no UTF-8.
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
    """Raise `WeakParameterError` for a new passphrase that is too short (15 characters), blank,
    repeats itself, runs along the alphabet or a keyboard, or is commonly used."""
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
    """The bytes up to the first line end, read into one buffer. `KeySourceError` when there are
    none, or over 4096; OSError."""
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
    """A copy in NFKC, after which what was given is wiped. ASCII is its own NFKC; other text has to
    become a `str` for it."""
    try:
        if given.isascii():
            return given[:]
        return bytearray(unicodedata.normalize("NFKC", given.decode()).encode())
    except UnicodeDecodeError:
        raise ValueError("a passphrase's bytes are UTF-8") from None
    finally:
        wipe(given)


def _fault(fold: bytearray) -> str:
    """What is wrong with a passphrase in lower case; empty when nothing is known. Nothing here
    takes a slice, which would be a copy that nobody wipes."""
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
