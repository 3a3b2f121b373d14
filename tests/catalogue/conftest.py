"""A shipped catalogue of a few lines: what is tested is the loader, and not what ships."""

from __future__ import annotations

from pathlib import Path

import pytest

from keyaudit.catalogue import folders

from .support import write

_SHIPPED = {
    "models/shipped.yaml": "library: shipped\n"
    "documentation: https://shipped.example\nmodules: []\n",
    "policies/default.yaml": "name: default\ntitle: The limits\nlimits:\n"
    "  shipped.bytes: {value: 16, source: a standard}\n",
}


@pytest.fixture
def small_shipped(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The folder that stands for the shipped one."""
    from .support import RULE

    rule = RULE.replace("ACME101", "KA101").replace("key-from-dice", "shipped")
    folder = write(
        tmp_path_factory.mktemp("shipped"), {**_SHIPPED, "generation/KA101-shipped.yaml": rule}
    )
    monkeypatch.setattr(folders, "rules_folder", lambda: folder)
    return folder
