"""Where a passphrase comes from: a prompt, a file, a descriptor. Never the command line, which
every process can read, nor the environment, which children inherit and crash reports show."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from keyaudit.core.errors import KeyauditError
from keyaudit.remediation.generation import limits

_MOST_BYTES = 4096


@dataclass(frozen=True, slots=True)
class PassphraseSource:
    """A descriptor; else a file; else the terminal."""

    file: Path | None = None
    descriptor: int | None = None
    prompt: str = "Passphrase of the root key"

    def read(self, *, new: bool = False) -> str:
        """The passphrase: the first line. A `new` one is asked for twice, and has 15 characters
        or more. Raises KeyauditError when there is none to be had, OSError."""
        if self.descriptor is not None:
            found = _line(self.descriptor, f"--passphrase-fd {self.descriptor}")
        elif self.file is not None:
            with self.file.open("rb") as stream:
                found = _line(stream.fileno(), str(self.file))
        elif at_terminal():
            found = click.prompt(self.prompt, hide_input=True, confirmation_prompt=new, err=True)
        else:
            raise KeyauditError(
                "the root key needs its passphrase, and there is no terminal to ask at",
                hint="--passphrase-file or --passphrase-fd gives it",
            )
        if new and len(found) < limits.MIN_PASSPHRASE:
            raise KeyauditError(
                f"a passphrase of {len(found)} characters is too short",
                hint=f"{limits.MIN_PASSPHRASE} or more (NIST SP 800-63B-4, 3.1.1.2)",
            )
        return found


def at_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty()


def _line(descriptor: int, where: str) -> str:
    data = b""
    while b"\n" not in data and len(data) <= _MOST_BYTES:
        try:
            part = os.read(descriptor, _MOST_BYTES)
        except OSError as error:
            raise KeyauditError(f"cannot be read: {error.strerror}", where=where) from None
        if not part:
            break
        data += part
    line = data.partition(b"\n")[0].removesuffix(b"\r")
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = ""
    if not text or len(line) > _MOST_BYTES:
        raise KeyauditError("holds no passphrase in its first line", where=where)
    return text
