"""Runs the examples of rules, and compares the lines a rule reports with those marked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from keyaudit import configs
from keyaudit.catalogue import expected_lines
from keyaudit.catalogue.types import Catalogue, Example, Match, Policy, Rule
from keyaudit.core.document import Document
from keyaudit.core.errors import KeyauditError
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Severity
from keyaudit.core.memory_tree import MemoryTree
from keyaudit.core.paths import PYTHON
from keyaudit.core.report import Notice
from keyaudit.core.result import DocumentResult
from keyaudit.core.standing import AS_IT_IS, Standing
from keyaudit.scanning.duplicates import drop_repeats
from keyaudit.scanning.lifetimes import broken_limit

if TYPE_CHECKING:
    from keyaudit.triage import Triage

# Where an example stands that names no path.
_NO_PATH = "example.py"
# So long ago the example of a `history` rule came in: longer than each cryptoperiod of a policy.
EXAMPLE_DAYS = 1100
# The day on which the certificates of examples are judged, in seconds since 1970: 2026-01-01.
EXAMPLE_NOW = 1_767_225_600.0


@dataclass(frozen=True, slots=True)
class ExampleOutcome:
    """The result of an example: the lines (from 1) marked `# finding`, and those reported.

    `notices` say why the example may not have been analyzed as meant: it does not parse.
    """

    expected: frozenset[int]
    found: frozenset[int]
    notices: tuple[Notice, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether exactly the marked lines were reported, and the example parses."""
        return self.expected == self.found and not self.notices


def run_example(
    rule: Rule, example: Example, catalogue: Catalogue, policy: Policy | None = None
) -> ExampleOutcome:
    """Analyzes one example, and returns which lines its rule reports, at whatever severity.

    If no line is marked, findings of severity note do not count. Markers are removed before, so
    that rules do not see them. `policy` defaults to the one that the example names. Raises
    KeyauditError if the rule needs git and there is none.
    """
    text, expected = expected_lines(example.text)
    files = {path: expected_lines(other)[0] for path, other in example.files.items()}
    files[example.path] = text
    limits = policy or catalogue.policies[example.policy]
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    # An example is to be judged as the code is that it is one of, if it does not name its path.
    standing = Standing(named=frozenset({_NO_PATH}))
    results = {
        path: _analyze(
            rule, Document(path, content.encode(), standing=standing), catalogue, limits, tree
        )
        for path, content in files.items()
    }
    if any(match.kind == "material" for match in rule.matches):
        results = together(results, catalogue, limits, untracked(rule, files))
    if any(match.kind == "environments" for match in rule.matches):
        results = _among_environments(results, catalogue)
    call_kinds = frozenset[str]().union(*(result.call_kinds for result in results.values()))
    result = results[example.path]
    findings = list(result.findings)
    findings += [wait.finding for wait in result.pending if wait.is_valid(call_kinds)]
    found = frozenset(
        finding.span.line
        for finding in findings
        if finding.rule_id == rule.id and (expected or finding.severity > Severity.NOTE)
    )
    for match in rule.matches:
        if match.kind == "history":
            found |= _by_history(match, example, catalogue, limits)
    notices = tuple(notice for notice in result.notices if notice.kind == "parse-error")
    return ExampleOutcome(frozenset(expected), found, notices)


def _among_environments(
    results: dict[str, DocumentResult], catalogue: Catalogue
) -> dict[str, DocumentResult]:
    from keyaudit.scanning import environments

    found = environments.shared(results, catalogue, AS_IT_IS)
    return {
        path: replace(result, findings=(*result.findings, *found.get(path, ())))
        for path, result in results.items()
    }


def together(
    results: dict[str, DocumentResult],
    catalogue: Catalogue,
    policy: Policy,
    unadded: frozenset[str],
) -> dict[str, DocumentResult]:
    """The results of several documents, with the findings on key material of all of them."""
    from keyaudit import material

    found = material.judge(results, catalogue, policy, EXAMPLE_NOW, unadded)
    return {
        path: replace(result, findings=(*result.findings, *found.get(path, ())))
        for path, result in results.items()
    }


def untracked(rule: Rule, files: Mapping[str, str]) -> frozenset[str]:
    """The files that git would add to a new repository, for a rule that asks for them.

    Raises KeyauditError where there is no git.
    """
    if not any(match.parameters.get("fault") == "not-ignored" for match in rule.matches):
        return frozenset()
    from keyaudit.sources.git import GitError, Repository

    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        for name in ("objects", "refs"):
            Path(folder, ".git", name).mkdir(parents=True)
        Path(folder, ".git", "HEAD").write_text("ref: refs/heads/main\n")
        try:
            output = Repository(folder).run("ls-files", "-z", "--others", "--exclude-standard")
        except GitError as error:
            what, hint = error.explain(folder)
            raise KeyauditError(what, where=rule.file, hint=hint) from None
    return frozenset(os.fsdecode(name) for name in output.split(b"\0") if name)


def _by_history(
    match: Match, example: Example, catalogue: Catalogue, policy: Policy
) -> frozenset[int]:
    """The lines of secrets that are in HEAD (or not), had the example come in long ago."""
    head = example.files or {example.path: expected_lines(example.text)[0]}
    kept = {
        (finding.rule_id, finding.subject)
        for path, text in head.items()
        for finding in _secrets(Document(path, expected_lines(text)[0].encode()), catalogue)
    }
    old = Document(example.path, expected_lines(example.text)[0].encode())
    lines = set()
    for finding in _secrets(old, catalogue):
        in_head = (finding.rule_id, finding.subject) in kept
        limit = broken_limit(
            match.parameters, finding, policy, catalogue, in_head=in_head, days=EXAMPLE_DAYS
        )
        if limit is not None:
            lines.add(finding.span.line)
    return frozenset(lines)


def _secrets(document: Document, catalogue: Catalogue) -> tuple[Finding, ...]:
    from keyaudit import secrets

    scan = _triage(tuple(secrets.patterns_for(catalogue).items())).scan
    return secrets.analyze(document, scan(document.data), catalogue, scan).findings


@cache
def _triage(patterns: tuple[tuple[str, str], ...]) -> Triage:
    from keyaudit import triage

    return triage.build((), dict(patterns))


def _analyze(
    rule: Rule, document: Document, catalogue: Catalogue, policy: Policy, tree: MemoryTree
) -> DocumentResult:
    kinds = {match.kind for match in rule.matches}
    if "environments" in kinds:
        named = configs.analyze(document, catalogue, policy, tree)
        return replace(named, findings=(*named.findings, *_secrets(document, catalogue)))
    of_text = kinds <= {"text", "history", "material"}
    of_config = "config" in kinds and configs.form_of(document.path, document.data)
    elsewhere = not of_config and not document.path.endswith(PYTHON)
    if of_text or (kinds & {"material", "text"} and elsewhere):
        return _of_text(document, catalogue, with_material="material" in kinds)
    declared = DocumentResult()
    if kinds & {"config", "absence"} and configs.form_of(document.path, document.data):
        declared = configs.analyze(document, catalogue, policy, tree)
        if not document.path.endswith(".py"):
            return declared
    from keyaudit import code
    from keyaudit.scanning.examine import both, without_repeats

    result = code.analyze(document, catalogue, policy, tree)
    result = both(result, without_repeats(declared, result))
    if "text" in kinds:
        told = drop_repeats([*result.findings, *_secrets(document, catalogue)], catalogue.rules)
        result = replace(result, findings=tuple(told))
    if "material" not in kinds:
        return result
    read = _of_text(document, catalogue, with_material=True)
    return replace(result, findings=(*result.findings, *read.findings), facts=read.facts)


def _of_text(document: Document, catalogue: Catalogue, *, with_material: bool) -> DocumentResult:
    """The secrets of a document, and the keys and certificates in it when they are asked for."""
    result = DocumentResult(findings=_secrets(document, catalogue))
    if not with_material:
        return result
    from keyaudit import material

    return material.look(document, result, catalogue)
