"""`keyaudit keys certificate`: certificates of destruction, and whether they are genuine."""

from __future__ import annotations

import json
from pathlib import Path

import click

from keyaudit.cli.group import Commands
from keyaudit.cli.keys.refusals import Refused
from keyaudit.cli.keys.session import Session, check_given, over_store
from keyaudit.cli.keys.values import VERSION
from keyaudit.core.errors import KeyauditError
from keyaudit.remediation import (
    DecryptionError,
    RootKeyError,
    UnknownKeyError,
    verify_certificate,
)

_HERE = "keyaudit.cli.keys.certificates"
_KEY_BYTES = 32


@click.group(
    cls=Commands,
    subcommands={"write": f"{_HERE}:write", "verify": f"{_HERE}:verify"},
    short_help="Write a certificate of destruction again, or verify one.",
)
def certificate() -> None:
    """Certificates of destruction."""


@click.command(short_help="Write a certificate again.")
@click.argument("name")
@click.argument("version", type=VERSION)
@click.argument("file", type=click.Path(path_type=Path))
@over_store(acts=False)
def write(session: Session, name: str, version: int, file: Path) -> None:
    """Write the certificate of VERSION of key NAME to FILE: the store keeps it."""
    with session.manager() as manager:
        name = manager.resolve(name)
        found = [each for each in manager.versions(name) if each.number == version]
        if not found:
            raise UnknownKeyError(f"there is no version {version} of key {name!r}")
        if found[0].certificate is None:
            raise Refused(f"version {version} of {name} is not destroyed")
        deliver(session, file, found[0].certificate, manager.certificate_key.hex(), "")


@click.command(short_help="Verify a certificate.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--public-key", metavar="HEX", help="The store's, when you have no store at hand.")
@over_store(acts=False, needed=False)
def verify(session: Session, file: Path, public_key: str | None) -> None:
    """Verify that the certificate in FILE was issued by the store and is unchanged: by the key that
    the root key opens; and that the version is destroyed with this certificate, and the log has the
    record. With --public-key, which you know from elsewhere, the signature alone."""
    text = file.read_text("utf-8")
    try:
        if public_key is None:
            check_given(session.store, session.root)
            with session.manager() as manager:
                facts = manager.verify_certificate(text)
        else:
            facts = verify_certificate(text, _key(public_key))
    except RootKeyError:
        raise
    except DecryptionError as error:
        raise Refused(str(error)) from None
    session.answer(
        {"genuine": True, "certificate": facts},
        f"genuine: {facts['key']} version {facts['version']} was destroyed on "
        f"{facts['destroyed']} by {facts['destroyed_by']}",
    )


def _key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise KeyauditError(f"is no Ed25519 key of {_KEY_BYTES} bytes in hex", where="--public-key")
    return key


def deliver(session: Session, file: Path, text: str, public_key: str, done: str) -> None:
    """Write a certificate, and say where it is. Raises KeyauditError when it cannot be written;
    it stays in the store in any case."""
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text + "\n")
    except OSError as error:
        told = f"{done}, and its certificate is in the store; it" if done else "it"
        raise KeyauditError(
            f"{told} cannot be written: {error.strerror}",
            where=str(file),
            hint="`keyaudit keys certificate write` writes it elsewhere",
        ) from None
    lines = [done] if done else []
    lines += [f"certificate: {file}", f"verifies under public key (Ed25519): {public_key}"]
    session.answer(
        {"file": str(file), "public_key": public_key, "certificate": json.loads(text)},
        "\n".join(lines),
    )
