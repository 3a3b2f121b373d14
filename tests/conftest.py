"""For all tests: hypothesis measures no time, since a busy machine is no fault of the code; what
tests start finds compiled modules; and one PostgreSQL server, for those who ask for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("keyaudit", deadline=None)
settings.load_profile("keyaudit")

# A setting of some machines keeps Python from writing what it compiled: each of the hundreds of
# programs that the tests start would compile everything anew, for a second each.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The beginning of the URLs of databases of a PostgreSQL server."""
    from tests.remediation import postgresql

    programs = postgresql.programs()
    if programs is None:
        pytest.skip("there is no PostgreSQL server here; .ci/install-postgresql installs one")
    with postgresql.server(programs) as url:
        yield url


@pytest.fixture(scope="session")
def one_database(postgresql_server: str) -> str:
    from tests.remediation import postgresql

    return postgresql.new_database(postgresql_server, "keys")


@pytest.fixture
def database(one_database: str) -> str:
    """The URL of a database without a store."""
    from tests.remediation import postgresql

    postgresql.clear(one_database)
    return one_database
