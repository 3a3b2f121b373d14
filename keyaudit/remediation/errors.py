"""The errors that this package raises, one class for each kind. No message holds key material."""

from __future__ import annotations


class RemediationError(Exception):
    """The base class of all errors that `keyaudit.remediation` defines."""


class WeakParameterError(RemediationError, ValueError):
    """A parameter is weaker than a standard (or the documented interface of a service) allows.

    `what`: the parameter and its value. `limit`: the values that are allowed. `source`: the
    standard and section that the limit comes from.
    """

    def __init__(self, what: str, limit: str, source: str) -> None:
        self.what = what
        self.limit = limit
        self.source = source
        super().__init__(f"{what}: {limit} ({source})")


class RecordFormatError(RemediationError, ValueError):
    """Stored text (a key derivation record, a key file, a share, a certificate, an anchor) is
    malformed, was changed, or has parameters out of bounds."""


class WrongPasswordError(RemediationError):
    """The password or passphrase is not the one that the record or key file was made with."""


class ClosedKeyError(RemediationError, ValueError):
    """The key was wiped: it was closed, or this process is a forked child, which gets no keys."""


class DecryptionError(RemediationError):
    """Ciphertext or signature, key and context do not belong together. The message does not say
    which of them is wrong, so that it does not help an attacker."""


class EnvelopeFormatError(DecryptionError):
    """The bytes are not in the expected format (such as an envelope), or in a version of it that
    this release does not know."""


class UnknownKeyError(RemediationError, LookupError):
    """There is no key, version or request of that name or id here."""


class PurposeError(RemediationError):
    """A key or an approver was used for something that it is not permitted to do."""


class RateLimitError(RemediationError):
    """A key was used more often than its rate limit allows. `retry_after`: seconds until the next
    use is allowed."""

    def __init__(self, message: str, retry_after: float) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class KeyStateError(RemediationError):
    """The key's state (see `KeyState`), its archival or its scheduled destruction does not allow
    the operation."""


class KeyInUseError(RemediationError):
    """A key is not destroyed, or a policy not relaxed, because something stands against it.
    `usages`: descriptions of what."""

    def __init__(self, message: str, usages: tuple[str, ...]) -> None:
        self.usages = usages
        super().__init__(f"{message}: {'; '.join(usages)}")


class StoreError(RemediationError):
    """A key store is missing, damaged, of another version, out of reach, or was changed by somebody
    without the root key."""


class ClockError(StoreError):
    """The clock is more than 10 minutes behind the last record of the store's audit log. Set it
    right, or, if it had run ahead before, see `KeyManager.accept_clock`."""


class RootKeyError(StoreError, DecryptionError):
    """The root key has the id that the store expects, but cannot decrypt the store's keys: it is
    another key, or the wrapped keys were changed."""


class AuditLogError(StoreError):
    """A store's audit log was changed or truncated. `record`: the sequence number of the first
    record that does not fit."""

    def __init__(self, message: str, record: int) -> None:
        self.record = record
        super().__init__(message)


class ScanError(RemediationError):
    """Data could not be searched for envelopes, or holds none, so it is not known whether it needs
    the key. `places`: descriptions of the data concerned."""

    def __init__(self, message: str, places: tuple[str, ...] = ()) -> None:
        self.places = places
        super().__init__(f"{message}: {'; '.join(places)}" if places else message)


class KeySourceError(RemediationError):
    """The place that a key should come from is not configured, or holds no usable key."""


class BackendError(RemediationError):
    """A key service, token or keyring refused a request or could not be reached. `code`: its own
    name for the fault, empty when there is none. `request`: the service's id of the request, by
    which its own log names it; empty when there is none."""

    def __init__(self, message: str, code: str = "", request: str = "") -> None:
        self.code = code
        self.request = request
        super().__init__(message)


class MissingBackendError(RemediationError, ImportError):
    """An optional package or algorithm is not available; the message names what to install."""
