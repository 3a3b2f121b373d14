"""A key manager over a store of either kind, and its clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from keyaudit.remediation import KeyManager
from tests.remediation.lifecycle import Clock, make, root


@pytest.fixture
def clock() -> Clock:
    return Clock()


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
