"""The results of the analyzers for one document, before they are combined with the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Protocol

from keyaudit.core.finding import Finding
from keyaudit.core.location import Span
from keyaudit.core.report import Notice


class TreeReader(Protocol):
    """Reads other files of the scanned tree, to follow values from other modules."""

    def read(self, path: str) -> bytes | None:
        """The bytes at a path relative to the scan root; None where there is no such file."""
        ...

    def names(self, folder: str) -> Sequence[str]:
        """The sorted names of the files directly in a folder ("" for the scan root)."""
        ...


@dataclass(frozen=True, slots=True)
class Pending:
    """A finding that is valid only if no document of the tree has a call of a kind in `unless`,
    and, unless `needs` is empty, some document has one of a kind in `needs`."""

    finding: Finding
    unless: frozenset[str]
    needs: frozenset[str] = frozenset()

    def is_valid(self, call_kinds: Set[str]) -> bool:
        """Whether the finding counts in a tree that has calls of these kinds."""
        if not self.unless.isdisjoint(call_kinds):
            return False
        return not self.needs or not self.needs.isdisjoint(call_kinds)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something in a document that is a finding only together with other documents, or with the
    date.

    `kind` says which step reads it. `values` are JSON values without any secret. `code` is the
    masked line at `span`.
    """

    kind: str
    span: Span
    code: str
    values: Mapping[str, Any]


# What stands after a name that has to be called, and not only read.
CALLED = "()"


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """The findings of one document, and what the analysis of other documents needs of it.

    `call_kinds`: the kinds of modelled calls in it, which decide on other documents' `pending`.
    `dependencies`: (path, content id or "" when absent) of other files that the result depends on.
    `exports`: functions and classes whose parameters have a role here, so that the arguments from
    other files matter. `gives`: names by which other files import a secret from here, with `CALLED`
    appended to functions. `facts`: input for the step over all documents. `failed`: each analyzer
    that failed, and why.
    """

    findings: tuple[Finding, ...] = ()
    pending: tuple[Pending, ...] = ()
    notices: tuple[Notice, ...] = ()
    call_kinds: frozenset[str] = frozenset()
    dependencies: tuple[tuple[str, str], ...] = ()
    exports: frozenset[str] = frozenset()
    gives: frozenset[str] = frozenset()
    facts: tuple[Fact, ...] = ()
    failed: tuple[str, ...] = ()
