"""Turns hits into findings: place, message, evidence steps, and source lines without secrets."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from keyaudit.catalogue.types import Policy, Rule
from keyaudit.configs.matching.match import Hit
from keyaudit.configs.tree import Hop, Scalar
from keyaudit.core.context import is_copied_manual, is_copied_sample, is_placeholder, is_trial_path
from keyaudit.core.finding import Finding
from keyaudit.core.fingerprint import value_digest
from keyaudit.core.levels import Confidence, Severity, lowered
from keyaudit.core.location import Span, Step
from keyaudit.core.patterns import regex
from keyaudit.core.quantities import shown
from keyaudit.core.redact import mask_line, preview
from keyaudit.core.standing import Standing

_MOST_STEPS = 8
_LONGEST_VALUE = 60
_TO_FILL_IN = regex(
    r"(?i)^<|^\[|^\$|\byour?\b|replace|(?:change|fix)[-_ ]?(?:me|this)\b|fill[-_ ]?in|todo|^\*+$"
    r"|example\."
    r"|^(?:empty|none|null|nil|unset|placeholder|tbd|initial|not[-_ ]?set|to[-_ ]?be[-_ ]?\w+)$"
)
# What CloudFormation deploys is a template by its nature, and none that is to be filled in.
_STACK, _IN_STACK = ".template", "AWSTemplateFormatVersion"


class Lines:
    """The source lines of the files that findings are about, and how those files are classified.

    `texts` maps paths to lines; `standing` gives the path by which a file is judged to be a test.
    """

    def __init__(self, texts: MappingType[str, Sequence[str]], standing: Standing) -> None:
        self._texts = texts
        self._standing = standing

    def code(self, path: str, span: Span, secrets: Sequence[str], keep: str = "") -> str:
        """The first line of `span`, with `secrets` masked; "" if the file or the line is not known.

        The text `keep` stays readable.
        """
        lines = self._texts.get(path, ())
        if 0 < span.line <= len(lines):
            return mask_line(lines[span.line - 1], secrets, frozenset({keep} - {""}))
        return ""

    def lowered(
        self, path: str, severity: Severity, *, is_secret: bool
    ) -> tuple[Severity, Severity | None]:
        """The severity in this file, with the original severity if it was lowered, else None.

        Findings in tests, examples and documentation are lowered. In a sample that is to be copied
        a secret (`is_secret`) is there to be replaced, and all else stays as it is; so do the
        commands of a manual.
        """
        judged = self._standing.judged(path)
        if judged.endswith(_STACK) and any(_IN_STACK in line for line in self._texts.get(path, ())):
            judged = judged.removesuffix(_STACK)
        aside = is_trial_path(judged)
        if aside and not is_secret and (is_copied_sample(judged) or is_copied_manual(judged)):
            return min(severity, Severity.LOW), severity if severity > Severity.LOW else None
        return lowered(severity, aside=aside)


def finding(
    rule: Rule, asked: MappingType[str, Any], hit: Hit, lines: Lines, policy: Policy
) -> Finding:
    """The finding for a hit: `asked` are the parameters of the rule's `config` alternative.

    It is reported at the value, at the part of the resource that `each` selects, or at the head of
    the resource. Placeholders become notes of low confidence.
    """
    resource, found = hit.resource, hit.verdict.found
    span = resource.span
    if asked.get("at") == "head":
        pass
    elif found is not None:
        span = found.span
    elif hit.scope is not None:
        span = hit.scope.span
    secret = _secret(asked, hit)
    severity = Severity[asked["severity"].upper()] if "severity" in asked else rule.severity
    confidence = (
        Confidence[asked["confidence"].upper()] if "confidence" in asked else rule.confidence
    )
    if (
        secret is not None
        and _is_stand_in(secret, asked)
        and not (
            # What everybody has who does not set it is no less used for being a word.
            asked.get("published") and not _TO_FILL_IN.search(secret)
        )
    ):
        severity, confidence = min(severity, Severity.NOTE), Confidence.LOW
    if found is not None and isinstance(found.node, Scalar) and found.node.value is None:
        severity = min(severity, Severity.LOW)  # left out by default: a module's caller decides
    severity, elsewhere = lines.lowered(resource.path, severity, is_secret=secret is not None)
    secrets = [secret] if secret else []
    span = _one_line(span, found is None or asked.get("at") == "head")
    template = asked.get("message") or rule.message
    keep = _kept(asked, rule, hit)
    message = template.format(
        call=resource.title or resource.kind,
        value=_value(hit, secret is not None),
        limit="" if hit.verdict.limit is None else shown(hit.verdict.limit),
        name=_name(asked, hit),
        policy=policy.name,
        **_NOTHING,
    )
    subject = f"config:{resource.form}:{resource.kind}:{resource.name}:{_name(asked, hit)}"
    if secret is not None:
        subject += f":{value_digest(secret)}"
    return Finding(
        rule_id=rule.id,
        path=resource.path,
        span=span,
        message=message[:1].upper() + message[1:] if message[:1] != "`" else message,
        severity=severity,
        confidence=confidence,
        code=lines.code(resource.path, span, secrets, keep),
        scope=f"{resource.kind} {resource.name}".strip(),
        subject=subject,
        preview=None if secret is None else preview(secret),
        steps=_steps(hit, span, lines, secrets),
        lowered_from=elsewhere,
    )


def passed(
    rule: Rule,
    asked: MappingType[str, Any],
    hit: Hit,
    hop: Hop,
    call: str,
    lines: Lines,
    policy: Policy,
) -> Finding:
    """The finding for a value that a caller passes into a module, reported in the calling file.

    `hop` is the place in the caller where the value is passed, `call` the call's name for the
    message.
    """
    inner = finding(rule, asked, hit, lines, policy)
    secret = _secret(asked, hit)
    secrets = [secret] if secret else []
    severity, elsewhere = lines.lowered(
        hop.path, inner.lowered_from or inner.severity, is_secret=secret is not None
    )
    return replace(
        inner,
        path=hop.path,
        span=hop.span,
        severity=severity,
        lowered_from=elsewhere,
        code=lines.code(hop.path, hop.span, secrets, _kept(asked, rule, hit)),
        message=f"{inner.message} (through {call})",
        scope=call.strip("`"),
    )


# Words of other kinds of match that a message may have, and configuration has nothing to say of.
_NOTHING = {"role": "", "origin": "", "source": "", "inner": "", "reason": "", "days": ""}


def _secret(asked: MappingType[str, Any], hit: Hit) -> str | None:
    """The value, where the rule is about a secret that is written down."""
    found = hit.verdict.found
    if "literal" not in asked or found is None or not isinstance(found.node, Scalar):
        return None
    return str(found.node.value)


def _is_stand_in(secret: str, asked: MappingType[str, Any]) -> bool:
    from keyaudit.configs.matching.literals import decoded

    if is_placeholder(secret):
        return True
    inner = decoded(secret) if asked["literal"] == "base64" else None
    return inner is not None and is_placeholder(inner)


def _value(hit: Hit, is_secret: bool) -> str:
    """The value as a message shows it: numbers, and words that are no secret."""
    if hit.verdict.value is not None:
        return shown(hit.verdict.value)
    found = hit.verdict.found
    if is_secret or found is None or not isinstance(found.node, Scalar):
        return ""
    value = found.node.value
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST_VALUE and "\n" not in text else ""


def _kept(asked: MappingType[str, Any], rule: Rule, hit: Hit) -> str:
    """The text of a line that need not be masked: the value that the message names."""
    if "{value}" not in (asked.get("message") or rule.message):
        return ""
    return _value(hit, _secret(asked, hit) is not None)


def _name(asked: MappingType[str, Any], hit: Hit) -> str:
    """The setting's name: that of the value found, or of the one that is missing."""
    found = hit.verdict.found
    if found is not None and found.key:
        return found.key
    named = asked.get("path", "")
    path = named if isinstance(named, str) else named[0]
    return str(path).rpartition(".")[2].strip("*")


def _one_line(span: Span, is_head: bool) -> Span:
    """Where a resource is spoken of as a whole, its first line is marked."""
    if is_head and span.end_line != span.line:
        return Span(span.line, span.column, span.line, span.column + 1)
    return span


def _steps(hit: Hit, span: Span, lines: Lines, secrets: Sequence[str]) -> tuple[Step, ...]:
    """From where the value is written to where it is used; none where that is one place."""
    found = hit.verdict.found
    hops: tuple[Hop, ...] = () if found is None else found.node.hops
    if not hops:
        return ()
    made = [
        Step(hop.path, hop.span, hop.text, lines.code(hop.path, hop.span, secrets))
        for hop in reversed(hops[:_MOST_STEPS])
    ]
    resource = hit.resource
    used = Step(resource.path, span, f"used in {resource.title or resource.kind}",
                lines.code(resource.path, span, secrets))  # fmt: skip
    return (*made, used)
