"""OpenSSH's and PuTTY's keys: the public half is readable even if the private half is encrypted.

Formats: PROTOCOL.key of OpenSSH, RFC 4253 6.6 for public keys, appendix C of PuTTY's manual for
.ppk files.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import struct
from collections.abc import Iterator
from dataclasses import replace

from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from keyaudit.core.patterns import regex
from keyaudit.material import der, keyparts
from keyaudit.material.types import Kind, Material, MaterialError, PublicKey

_MAGIC = b"openssh-key-v1\0"
_LINE = regex(
    r"(?P<type>ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp(?:256|384|521)"
    r"|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)"
    r"[ \t]+(?P<body>AAAA[A-Za-z0-9+/]{40,}={0,2})"
)
_PPK = regex(
    r"PuTTY-User-Key-File-[123]:[ \t]*(?P<type>[\w@.-]+)\s+Encryption:[ \t]*(?P<encryption>\S+)\s+"
    r"Comment:[^\r\n]*\s+Public-Lines:[ \t]*(?P<lines>\d{1,3})\s+"
    r"(?P<public>[A-Za-z0-9+/=\s]{1,20000})"
)
_PPK_PRIVATE = regex(r"Private-Lines:[ \t]*\d{1,4}\s+(?P<private>[A-Za-z0-9+/=\s]{1,40000})")
_NAMES = {
    "ssh-rsa": "RSA", "ssh-dss": "DSA", "ssh-ed25519": "Ed25519", "ssh-ed448": "Ed448",
    "ecdsa-sha2-nistp256": "EC", "ecdsa-sha2-nistp384": "EC", "ecdsa-sha2-nistp521": "EC",
}  # fmt: skip


def private_key(data: bytes) -> Material:
    """The key in the decoded bytes of an OPENSSH PRIVATE KEY block. Raises MaterialError.

    A key whose private half is on a hardware token counts as a public key.
    """
    if not data.startswith(_MAGIC):
        raise MaterialError("is no OpenSSH key")
    cipher, at = _string(data, len(_MAGIC))
    _, at = _string(data, at)
    _, at = _string(data, at)
    if data[at : at + 4] != b"\0\0\0\1":
        raise MaterialError("holds not one key")
    blob, at = _string(data, at + 4)
    secret, _ = _string(data, at)
    if not secret:
        raise MaterialError("holds no private key")
    if _string(blob, 0)[0].startswith(b"sk-"):
        # The private half is on a token; here is a handle, which is of no use without it
        # (PROTOCOL.u2f).
        return Material(Kind.PUBLIC, "OpenSSH", blob_key(blob))
    return Material(Kind.PRIVATE, "OpenSSH", blob_key(blob), encrypted=cipher != b"none")


def blob_key(blob: bytes) -> PublicKey:
    """A public key in the binary format of RFC 4253. Raises MaterialError.

    Of keys that cryptography does not read (on a token, short DSA), little more than the algorithm
    is known.
    """
    kind, at = _string(blob, 0)
    name = kind.decode("ascii", "replace")
    if name == "ssh-rsa":
        exponent, at = _string(blob, at)
        modulus, _ = _string(blob, at)
        return keyparts.rsa_key(int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big"))
    try:
        with der.guarded():
            line = kind + b" " + base64.b64encode(blob)
            return der.of_public(load_ssh_public_key(line))
    except MaterialError:
        if name == "ssh-dss":
            prime, _ = _string(blob, at)
            return PublicKey("DSA", int.from_bytes(prime, "big").bit_length())
        if name not in _NAMES and not name.startswith("sk-"):
            raise
        return PublicKey(_NAMES.get(name, ""))


def read_public(text: str) -> Iterator[Material]:
    """The public keys in a text, in the notation of authorized_keys and known_hosts."""
    for match in _LINE.finditer(text):
        body = match["body"]
        try:
            blob = base64.b64decode(body + "=" * (-len(body) % 4))
            key = blob_key(blob)
        except (binascii.Error, ValueError):
            continue
        yield Material(Kind.PUBLIC, "OpenSSH", key, start=match.start(), end=match.end("type"))


def read_putty(text: str) -> Iterator[Material]:
    """PuTTY's private keys in a text, in the versions 1 to 3 of its format."""
    for match in _PPK.finditer(text):
        private = _PPK_PRIVATE.search(text, match.start("public"), match.end() + 50_000)
        if private is None:
            continue
        lines = match["public"].split()[: int(match["lines"])]
        key = PublicKey(_NAMES.get(match["type"], ""))
        with contextlib.suppress(binascii.Error, ValueError):
            key = blob_key(base64.b64decode("".join(lines)))
        found = Material(Kind.PRIVATE, "PuTTY", key, encrypted=match["encryption"] != "none")
        head = text.find("\n", match.start(), match.end())
        end = len(text[match.start() : head].rstrip()) + match.start()
        yield replace(
            found, start=match.start(), end=end, hidden=("".join(private["private"].split()),)
        )


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    """A string with its length before it, and the offset after it. Raises MaterialError."""
    if at + 4 > len(data):
        raise MaterialError("ends early")
    (length,) = struct.unpack_from(">I", data, at)
    end = at + 4 + length
    if end > len(data):
        raise MaterialError("ends early")
    return data[at + 4 : end], end
