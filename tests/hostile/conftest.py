"""One cache of the catalogue for all commands."""

from __future__ import annotations

import os

import pytest

from tests import caches
from tests.cli.support import CACHE


@pytest.fixture(scope="session", autouse=True)
def _one_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ[CACHE] = caches.of_run(tmp_path_factory)
