"""Microsoft's SARIF Multitool, as .ci/install-tools puts it there."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ".tools" / "sarif-multitool" / "Sarif.Multitool"

# This rule fetches every address in a report; it only ever gives notes, which do not count here.
_CONFIG = '{"SARIF2006.UrisShouldBeReachable.Options": {"RuleEnabled": "Disabled"}}'


def require_multitool() -> None:
    """Skip the test where the Multitool is missing; in CI it must be there."""
    if PROGRAM.exists():
        return
    if os.environ.get("CI"):
        pytest.fail("the SARIF Multitool is not installed; .ci/install-tools installs it")
    pytest.skip("the SARIF Multitool is not installed (.ci/install-tools installs it)")


def complaints(reports: Mapping[str, str], folder: Path) -> dict[str, list[str]]:
    """The errors and warnings that the Multitool has about each report, by SARIF's own rules
    and those of GitHub's code scanning. It is asked once: its start takes most of the time."""
    names = {folder / f"{name}.sarif": name for name in reports}
    for file, name in names.items():
        file.write_text(reports[name])
    verdict = folder / "verdict.json"
    config = folder / "config.json"
    config.write_text(_CONFIG)
    done = subprocess.run(
        [PROGRAM, "validate", *names, "--rule-kind", "Sarif;Ghas", "--output", verdict,
         "--level", "Error;Warning", "--log", "ForceOverwrite",
         "--config", config],
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(names)} files scanned" in done.stdout, done.stdout
    (run,) = json.loads(verdict.read_text(encoding="utf-8-sig"))["runs"]
    assert run["invocations"][0]["executionSuccessful"]
    found: dict[str, list[str]] = {name: [] for name in reports}
    for result in run.get("results", ()):
        if result.get("level", "warning") in ("error", "warning"):
            place = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            name = place.rpartition("/")[2].removesuffix(".sarif")
            found[name].append(f"{result['ruleId']}: {result['message']}")
    return found
