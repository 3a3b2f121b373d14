"""A small project for the commands to run in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import caches
from tests.cli.support import BAD, CACHE, GOOD


@pytest.fixture(scope="session", autouse=True)
def _one_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ[CACHE] = caches.of_run(tmp_path_factory)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with one file that is wrong, one that is right, and one that is plain."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "bad.py").write_text(BAD)
    (folder / "good.py").write_text(GOOD)
    (folder / "notes.md").write_text("# Notes\n")
    return folder
