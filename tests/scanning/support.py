"""Projects to scan, in temporary folders, with a cache of their own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from keyaudit.catalogue.types import Catalogue
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Severity
from keyaudit.core.report import Report
from keyaudit.scanning import Request, cache_folder, scan
from keyaudit.scanning.settings import Settings
from tests.sources.support import write

ROOT = Path(__file__).resolve().parents[2]

# Made up, and looked for in everything that is written.
CANARY = "k3J9x0Qp7Zt2Vw8Lm4Nc6Rb1Yd5Hf0As"
# keyaudit: ignore[KA302] made up, with the checksum that a real one has
TOKEN = "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"

HARDCODED = f"""\
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

cipher = AESGCM(b"{CANARY}")
"""
CLEAN = """\
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault import read_data_key

cipher = AESGCM(read_data_key("orders"))
"""
PLAIN = "def add(a, b):\n    return a + b\n"


class Project:
    """A folder that is the working directory, and scans of it."""

    def __init__(self, folder: Path, catalogue: Catalogue) -> None:
        self.folder = folder
        self.catalogue = catalogue

    def write(self, name: str, content: str | bytes) -> Path:
        return write(self.folder, name, content)

    def scan(
        self,
        *paths: Path | str,
        staged: bool = False,
        use_cache: bool = True,
        use_baseline: bool = True,
        progress: Callable[[int, int], None] | None = None,
        **settings: Any,
    ) -> Report:
        chosen = Settings(**{"severity": Severity.NOTE, **settings})
        request = Request(
            tuple(Path(path) for path in paths), chosen, staged=staged, use_cache=use_cache,
            use_baseline=use_baseline,
        )  # fmt: skip
        return scan(request, self.catalogue, progress=progress)

    @property
    def cached(self) -> bytes:
        """All bytes of all files of the cache."""
        files = sorted(file for file in cache_folder().rglob("*") if file.is_file())
        return b"".join(file.read_bytes() for file in files)


def found(report: Report, *rules: str) -> list[tuple[str, str, int]]:
    """Rule, path and line of the findings, of those rules only where some are given."""
    return [
        (finding.rule_id, finding.path, finding.span.line)
        for finding in report.findings
        if not rules or finding.rule_id in rules
    ]


def essence(report: Report) -> tuple[object, ...]:
    """A report without what differs from run to run."""
    return (
        report.findings, report.suppressed, report.hidden, report.skipped, report.notices,
        report.files, report.bytes, report.complete,
    )  # fmt: skip


def counted(findings: tuple[Finding, ...], rule: str) -> int:
    return sum(finding.rule_id == rule for finding in findings)


_IN_BACKGROUND = """
import sys
from pathlib import Path
from keyaudit import catalogue
from keyaudit.scanning import Request, cache_folder, scan
from keyaudit.scanning.settings import Settings
loaded = catalogue.load(cache_folder=Path(sys.argv[2]))
print("ready", flush=True)
report = scan(Request((Path(sys.argv[1]),), Settings(jobs=2)), loaded)
print(len(report.findings), report.files, report.complete, flush=True)
"""


def in_background(folder: Path, shared: Path) -> subprocess.Popen[str]:
    """A scan in another process, and process group; it prints `ready` when it begins."""
    return subprocess.Popen(
        [sys.executable, "-c", _IN_BACKGROUND, str(folder), str(shared)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def end(process: subprocess.Popen[str]) -> None:
    """Kills a scan in the background and whatever it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
