"""A key manager over a store in a temporary folder, and its clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from keyaudit.remediation import (
    KeyManager,
)
from tests.remediation.lifecycle import Clock, make


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def manager(tmp_path: Path, clock: Clock) -> Iterator[KeyManager]:
    with make(tmp_path, clock) as opened:
        yield opened
