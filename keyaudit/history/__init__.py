"""Secrets and keys in every version of every file of a git repository."""

from __future__ import annotations

from keyaudit.history.request import HistoryRequest

__all__ = ["HistoryRequest"]
