"""How the engine behaves: lazy, without a network, and leaving detect-secrets as it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from detect_secrets import settings
from detect_secrets.settings import default_settings, transient_settings

from keyaudit.secrets.detectors import detect_secrets_plugins
from tests.secrets.plants import DETECTORS, plant
from tests.secrets.support import detections, findings, ours, theirs

_PROGRAM = """
import sys
from keyaudit import secrets, triage
from keyaudit.catalogue.types import Catalogue, Models
from keyaudit.core.document import Document

text, path = sys.argv[1:]
data = text.encode()
hits = triage.build((), secrets.PATTERNS).scan(data)
models = Models(frozenset(), {}, {}, {}, {}, ())
secrets.analyze(Document(path, data), hits, Catalogue({}, models, {}, "0"))
print(bool(hits), "detect_secrets" in sys.modules)
"""


@pytest.mark.parametrize(
    ("text", "path", "printed"),
    [
        ("print(1)\n", "a.py", "False False"),
        ('"""Asks for the password."""\ndef secret(): ...\n', "a.py", "True False"),
        ("path = '/usr/share/some/longer/path/to/a/file'\n", "a.py", "True False"),
        ("# Passwords\n\nChoose a good password.\n", "a.md", "True False"),
        ('password = "n7Kq2xVw9LzT"\n', "a.py", "True True"),
    ],
)
def test_detect_secrets_is_imported_only_when_asked(text: str, path: str, printed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, text, path], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == printed


def test_nothing_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Any:
        raise AssertionError("asked the network")

    monkeypatch.setattr("requests.sessions.Session.request", fail)
    for plugin in detect_secrets_plugins.plugins().values():
        monkeypatch.setattr(type(plugin), "verify", fail)
    verifying = {
        "plugins_used": [],
        "filters_used": [
            {
                "path": "detect_secrets.filters.common.is_ignored_due_to_verification_policies",
                "min_level": 2,
            }
        ],
    }
    with transient_settings(verifying):
        for detector in DETECTORS:
            assert findings(plant(detector, 1).line)


def test_settings_are_left_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    planted = plant("GitHubTokenDetector", 1)
    Path("a.py").write_text(planted.line)
    with default_settings():
        before = settings.get_settings().json()
        assert detections(planted.line.encode(), "a.py")
        assert settings.get_settings().json() == before
    with transient_settings({"plugins_used": []}):
        assert ours(planted.line.encode(), "a.py")
    assert theirs("a.py") == ours(planted.line.encode(), "a.py")


def test_settings_are_left_as_they_were_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    before = settings.get_settings().json()

    def fail(**_: object) -> Any:
        raise RuntimeError("broken plugin")

    monkeypatch.setattr(
        detect_secrets_plugins.plugins()["GitHubTokenDetector"], "analyze_line", fail
    )
    with pytest.raises(RuntimeError):
        detections(plant("GitHubTokenDetector", 1).line.encode(), "a.py")
    assert settings.get_settings().json() == before


@pytest.mark.parametrize("path", ["a.lock", "a.svg", "package-lock.json", "api/swagger.json"])
def test_files_that_detect_secrets_leaves_out_are_left_out(path: str) -> None:
    assert findings(plant("ArtifactoryDetector", 1).line, path) == []


def test_empty_and_strange_texts_find_nothing() -> None:
    for data in (b"", b"\n", b"\r", b"\xff\xfe", b"\xef\xbb\xbf", b"[a]", b"{", b"password", b"\0"):
        for path in ("a.py", "a.yaml", "a.ini", ".env"):
            assert ours(data, path) == set()
