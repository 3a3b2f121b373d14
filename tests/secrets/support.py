"""Runs keyaudit's secrets analyzer, and detect-secrets itself, on a text."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings

from keyaudit import secrets, triage
from keyaudit.core.document import Document
from keyaudit.core.finding import Finding
from keyaudit.core.text import decode
from keyaudit.secrets import candidates
from keyaudit.secrets.detection import Detection
from keyaudit.secrets.detectors.detect_secrets_plugins import detect
from tests.caches import shipped

# Not asked: an address is neither a key nor a secret.
NOT_ASKED = "IPPublicDetector"


class Found(NamedTuple):
    """A secret found: line (from 1), class of the plugin, value."""

    line: int
    detector: str
    value: str


@cache
def patterns() -> triage.Triage:
    """The triage of the secrets' patterns."""
    return triage.build((), secrets.patterns_for(shipped()))


def findings(text: str | bytes, path: str = "app/keys.py") -> list[Finding]:
    """keyaudit's findings in a file."""
    document = Document(path, text.encode() if isinstance(text, str) else text)
    hits = patterns().scan(document.data)
    return list(secrets.analyze(document, hits, shipped(), patterns().scan).findings)


def detections(data: bytes, path: str) -> list[Detection]:
    """What the engine under the findings detects, allowed ones included."""
    text = decode(data)
    lines = candidates.split_lines(text)
    tags = candidates.candidate_lines(path, text, lines, patterns().scan(data))
    return detect(path, lines, tags, patterns().scan) if tags else []


def ours(data: bytes, path: str) -> set[Found]:
    """What the engine detects, as detect-secrets reports it."""
    return {Found(d.line, d.detector, d.value) for d in detections(data, path) if not d.allowed}


def theirs(path: str) -> set[Found]:
    """What detect-secrets finds in a file on disk, with all its plugins and default filters."""
    kinds: Mapping[str, Any] = get_mapping_from_secret_type_to_class()
    names = {kind.secret_type: kind.__name__ for kind in kinds.values()}
    with default_settings():
        found = list(scan_file(path))
    return {
        Found(secret.line_number, names[secret.type], str(secret.secret_value))
        for secret in found
        if names[secret.type] != NOT_ASKED
    }


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Paths are relative to the folder meanwhile."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
