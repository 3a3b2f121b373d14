"""Runs commands as a user does, with neither the user's configuration nor the user's cache."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from keyaudit.cli import main

SECRET = "s9Kd0Wq2Lx7Vb4Nz8Tf1Hj6Pc3Ry5Gm0"
BAD = f'''\
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MASTER = b"{SECRET}"


def seal(nonce, data, context):
    return AESGCM(MASTER).encrypt(nonce, data, context)
'''
GOOD = """\
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault import read_data_key


def seal(data, context):
    nonce = os.urandom(12)
    return nonce + AESGCM(read_data_key("orders")).encrypt(nonce, data, context)
"""


@dataclass(frozen=True)
class Done:
    """A finished command."""

    returncode: int
    stdout: str
    stderr: str


# Set for a run of the tests, so that the catalogue is compiled once.
CACHE = "KEYAUDIT_TESTS_CACHE"


def environment(**more: str) -> dict[str, str]:
    """The tests' environment without what changes keyaudit's output, and with a cache for all."""
    changed = ("NO_COLOR", "FORCE_COLOR", "KEYAUDIT_", "TERM", "COLUMNS", "PYTHONIOENCODING")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(changed)}
    return {**kept, "XDG_CACHE_HOME": os.environ[CACHE], **more}


def run(
    *arguments: str | Path,
    folder: Path,
    env: Mapping[str, str] | None = None,
    expect: int | None = None,
) -> Done:
    """The finished `keyaudit ARGUMENTS`, run in a folder; `expect` is its exit status.

    Runs in this process, which is faster; `spawn` does it in one of its own.
    """
    given = environment(**(env or {}))
    blank = {name: None for name in os.environ if name not in given}
    with contextlib.chdir(folder):
        result = CliRunner().invoke(main, [*map(str, arguments)], env={**blank, **given})
    return _checked(arguments, Done(result.exit_code, result.stdout, result.stderr), expect)


def spawn(
    *arguments: str | Path,
    folder: Path,
    env: Mapping[str, str] | None = None,
    expect: int | None = None,
) -> Done:
    """Like `run`, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "keyaudit", *map(str, arguments)],
        cwd=folder,
        env=environment(**(env or {})),
        capture_output=True,
        text=True,
    )
    return _checked(arguments, Done(done.returncode, done.stdout, done.stderr), expect)


def _checked(arguments: tuple[str | Path, ...], done: Done, expect: int | None) -> Done:
    if expect is not None:
        assert done.returncode == expect, f"{arguments}\n{done.stdout}\n{done.stderr}"
    return done


def error_line(done: Done, status: int = 2) -> str:
    """The one line on stderr of a command that failed and said nothing else."""
    assert done.returncode == status, f"{done.stdout}\n{done.stderr}"
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("keyaudit: error: ")
    return line.removeprefix("keyaudit: error: ")
