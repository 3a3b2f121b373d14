"""A key that lies about wrapped, under a key encryption key of any kind."""

from __future__ import annotations

from collections.abc import Callable

from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.context import Context
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey


class WrappedKey:
    """A key that was wrapped and lies about so (in configuration, an image, a repository):
    `kek.new_data_key(context)` made it.

    `kek`: makes the key encryption key, and is called only when the key is loaded, so that an
    environment needs no service but its own: `lambda: GoogleKmsKey(name)`. `wrapped`: the wrapped
    form; `context`: the context it is bound to.
    """

    def __init__(
        self, kek: Callable[[], KeyEncryptionKey], wrapped: bytes, context: Context
    ) -> None:
        self._kek = kek
        self._wrapped = wrapped
        self._context = context

    def __call__(self) -> SecureKey:
        """The key. Raises as the key encryption key and its `unwrap`. A `kek` that can be closed
        (a `LocalKey`, a `KeyringKey`) is, after."""
        kek = self._kek()
        try:
            return kek.unwrap(self._wrapped, self._context)
        finally:
            close = getattr(kek, "close", None)
            if close is not None:
                close()
