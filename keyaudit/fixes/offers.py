"""Selects the fix for a finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from keyaudit.catalogue.types import FixKind, Rule
from keyaudit.core import paths
from keyaudit.core.context import is_test_path
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Severity
from keyaudit.core.patterns import regex
from keyaudit.fixes.changes import Change
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.project import Project
from keyaudit.fixes.site import Rewrite, Site

SAFE, MIGRATING = "safe", "migrating"
# Kinds of fix for configuration; all others are for Python.
_CONFIGURATION = frozenset({"command-secret", "ignored-file", "no-log", "private-output",
                            "secret-reference", "setting", "task-secret",
                            "encrypted-tar"})  # fmt: skip
_TEST = regex(r"(?:^|/)(?:tests?/|test_[^/]*$|[^/]*_tests?\.py$|conftest\.py$)")


class Rewriter(Protocol):
    """A module of `keyaudit.fixes.kinds`."""

    def rewrite(self, site: Site) -> Rewrite:
        """The changes that fix the finding. Raises DeclinedError where it cannot be fixed
        safely."""
        ...


@dataclass(frozen=True, slots=True)
class Offer:
    """A fix for a finding that the verifier has not checked yet.

    `applicability` is `safe` or `migrating`. `migrate` are sentences on what must be migrated by
    hand; `plain` are new values that may be shown in a diff.
    """

    finding: Finding
    kind: FixKind
    title: str
    changes: tuple[Change, ...]
    applicability: str
    migrate: tuple[str, ...]
    plain: tuple[str, ...] = ()


def rewriter(kind: str) -> Rewriter:
    """The module for a kind of fix, by its name in the rules, such as `kdf-cost`."""
    module: Rewriter = import_module(f"keyaudit.fixes.kinds.{kind.replace('-', '_')}")
    return module


def offer(finding: Finding, rules: Mapping[str, Rule], project: Project, *, unsafe: bool) -> Offer:
    """The first of the rule's fixes that applies to a finding; those that need a migration only if
    `unsafe` is true.

    Raises NeedsUnsafeError where only such a fix applies, else DeclinedError with the last reason.
    """
    rule = rules.get(finding.rule_id)
    if rule is None or not rule.fixes:
        raise DeclinedError("no fix is known for this rule")
    if finding.path.endswith(paths.NOTEBOOK):
        raise DeclinedError("it is in a notebook, which is to be changed by its editor")
    if _TEST.search(finding.path):
        raise DeclinedError("it is in a test")
    if _is_lowered(finding, rule):
        raise DeclinedError("it is a note only, being for a test or meant as it is")
    reason, needs_unsafe = DeclinedError("no fix is known for this rule"), False
    is_python = finding.path.endswith(".py")
    for kind in rule.fixes:
        if is_python == (kind.kind in _CONFIGURATION):
            continue
        try:
            rewrite = rewriter(kind.kind).rewrite(Site(finding, rule, project, kind.options))
        except DeclinedError as error:
            reason = error
            continue
        applicability = rewrite.applicability or kind.applicability
        if applicability != SAFE and not unsafe:
            needs_unsafe = True
            continue
        return Offer(
            finding, kind, rewrite.title, rewrite.changes, applicability, rewrite.migrate,
            rewrite.plain,
        )  # fmt: skip
    if needs_unsafe:
        raise NeedsUnsafeError
    raise reason


def _is_lowered(finding: Finding, rule: Rule) -> bool:
    """Whether a finding is a note only because of where it is or what its value is, except in a
    folder of examples."""
    if finding.lowered_from is not None:
        return not is_test_path(finding.path)
    return finding.severity is Severity.NOTE and rule.severity > Severity.NOTE


class NeedsUnsafeError(DeclinedError):
    """There is a fix, but it needs a migration and so `--unsafe`."""

    def __init__(self) -> None:
        super().__init__("something must be migrated: `--unsafe` has a fix")
