"""Recognizes keyaudit's own reports and baselines, which a scan skips."""

from __future__ import annotations

import json
from typing import Any

NAME = "keyaudit"
BASELINE = "keyaudit baseline"
_HEAD = 2000  # bytes in which the name stands


def is_own_report(data: bytes) -> bool:
    """Whether a file is a keyaudit report in JSON or SARIF, or a baseline."""
    head = data[:_HEAD]
    if not head.lstrip().startswith(b"{") or NAME.encode() not in head:
        return False
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and (_is_report(found) or found.get("kind") == BASELINE)


def _is_report(found: dict[str, Any]) -> bool:
    if "schema_version" in found and _name(found.get("tool")) == NAME:
        return True
    runs = found.get("runs")
    if "version" not in found or not isinstance(runs, list) or not runs:
        return False
    tools = [run.get("tool") if isinstance(run, dict) else None for run in runs]
    drivers = [tool.get("driver") if isinstance(tool, dict) else None for tool in tools]
    return all(_name(driver) == NAME for driver in drivers)


def _name(part: Any) -> Any:
    return part.get("name") if isinstance(part, dict) else None
