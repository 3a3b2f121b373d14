"""Python code: libcst -> facts -> provenance -> rules.

`analyze` is loaded on first use, since it imports libcst.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyaudit.code.anchors import triage_words

if TYPE_CHECKING:
    from keyaudit.catalogue.types import Catalogue, Policy
    from keyaudit.core.document import Document
    from keyaudit.core.result import DocumentResult, TreeReader

__all__ = ["analyze", "triage_words"]


def analyze(
    document: Document, catalogue: Catalogue, policy: Policy, tree: TreeReader | None = None
) -> DocumentResult:
    """See `keyaudit.code.engine.analyze`."""
    from keyaudit.code.engine import analyze as run

    return run(document, catalogue, policy, tree)
