"""`keyaudit keys root`: another passphrase for the root key's file, another root key."""

from __future__ import annotations

from pathlib import Path

import click

from keyaudit.cli.group import Commands
from keyaudit.cli.keys.passphrase import PassphraseSource
from keyaudit.cli.keys.roots import is_to_be_made, opened_root
from keyaudit.cli.keys.session import Session, over_store
from keyaudit.core.errors import KeyauditError
from keyaudit.remediation import LocalKey

_HERE = "keyaudit.cli.keys.rekeying"
_NEW_FILE = click.option("--new-passphrase-file", type=click.Path(path_type=Path), metavar="FILE",
                         help="Take the new passphrase from a file.")  # fmt: skip
_NEW_FD = click.option("--new-passphrase-fd", type=click.IntRange(0), metavar="N",
                       help="Take it from a file descriptor.")  # fmt: skip


@click.group(
    cls=Commands,
    subcommands={
        "change": f"{_HERE}:change",
        "passphrase": f"{_HERE}:passphrase",
        "recover": "keyaudit.cli.keys.recovering:recover",
        "split": "keyaudit.cli.keys.recovering:split",
    },
    short_help="Change the root key, or its passphrase.",
)
def root() -> None:
    """The key that everything in the store is encrypted under."""


@click.command(short_help="Give the key file another passphrase.")
@_NEW_FILE
@_NEW_FD
@over_store()
def passphrase(
    session: Session, new_passphrase_file: Path | None, new_passphrase_fd: int | None
) -> None:
    """Encrypt the root key's file under another passphrase. The root key stays the same: who has
    the old file and its passphrase still has it (`root change` ends that)."""
    if ":" in session.root and not Path(session.root).exists():
        raise KeyauditError("only a key file has a passphrase", where="--root")
    old = session.passphrase.read()
    if isinstance(old, str):
        LocalKey.open(session.root, old).close()  # before a new one is asked for
    source = PassphraseSource(new_passphrase_file, new_passphrase_fd, "New passphrase")
    LocalKey.change_passphrase(session.root, old, lambda: source.read(new=True))
    session.answer({"root": session.root}, f"{session.root} has another passphrase")


@click.command(short_help="Encrypt the store under another root key.")
@click.argument("new")
@_NEW_FILE
@_NEW_FD
@over_store(asks=True)
def change(
    session: Session, new: str, new_passphrase_file: Path | None, new_passphrase_fd: int | None
) -> None:
    """Encrypt everything in the store under root key NEW (as --root names one; a key file is made
    when it is not there), all or nothing. Afterwards the old one opens copies of the store made
    before, and nothing else."""
    made = is_to_be_made(new)
    source = PassphraseSource(new_passphrase_file, new_passphrase_fd, "Passphrase of the new key")
    with session.manager() as manager:
        session.ask(f"the store {session.store} will open with {new} from now on, and no longer "
                    f"with {session.root}")  # fmt: skip
        with opened_root(new, source, make=True) as key:
            if made:
                session.say(f"made the root key {new}")
            manager.change_root(key, by=session.by)
            name = key.id
    session.answer({"store": session.store, "root": name, "root_made": made},
                   f"the store {session.store} is under root key {name}")  # fmt: skip
