"""Triage: one pass over a file's bytes that says which analyzers need it, and where."""

from keyaudit.triage.scanner import CODE, ENGINES, Triage, build

__all__ = ["CODE", "ENGINES", "Triage", "build"]
