from __future__ import annotations

from pathlib import Path

import pytest

from keyaudit.catalogue.types import Catalogue
from tests.caches import compiled, shipped


@pytest.fixture(scope="session")
def rules() -> Catalogue:
    return shipped()


@pytest.fixture(scope="session")
def kept() -> Path:
    """A folder for what triage compiles, so that it does so once."""
    return compiled()
