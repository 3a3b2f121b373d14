"""Scans of temporary projects, as in tests/scanning."""

from __future__ import annotations

from tests.scanning.conftest import _own_surroundings, project, repo, rules, shared

__all__ = ["_own_surroundings", "project", "repo", "rules", "shared"]
