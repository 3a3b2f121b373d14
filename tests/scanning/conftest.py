from __future__ import annotations

import os
from pathlib import Path

import pytest

from keyaudit.catalogue.types import Catalogue
from tests import caches
from tests.scanning.support import Project
from tests.sources.support import Repo


@pytest.fixture(scope="session")
def shared() -> Path:
    """Where the checked catalogue is kept for all tests."""
    return caches.compiled()


@pytest.fixture(scope="session")
def rules() -> Catalogue:
    return caches.warmed()


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the user's caches nor the user's git settings."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(caches.fill(tmp_path / "caches")))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def project(tmp_path: Path, rules: Catalogue, monkeypatch: pytest.MonkeyPatch) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Project(folder, rules)


@pytest.fixture
def repo(project: Project) -> Repo:
    """The project's folder as a git repository."""
    return Repo(project.folder)
