"""Loads a key that is stored wrapped under a key encryption key of any kind."""

from __future__ import annotations

from collections.abc import Callable

from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.context import Context
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey


class WrappedKey:
    """A callable that unwraps a key. The wrapped key can be stored openly (in configuration, an
    image, a repository); `kek.new_data_key(context)` makes one.

    `kek`: a callable that returns the key encryption key, such as `lambda: GoogleKmsKey(name)`. It
    is called only when the key is loaded, so that an environment needs only its own services.
    `wrapped`: the wrapped key. `context`: the encryption context it was wrapped with.
    """

    def __init__(
        self, kek: Callable[[], KeyEncryptionKey], wrapped: bytes, context: Context
    ) -> None:
        self._kek = kek
        self._wrapped = wrapped
        self._context = context

    def __call__(self) -> SecureKey:
        """The key. Errors as `kek` and its `unwrap`. The key encryption key is closed afterwards if
        it can be (a `LocalKey`, a `KeyringKey`)."""
        kek = self._kek()
        try:
            return kek.unwrap(self._wrapped, self._context)
        finally:
            close = getattr(kek, "close", None)
            if close is not None:
                close()
