"""An operator over a store of either kind."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from keyaudit.cli.keys import clock
from tests.cli.keys.support import Operator


@pytest.fixture(scope="session")
def made_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a root key, its passphrase and an empty store."""
    folder = tmp_path_factory.mktemp("operator")
    made = Operator(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "SOURCE", made.now)
        made.make()
    return folder


@pytest.fixture
def operator(made_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """An operator over a store in a file."""
    made = Operator(tmp_path)
    monkeypatch.setattr(clock, "SOURCE", made.now)
    shutil.copytree(made_store, tmp_path, dirs_exist_ok=True)
    return made
