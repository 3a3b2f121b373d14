"""Analyzes a notebook: the code of its cells as Python, the rest of it as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from keyaudit.core.document import Document
from keyaudit.core.finding import Finding
from keyaudit.core.location import Step
from keyaudit.core.result import DocumentResult
from keyaudit.sources.notebooks import Notebook

Hits = Mapping[str, Sequence[int]]
Analyze = Callable[[Document, Hits], DocumentResult]


def look(
    document: Document, notebook: Notebook, needs: Callable[[Document], Hits], analyze: Analyze
) -> tuple[DocumentResult, DocumentResult]:
    """Two results: on the Python in the notebook's cells, and on the text around them.

    `needs` and `analyze` are those used for documents. Spans are those in the notebook file, with
    their cells.
    """
    # By its name it is Python, and stands where the notebook does.
    path = f"{document.path}.py"
    code = Document(path, notebook.code.encode(), document.origin, document.standing)
    around = Document(document.path, notebook.around.encode(), document.origin, document.standing)
    inside = _placed(_result(code, needs, analyze), path, document.path, notebook)
    return inside, _result(around, needs, analyze)


def _result(
    document: Document, needs: Callable[[Document], Hits], analyze: Analyze
) -> DocumentResult:
    hits = needs(document)
    return analyze(document, hits) if hits else DocumentResult()


def _placed(result: DocumentResult, code: str, path: str, notebook: Notebook) -> DocumentResult:
    """The result on the code at a path, at the places of the notebook at another."""

    def step(one: Step) -> Step:
        if one.path != code:
            return one
        return replace(one, path=path, span=notebook.place(one.span))

    def finding(one: Finding) -> Finding:
        return replace(
            one,
            path=path,
            span=notebook.place(one.span),
            steps=tuple(step(each) for each in one.steps),
            other_ways=tuple(tuple(step(each) for each in way) for way in one.other_ways),
        )

    return replace(
        result,
        findings=tuple(finding(one) for one in result.findings),
        pending=tuple(replace(one, finding=finding(one.finding)) for one in result.pending),
        notices=tuple(
            replace(one, path=path, span=one.span and notebook.place(one.span))
            if one.path == code
            else one
            for one in result.notices
        ),
        facts=tuple(replace(one, span=notebook.place(one.span)) for one in result.facts),
        # Nobody imports a notebook.
        exports=frozenset(),
        gives=frozenset(),
    )
