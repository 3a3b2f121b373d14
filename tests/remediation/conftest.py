"""A key manager over a store of either kind, its clock, and the server for one kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from keyaudit.remediation import KeyManager
from tests.remediation import postgresql
from tests.remediation.lifecycle import Clock, make, root


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The beginning of the URLs of databases of a PostgreSQL server."""
    programs = postgresql.programs()
    if programs is None:
        pytest.skip("there is no PostgreSQL server here; .ci/install-postgresql installs one")
    with postgresql.server(programs) as url:
        yield url


@pytest.fixture(scope="session")
def one_database(server: str) -> str:
    return postgresql.new_database(server, "keys")


@pytest.fixture
def database(one_database: str) -> str:
    """The URL of a database without a store."""
    postgresql.clear(one_database)
    return one_database


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store of either kind can be made."""
    if request.param == "sqlite":
        return str(tmp_path / "keys.db")
    return str(request.getfixturevalue("database"))


@pytest.fixture
def manager(place: str, clock: Clock) -> Iterator[KeyManager]:
    """A manager over a store of each kind."""
    with KeyManager.create(place, root(), clock=clock) as opened:
        yield opened


@pytest.fixture
def file_manager(tmp_path: Path, clock: Clock) -> Iterator[KeyManager]:
    """A manager over the file keys.db."""
    with make(tmp_path, clock) as opened:
        yield opened
