"""`keyaudit keys add-version`, `promote` and `jwks`: public keys, known before they sign."""

from __future__ import annotations

import json

import click

from keyaudit.cli.keys.session import Session, over_store
from keyaudit.cli.keys.values import VERSION
from keyaudit.cli.keys.view import version_data
from keyaudit.remediation import KeyAlgorithm

_WHY = click.option("--why", required=True, help="The reason, for the log.")


@click.command("add-version", short_help="Make a version that is not in use yet.")
@click.argument("name")
@_WHY
@over_store()
def add_version(session: Session, name: str, why: str) -> None:
    """Make a further version of key NAME, whose public key can be published before it signs
    (`jwks`). `promote` takes it into use."""
    with session.manager() as manager:
        made = manager.add_version(manager.resolve(name), by=session.by, why=why)
    session.answer(version_data(made), f"{made.key}: version {made.number} is not in use yet")


@click.command(short_help="Let a version be the primary one.")
@click.argument("name")
@click.argument("version", type=VERSION)
@_WHY
@over_store()
def promote(session: Session, name: str, version: int, why: str) -> None:
    """Let VERSION of key NAME sign or protect new data from now on. The one that did stays active,
    and verifies or opens, until it is deactivated."""
    with session.manager() as manager:
        done = manager.promote(manager.resolve(name), version, by=session.by, why=why)
    session.answer(version_data(done), f"{done.key}: version {version} is the primary one")


@click.command(short_help="Print a key's public keys.")
@click.argument("name")
@over_store(acts=False)
def jwks(session: Session, name: str) -> None:
    """Print the public keys of key NAME as a JWK Set (RFC 7517): of all versions that verify (or
    agree on keys), and of those that will."""
    with session.manager() as manager:
        name = manager.resolve(name)
        agrees = KeyAlgorithm(manager.algorithm(name)).agrees
        found = manager.agreement(name).jwks() if agrees else manager.signer(name).jwks()
    session.answer(found, json.dumps(found, indent=2))


@click.command("test-archive", short_help="Test that archived versions still open.")
@click.argument("name", required=False)
@over_store()
def test_archive(session: Session, name: str | None) -> None:
    """Have the root key open every version out of use of key NAME, or of all keys, and compare what
    it opens with the fingerprint taken when it was made. No data is read, and no state changes; the
    log has that it was done. Exits with 3 when one does not open."""
    with session.manager() as manager:
        names = manager.names() if name is None else (manager.resolve(name),)
        found = {each: manager.test_archive(each, by=session.by) for each in names}
    session.answer(
        {key: list(numbers) for key, numbers in found.items()},
        "\n".join(
            f"{key}: {len(numbers)} versions out of use open" for key, numbers in found.items()
        )
        or "the store holds no keys",
    )
