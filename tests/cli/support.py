"""Runs commands as a user does, with neither the user's configuration nor the user's cache."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

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


def environment(**more: str) -> dict[str, str]:
    """The tests' environment without what changes keyaudit's output."""
    changed = ("NO_COLOR", "FORCE_COLOR", "KEYAUDIT_", "TERM", "COLUMNS")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(changed)}
    return {**kept, **more}


def run(
    *arguments: str | Path,
    folder: Path,
    env: Mapping[str, str] | None = None,
    expect: int | None = None,
) -> subprocess.CompletedProcess[str]:
    """The finished `keyaudit ARGUMENTS`, run in a folder; `expect` is its exit status."""
    done = subprocess.run(
        [sys.executable, "-m", "keyaudit", *map(str, arguments)],
        cwd=folder,
        env=environment(XDG_CACHE_HOME=str(folder.parent / "cache"), **(env or {})),
        capture_output=True,
        text=True,
        timeout=120,
    )
    if expect is not None:
        assert done.returncode == expect, f"{arguments}\n{done.stdout}\n{done.stderr}"
    return done


def error_line(done: subprocess.CompletedProcess[str], status: int = 2) -> str:
    """The one line on stderr of a command that failed and said nothing else."""
    assert done.returncode == status, f"{done.stdout}\n{done.stderr}"
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("keyaudit: error: ")
    return line.removeprefix("keyaudit: error: ")
