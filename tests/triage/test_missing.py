"""Without the native engine the same is found, and the summary says that it is missing, once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from keyaudit.triage import build
from tests.cli.support import BAD, run


@pytest.fixture
def without_hyperscan(monkeypatch: pytest.MonkeyPatch) -> None:
    """hyperscan is there, and cannot be loaded."""
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    monkeypatch.delitem(sys.modules, "keyaudit.triage.native", raising=False)


@pytest.mark.usefixtures("without_hyperscan")
def test_one_that_cannot_be_loaded_is_done_without() -> None:
    triage = build(["AESGCM"], {"x": "secret"}, engine="native")
    assert triage.scan(b"a\nAESGCM secret\n") == {"code": [2], "x": [2]}
    assert triage.engine == "python"


@pytest.mark.usefixtures("without_hyperscan")
def test_the_summary_says_so_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYAUDIT_TESTS_CACHE", str(tmp_path / "cache"))
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(BAD)
    done = run("scan", "a.py", "b.py", "--no-cache", folder=tmp_path, expect=1)
    assert done.stdout.count("slow-triage: hyperscan is not installed here") == 1
    assert "KA301" in done.stdout
