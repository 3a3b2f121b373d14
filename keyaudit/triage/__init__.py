"""Triage: one pass over a file's bytes that decides which analyzers need the file, and at which
lines."""

from keyaudit.triage.scanner import CODE, ENGINES, Triage, build

__all__ = ["CODE", "ENGINES", "Triage", "build"]
