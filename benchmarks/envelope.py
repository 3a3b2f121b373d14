"""Times `EnvelopeCipher` against raw AES-GCM, Fernet, Tink and the AWS Encryption SDK, in one run.

    python -m venv .tools/envelope-venv
    .tools/envelope-venv/bin/pip install -r benchmarks/envelope-requirements.txt
    PYTHONPATH=. .tools/envelope-venv/bin/python benchmarks/envelope.py

Every key stays in this process, so that what is timed is the library and not a service. Messages
are taken in turns, and the fastest call of each counts: whatever else runs on the machine only
ever adds time. A stream is read from a file and its outcome thrown away; what has no streams takes
all of it in memory, once. The ratios are to raw AES-GCM: for a message one call of pyca's
`AESGCM`, for a stream a loop of such calls over chunks of the size that keyaudit takes. That object
and its nonce are made once, which no envelope can do; what making them for every message costs
stands beside it, and is not what the ratios are to.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import cryptography
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keyaudit.remediation import DataKeyCache, EnvelopeCipher, LocalKey

CONTEXT = {"purpose": "user-pii", "user": "1234"}
BOUND = b"purpose=user-pii,user=1234"
CHUNK = 1 << 18
TURN = 0.1
"""Seconds of one turn."""
RAW = "raw AES-256-GCM"

Message = Callable[[bytes], bytes]
Stream = Callable[[BinaryIO, BinaryIO], object]


@dataclass(frozen=True)
class Way:
    """One way to encrypt and decrypt; `streams` is None where there is none but all in memory."""

    name: str
    encrypt: Message
    decrypt: Message
    streams: tuple[Stream, Stream] | None = None


class Discard(io.RawIOBase):
    """A file that takes everything and keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return memoryview(data).nbytes


def raw() -> Way:
    """AES-GCM under one key. The nonce of messages is always the same: what is timed is AES."""
    aead = AESGCM(AESGCM.generate_key(256))
    nonce = bytes(12)

    def encrypt_stream(source: BinaryIO, target: BinaryIO) -> None:
        number = 0
        while block := source.read(CHUNK):
            target.write(aead.encrypt(number.to_bytes(12, "big"), block, BOUND))
            number += 1

    def decrypt_stream(source: BinaryIO, target: BinaryIO) -> None:
        number = 0
        while block := source.read(CHUNK + 16):
            target.write(aead.decrypt(number.to_bytes(12, "big"), block, BOUND))
            number += 1

    return Way(
        RAW,
        lambda data: aead.encrypt(nonce, data, BOUND),
        lambda sealed: aead.decrypt(nonce, sealed, BOUND),
        (encrypt_stream, decrypt_stream),
    )


def raw_each() -> Way:
    """AES-GCM with a key, a nonce and an object of pyca's made for every message. What is used is
    the same key and nonce all the same, so that the other side has them without being told."""
    key, nonce = AESGCM.generate_key(256), bytes(12)

    def encrypt(data: bytes) -> bytes:
        AESGCM.generate_key(256)
        os.urandom(12)
        return AESGCM(key).encrypt(nonce, data, BOUND)

    return Way(
        f"{RAW}, a key each",
        encrypt,
        lambda sealed: AESGCM(key).decrypt(nonce, sealed, BOUND),
    )


def keyaudit(cached: bool) -> Way:
    """A key encryption key in memory; a data key for each message, or one for 1000."""
    cache = DataKeyCache(max_age=3600) if cached else None
    cipher = EnvelopeCipher(LocalKey.generate(), cache=cache)
    return Way(
        "keyaudit, data keys cached" if cached else "keyaudit",
        lambda data: cipher.encrypt(data, CONTEXT),
        lambda sealed: cipher.decrypt(sealed, CONTEXT),
        None
        if cached
        else (
            lambda source, target: cipher.encrypt_stream(source, target, CONTEXT),
            lambda source, target: cipher.decrypt_stream(source, target, CONTEXT),
        ),
    )


def fernet() -> Way:
    """AES-128-CBC and HMAC, in base64; no context, no envelope."""
    cipher = Fernet(Fernet.generate_key())
    return Way("Fernet", cipher.encrypt, cipher.decrypt)


def tink() -> Way:
    """Tink's envelope AEAD under an AEAD of its own; its streams are no envelopes."""
    from tink import aead, new_keyset_handle, streaming_aead

    aead.register()
    streaming_aead.register()
    template = aead.aead_key_templates.AES256_GCM
    outer = new_keyset_handle(template).primitive(aead.Aead)
    envelope = aead.KmsEnvelopeAead(template, outer)
    streaming = new_keyset_handle(
        streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB
    ).primitive(streaming_aead.StreamingAead)

    def encrypt_stream(source: BinaryIO, target: BinaryIO) -> None:
        with streaming.new_encrypting_stream(_Open(target), BOUND) as sealing:
            _pump(source, sealing)

    def decrypt_stream(source: BinaryIO, target: BinaryIO) -> None:
        with streaming.new_decrypting_stream(source, BOUND) as opening:
            _pump(opening, target)

    return Way(
        "Tink",
        lambda data: bytes(envelope.encrypt(data, BOUND)),
        lambda sealed: bytes(envelope.decrypt(sealed, BOUND)),
        (encrypt_stream, decrypt_stream),
    )


def aws(cached: bool) -> Way:
    """The AWS Encryption SDK with a raw AES master key, committing, without its signature."""
    import aws_encryption_sdk as sdk
    from aws_encryption_sdk.identifiers import Algorithm, EncryptionKeyType, WrappingAlgorithm
    from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
    from aws_encryption_sdk.key_providers.raw import RawMasterKey

    key: Any = RawMasterKey(
        provider_id="bench",
        key_id="kek",
        wrapping_key=WrappingKey(
            WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
            os.urandom(32),
            EncryptionKeyType.SYMMETRIC,
        ),
    )
    given: dict[str, Any] = {"key_provider": key}
    if cached:
        given = {
            "materials_manager": sdk.CachingCryptoMaterialsManager(
                master_key_provider=key,
                cache=sdk.LocalCryptoMaterialsCache(64),
                max_age=3600.0,
                max_messages_encrypted=1000,
            )
        }
    client = sdk.EncryptionSDKClient()
    algorithm = Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY
    how = {"algorithm": algorithm, "encryption_context": CONTEXT, "frame_length": CHUNK}

    def encrypt_stream(source: BinaryIO, target: BinaryIO) -> None:
        with client.stream(mode="e", source=source, **how, **given) as sealing:
            _pump(sealing, target)

    def decrypt_stream(source: BinaryIO, target: BinaryIO) -> None:
        with client.stream(mode="d", source=source, **given) as opening:
            _pump(opening, target)

    return Way(
        "AWS Encryption SDK, data keys cached" if cached else "AWS Encryption SDK",
        lambda data: bytes(client.encrypt(source=data, **how, **given)[0]),
        lambda sealed: bytes(client.decrypt(source=sealed, **given)[0]),
        None if cached else (encrypt_stream, decrypt_stream),
    )


class _Open:
    """A target that its user may close, and that stays open."""

    def __init__(self, target: BinaryIO) -> None:
        self.write = target.write
        self.flush = target.flush
        self.closed = False

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """Not this one."""


def _pump(source: Any, target: Any) -> None:
    while block := source.read(CHUNK):
        target.write(block)


def messages(ways: list[Way], size: int, rounds: int) -> None:
    """Print the table for messages of `size` bytes."""
    data = os.urandom(size)
    fastest: dict[tuple[str, str], float] = {}
    for _ in range(rounds):
        for way in ways:
            sealed = way.encrypt(data)
            assert way.decrypt(sealed) == data
            for verb, call, given in (
                ("encrypt", way.encrypt, data),
                ("decrypt", way.decrypt, sealed),
            ):
                seconds = turn(call, given)
                spot = way.name, verb
                fastest[spot] = min(fastest.get(spot, seconds), seconds)
    table(f"{_size(size)} message", "µs", 1e6, ways, fastest)


def turn(call: Message, given: bytes) -> float:
    """Seconds of the fastest of as many calls as fit in a turn."""
    fastest = end = 0.0
    start = time.perf_counter()
    while end - start < TURN:
        begin = time.perf_counter()
        call(given)
        end = time.perf_counter()
        fastest = min(fastest or end - begin, end - begin)
    return fastest


def streams(ways: list[Way], size: int, rounds: int, folder: Path) -> None:
    """Print the table for a stream of `size` bytes."""
    plain = folder / "plain"
    with plain.open("wb") as file:
        for _ in range(size >> 20):
            file.write(os.urandom(1 << 20))
    fastest: dict[tuple[str, str], float] = {}
    for number in range(rounds):
        for way in ways:
            sealed = folder / "sealed"
            if way.streams is None:
                if number == 0:
                    _whole(way, plain, fastest)
                continue
            encrypt, decrypt = way.streams
            with plain.open("rb") as source, sealed.open("wb") as target:
                encrypt(source, target)
            for verb, call, path in (("encrypt", encrypt, plain), ("decrypt", decrypt, sealed)):
                with path.open("rb") as source:
                    start = time.perf_counter()
                    call(source, Discard())  # type: ignore[arg-type]
                    _note(fastest, way, verb, start)
            sealed.unlink()
    table(f"{_size(size)} stream", "s", 1, ways, fastest)


def _whole(way: Way, plain: Path, fastest: dict[tuple[str, str], float]) -> None:
    start = time.perf_counter()
    sealed = way.encrypt(plain.read_bytes())
    _note(fastest, way, "encrypt", start)
    start = time.perf_counter()
    way.decrypt(sealed)
    _note(fastest, way, "decrypt", start)


def _note(fastest: dict[tuple[str, str], float], way: Way, verb: str, start: float) -> None:
    seconds = time.perf_counter() - start
    fastest[way.name, verb] = min(fastest.get((way.name, verb), seconds), seconds)


def table(
    title: str, unit: str, scale: float, ways: list[Way], fastest: dict[tuple[str, str], float]
) -> None:
    """Print times and ratios in Markdown."""
    print(f"\n| {title} | encrypt, {unit} | x raw | decrypt, {unit} | x raw |")
    print("|---|--:|--:|--:|--:|", flush=True)
    for way in ways:
        cells = [way.name if way.streams or unit == "µs" else f"{way.name}, all in memory"]
        for verb in ("encrypt", "decrypt"):
            seconds = fastest[way.name, verb]
            shown = f"{seconds * scale:.1f}" if unit == "µs" else f"{seconds * scale:.2f}"
            cells += [shown, f"{seconds / fastest[RAW, verb]:.2f}"]
        print(f"| {' | '.join(cells)} |", flush=True)


def _size(size: int) -> str:
    for unit, shift in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size >> shift:
            return f"{size >> shift} {unit}"
    return f"{size} bytes"


def main() -> None:
    """Prints one table a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each (default: 5)")
    parser.add_argument("--stream-mib", type=int, default=1024, help="default: 1024; 0: none")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, cryptography {cryptography.__version__}")
    ways = [raw(), raw_each(), keyaudit(False), keyaudit(True)]
    ways += [fernet(), tink(), aws(False), aws(True)]
    for size in (1 << 10, 1 << 20, 1 << 24):
        messages(ways, size, options.rounds)
    if options.stream_mib:
        alone = [way for way in ways if way.streams or way.name == "Fernet"]
        with tempfile.TemporaryDirectory() as folder:
            streams(alone, options.stream_mib << 20, 3, Path(folder))


if __name__ == "__main__":
    main()
