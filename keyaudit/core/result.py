"""What the analyzers say of one document, before anything is known of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from keyaudit.core.finding import Finding
from keyaudit.core.report import Notice


class TreeReader(Protocol):
    """Reads other files of the scanned tree, for values that come from other modules."""

    def read(self, path: str) -> bytes | None:
        """The bytes at a path relative to the scan root; None when there is no such file."""
        ...


@dataclass(frozen=True, slots=True)
class Pending:
    """A finding that holds only if no document of the tree has a call of the kinds `unless`."""

    finding: Finding
    unless: frozenset[str]


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """One document's findings.

    `call_kinds`: the kinds of modelled calls seen here, which settle other documents' `pending`.
    `dependencies`: (path, content id or "" when absent) of other files the result rests on.
    `exports`: names of functions and classes of this file whose parameters play a role in it,
    so that what other files pass to them matters.
    """

    findings: tuple[Finding, ...] = ()
    pending: tuple[Pending, ...] = ()
    notices: tuple[Notice, ...] = ()
    call_kinds: frozenset[str] = frozenset()
    dependencies: tuple[tuple[str, str], ...] = ()
    exports: frozenset[str] = frozenset()
