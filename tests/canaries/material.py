"""Private keys and keys of ciphers in the forms that they lie about in; none of it may be seen."""

from __future__ import annotations

import base64
import json
import random
import textwrap
from collections.abc import Callable
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)


class Key(NamedTuple):
    """A private key: its PEM, its DER, and the number that is secret in it, big-endian."""

    pem: str
    der: bytes
    number: bytes


def key(source: random.Random) -> Key:
    """A new key of one of two kinds."""
    number = source.randbytes(32)
    made: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
    if source.random() < 0.5:
        made = ed25519.Ed25519PrivateKey.from_private_bytes(number)
    else:
        number = b"\1" + number[1:]  # smaller than the order of the curve
        made = ec.derive_private_key(int.from_bytes(number), ec.SECP256R1())
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    der = made.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return Key(pem, der, number)


def secrets_of(made: Key) -> list[str]:
    """What nobody may see of a key. Its public half, where it is known, is none of it."""
    at = made.der.index(made.number)
    body = "".join(made.pem.split("\n")[1:-2])
    first = -(-at // 3) * 4  # of the letters that hold nothing but the number
    last = (at + len(made.number)) // 3 * 4
    return [body[first:last], _url(made.number), made.number.hex()]


def _url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _jwk(made: Key) -> str:
    return json.dumps({"kty": "OKP", "crv": "Ed25519", "d": _url(made.number), "x": "AAAA"})


def _rows(data: bytes, form: str) -> str:
    """Bytes, so many a line, each in a form."""
    rows = [data[at : at + 12] for at in range(0, len(data), 12)]
    return "\n".join(", ".join(form.format(byte) for byte in row) + "," for row in rows)


FORMS: list[tuple[str, Callable[[Key], str]]] = [
    ("server.pem", lambda k: k.pem),
    ("server.key", lambda k: f"# made for {{}}\n{k.pem}\n{k.pem}"),
    ("tls.env", lambda k: "TLS_KEY=" + k.pem.replace("\n", "\\n")),
    ("values.yaml", lambda k: "tls:\n  key: |\n" + textwrap.indent(k.pem, "    ")),
    ("secret.yaml", lambda k: f"kind: Secret\ndata:\n  tls.key: {_base64(k.pem)}\n"),
    ("account.json", lambda k: json.dumps({"type": "service_account", "private_key": k.pem})),
    ("keys.jwk.json", _jwk),
    ("jwks.json", lambda k: json.dumps({"keys": [json.loads(_jwk(k))]}, indent=1)),
    ("signer.py", lambda k: f'KEY = b"""{k.pem}"""\nOTHER = bytes.fromhex("{k.number.hex()}")\n'),
    ("sealer.py", lambda k: "from cryptography.hazmat.primitives.ciphers.aead import AESGCM\n"
                            f'AESGCM(bytes.fromhex("{k.number.hex()}"))\n'),
    ("opener.py", lambda k: "import base64, jwt\n"
                            f'jwt.encode({{}}, base64.b64decode("{_base64(k.pem)}"), "ES256")\n'),
    ("fernet.py", lambda k: "from cryptography.fernet import Fernet\n"
                            f'Fernet("{_url(k.number)}=").encrypt(b"")\n'),
    ("key.h", lambda k: "static const uint8_t key[] = {\n" + _rows(k.der, "0x{:02x}") + "\n};\n"),
    ("key.c", lambda k: "\n".join(f'  "{line}\\n"' for line in k.pem.strip().split("\n")) + ";\n"),
    ("dump.txt", lambda k: _dump(k.pem.encode())),
    ("wallet.txt", lambda k: f"private key: {k.number.hex()}\n"),
    ("key.tf", lambda k: 'resource "a" "b" {\n  private_key = <<EOT\n' + k.pem + "EOT\n}\n"),
    ("page.md", lambda k: "Take this key:\n\n" + textwrap.indent(k.pem, "    ")),
    ("app.js", lambda k: f"const key = `{k.pem}`, seed = '{k.number.hex()}'\n"),
    ("broken.pem", lambda k: k.pem.replace("-----END PRIVATE KEY-----", "")),
    ("old.pem", lambda k: k.pem.replace("PRIVATE KEY", "RSA PRIVATE KEY")),
    ("sealed.pem", lambda k: k.pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY")),
]  # fmt: skip


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _dump(data: bytes) -> str:
    rows = [(at, data[at : at + 16]) for at in range(0, len(data), 16)]
    return "\n".join(f"{at:08x}  {row.hex(' ')}" for at, row in rows) + "\n"
