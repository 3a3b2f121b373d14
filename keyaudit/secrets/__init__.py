"""Secrets in any text: detect-secrets' plugins on selected lines, and detectors of our own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from keyaudit.catalogue.types import Catalogue
from keyaudit.core.document import Document
from keyaudit.core.result import DocumentResult
from keyaudit.secrets import patterns

__all__ = ["PATTERNS", "analyze", "patterns_for"]

PATTERNS: Mapping[str, str] = {**patterns.PATTERNS, **patterns.OWN}


def patterns_for(catalogue: Catalogue) -> dict[str, str]:
    """What triage must look for, by tag: `PATTERNS`, and the kinds of tokens of the catalogue."""
    return {**PATTERNS, **patterns.token_patterns(catalogue)}


def analyze(
    document: Document,
    hits: Mapping[str, Sequence[int]],
    catalogue: Catalogue,
    scan: Callable[[bytes], Mapping[str, Sequence[int]]] | None = None,
) -> DocumentResult:
    """The findings of the catalogue's text rules in a document.

    `hits` is what triage found: tags (those of `patterns_for`) to numbers of lines. What
    detect-secrets' allowlist comments cover comes out as suppressed findings. `scan` is triage
    itself, which makes YAML faster to look at and changes no finding.
    """
    tags = {
        t: numbers for t, numbers in hits.items() if t in PATTERNS or t.startswith(patterns.TAG)
    }
    if not tags:
        return DocumentResult()
    from keyaudit.secrets.analysis import find

    return DocumentResult(findings=find(document, tags, catalogue, scan))
