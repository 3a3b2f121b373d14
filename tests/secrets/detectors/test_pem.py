"""Private keys, keys that are encrypted, and mere talk of them."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from keyaudit.secrets.detectors import pem

_KEYS: dict[str, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey] = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "ec": ec.generate_private_key(ec.SECP256R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
}
_FORMATS = {
    "traditional": PrivateFormat.TraditionalOpenSSL,
    "pkcs8": PrivateFormat.PKCS8,
    "openssh": PrivateFormat.OpenSSH,
}


def _written(kind: str, form: str, encrypted: bool) -> str:
    encryption = BestAvailableEncryption(b"pass phrase") if encrypted else NoEncryption()
    if form == "openssh" and encrypted:
        # cryptography needs another package for that; what tells it is at the beginning.
        data = b"openssh-key-v1\0\0\0\0\x0aaes256-ctr\0\0\0\x06bcrypt" + bytes(range(30, 230))
        body = "\n".join(textwrap.wrap(base64.b64encode(data).decode(), 70))
        head = "OPENSSH PRIVATE KEY-----\n"
        return f"-----BEGIN {head}{body}\n-----END {head}"
    return _KEYS[kind].private_bytes(Encoding.PEM, _FORMATS[form], encryption).decode()


_WRAPPINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "python": lambda text: f'KEY = """{text}"""',
    "escaped": lambda text: 'KEY = "' + text.replace("\n", "\\n") + '"',
    "windows": lambda text: text.replace("\n", "\r\n"),
    "yaml": lambda text: "key: |\n" + "".join(f"    {line}\n" for line in text.splitlines()),
    "pieces": lambda text: (
        "KEY = (\n" + "".join(f'    "{line}\\n"\n' for line in text.splitlines()) + ")"
    ),
    "javascript": lambda text: "key = " + " +\n".join(f"'{line}\\n'" for line in text.splitlines()),
    "comment": lambda text: "".join(f"# {line}\n" for line in text.splitlines()),
    "spaces": lambda text: text.replace("\n", " "),
}


@pytest.mark.parametrize("wrapping", _WRAPPINGS)
@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("rsa", "traditional"),
        ("ec", "traditional"),
        ("rsa", "pkcs8"),
        ("ed25519", "pkcs8"),
        ("ed25519", "openssh"),
    ],
)
def test_real_keys(kind: str, form: str, encrypted: bool, wrapping: str) -> None:
    lines = _WRAPPINGS[wrapping](_written(kind, form, encrypted)).splitlines()
    number = next(n for n, line in enumerate(lines, 1) if "BEGIN" in line)
    key = pem.read_private_key(lines, number)
    assert key is not None
    assert key.body
    assert key.encrypted == encrypted
    assert lines[number - 1][key.column : key.end] == key.header
    assert key.header.startswith("-----BEGIN ")
    assert key.header.endswith(" PRIVATE KEY-----")


@pytest.mark.parametrize(
    "text",
    [
        'if "BEGIN RSA PRIVATE KEY" in text:\n    return load_the_private_key_of_the_server(text)',
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMIIE...\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n<your key>\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n" + "x" * 64 + "\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----",
        'PEM = "-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----".format(body)',
    ],
)
def test_talk_of_keys_has_no_body(text: str) -> None:
    key = pem.read_private_key(text.splitlines(), 1)
    assert key is not None
    assert key.body == ""


def test_line_without_a_header_is_none() -> None:
    assert pem.read_private_key(["-----BEGIN PUBLIC KEY-----"], 1) is None


def test_putty() -> None:
    body = "AAAAB3NzaC1yc2EAAAABJQAAAQEAq7XvT2mLzR9wKc4Nf8sYdHg3PJb6AeUo1RiX"
    head = f"PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: me\nPublic-Lines: 1\n{body}"
    key = pem.read_private_key(head.splitlines(), 1)
    assert key is not None
    assert (key.body, key.encrypted) == (body, False)
    key = pem.read_private_key(head.replace("none", "aes256-cbc").splitlines(), 1)
    assert key is not None
    assert key.encrypted
