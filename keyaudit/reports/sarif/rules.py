"""Rules as SARIF reporting descriptors, and the CWE weaknesses they refer to as a taxonomy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sarif_om as sarif

from keyaudit.catalogue.types import Rule
from keyaudit.core.patterns import regex
from keyaudit.reports.sarif.cwe import NAMES, VERSION
from keyaudit.reports.sarif.levels import LEVEL, PROBLEM_SEVERITY, SECURITY_SEVERITY

PROJECT = "https://github.com/keyaudit/keyaudit"
# An example of a secret in a report is one for the next scanner; the rule's page has it.
_KEY_MATERIAL = regex(
    r"[\"'][^\"'\s]{12,}[\"']|-----BEGIN|://[^/\s:]*:[^/\s@]*@|[A-Za-z0-9+/_-]{20,}"
    r"|(?i:password|secret|token|_key)\w*[\"']?\s*[:=]\s*\S*\d"
)
_DEFINITION = "https://cwe.mitre.org/data/definitions/{}.html"


def help_uri(rule: Rule) -> str:
    """The URL of the rule's documentation page."""
    return f"{PROJECT}/blob/main/docs/rules/{rule.id}-{rule.name}.md"


def descriptor(rule: Rule, taxa: Sequence[str]) -> Any:
    """A rule's reporting descriptor; `taxa` are the CWE ids of the run's taxonomy, in order."""
    cwes = rule.standards.get("cwe", ())
    return sarif.ReportingDescriptor(
        id=rule.id,
        name="".join(part.capitalize() for part in rule.name.split("-")),
        short_description=_message(title(rule) + "."),
        full_description=_message(_paragraph(rule.why)),
        help=sarif.MultiformatMessageString(text=_help_text(rule), markdown=_help(rule)),
        help_uri=help_uri(rule),
        default_configuration=sarif.ReportingConfiguration(level=LEVEL[rule.severity]),
        relationships=[_relationship(str(cwe), taxa) for cwe in cwes] or None,
        properties={
            "tags": ["security", "cryptography", f"key-life/{rule.stage.value}"]
            + [f"external/cwe/cwe-{int(cwe):03}" for cwe in cwes],
            "precision": rule.confidence.label,
            "problem.severity": PROBLEM_SEVERITY[LEVEL[rule.severity]],
            "security-severity": SECURITY_SEVERITY[rule.severity],
        },
    )


def title(rule: Rule) -> str:
    """The rule's name in words: `Hardcoded key`."""
    words = rule.name.replace("-", " ")
    return words[:1].upper() + words[1:]


def cwe_ids(rules: Iterable[Rule]) -> list[str]:
    """The CWE numbers that the rules refer to, as text, in numerical order."""
    return sorted({str(cwe) for rule in rules for cwe in rule.standards.get("cwe", ())}, key=int)


def taxonomy(ids: Iterable[str]) -> Any:
    """The CWE taxonomy with these weaknesses only."""
    return sarif.ToolComponent(
        name="CWE",
        version=VERSION,
        organization="MITRE",
        information_uri="https://cwe.mitre.org/",
        short_description=_message("The MITRE Common Weakness Enumeration."),
        taxa=[
            sarif.ReportingDescriptor(
                id=cwe,
                help_uri=_DEFINITION.format(cwe),
                short_description=_message(f"{NAMES[int(cwe)]}.") if int(cwe) in NAMES else None,
            )
            for cwe in ids
        ],
    )


def taxonomy_reference() -> Any:
    """A reference to the CWE taxonomy, the only one of the run."""
    return sarif.ToolComponentReference(name="CWE", index=0)


def _relationship(cwe: str, taxa: Sequence[str]) -> Any:
    return sarif.ReportingDescriptorRelationship(
        target=sarif.ReportingDescriptorReference(
            id=cwe, index=taxa.index(cwe), tool_component=taxonomy_reference()
        ),
        kinds=["superset"],
    )


def _message(text: str) -> Any:
    return sarif.MultiformatMessageString(text=text)


def _paragraph(text: str) -> str:
    """The first paragraph, on one line."""
    return " ".join(text.strip().split("\n\n", 1)[0].split())


def _help_text(rule: Rule) -> str:
    return f"Why it matters\n\n{rule.why.strip()}\n\nWhat to do\n\n{rule.remedy.strip()}\n"


def _help(rule: Rule) -> str:
    parts = [
        f"# {rule.id}: {title(rule)}",
        f"Stage {rule.stage.number} of 7 in the life of a key: **{rule.stage.value}**.",
        "## Why it matters",
        rule.why.strip(),
        "## What to do",
        rule.remedy.strip(),
    ]
    bad = next((example for example in rule.examples if example.bad), None)
    good = next((example for example in rule.examples if not example.bad), None)
    for heading, example in (("Wrong", bad), ("Right", good)):
        if example is not None and not _KEY_MATERIAL.search(example.text):
            from keyaudit.catalogue import expected_lines

            code = expected_lines(example.text)[0].rstrip()
            parts += [f"## {heading}", f"```python\n{code}\n```"]
    links = [f"- [CWE-{cwe}]({_DEFINITION.format(cwe)})" for cwe in rule.standards.get("cwe", ())]
    links += [
        f"- {body.upper()} {section}"
        for body, sections in rule.standards.items()
        if body != "cwe"
        for section in sections
    ]
    if links:
        parts += ["## Standards", "\n".join(links)]
    return "\n\n".join(parts) + "\n"
