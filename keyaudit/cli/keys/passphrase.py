"""Where a passphrase comes from: a prompt, a file, a descriptor. Never the command line, which
every process can read, nor the environment, which children inherit and crash reports show."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from keyaudit.core.errors import KeyauditError
from keyaudit.remediation import PassphraseDescriptor, PassphraseFile


@dataclass(frozen=True, slots=True)
class PassphraseSource:
    """A descriptor; else a file; else the terminal."""

    file: Path | None = None
    descriptor: int | None = None
    prompt: str = "Passphrase of the root key"

    def read(self, *, new: bool = False) -> str | bytearray:
        """The passphrase: the first line, in a buffer that is wiped once it was used; a terminal's
        is text. A `new` one is asked for twice there. Raises KeyauditError when there is none to
        be had, or others can read its file."""
        source: PassphraseDescriptor | PassphraseFile
        if self.descriptor is not None:
            source = PassphraseDescriptor(self.descriptor)
        elif self.file is not None:
            source = PassphraseFile(self.file)
        elif at_terminal():
            answer: str = click.prompt(
                self.prompt, hide_input=True, confirmation_prompt=new, err=True
            )
            return answer
        else:
            raise KeyauditError(
                "the root key needs its passphrase, and there is no terminal to ask at",
                hint="--passphrase-file or --passphrase-fd gives it",
            )
        return source()

    def text(self) -> str:
        """The same as text, for what takes no buffer (the PIN of a token)."""
        found = self.read()
        return found if isinstance(found, str) else found.decode()


def at_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty()
