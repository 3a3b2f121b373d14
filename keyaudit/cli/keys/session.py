"""What every command over a store shares: its options, who acts, answers, questions, refusals."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import click

from keyaudit.cli.keys import clock
from keyaudit.cli.keys.passphrase import PassphraseSource, at_terminal
from keyaudit.cli.keys.refusals import Refused, told
from keyaudit.cli.keys.roots import opened_root
from keyaudit.cli.output import put
from keyaudit.core.errors import KeyauditError
from keyaudit.remediation import AnchorFolder, KeyManager
from keyaudit.reports.terminal import printable


@dataclass(frozen=True, slots=True)
class Session:
    """The store, the root key and the person of one command."""

    store: str
    root: str
    passphrase: PassphraseSource
    by: str
    form: str
    yes: bool
    anchors: AnchorFolder | None = None

    @contextlib.contextmanager
    def manager(self) -> Iterator[KeyManager]:
        """The open store. Raises what `KeyManager.open` and `opened_root` raise."""
        with (
            opened_root(self.root, self.passphrase) as root,
            KeyManager.open(self.store, root, clock=clock.SOURCE, anchors=self.anchors) as manager,
        ):
            yield manager

    def answer(self, data: object, text: str) -> None:
        """Give the command's answer in the form that was asked for."""
        if self.form == "json":
            put(json.dumps(data, indent=2) + "\n")
        else:
            put("".join(f"{printable(line)}\n" for line in text.split("\n")))

    def say(self, text: str) -> None:
        """Say on stderr what is about to be done."""
        put(f"keyaudit: {printable(text)}\n", sys.stderr)

    def ask(self, text: str) -> None:
        """Say what is about to be done, and go on only when the one at the terminal agrees (or
        --yes did). Raises KeyauditError where there is nobody to ask."""
        self.say(text)
        if self.yes:
            return
        if not at_terminal():
            raise KeyauditError("this asks before it does it, and there is no terminal",
                                hint="--yes does it without asking")  # fmt: skip
        if not click.confirm("keyaudit: go on?", err=True):
            raise Refused("nothing was done")


def the_user() -> str:
    """The login name of the one who runs the command, by the process's user id."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return f"uid-{os.getuid()}"


_OPTIONS = (
    click.option("--store", envvar="KEYAUDIT_STORE", metavar="FILE|URL",
                 help="The store: a file, or postgresql://host/database. [KEYAUDIT_STORE]"),
    click.option("--root", envvar="KEYAUDIT_ROOT", metavar="FILE|KEY",
                 help="The root key: a key file, or e.g. aws-kms:alias/name. [KEYAUDIT_ROOT]"),
    click.option("--passphrase-file", type=click.Path(path_type=Path), metavar="FILE",
                 envvar="KEYAUDIT_PASSPHRASE_FILE",
                 help="Take the key file's passphrase from a file. [KEYAUDIT_PASSPHRASE_FILE]"),
    click.option("--passphrase-fd", type=click.IntRange(0), metavar="N",
                 help="Take it from a file descriptor."),
    click.option("--anchors", envvar="KEYAUDIT_ANCHORS", type=click.Path(path_type=Path),
                 metavar="FOLDER", help="Where it is kept how far each store was, so that one put "
                 "back to an older state shows. Default: the user's state folder; - keeps nothing. "
                 "[KEYAUDIT_ANCHORS]"),
    click.option("--format", "form", type=click.Choice(("text", "json")), default="text"),
)  # fmt: skip
_BY = click.option("--by", metavar="NAME", help="Who acts, for the audit log. Default: your login.")
_YES = click.option("--yes", is_flag=True, help="Do not ask before doing it.")


def over_store(
    *, acts: bool = True, asks: bool = False, needed: bool = True
) -> Callable[..., Callable[..., Any]]:
    """Adds the shared options to a command, which gets a `Session` first; and turns the errors of
    `keyaudit.remediation` into what a user reads, and the exit status of `keyaudit keys`. `needed`:
    the command can do nothing without store and root key."""
    options = [*_OPTIONS, *([_BY] if acts else []), *([_YES] if asks else [])]

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def wrapped(**given: Any) -> Any:
            form = given.pop("form")
            with told(form):
                store, root = given.pop("store") or "", given.pop("root") or ""
                if needed:
                    check_given(store, root)
                session = Session(
                    store=_without_password(store),
                    root=root,
                    passphrase=PassphraseSource(
                        given.pop("passphrase_file"), given.pop("passphrase_fd")
                    ),
                    by=given.pop("by", None) or the_user(),
                    form=form,
                    anchors=_anchors(given.pop("anchors")),
                    yes=given.pop("yes", False),
                )
                return command(session, **given)

        for option in reversed(options):
            wrapped = option(wrapped)
        return wrapped

    return decorate


def _anchors(folder: Path | None) -> AnchorFolder | None:
    if folder == Path("-"):
        return None
    if folder is None:
        from platformdirs import user_state_path

        folder = user_state_path("keyaudit") / "anchors"
    return AnchorFolder(folder)


def check_given(store: str, root: str) -> None:
    """Raises KeyauditError unless there are a store and a root key."""
    for option, value in (("--store", store), ("--root", root)):
        if not value:
            name = f"KEYAUDIT_{option[2:].upper()}"
            raise KeyauditError("is needed", where=option, hint=f"or set {name}")


def _without_password(store: str) -> str:
    """The store, when it names no password: others see a command line, and the environment."""
    parts = urlsplit(store) if "://" in store else None
    if parts is not None and (parts.password is not None or "password" in parse_qs(parts.query)):
        raise KeyauditError(
            "the URL of a store holds no password",
            where="--store",
            hint="put it in ~/.pgpass, or in the file that PGPASSFILE names",
        )
    return store
