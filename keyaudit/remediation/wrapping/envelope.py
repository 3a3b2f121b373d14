"""Envelope encryption: each message has its own key, derived from a data key, which is wrapped
under a key encryption key that stays where it is."""

from __future__ import annotations

import base64
import contextlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from keyaudit.remediation.errors import (
    DecryptionError,
    EnvelopeFormatError,
    KeyStateError,
    PurposeError,
)
from keyaudit.remediation.memory.wiping import OneScrub
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping import envelope_format, stream
from keyaudit.remediation.wrapping.cache import DataKeyCache, Made
from keyaudit.remediation.wrapping.context import Context, canonical, canonical_new
from keyaudit.remediation.wrapping.envelope_format import EnvelopeHeader
from keyaudit.remediation.wrapping.files import replacing
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey, KeySource, caller_of
from keyaudit.remediation.wrapping.legacy import LegacyReader, first_that_reads
from keyaudit.remediation.wrapping.message import MAX_MESSAGE, MessageKey, new_salt

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from keyaudit.remediation.auditing.auditor import Auditor

_ONE_NONCE = bytes(12)
_NO_KEY = "legacy"
_MESSAGE = envelope_format.prefix_of(envelope_format.MESSAGE, 0)


class EnvelopeCipher:
    """Envelope encryption under `keys`: a `KeyEncryptionKey`, a `KeyChain`, or the keys of a
    `KeyManager`. Threads may share it if they may share its keys.

        cipher = EnvelopeCipher(LocalKey.open("kek.json", passphrase))
        envelope = cipher.encrypt(data, {"purpose": "user-pii", "user": "1234"})
        data = cipher.decrypt(envelope, {"purpose": "user-pii", "user": "1234"})

    An envelope is bytes (format: `envelope_format`) that hold everything but the context, which the
    reader has to know: so a ciphertext cannot be used in place of another. The encryption is
    AES-256-GCM with key commitment. Any change of a byte of the ciphertext, of the context or of
    the order of a stream's chunks raises `DecryptionError`.

    `cache`: without one, every envelope has its own data key. `auditor`: gets an event for every
    call (for files, those of streams). `legacy`: readers for data that is not in envelopes yet, so
    that it can be moved; such data is not bound to a context.
    """

    def __init__(
        self,
        keys: KeySource,
        *,
        cache: DataKeyCache | None = None,
        auditor: Auditor | None = None,
        legacy: Sequence[LegacyReader] = (),
    ) -> None:
        if isinstance(keys, type) or not hasattr(keys, "current"):
            raise TypeError(
                "EnvelopeCipher takes a key encryption key, such as LocalKey.open(...), "
                f"not {keys.__name__ if isinstance(keys, type) else type(keys).__name__}"
            )
        self._keys = keys
        self._cache = cache
        self._auditor = auditor
        self._legacy = legacy

    def encrypt(self, data: Buffer, context: Context) -> bytes:
        """Encrypt `data` into an envelope bound to `context`. `data` has at most 2^31 - 17 bytes
        (just under 2 GiB); for more, or for files, see `encrypt_stream`.

        Raises ValueError for more data, TypeError or ValueError for a bad context, `BackendError`
        when the key's service refuses, `KeyStateError` when a managed key's state forbids it.
        """
        size = memoryview(data).nbytes
        if size > MAX_MESSAGE:
            raise ValueError(f"one message has at most {MAX_MESSAGE} bytes; use encrypt_stream")
        bound = canonical_new(context)
        with self._observed("encrypt", context, size), OneScrub():
            current = self._keys.current()
            with self._new_data_key(current, context, bound, size) as (data_key, wrapped):
                made = _NewEnvelope(_MESSAGE, data_key, bound)
            with made.key as message_key:
                head = made.head(current.id, wrapped)
                # keyaudit: ignore[KA403] the key is made for this one message
                return message_key.encrypt_after(head, _ONE_NONCE, data)

    def decrypt(self, envelope: Buffer, context: Context) -> bytes:
        """The data in an envelope that `encrypt` or `encrypt_stream` made (a stream is decrypted in
        memory).

        Raises `DecryptionError` when key, context or bytes do not belong together (its subclass
        `EnvelopeFormatError` when the bytes are no envelope), `UnknownKeyError` when the key
        encryption key is not available here, `BackendError` when its service refuses,
        `KeyStateError` when a managed key's state forbids it.
        """
        view = memoryview(envelope).cast("B")
        if self.is_legacy(view):
            with self._observed("decrypt-legacy", context, view.nbytes, _NO_KEY):
                return first_that_reads(self._legacy)(view.tobytes())
        header, start = envelope_format.parse(view)
        if header.is_stream:
            import io

            target = io.BytesIO()
            self.decrypt_stream(io.BytesIO(view), target, context)
            return target.getvalue()
        with (
            self._observed("decrypt", context, view.nbytes - start, header.key_id),
            OneScrub(),
            self._message_key(header, context, canonical(context)) as message_key,
        ):
            return message_key.decrypt(_ONE_NONCE, view[start:])

    def encrypt_text(self, text: str, context: Context) -> str:
        """Encrypt text (as UTF-8) into an envelope in URL-safe base64 (RFC 4648, 5) without
        padding. Raises as `encrypt`."""
        made = self.encrypt(text.encode(), context)
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode("ascii")

    def decrypt_text(self, envelope: str, context: Context) -> str:
        """The text that `encrypt_text` encrypted. Raises as `decrypt`, and `DecryptionError` when
        the data is not UTF-8."""
        try:
            padded = envelope + "=" * (-len(envelope) % 4)
            data = base64.b64decode(padded, altchars=b"-_", validate=True)
        except ValueError:
            if not self._legacy:
                raise EnvelopeFormatError("this is no envelope in base64 of URLs") from None
            data = b""
        if self._legacy and self.is_legacy(data):
            data = envelope.encode()  # tokens of Fernet are text themselves
        try:
            return self.decrypt(data, context).decode()
        except UnicodeDecodeError:
            raise DecryptionError("what was encrypted is no text") from None

    def is_legacy(self, data: Buffer) -> bool:
        """Whether `data` is to be read by the `legacy` readers: there are some, and it is no
        envelope."""
        view = memoryview(data).cast("B")
        return bool(self._legacy) and view[: len(envelope_format.MAGIC)] != envelope_format.MAGIC

    def encrypt_stream(
        self,
        source: BinaryIO,
        target: BinaryIO,
        context: Context,
        *,
        chunk_log2: int = stream.CHUNK_LOG2,
    ) -> int:
        """Encrypt all of `source` into `target`, in chunks of 2**`chunk_log2` bytes (12 to 26: 4
        KiB to 64 MiB), with memory for three chunks. Returns the number of plaintext bytes.

        Raises as `encrypt`, ValueError for another chunk size and for more than 2^32 chunks.
        """
        if not envelope_format.MIN_CHUNK_LOG2 <= chunk_log2 <= envelope_format.MAX_CHUNK_LOG2:
            raise ValueError("chunk_log2 is 12 (4 KiB) to 26 (64 MiB)")
        return self._encrypt_stream(source, target, context, chunk_log2)

    def _encrypt_stream(
        self, source: BinaryIO | stream.Opened, target: BinaryIO, context: Context, chunk_log2: int
    ) -> int:
        bound = canonical_new(context)
        with self._observed("encrypt-stream", context, 0):
            current = self._keys.current()
            data_key, wrapped = current.new_data_key(context)
            with data_key:
                prefix = envelope_format.prefix_of(envelope_format.STREAM, chunk_log2)
                made = _NewEnvelope(prefix, data_key, bound)
            with made.key as message_key:
                target.write(made.head(current.id, wrapped))
                return stream.encrypt(message_key, source, target, 1 << chunk_log2)

    def decrypt_stream(self, source: BinaryIO, target: BinaryIO, context: Context) -> int:
        """Decrypt all of `source` into `target`. Returns the number of plaintext bytes.

        Every chunk is authenticated before it is written, but a truncated stream is detected only
        at its end: when this raises, discard what was written to `target` (`decrypt_file` does).
        Raises as `decrypt`.
        """
        header = envelope_format.read(source)
        if not header.is_stream:
            data = self.decrypt(header.encode() + source.read(), context)
            target.write(data)
            return len(data)
        with (
            self._observed("decrypt-stream", context, 0, header.key_id),
            self._message_key(header, context, canonical(context)) as message_key,
        ):
            return stream.decrypt(message_key, source, target, 1 << header.chunk_log2)

    def encrypt_file(
        self, source: str | os.PathLike[str], target: str | os.PathLike[str], context: Context
    ) -> int:
        """Encrypt a file into another (mode 600), which is written completely or not at all.
        Returns the number of plaintext bytes. Raises as `encrypt_stream`, and OSError."""
        with Path(source).open("rb") as reader, replacing(Path(target)) as writer:
            return self.encrypt_stream(reader, writer, context)

    def decrypt_file(
        self, source: str | os.PathLike[str], target: str | os.PathLike[str], context: Context
    ) -> int:
        """Decrypt a file into another (mode 600), which appears only after all was authenticated.
        Returns the number of plaintext bytes. Raises as `decrypt_stream`, and OSError."""
        with Path(source).open("rb") as reader, replacing(Path(target)) as writer:
            return self.decrypt_stream(reader, writer, context)

    def encrypt_anew(self, source: BinaryIO, target: BinaryIO, context: Context) -> int:
        """Decrypt the envelope in `source`, and encrypt its data into `target` as an envelope of
        the same kind under a fresh data key. For data whose data key others may know.

        A stream is processed chunk by chunk, and its plaintext is only in memory. Returns the
        number of plaintext bytes. Raises as `decrypt` and `encrypt`; then discard what was written
        to `target`. Whoever kept the old envelope and has its key can still decrypt it.
        """
        header = envelope_format.read(source)
        if not header.is_stream:
            data = self.decrypt(header.encode() + source.read(), context)
            target.write(self.encrypt(data, context))
            return len(data)
        with (
            self._observed("decrypt-stream", context, 0, header.key_id),
            self._message_key(header, context, canonical(context)) as message_key,
        ):
            plain = stream.Opened(message_key, source, 1 << header.chunk_log2)
            return self._encrypt_stream(plain, target, context, header.chunk_log2)

    def rewrap(self, envelope: Buffer, context: Context) -> bytes:
        """The same envelope with its data key wrapped under the current key encryption key.

        The data is neither decrypted nor changed: use it to move existing data to a new key
        encryption key. Whoever kept the old envelope and has the old key can still decrypt it.
        Raises as `decrypt`.
        """
        view = memoryview(envelope).cast("B")
        header, start = envelope_format.parse(view)
        bound = canonical(context)
        with (
            self._observed("rewrap", context, 0, header.key_id),
            self._data_key(header, context, bound) as data_key,
        ):
            MessageKey.of(header, data_key, bound).close()
            current = self._keys.current()
            wrapped = current.wrap(data_key, context)
        return replace(header, key_id=current.id, wrapped=wrapped).encode() + view[start:]

    def revoke(self, key_id: str | None = None) -> int:
        """Wipe the cached data keys that are wrapped under that key encryption key (all when None).
        Returns their number."""
        return 0 if self._cache is None else self._cache.revoke(key_id)

    def _observed(
        self, operation: str, context: Context, size: int, key_id: str | None = None
    ) -> contextlib.AbstractContextManager[object]:
        if self._auditor is None:
            return contextlib.nullcontext()
        if key_id is None:
            key_id = self._keys.current().id
        return self._auditor.observe(
            operation,
            key_id,
            size=size,
            context=context,
            refusals=(KeyStateError, PurposeError),
            caller=caller_of(self._keys, key_id),
        )

    def _new_data_key(
        self, current: KeyEncryptionKey, context: Context, bound: bytes, size: int
    ) -> contextlib.AbstractContextManager[Made]:
        if self._cache is None:
            return _Fresh(current.new_data_key(context))
        return self._cache.encryption_key(
            current.id, bound, size, lambda: current.new_data_key(context)
        )

    def _data_key(
        self, header: EnvelopeHeader, context: Context, bound: bytes
    ) -> contextlib.AbstractContextManager[SecureKey]:
        key = self._keys.find(header.key_id)
        if self._cache is None:
            return key.unwrap(header.wrapped, context)
        return self._cache.decryption_key(
            header.key_id, bound, header.wrapped, lambda: key.unwrap(header.wrapped, context)
        )

    def _message_key(self, header: EnvelopeHeader, context: Context, bound: bytes) -> MessageKey:
        """The envelope's message key, which the caller closes. Raises `DecryptionError` when the
        commitment does not match."""
        with self._data_key(header, context, bound) as data_key:
            return MessageKey.of(header, data_key, bound)


def read_header(envelope: Buffer) -> EnvelopeHeader:
    """The header of an envelope, read without any key; above all its `key_id`. Nothing in it is
    authenticated. Raises `EnvelopeFormatError` when the bytes are no envelope."""
    return envelope_format.parse(memoryview(envelope).cast("B"))[0]


class _Fresh:
    """Context manager that gives a data key for one message, and wipes it at its end."""

    def __init__(self, made: Made) -> None:
        self._made = made

    def __enter__(self) -> Made:
        return self._made

    def __exit__(self, *_: object) -> None:
        self._made[0].close()


class _NewEnvelope:
    """The message key of a new envelope, and the envelope's header."""

    def __init__(self, prefix: bytes, data_key: SecureKey, bound: bytes) -> None:
        self._prefix = prefix
        self._salt = new_salt()
        self.key = MessageKey(data_key, prefix, self._salt, bound)

    def head(self, key_id: str, wrapped: bytes) -> bytes:
        """The header's bytes."""
        return envelope_format.head_of(
            self._prefix, self._salt, self.key.commitment, key_id, wrapped
        )
