"""Finds keys and secrets that several environments of a deployment share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from keyaudit.catalogue.types import Catalogue, Rule
from keyaudit.configs.key_references import KIND
from keyaudit.core.context import is_test_path
from keyaudit.core.environments import environments_of
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span, Step
from keyaudit.core.patterns import regex
from keyaudit.core.result import DocumentResult
from keyaudit.core.standing import Standing

_MOST_PLACES = 10
# The end of the subject of a finding about a value that is written down (`value_digest`).
_DIGEST = regex(r":([0-9a-f]{4})$")
_SETTING = regex(r"[\s\"'-]*(?:export\s+)?([A-Za-z_][\w.-]*)")


class _Place(NamedTuple):
    """Where a key or secret stands: `of` is `key` or `secret`, `name` what it is called there,
    `identity` is equal for equal ones."""

    of: str
    name: str
    identity: tuple[str, ...]
    path: str
    span: Span
    code: str


def shared(
    results: Mapping[str, DocumentResult], catalogue: Catalogue, standing: Standing
) -> dict[str, tuple[Finding, ...]]:
    """The findings, by path, about keys and secrets that files of several environments have.

    A secret counts as the same where the setting's name, its preview and the digest of its value
    are equal; a key or secret of a cloud service where its full name is. Tests and stand-ins do
    not count. `standing` gives the path by which a file is judged to be a test.
    """
    asked = [
        (rule, match.parameters)
        for rule in catalogue.rules.values()
        for match in rule.matches
        if match.kind == "environments"
    ]
    if not asked:
        return {}
    groups: dict[tuple[str, ...], list[_Place]] = {}
    for path, result in results.items():
        if environments_of(path) and not is_test_path(standing.judged(path)):
            for place in _places(path, result):
                groups.setdefault((place.of, *place.identity), []).append(place)
    found: dict[str, tuple[Finding, ...]] = {}
    for places in groups.values():
        for rule, parameters in asked:
            if places[0].of not in parameters["of"]:
                continue
            finding = _finding(rule, parameters, places)
            if finding is not None:
                found[finding.path] = (*found.get(finding.path, ()), finding)
                break
    return found


def _places(path: str, result: DocumentResult) -> Iterator[_Place]:
    for fact in result.facts:
        if fact.kind == KIND:
            values = fact.values
            yield _Place(values["of"], values["name"], (values["digest"],), path, fact.span,
                         fact.code)  # fmt: skip
    lines: set[int] = set()
    for finding in result.findings:
        digest = _DIGEST.search(finding.subject)
        # What is a note though nothing lowered it is a stand-in.
        is_real = finding.severity > Severity.NOTE or finding.lowered_from is not None
        if digest is None or finding.preview is None or not is_real or finding.span.line in lines:
            continue
        named = _SETTING.match(str(finding.code))
        if named is not None:
            lines.add(finding.span.line)
            identity = (named[1].lower(), finding.preview, digest[1])
            yield _Place("secret", named[1], identity, path, finding.span, finding.code)


def _finding(
    rule: Rule, parameters: Mapping[str, object], places: Sequence[_Place]
) -> Finding | None:
    """The finding, at the place in production if there is one; None for one environment alone."""
    apart = {frozenset(environments_of(place.path)) for place in places}
    if len(apart) < 2 or frozenset.intersection(*apart):
        return None
    ordered = sorted(places, key=lambda p: ("production" not in environments_of(p.path), p.path))
    first, others = ordered[0], ordered[1:]
    every = sorted(frozenset[str]().union(*apart))
    what = "key" if first.of == "key" else "secret"
    where = ", ".join(f"{place.path}:{place.span.name}" for place in others[:_MOST_PLACES])
    severity, confidence = parameters.get("severity"), parameters.get("confidence")
    message = rule.message.format(
        name=first.name, reason=f"one {what} serves {' and '.join(every)}: also in {where}"
    )
    steps = [Step(first.path, first.span, f"this {what}", first.code)]
    steps += [Step(p.path, p.span, f"the same {what}", p.code) for p in others[:_MOST_PLACES]]
    return Finding(
        rule_id=rule.id,
        path=first.path,
        span=first.span,
        message=message,
        severity=Severity[str(severity).upper()] if severity else rule.severity,
        confidence=Confidence[str(confidence).upper()] if confidence else rule.confidence,
        code=first.code,
        subject=f"environments:{first.of}:{first.name}:{first.identity[-1]}",
        steps=tuple(steps),
    )
