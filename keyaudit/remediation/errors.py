"""What goes wrong: one class a kind of fault. No message ever holds key material."""

from __future__ import annotations


class RemediationError(Exception):
    """Base of every error that `keyaudit.remediation` raises itself."""


class WeakParameterError(RemediationError, ValueError):
    """Something weaker than a standard allows was asked for.

    `what` names the parameter and the value given, `limit` what is allowed, `source` the
    standard and section the limit comes from.
    """

    def __init__(self, what: str, limit: str, source: str) -> None:
        self.what = what
        self.limit = limit
        self.source = source
        super().__init__(f"{what}: {limit} ({source})")


class RecordFormatError(RemediationError, ValueError):
    """A stored record (key derivation, wrapped key file) is malformed or out of bounds."""


class WrongPasswordError(RemediationError):
    """The password does not belong to the record or key file."""


class ClosedKeyError(RemediationError, ValueError):
    """The key was wiped: closed, or carried over into a forked child process."""


class DecryptionError(RemediationError):
    """Ciphertext, key or context do not belong together; which of them is not told on purpose."""


class EnvelopeFormatError(DecryptionError):
    """The bytes are no envelope, or one of a version this release does not know."""


class UnknownKeyError(RemediationError, LookupError):
    """No key of that name, id or version is at hand."""


class PurposeError(RemediationError):
    """A key was asked to do what it is not for."""


class RateLimitError(RemediationError):
    """A key was used more often than its limit allows; `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class KeyStateError(RemediationError):
    """The state that the key is in does not allow the operation or the transition."""


class KeyInUseError(RemediationError):
    """A key is not destroyed while something needs it; `usages` says what, in words."""

    def __init__(self, message: str, usages: tuple[str, ...]) -> None:
        self.usages = usages
        super().__init__(f"{message}: {'; '.join(usages)}")


class StoreError(RemediationError):
    """A key store is missing, damaged, of another version, or was tampered with."""


class ClockError(StoreError):
    """The machine's clock is far behind what the store has recorded."""


class RootKeyError(StoreError, DecryptionError):
    """The root key has the name of the store's, and does not open what the store has under it: it
    is another one, or that was changed."""


class AuditLogError(StoreError):
    """The audit log of a store was changed or cut short; `record` is the sequence number of the
    first record that does not fit."""

    def __init__(self, message: str, record: int) -> None:
        self.record = record
        super().__init__(message)


class ScanError(RemediationError):
    """Data that was to be looked through for envelopes could not be, or holds none: nothing is
    known of it. `places` says what, in words."""

    def __init__(self, message: str, places: tuple[str, ...] = ()) -> None:
        self.places = places
        super().__init__(f"{message}: {'; '.join(places)}" if places else message)


class KeySourceError(RemediationError):
    """Where a key should come from is not configured, or gives none."""


class BackendError(RemediationError):
    """A key service refused or failed; `code` is its own name for the fault."""

    def __init__(self, message: str, code: str = "") -> None:
        self.code = code
        super().__init__(message)


class MissingBackendError(RemediationError, ImportError):
    """An optional package is not installed; the message says which extra brings it."""
