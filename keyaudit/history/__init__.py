"""What a repository gives away by its past: secrets in every version of every file."""

from __future__ import annotations

from keyaudit.history.request import HistoryRequest

__all__ = ["HistoryRequest"]
