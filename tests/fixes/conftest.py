from __future__ import annotations

from pathlib import Path

import pytest

from keyaudit import catalogue
from keyaudit.catalogue.types import Catalogue


@pytest.fixture(scope="session")
def rules() -> Catalogue:
    return catalogue.load()


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what triage compiles, so that it does so once."""
    return tmp_path_factory.mktemp("triage")
