"""One cache for all tests of a run, so that the catalogue and triage are compiled once."""

from __future__ import annotations

import os

import pytest


def of_run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder for `XDG_CACHE_HOME`, which the processes that the tests run in share."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    return str(folder / "caches")
