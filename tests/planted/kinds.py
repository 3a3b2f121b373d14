"""Every kind of secret, made at run time: no scanner finds one in this repository."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests.secrets.detectors.tokens import generator as tokens

_ALNUM = string.ascii_letters + string.digits
_PASSWORD_NAMES = (
    "password", "db_password", "DB_PASSWORD", "passwd", "admin_pwd", "smtpPassword", "REDIS_PASS",
    "passphrase", "root-password",
)  # fmt: skip
_SECRET_NAMES = (
    "api_key", "SECRET_KEY", "access_token", "authToken", "client_secret", "ENCRYPTION_KEY",
    "signing_key", "session_secret", "webhook-secret", "masterKey", "APP_TOKEN", "auth_token",
    "AWS_SECRET_ACCESS_KEY", "storage_key", "deploy_token", "REFRESH_TOKEN",
)  # fmt: skip
_VALUES: Mapping[str, Callable[[random.Random], str]] = {
    "letters and digits": lambda r: _text(r, _ALNUM, r.randrange(24, 48)),
    "hexadecimal": lambda r: r.randbytes(r.choice((16, 24, 32))).hex(),
    "url-safe": lambda r: _text(r, _ALNUM + "_-", r.randrange(32, 44)),
}


@dataclass(frozen=True, slots=True)
class Secret:
    """`name` is what it is assigned to; `lines` is true of a private key, which has several.

    `bare`: it is known by its form, whatever name it has or has not.
    """

    kind: str
    name: str
    value: str
    lines: bool = False
    bare: bool = False


def make(kind: str, source: random.Random) -> Secret:
    """A new secret of a kind, one of `KINDS`."""
    return KINDS[kind](source)


def _text(source: random.Random, letters: str, size: int) -> str:
    """Random text that starts and ends with a letter or digit, and has one of each."""
    while True:
        text = "".join(source.choices(letters, k=size))
        ends = text[0] + text[-1]
        if ends.isalnum() and not text.isalpha() and not text.isdigit():
            return text


def _password(source: random.Random) -> Secret:
    name = source.choice(_PASSWORD_NAMES)
    return Secret(
        f"name: {name}", name, _text(source, _ALNUM + "!@^*_+-", source.randrange(12, 20))
    )


def _named(values: str) -> Callable[[random.Random], Secret]:
    def make_one(source: random.Random) -> Secret:
        name = source.choice(_SECRET_NAMES)
        return Secret(f"name: {name}", name, _VALUES[values](source))

    return make_one


def _token(kind: str) -> Callable[[random.Random], Secret]:
    def make_one(source: random.Random) -> Secret:
        planted = tokens.plant(kind, source)
        return Secret(kind, planted.name or "setting", planted.text, bare=not planted.name)

    return make_one


_PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_KEYS: Mapping[str, Callable[[], _PrivateKey]] = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "ec": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


def _private_key(kind: str, form: str) -> Callable[[random.Random], Secret]:
    def make_one(source: random.Random) -> Secret:
        key = _KEYS[kind]()
        hidden = BestAvailableEncryption(source.randbytes(8).hex().encode())
        encryption = hidden if form == "encrypted" else NoEncryption()
        formats = {
            "traditional": PrivateFormat.TraditionalOpenSSL,
            "openssh": PrivateFormat.OpenSSH,
        }
        text = key.private_bytes(Encoding.PEM, formats.get(form, PrivateFormat.PKCS8), encryption)
        return Secret(f"{kind} key, {form}", "server_key", text.decode().strip(), lines=True)

    return make_one


KINDS: Mapping[str, Callable[[random.Random], Secret]] = {
    **{kind: _token(kind) for kind in tokens.kinds()},
    "password": _password,
    **{f"named, {values}": _named(values) for values in _VALUES},
    **{
        f"{kind} key, {form}": _private_key(kind, form)
        for kind, form in (
            ("rsa", "pkcs8"), ("rsa", "traditional"), ("ec", "traditional"), ("ec", "encrypted"),
            ("ed25519", "pkcs8"), ("ed25519", "openssh"),
        )
    },
}  # fmt: skip
