from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import pytest

from keyaudit import catalogue
from keyaudit.catalogue.types import Catalogue
from tests.scanning.support import Project
from tests.sources.support import Repo


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the checked catalogue is kept for all tests."""
    return tmp_path_factory.mktemp("catalogue")


@pytest.fixture(scope="session")
def rules(shared: Path) -> Catalogue:
    # Workers are forked: what is imported here, each of them does not import again.
    import_module("keyaudit.code.engine")
    import_module("keyaudit.secrets.analysis")
    return catalogue.load(cache_folder=shared)


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the user's caches nor the user's git settings."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
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
