"""Analyzes archives, compressed files, databases and PDF files: secrets and keys within them.

Code in them is not analyzed, since it belongs to another tree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from keyaudit.core.document import Document
from keyaudit.core.report import Notice
from keyaudit.core.result import DocumentResult

Hits = Mapping[str, Sequence[int]]
UNREAD = "unread-member"


def look(
    document: Document,
    needs: Callable[[Document], Hits],
    analyze: Callable[[Document, Hits], DocumentResult],
    left_out: frozenset[str],
) -> DocumentResult:
    """The results for all members of a container, at paths such as `a.zip!/b.env`.

    `needs` and `analyze` are those used for documents; `left_out` are tags to ignore. Members that
    were not read give a notice of the kind `UNREAD`.
    """
    from keyaudit.sources.archives import Bounds, members

    result = DocumentResult()
    for member in members(document.path, document.data, Bounds()):
        if member.unread:
            notice = Notice(UNREAD, member.unread, member.path)
            result = replace(result, notices=(*result.notices, notice))
            continue
        inner = Document(member.path, member.data, document.origin, document.standing)
        hits = {tag: lines for tag, lines in needs(inner).items() if tag not in left_out}
        if hits:
            found = analyze(inner, hits)
            result = replace(
                result,
                findings=(*result.findings, *found.findings),
                notices=(*result.notices, *found.notices),
                failed=(*result.failed, *found.failed),
            )
    return result
