"""detect-secrets is imported without what only its verification needs, and works with it still."""

from __future__ import annotations

import subprocess
import sys

_PLUGINS = "keyaudit.secrets.detectors.detect_secrets_plugins"


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_requests_is_not_imported() -> None:
    code = (
        f"import sys, {_PLUGINS} as d; d.plugins()\n"
        "print({'requests', 'urllib3'} & set(sys.modules))"
    )
    assert run(code) == "set()"


def test_who_asks_for_it_later_gets_it() -> None:
    code = (
        f"import {_PLUGINS}, detect_secrets.plugins.slack as s, requests\n"
        "print(s.requests.post is requests.post, requests.__name__)"
    )
    assert run(code) == "True requests"


def test_one_that_is_imported_already_is_left_alone() -> None:
    code = (
        f"import requests, {_PLUGINS}, detect_secrets.plugins.slack as s\n"
        "print(s.requests is requests)"
    )
    assert run(code) == "True"
