"""A program that uses a key in one of several ways and then waits to have its memory read.

`python -m tests.remediation.residue WAY`: reads 32 key bytes from stdin (pipe bytes live in the
kernel), uses them, prints a line and waits for one, at each point where memory is to be read.
The key comes by `readv`, right into the buffer it is kept in, so that every copy found was made
by the way under test.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Callable


def pause(label: str, note: str = "") -> None:
    """Say that memory may be read now, and wait until it was."""
    os.write(1, f"{label} {os.getpid()} {note}\n".encode())
    os.read(0, 1)


if __name__ == "__main__":  # registered before anything is imported, so it runs last
    atexit.register(lambda: pause("exit"))

from cryptography.hazmat.primitives import hashes, hmac  # noqa: E402
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: E402
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305  # noqa: E402
from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: E402

from keyaudit.remediation import (  # noqa: E402
    DataKeyCache,
    EnvelopeCipher,
    LocalKey,
    Purpose,
    PurposeKey,
    SecureKey,
    wipe,
)
from keyaudit.remediation.memory.wiping import scrub_stack  # noqa: E402
from tests.remediation.fast import FAST  # noqa: E402


def read_key(target: memoryview) -> None:
    assert os.readv(0, [target]) == len(target)


def aesgcm(key: memoryview) -> None:
    aead = AESGCM(key)
    aead.decrypt(bytes(12), aead.encrypt(bytes(12), b"data", b"context"), b"context")


def chacha(key: memoryview) -> None:
    aead = ChaCha20Poly1305(key)
    aead.decrypt(bytes(12), aead.encrypt(bytes(12), b"data", None), None)


def cipher(key: memoryview) -> None:
    encryptor = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
    encryptor.update(b"data")
    encryptor.finalize()


def mac(key: memoryview) -> None:
    context = hmac.HMAC(key, hashes.SHA256())
    context.update(b"data")
    context.finalize()


def hkdf(key: memoryview) -> None:
    HKDF(hashes.SHA256(), 32, None, b"purpose").derive(key)


def letter(byte: int) -> int:
    """A letter of a passphrase, of a byte of a key."""
    return b"abcdefghijklmnop qrstuvwxyzABCDEF"[byte % 32]


USES: dict[str, Callable[[memoryview], None]] = {
    "aesgcm": aesgcm,
    "chacha": chacha,
    "cipher": cipher,
    "hmac": mac,
    "hkdf": hkdf,
}


def main(way: str) -> None:
    if way in USES:
        with SecureKey.filled(32, read_key) as key:
            pause("open")
            USES[way](key.view())
        pause("closed")
    elif way == "subkey":
        with SecureKey.filled(32, read_key) as key, key.derive_subkey("purpose"):
            pass
        pause("closed")
    elif way == "envelope":
        with LocalKey(SecureKey.filled(32, read_key), "kek") as kek:
            sealer = EnvelopeCipher(kek)
            sealer.decrypt(sealer.encrypt(b"data", {}), {})
        pause("closed")
    elif way in ("message", "cached"):
        envelope = ""
        cache = DataKeyCache() if way == "cached" else None
        with LocalKey(SecureKey.filled(32, read_key), "kek") as kek:
            sealer = EnvelopeCipher(kek, cache=cache)
            for size in (4, 100_000):
                envelope = sealer.encrypt(b"data" * size, {}).hex()
                sealer.decrypt(bytes.fromhex(envelope), {})
        if cache:
            cache.close()
        pause("closed", envelope[:2000])
    elif way == "unwrap":
        with LocalKey.generate() as kek:
            with SecureKey.filled(32, read_key) as key:
                wrapped = kek.wrap(key, {})
            kek.unwrap(wrapped, {}).close()
        pause("closed")
    elif way == "purpose":
        with PurposeKey(SecureKey.filled(32, read_key), Purpose.SIGN, "id") as purpose_key:
            purpose_key.verify(b"data", purpose_key.sign(b"data"))
        pause("closed")
    elif way == "take":
        buffer = bytearray(32)
        read_key(memoryview(buffer))
        with SecureKey(buffer):
            pause("open")
        pause("closed")
    elif way == "collected":
        key = SecureKey.filled(32, read_key)
        del key
        gc.collect()
        pause("closed")
    elif way == "exit":
        global kept
        globals()["kept"] = SecureKey.filled(32, read_key)
        pause("open")
    elif way == "fork":
        key = SecureKey.filled(32, read_key)
        view = key.view()
        child = os.fork()
        if child == 0:
            pause("child")
            os._exit(0)
        os.waitpid(child, 0)
        assert view[0] is not None
        pause("open")
    elif way == "bytearray":
        buffer = bytearray(32)
        read_key(memoryview(buffer))
        aesgcm(memoryview(buffer))
        wipe(buffer)
        pause("closed")
    elif way == "passphrase":
        import tempfile

        phrase = bytearray(32)
        read_key(memoryview(phrase))
        for at, byte in enumerate(phrase):
            phrase[at] = letter(byte)
        with tempfile.TemporaryDirectory() as folder:
            LocalKey.create(f"{folder}/key", phrase, parameters=FAST).close()
        pause("closed", "00")
    elif way == "seed":
        # What is often written: it binds the name to new zeros, and wipes nothing.
        secret: bytes | None = os.read(0, 32)
        assert secret is not None
        AESGCM(secret).encrypt(bytes(12), b"data", None)
        secret = b"\x00" * len(secret)
        del secret
        scrub_stack()  # what OpenSSL left is not the name's fault
        pause("closed")


if __name__ == "__main__":
    main(sys.argv[1])
