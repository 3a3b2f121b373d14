"""Envelope encryption: each message under a key of its own, that key under a data key, and the
data key under a key encryption key that stays where it is."""

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
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey, KeySource
from keyaudit.remediation.wrapping.legacy import LegacyReader, first_that_reads
from keyaudit.remediation.wrapping.message import MAX_MESSAGE, MessageKey, new_salt

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from keyaudit.remediation.auditing.auditor import Auditor

_ONE_NONCE = bytes(12)
_NO_KEY = "legacy"
_MESSAGE = envelope_format.prefix_of(envelope_format.MESSAGE, 0)


class EnvelopeCipher:
    """Encrypts and decrypts under `keys`: a `KeyEncryptionKey`, a `KeyChain`, or what a
    `KeyManager` gives. Threads may share it when they may share its keys.

        cipher = EnvelopeCipher(LocalKey.open("kek.json", passphrase))
        envelope = cipher.encrypt(data, {"purpose": "user-pii", "user": "1234"})
        data = cipher.decrypt(envelope, {"purpose": "user-pii", "user": "1234"})

    An envelope is bytes (`envelope_format` documents them) and holds all but the context, which
    the reader has to know: that is what keeps a ciphertext from being used for something else.
    AES-256-GCM with key commitment; any change of a byte, of the context or of the order of a
    stream's chunks is a `DecryptionError`.

    Without a `cache`, every envelope has a data key of its own. With an `auditor`, every call
    makes an event (files as the streams they are). `legacy` readers open what is no envelope yet,
    so that it can be moved; contexts are not bound to such data.
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
        """An envelope with `data`, up to 2 GiB; for more, or for files, see `encrypt_stream`.

        Raises ValueError for more, TypeError or ValueError for a bad context, `BackendError`
        when the key's service refuses.
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
        """The data of an envelope made by `encrypt` (or, within memory, by `encrypt_stream`).

        Raises `DecryptionError` when key, context or bytes do not belong together (its subclass
        `EnvelopeFormatError` when the bytes are no envelope at all), `UnknownKeyError` when the
        key encryption key is not at hand, `BackendError` when its service refuses.
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
        """The same for text, as text: an envelope in base64 of URLs (RFC 4648, 5), without padding.
        Raises as `encrypt`."""
        made = self.encrypt(text.encode(), context)
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode("ascii")

    def decrypt_text(self, envelope: str, context: Context) -> str:
        """What `encrypt_text` took. Raises as `decrypt`."""
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
        """Whether `data` is for the `legacy` readers: there are some, and it is no envelope."""
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
        """Encrypt all of `source` into `target`, in chunks of 2**`chunk_log2` bytes (12 to 26);
        memory for three of them is used. Returns the number of plaintext bytes.

        Raises as `encrypt`, and ValueError for another chunk size.
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
        """Decrypt all of `source` into `target`; returns the number of plaintext bytes.

        Every chunk is authenticated before it is written, but that the stream was cut short
        shows only at its end: when this raises, throw away what `target` got (`decrypt_file`
        does). Raises as `decrypt`.
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
        """Encrypt a file into another (mode 600), which is written whole or not at all.
        Returns the number of plaintext bytes. Raises as `encrypt_stream`, and OSError."""
        with Path(source).open("rb") as reader, replacing(Path(target)) as writer:
            return self.encrypt_stream(reader, writer, context)

    def decrypt_file(
        self, source: str | os.PathLike[str], target: str | os.PathLike[str], context: Context
    ) -> int:
        """Decrypt a file into another (mode 600), which appears only once all was authenticated.
        Returns the number of plaintext bytes. Raises as `decrypt_stream`, and OSError."""
        with Path(source).open("rb") as reader, replacing(Path(target)) as writer:
            return self.decrypt_stream(reader, writer, context)

    def encrypt_anew(self, source: BinaryIO, target: BinaryIO, context: Context) -> int:
        """Decrypt the envelope in `source`, and encrypt what it holds into `target`: an envelope of
        the same kind, under a fresh data key. For data whose key others may know.

        A stream goes chunk by chunk, and its plaintext is in memory only. Returns the number of
        plaintext bytes. When this raises (as `decrypt` and `encrypt` do), throw away what `target`
        got. Who kept the old envelope and has its key can still read that.
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

        The data is neither decrypted nor read: this is how a rotated key takes over old data.
        Who kept the old envelope and has the old key can still read it. Raises as `decrypt`.
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
        """Wipe cached data keys of that key encryption key (of all when None); their number."""
        return 0 if self._cache is None else self._cache.revoke(key_id)

    def _observed(
        self, operation: str, context: Context, size: int, key_id: str | None = None
    ) -> contextlib.AbstractContextManager[None]:
        if self._auditor is None:
            return contextlib.nullcontext()
        if key_id is None:
            key_id = self._keys.current().id
        return self._auditor.observe(
            operation, key_id, size=size, context=context, refusals=(KeyStateError, PurposeError)
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
        """To be closed; `DecryptionError` when it is not the envelope's."""
        with self._data_key(header, context, bound) as data_key:
            return MessageKey.of(header, data_key, bound)


def read_header(envelope: Buffer) -> EnvelopeHeader:
    """What an envelope says of itself without any key: above all `key_id`. Nothing in it is
    authenticated yet. `EnvelopeFormatError` when the bytes are no envelope."""
    return envelope_format.parse(memoryview(envelope).cast("B"))[0]


class _Fresh:
    """A data key for one message, wiped at the end of `with`."""

    def __init__(self, made: Made) -> None:
        self._made = made

    def __enter__(self) -> Made:
        return self._made

    def __exit__(self, *_: object) -> None:
        self._made[0].close()


class _NewEnvelope:
    """The key of an envelope to be, and from it the envelope's head."""

    def __init__(self, prefix: bytes, data_key: SecureKey, bound: bytes) -> None:
        self._prefix = prefix
        self._salt = new_salt()
        self.key = MessageKey(data_key, prefix, self._salt, bound)

    def head(self, key_id: str, wrapped: bytes) -> bytes:
        """What stands before the ciphertext."""
        return envelope_format.head_of(
            self._prefix, self._salt, self.key.commitment, key_id, wrapped
        )
