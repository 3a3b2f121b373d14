"""Analyzes one document for secrets: from triage hits to findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from keyaudit.catalogue.types import Catalogue
from keyaudit.core.document import Document
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span
from keyaudit.core.redact import mask_line, preview
from keyaudit.core.text import decode
from keyaudit.secrets import candidates
from keyaudit.secrets.detection import BY_NAME, NAMED, OBJECT_VALUE, Detection
from keyaudit.secrets.detectors import (
    deploy_files,
    encoded,
    environment_defaults,
    key_files,
    known_defaults,
    logins,
    named_values,
    secret_objects,
    tokens,
)
from keyaudit.secrets.findings import findings_by, is_guess
from keyaudit.secrets.judgement import file_kinds
from keyaudit.secrets.judgement.names import is_secret_name
from keyaudit.secrets.patterns import (
    BUILD_ARGUMENT,
    DEVICE_PIN,
    ENCODED,
    ENVIRONMENT,
    LOGIN,
    OWN,
    PATTERNS,
    SECRET_OBJECT,
    TAG,
    WHOLE_KEY,
    token_patterns,
)
from keyaudit.secrets.values.decoding import from_base64

if TYPE_CHECKING:
    from keyaudit.secrets.detectors.detect_secrets_plugins import Scan
    from keyaudit.triage import Triage


def find(
    document: Document,
    hits: Mapping[str, Sequence[int]],
    catalogue: Catalogue,
    scan: Scan | None = None,
) -> tuple[Finding, ...]:
    """The findings of a document, in order of lines. detect-secrets is imported only when a line
    may hold something for it.

    `scan` is triage, with which it is asked less.
    """
    text = decode(document.data)
    lines = candidates.split_lines(text)
    judged = document.judged
    found = _in_text(document.path, text, lines, hits, catalogue, scan, judged=judged)
    if ENCODED in hits:
        numbers = _lines(text, hits, ENCODED)
        for hidden in encoded.find(lines, numbers):
            inside = list(_inside(hidden, document.path, lines, catalogue, scan, judged))
            if inside:
                # What its letters alone looked like is not what it is.
                found = [f for f in found if not (is_guess(f) and _covers(hidden, f.span))]
                found += [f for f in inside if not any(_same_place(f, g) for g in found)]
    return tuple(sorted(found, key=lambda finding: finding.span))


def _in_text(
    path: str,
    text: str,
    lines: Sequence[str],
    hits: Mapping[str, Sequence[int]],
    catalogue: Catalogue,
    scan: Scan | None = None,
    within: str | None = None,
    *,
    judged: str,
) -> list[Finding]:
    """The findings in a text as it stands; `within` and `judged` as for `Findings.make`."""
    asked = {tag: numbers for tag, numbers in hits.items() if tag in PATTERNS}
    tags = candidates.candidate_lines(path, text, lines, asked) if asked else {}
    # Where random text is of another kind whatever it is called, names say nothing.
    aside = NAMED not in hits or file_kinds.is_generated(path)
    numbers = [] if aside else _lines(text, hits, NAMED)
    kinds = {tag: found for tag, found in hits.items() if tag.startswith(TAG)}
    by_kind, refuted = tokens.find(lines, candidates.tags_by_line(text, kinds), numbers, catalogue)
    own = [*by_kind, *named_values.find(path, lines, numbers)]
    if LOGIN in hits and not file_kinds.is_generated(path):
        own += logins.find(path, lines, _lines(text, hits, LOGIN))
    if BY_NAME in hits and not file_kinds.is_generated_or_vendored(path):
        own += known_defaults.find(path, lines, _lines(text, hits, BY_NAME), judged=judged)
    if DEVICE_PIN in hits and not file_kinds.is_generated_or_vendored(path):
        own += known_defaults.pins(path, lines, _lines(text, hits, DEVICE_PIN), judged=judged)
    if ENVIRONMENT in hits and not file_kinds.is_generated_or_vendored(path):
        own += environment_defaults.find(path, lines, _lines(text, hits, ENVIRONMENT))
    if SECRET_OBJECT in hits:
        own += secret_objects.find(path, lines, _lines(text, hits, SECRET_OBJECT))
    if WHOLE_KEY in hits:
        own += key_files.find(path, lines)
    found = list(_allowed(path, lines, own))
    if tags:
        from keyaudit.secrets.detectors.detect_secrets_plugins import (
            detect,
            dropped_by_readers,
            encrypted_keys,
        )

        found += detect(path, lines, tags, scan)
        found += dropped_by_readers(path, lines, tags)
        found += encrypted_keys(path, lines, tags)
    if not found and BUILD_ARGUMENT not in hits:
        return []
    found = _once(found)
    make = findings_by(catalogue)
    findings = list(make.make(path, lines, found, refuted, within, judged=judged))
    if BUILD_ARGUMENT in hits and deploy_files.is_dockerfile(path):
        for argument in deploy_files.kept_arguments(lines):
            if is_secret_name(argument.name) and (
                finding := make.of_argument(path, lines, argument, judged=judged)
            ):
                findings.append(finding)
    return findings


def _once(found: list[Detection]) -> list[Detection]:
    """The detections without those of a value's base64 where the value itself is among them: it is
    one secret. In a manifest each is an entry of its own, which has to go."""
    clear = {detection.value for detection in found}
    if len(clear) < 2:
        return found
    entries = {d.line for d in found if d.detector == OBJECT_VALUE}
    return [
        d for d in found if d.line in entries or (from_base64(d.value) or "").strip() not in clear
    ]


def _lines(text: str, hits: Mapping[str, Sequence[int]], tag: str) -> list[int]:
    return sorted(candidates.tags_by_line(text, {tag: hits[tag]}))


def _allowed(
    path: str, lines: Sequence[str], detections: Iterable[Detection]
) -> Iterator[Detection]:
    """The detections, marked where detect-secrets' allowlist has their line."""
    marked: dict[int, bool] = {}  # a long line may have thousands of them
    for detection in detections:
        number = detection.line
        if number not in marked:
            marked[number] = any("pragma" in line for line in lines[max(0, number - 2) : number])
        if marked[number]:
            from keyaudit.secrets.detectors.detect_secrets_plugins import is_allowed

            detection = replace(detection, allowed=is_allowed(path, lines, detection.line))
        yield detection


def _inside(
    hidden: encoded.Encoded,
    path: str,
    lines: Sequence[str],
    catalogue: Catalogue,
    scan: Scan | None,
    judged: str,
) -> Iterator[Finding]:
    """The findings in a text that was encoded, at the place of its encoded form.

    `judged` is the path by which the file is judged.
    """
    hits = (scan or _triage(tuple(token_patterns(catalogue).items())).scan)(hidden.text.encode())
    if not hits:
        return
    line = lines[hidden.line - 1]
    form = line[hidden.start : hidden.end]
    span = Span(hidden.line, hidden.start + 1, hidden.line, hidden.end + 1)
    # By its path, which may be a test's, the text is judged; by its ending, it is no code.
    inner = candidates.split_lines(hidden.text)
    within = deploy_files.place_of(path, lines, hidden.line)
    judged = judged and f"{judged}.env"
    for finding in _in_text(
        f"{path}.env", hidden.text, inner, hits, catalogue, None, within, judged=judged
    ):
        if is_guess(finding) and finding.confidence < Confidence.MEDIUM:
            continue
        if finding.severity is Severity.NOTE and finding.confidence is Confidence.LOW:
            continue
        what, _, more = finding.message.partition(" in the source")
        yield replace(
            finding,
            path=path,
            span=span,
            message=f"{what} (in {hidden.encoding}) in the source{more}",
            code=mask_line(line, [form]),
            preview=preview(form),
        )
        return  # one encoded text, one finding: the first secret in it


@cache
def _triage(kinds: tuple[tuple[str, str], ...]) -> Triage:
    """Triage for those who give none; `kinds` are the patterns of tokens by tag."""
    from keyaudit import triage

    patterns = {**PATTERNS, NAMED: OWN[NAMED], **dict(kinds)}
    return triage.build((), patterns, engine="python")


def _covers(hidden: encoded.Encoded, span: Span) -> bool:
    if span.line == hidden.line:
        return span.column <= hidden.end and hidden.start < span.end_column
    return hidden.line < span.line <= hidden.last


def _same_place(one: Finding, other: Finding) -> bool:
    first, second = one.span, other.span
    return (
        first.line == second.line
        and first.column < second.end_column
        and second.column < first.end_column
    )
