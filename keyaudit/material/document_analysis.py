"""Analyzes the key material of one document: reports private keys, keeps facts about all of it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from keyaudit.catalogue.types import Catalogue, Rule
from keyaudit.core import paths
from keyaudit.core.context import is_test_path, is_trial_path
from keyaudit.core.document import Document
from keyaudit.core.finding import Finding
from keyaudit.core.fingerprint import value_digest
from keyaudit.core.levels import Confidence, Severity, lowered
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex
from keyaudit.core.redact import mask_line, preview
from keyaudit.core.report import Notice
from keyaudit.core.result import DocumentResult
from keyaudit.core.text import decode, is_binary
from keyaudit.material import published, raw, weak
from keyaudit.material.facts import to_fact
from keyaudit.material.reading import read
from keyaudit.material.types import Kind, Material, describe

_SECRET = (Kind.PRIVATE, Kind.SYMMETRIC, Kind.STORE)
# What is in a store that does not open, its name may tell: certificates only.
_TRUST = regex(r"trust|cacert", re.I)
# A list of known hosts may have thousands of keys.
_MOST = 1000
_LINE_END = regex(r"\r\n|\r|\n")


_ABOVE = 16  # lines in which the object that a key stands in begins
# What the schema of an interface gives for a value.
_EXAMPLE = regex(r"(?i)\bexamples?[\"']?\s*(?::|=>?)\s*(?:\[\s*)?[rb]{0,2}[\"']{0,3}\Z")


class _Places:
    """Lines and columns of offsets in a text; in a binary file all is at its first place."""

    def __init__(self, data: bytes) -> None:
        text = "" if is_binary(data) else decode(data)
        self._ends = [match.end() for match in _LINE_END.finditer(text)]
        self._lines = _LINE_END.split(text)
        self._starts = [0, *self._ends]

    def span(self, material: Material) -> Span:
        line = bisect_right(self._ends, material.start)
        column = material.start - self._starts[line] + 1
        length = min(material.end - material.start, len(self._lines[line]) - column + 1)
        return Span(line + 1, column, line + 1, column + max(0, length))

    def code(self, span: Span, hidden: Sequence[str]) -> str:
        return mask_line(self._lines[span.line - 1], hidden)

    def is_example(self, span: Span) -> bool:
        """Whether a key, or the object that it stands in, is the value of an entry `example`."""
        above = self._lines[max(0, span.line - _ABOVE) : span.line - 1]
        before = "\n".join((*above, self._lines[span.line - 1][: span.column - 1]))
        return any(_EXAMPLE.search(text) for text in (before, before[: before.rfind("{") + 1][:-1]))

    def text(self, span: Span) -> str:
        """What is written at a place; nothing can be said of a binary file's."""
        return self._lines[span.line - 1][span.column - 1 : span.end_column - 1]


def look(document: Document, found: DocumentResult, catalogue: Catalogue) -> DocumentResult:
    """The findings and facts of the document's key material, added to those in `found`.

    `found` are the results of other analyzers. If one of them has reported the same private key by
    its text, that finding is described better; otherwise a finding is added. At most 1,000 pieces
    of a document are looked at, which a notice then says.
    """
    all_materials = read(document.data)
    # Nothing of a key that is all of its file can be shown.
    shown = document.data if all_materials else b""
    all_materials = all_materials or raw.read(document.path, document.data)
    materials = all_materials[:_MOST]
    if not materials:
        return found
    if len(all_materials) > _MOST:
        text = f"{len(all_materials):,} keys and certificates, of which {_MOST:,} were looked into"
        found = replace(found, notices=(*found.notices, Notice("limit", text, document.path)))
    places = _Places(shown)
    is_test = is_test_path(document.judged)
    faults: dict[tuple[int, int], str] = {}
    rule = _rule(catalogue)
    rule_id = "" if rule is None else rule.id
    examples = {
        finding.span.line
        for finding in found.findings
        if finding.rule_id == rule_id and finding.severity is Severity.NOTE
    }
    facts = []
    blocks: dict[Span, list[Material]] = {}
    stubs: set[int] = set()
    for material in materials:
        key = material.key
        numbers = key.modulus, key.exponent
        if key.modulus and numbers not in faults:
            faults[numbers] = weak.fault_of(*numbers, thorough=not is_test)
        span = places.span(material)
        code = places.code(span, material.hidden)
        facts.append(
            to_fact(
                material,
                span,
                code,
                fault=faults.get(numbers, ""),
                published=published.place_of(key.identity),
                example=span.line in examples,
            )
        )
        if material.kind is Kind.STORE and _TRUST.search(paths.name(document.path)):
            continue
        if material.kind in _SECRET:
            blocks.setdefault(span, []).append(material)
        elif "PRIVATE KEY" in places.text(span):
            stubs.add(span.line)
    # Where only the looks are a private key's, the key itself is on a token or a card.
    stubs -= {span.line for span in blocks}
    findings = [f for f in found.findings if f.rule_id != rule_id or f.span.line not in stubs]
    if rule is not None:
        for span, block in blocks.items():
            _report(document, rule, span, block, places, findings)
    return replace(found, findings=tuple(findings), facts=(*found.facts, *facts))


def _rule(catalogue: Catalogue) -> Rule | None:
    return next(
        (
            rule
            for rule in catalogue.rules.values()
            for match in rule.matches
            if match.kind == "material" and match.parameters["fault"] == "private"
        ),
        None,
    )


def _report(
    document: Document,
    rule: Rule,
    span: Span,
    block: Sequence[Material],
    places: _Places,
    findings: list[Finding],
) -> None:
    """Describes the finding at the place of a block, or adds one."""
    severity = rule.severity
    if all(material.encrypted for material in block):
        severity = min(severity, Severity.LOW)
    if all(published.place_of(m.key.identity) for m in block):
        severity = min(severity, Severity.NOTE)
    aside = is_trial_path(document.judged) or places.is_example(span)
    severity, elsewhere = lowered(severity, aside=aside)
    message = rule.message.format(name=_name(block), reason="", value="", policy="")
    message = message[:1].upper() + message[1:]
    for number, known in enumerate(findings):
        if known.rule_id == rule.id and known.span.line == span.line:
            if known.severity is not Severity.NOTE:  # what makes it a note holds for any key
                findings[number] = replace(
                    known, message=message, severity=severity, lowered_from=elsewhere
                )
            else:
                findings[number] = replace(known, message=message)
            return
    first = block[0]
    hidden = [text for material in block for text in material.hidden]
    shown = places.text(span)
    findings.append(
        Finding(
            rule_id=rule.id,
            path=document.path,
            span=span,
            message=message,
            severity=severity,
            confidence=Confidence.HIGH,
            code=places.code(span, hidden),
            subject=f"{first.kind}:{first.form}:{first.identity or value_digest(''.join(hidden))}",
            preview=preview(shown) if shown.startswith("-----BEGIN") else None,
            lowered_from=elsewhere,
        )
    )


def _name(block: Sequence[Material]) -> str:
    """`RSA private key of 2048 bits`, `encrypted Java key store with 2 private keys`."""
    first = block[0]
    if not first.form.endswith("key store"):
        return describe(first)
    seal = "encrypted " if all(material.encrypted for material in block) else ""
    if first.kind is Kind.STORE:
        return f"{seal}{first.form}"
    counted = [
        f"a {word} key" if number == 1 else f"{number} {word} keys"
        for kind, word in ((Kind.PRIVATE, "private"), (Kind.SYMMETRIC, "symmetric"))
        if (number := sum(material.kind is kind for material in block))
    ]
    return f"{seal}{first.form} with {' and '.join(counted)}"
