"""What the analyzers say of one document, before anything is known of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from keyaudit.core.finding import Finding
from keyaudit.core.location import Span
from keyaudit.core.report import Notice


class TreeReader(Protocol):
    """Reads other files of the scanned tree, for values that come from other modules."""

    def read(self, path: str) -> bytes | None:
        """The bytes at a path relative to the scan root; None when there is no such file."""
        ...

    def names(self, folder: str) -> Sequence[str]:
        """The sorted names of the files right in a folder ("" for the scan root)."""
        ...


@dataclass(frozen=True, slots=True)
class Pending:
    """A finding that holds only if no document of the tree has a call of the kinds `unless`."""

    finding: Finding
    unless: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something in a document that makes a finding only with other documents, or with the date.

    `kind` says who reads it, `values` is plain data as JSON has it, and holds no secret. `code`
    is the masked line at `span`.
    """

    kind: str
    span: Span
    code: str
    values: Mapping[str, Any]


# What stands after a name that has to be called, and not only read.
CALLED = "()"


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """One document's findings.

    `call_kinds`: the kinds of modelled calls seen here, which settle other documents' `pending`.
    `dependencies`: (path, content id or "" when absent) of other files the result rests on.
    `exports`: names of functions and classes of this file whose parameters play a role in it,
    so that what other files pass to them matters.
    `gives`: names by which other files get a secret from this one, with `CALLED` after a function.
    `facts`: what the step over all documents is to know of this one.
    `failed`: for each analyzer that gave nothing, though it should have, which it was and why.
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
