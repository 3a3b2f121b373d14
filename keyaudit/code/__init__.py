"""Analyzes Python code: syntax, provenance of values, and the rules that match on both.

The engine is loaded on first use, since most files need none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyaudit.code.selection import secret_uses
from keyaudit.code.selection.anchors import triage_words
from keyaudit.code.selection.home_made import may_have_cipher
from keyaudit.code.selection.named_functions import may_leave_out
from keyaudit.code.selection.switches import disables_verification

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyaudit.catalogue.types import Catalogue, Policy
    from keyaudit.core.document import Document
    from keyaudit.core.finding import Finding
    from keyaudit.core.result import DocumentResult, TreeReader

__all__ = ["analyze", "analyze_calls", "analyze_flows", "is_worth_parsing", "stem", "triage_words"]


def is_worth_parsing(judged: str, data: bytes) -> bool:
    """Whether a Python file without a word of cryptography may still have a finding: it may reveal
    a secret, switch the check of certificates off, or hold a home-made cipher, or functions and
    tables of secrets.

    `judged` is the path by which it is judged to be a test.
    """
    if disables_verification(data) or may_have_cipher(data) or may_leave_out(judged, data):
        return True
    return secret_uses.may_reveal_secret(judged, data)


def analyze(
    document: Document, catalogue: Catalogue, policy: Policy, tree: TreeReader | None = None
) -> DocumentResult:
    """See `keyaudit.code.engine.analyze`."""
    from keyaudit.code.engine import analyze as run

    return run(document, catalogue, policy, tree)


def analyze_calls(
    document: Document, catalogue: Catalogue, policy: Policy, tree: TreeReader,
    exports: Mapping[str, frozenset[str]], gives: Mapping[str, frozenset[str]],
) -> DocumentResult:  # fmt: skip
    """See `keyaudit.code.engine.analyze_calls`."""
    from keyaudit.code.engine import analyze_calls as run

    return run(document, catalogue, policy, tree, exports, gives)


def analyze_flows(document: Document, catalogue: Catalogue, policy: Policy) -> tuple[Finding, ...]:
    """See `keyaudit.code.key_flows.analyze_flows`."""
    from keyaudit.code.key_flows import analyze_flows as run

    return run(document, catalogue, policy)
