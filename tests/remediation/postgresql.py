"""A PostgreSQL server of the tests' own: in a temporary folder, on a socket in it, and no port."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

_PATIENCE = 120.0
"""Seconds after which a server that does not answer, or a session that does not end, is given
up. A machine under load may take a good part of it."""
_PR_SET_PDEATHSIG = 1


def programs() -> Path | None:
    """The folder of Debian's newest server, or of the one on the path; None without one."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda each: each.parts[-3].zfill(4)
    )
    on_path = shutil.which("postgres")
    if not found and on_path is not None:
        found = [Path(on_path).resolve()]
    return found[-1].parent if found and (found[-1].parent / "initdb").exists() else None


@contextlib.contextmanager
def server(programs: Path) -> Iterator[str]:
    """A running server, as the beginning of the URLs of its databases (`postgresql://...`)."""
    # The server refuses to run as root, and a socket's path is to be short.
    user = "postgres" if os.geteuid() == 0 and _exists("postgres") else None
    if os.geteuid() == 0 and user is None:
        user = "nobody"
    folder = Path(tempfile.mkdtemp(prefix="keyaudit-pg-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        data = folder / "data"
        subprocess.run(
            [programs / "initdb", "--pgdata", data, "--no-sync", "--no-locale",
             "--encoding=UTF8", "--auth=trust", "--username=keyaudit"],
            user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        with subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=",
             "-c", "max_connections=20", "-c", "shared_buffers=1MB", "-c", "fsync=off"],
            user=user, cwd=folder, stderr=(folder / "log").open("wb"),
            preexec_fn=_end_with_parent,
        ) as process:  # fmt: skip
            try:
                url = f"postgresql://keyaudit@%2F{str(folder).strip('/').replace('/', '%2F')}"
                _wait(lambda: _answers(f"{url}/postgres"), (folder / "log"))
                yield url
            finally:
                process.send_signal(signal.SIGQUIT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _end_with_parent() -> None:
    """Has a test run that is killed take its server with it, where the system can do that."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _wait(until: Callable[[], bool], log: Path | None = None) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not until():
        if time.monotonic() > deadline:
            raise AssertionError(log.read_text() if log else "waited in vain")
        time.sleep(0.02)


def run(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements, each for itself; the rows of the last one."""
    rows: list[tuple[Any, ...]] = []
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
            rows = cursor.fetchall() if cursor.description else []
    return rows


def new_database(server_url: str, name: str, template: str = "template1") -> str:
    """Make a database, as a copy of another, in place of one of that name; its URL."""
    with psycopg.connect(f"{server_url}/postgres", autocommit=True) as connection:
        target = sql.Identifier(name)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(target))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(target, sql.Identifier(template))
        )
    return f"{server_url}/{name}"


def clear(url: str, *, only_sessions: bool = False) -> None:
    """End the sessions of whoever has a database open, and remove the store from it."""
    statements = [
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ]
    if not only_sessions:
        statements.append("DROP SCHEMA IF EXISTS keyaudit CASCADE")
    run(url, *statements)


def wait_for_sessions_to_end(server_url: str, database: str) -> None:
    """Wait until the server has done away with every session in a database, which it does a
    moment after the client has died."""
    count = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
    with psycopg.connect(f"{server_url}/postgres", autocommit=True) as connection:

        def none_left() -> bool:
            row = connection.execute(count, (database,)).fetchone()
            return row is not None and row[0] == 0

        _wait(none_left)
