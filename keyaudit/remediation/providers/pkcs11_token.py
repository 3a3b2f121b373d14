"""A session with a PKCS#11 token, which finds and generates keys there; extra `pkcs11`."""

from __future__ import annotations

import os
import secrets
import threading
from typing import Any, Self
from urllib.parse import quote

from keyaudit.remediation.backends import pkcs11
from keyaudit.remediation.closing import Closing
from keyaudit.remediation.errors import BackendError, WeakParameterError
from keyaudit.remediation.providers.pkcs11 import Pkcs11Key

_KEY_BITS = 256


class Pkcs11Token(Closing):
    """A logged-in session with a PKCS#11 token, for any number of its keys. Threads may share it; a
    forked child may not (PKCS #11 2.20, 6.6.1) and gets `BackendError`.

        with Pkcs11Token.open("/usr/lib/softhsm/libsofthsm2.so", "orders", pin) as token:
            cipher = EnvelopeCipher(token.key("kek-2026"))

    `session`: an open, logged-in session of python-pkcs11, which `close` closes.
    """

    def __init__(self, session: Any) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._pid = os.getpid()

    @classmethod
    def open(
        cls, module: str | os.PathLike[str], token: str, pin: str, *, writable: bool = False
    ) -> Self:
        """Log in to a token as its user. `module`: the vendor's shared library. `token`: the
        token's label. `writable`: allow `create_key`. A process can have one open session with a
        token: a second login is refused. Raises `BackendError` (its `code` is `PinIncorrect` for a
        wrong PIN; tokens lock after a few of them) and `MissingBackendError` without
        python-pkcs11."""
        found = pkcs11.token(module, token)
        with pkcs11.errors("to log in"):
            return cls(found.open(user_pin=pin, rw=writable))

    def create_key(self, label: str) -> Pkcs11Key:
        """Generate an AES-256 key on the token, which never leaves it: sensitive, not extractable,
        for encryption and decryption only. Raises `BackendError` when a key with that label exists,
        or the token refuses (for example because the session is not writable)."""
        api = pkcs11.api()
        with self.use("to make a key") as session:
            if self._find(session, label):
                raise BackendError(f"the token has a key {label!r} already", "LabelTaken")
            session.generate_key(
                api.KeyType.AES,
                _KEY_BITS,
                label=label,
                id=secrets.token_bytes(16),
                store=True,
                capabilities=api.MechanismFlag.ENCRYPT | api.MechanismFlag.DECRYPT,
                template={api.Attribute.SENSITIVE: True, api.Attribute.EXTRACTABLE: False},
            )
        return self.key(label)

    def key(self, label: str) -> Pkcs11Key:
        """The AES-256 key with that label. Raises `BackendError` when there is none or more than
        one, `WeakParameterError` for a key that is not 256 bits long or can leave the token."""
        attribute = pkcs11.api().Attribute
        with self.use("to find the key") as session:
            found = self._find(session, label)
            if len(found) != 1:
                raise BackendError(f"the token has {len(found)} AES keys {label!r}", "NoSuchKey")
            (key,) = found
            bits = key.key_length
            leaves = key[attribute.EXTRACTABLE] or not key[attribute.SENSITIVE]
            serial, name = session.token.serial, session.token.label
            id = bytes(key.id)
        if bits != _KEY_BITS or leaves:
            what = "that can leave its token" if leaves else f"of {bits} bits"
            raise WeakParameterError(
                f"a token's key encryption key {what}",
                f"{_KEY_BITS} bits, CKA_SENSITIVE and not CKA_EXTRACTABLE",
                "NIST SP 800-57 Part 1 Rev. 5, 6.2.1.3; PKCS #11 2.40, 4.10",
            )
        return Pkcs11Key(self, key, _uri(name, serial, label, id))

    def use(self, operation: str) -> _Use:
        """Context manager that gives the session to one thread at a time. Errors of the token are
        raised as `BackendError`, also in a forked child; `operation` names the call in the
        message."""
        if os.getpid() != self._pid:
            raise BackendError("a token's session does not pass to a forked child", "Forked")
        return _Use(self._session, self._lock, operation)

    def close(self) -> None:
        """Log out and close the session. Does nothing when it is closed, and in a forked child.
        Raises `BackendError` when the token refuses."""
        session, self._session = self._session, None
        if session is not None and os.getpid() == self._pid:
            with self._lock, pkcs11.errors("to close the session"):
                session.close()

    @staticmethod
    def _find(session: Any, label: str) -> list[Any]:
        api = pkcs11.api()
        wanted = {
            api.Attribute.CLASS: api.ObjectClass.SECRET_KEY,
            api.Attribute.KEY_TYPE: api.KeyType.AES,
            api.Attribute.LABEL: label,
        }
        return list(session.get_objects(wanted))


class _Use:
    """Holds the session's lock and translates the token's errors during one use."""

    def __init__(self, session: Any, lock: threading.Lock, operation: str) -> None:
        if session is None:
            raise BackendError("the token's session is closed", "SessionClosed")
        self._session = session
        self._lock = lock
        self._errors = pkcs11.errors(operation)

    def __enter__(self) -> Any:
        self._lock.acquire()
        self._errors.__enter__()
        return self._session

    def __exit__(self, *raised: Any) -> bool | None:
        try:
            return self._errors.__exit__(*raised)
        finally:
            self._lock.release()


def _uri(token: str, serial: bytes, label: str, id: bytes) -> str:
    number = quote(serial.decode("utf-8", "replace").strip(), safe="")
    return (
        f"pkcs11:token={quote(token, safe='')};serial={number};"
        f"object={quote(label, safe='')};id={''.join(f'%{byte:02X}' for byte in id)}"
    )
