"""From a document and its triage hits to findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keyaudit.catalogue.types import Catalogue
from keyaudit.core.document import Document
from keyaudit.core.finding import Finding
from keyaudit.core.text import decode
from keyaudit.secrets import candidates


def find(
    document: Document, hits: Mapping[str, Sequence[int]], catalogue: Catalogue
) -> tuple[Finding, ...]:
    """The findings in order of lines. detect-secrets is imported when a line is worth asking."""
    text = decode(document.data)
    lines = candidates.split_lines(text)
    tags = candidates.choose(document.path, text, lines, hits)
    if not tags:
        return ()
    from keyaudit.secrets.detect import detect, encrypted_keys
    from keyaudit.secrets.findings import Findings

    path = document.path
    found = [*detect(path, lines, tags), *encrypted_keys(path, lines, tags)]
    return tuple(Findings(catalogue).make(path, lines, found))
