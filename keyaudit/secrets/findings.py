"""Makes findings of detections: one for each secret, with place, severity and masked line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from keyaudit.catalogue.types import Catalogue, Rule, TokenKind
from keyaudit.core.context import is_copied_sample, is_named_as_made_up, is_trial_path
from keyaudit.core.finding import Finding, Suppression
from keyaudit.core.fingerprint import value_digest
from keyaudit.core.levels import Confidence, Severity, lowered
from keyaudit.core.location import Span
from keyaudit.core.redact import concerned, mask_line, preview
from keyaudit.secrets.detection import (
    BASIC_AUTH,
    BY_ENTROPY,
    BY_NAMES,
    BY_PLACE,
    ENVIRONMENT_DEFAULT,
    GUESSES,
    IN_FORCE,
    KNOWN_DEFAULT,
    NAMED,
    PRIVATE_KEY,
    Detection,
)
from keyaudit.secrets.detectors import deploy_files, pem, tokens
from keyaudit.secrets.detectors.token_checksums import PROOFS, has_expired
from keyaudit.secrets.grouping import DetectionGroups
from keyaudit.secrets.judgement import chance_matches, file_kinds, noise, surroundings, url_logins
from keyaudit.secrets.judgement.stand_ins import is_stand_in
from keyaudit.secrets.judgement.values import has_form
from keyaudit.secrets.lines_around import Around, Examples, Refuted
from keyaudit.secrets.patterns import TAG
from keyaudit.secrets.positions import Places, secret_texts

_JWT = "JwtTokenDetector"  # what a library's documentation shows it make
_FAR = 4_000  # characters
_ALLOWED = Suppression("inline", "pragma: allowlist secret")


@dataclass(frozen=True, slots=True)
class _Wording:
    """What a rule says of a plugin's findings."""

    rule: Rule
    title: str
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True)
class _Secret:
    """One secret in a line: the plugins that found it, the most specific first."""

    detectors: tuple[str, ...]
    text: str
    span: Span
    allowed: bool


class Findings:
    """Makes findings by the text rules of a catalogue: what a rule says of each detector."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._wordings = {
            detector: _Wording(
                rule,
                said["title"],
                Severity[said["severity"].upper()] if "severity" in said else rule.severity,
                match.parameters.get("message", rule.message),
            )
            for rule in catalogue.rules.values()
            for match in rule.matches
            if match.kind == "text"
            for detector, said in match.parameters["detectors"].items()
        }

        self._kinds: Mapping[str, TokenKind] = {}
        if tokens.KINDS in self._wordings:
            rule = self._wordings[tokens.KINDS].rule
            self._kinds = {TAG + name: kind for name, kind in catalogue.tokens.items()}
            for tag, kind in self._kinds.items():
                self._wordings[tag] = _Wording(rule, kind.title, kind.severity, rule.message)

    def make(
        self,
        path: str,
        lines: Sequence[str],
        detections: Iterable[Detection],
        refuted: Sequence[tokens.Refuted] = (),
        within: str | None = None,
        *,
        judged: str,
    ) -> Iterator[Finding]:
        """The findings in order of lines, but for those at what is `refuted`.

        `judged` is the path by which the file is judged to be a test, `within` the place (see
        `deploy_files`) of a text that stands encoded in another.
        """
        places = Places(lines)
        by_line: dict[int, list[Detection]] = {}
        for detection in detections:
            if detection.detector in self._wordings:
                by_line.setdefault(places.line_of(detection), []).append(detection)
        never_issued: dict[int, list[str]] = {}
        for at, text in refuted:
            never_issued.setdefault(at, []).append(text)
        examples = Examples(path, lines, max(by_line, default=0))
        for number, found in sorted(by_line.items()):
            never = Refuted(never_issued.get(number, ()))
            secrets = [
                secret
                for secret in self._secrets(number, places, found)
                if not never.touches(secret.text)
            ]
            texts = concerned(lines[number - 1], [secret.text for secret in secrets])
            around = Around(path, judged, lines, number, texts, examples, within)
            for secret in secrets:
                if secret.detectors[0] == PRIVATE_KEY:
                    yield self._private_key(secret, around)
                elif made := self._token(secret, around):
                    yield made

    def of_argument(
        self, path: str, lines: Sequence[str], found: deploy_files.Argument, *, judged: str
    ) -> Finding | None:
        """The finding about a build argument that an image keeps; None without a rule about it."""
        wording = self._wordings.get(deploy_files.ARGUMENT)
        if wording is None:
            return None
        line = lines[found.line - 1]
        column = max(0, line.find(found.name)) + 1
        severity, elsewhere = lowered(wording.severity, aside=is_trial_path(judged))
        return Finding(
            rule_id=wording.rule.id,
            path=path,
            span=Span(found.line, column, found.line, column + len(found.name)),
            message=f"{wording.title[:1].upper()}{wording.title[1:]}: {found.name}",
            severity=severity,
            confidence=Confidence.HIGH,
            code=mask_line(line, []),
            subject=f"{deploy_files.ARGUMENT}:{found.name}",
            lowered_from=elsewhere,
        )

    def _secrets(
        self, number: int, places: Places, found: Sequence[Detection]
    ) -> Iterator[_Secret]:
        """Detections of one line, those of the same text put together."""
        groups = DetectionGroups()
        ordered = sorted(found, key=lambda d: (self._rank(d.detector), -len(d.value), d.detector))
        for detection, text in ((d, text) for d in ordered for text in secret_texts(d)):
            groups.add(detection, text, places.span(number, text, detection))
        for group in groups.in_order():
            # A line may be looked at twice, the second time without its comment.
            allowed = any(detection.allowed for detection, _, _ in group)
            yield _Secret(tuple(d.detector for d, _, _ in group), *group[0][1:], allowed)

    def _rank(self, detector: str) -> int:
        """The more specific, the lower."""
        if kind := self._kinds.get(detector):
            return 2 if kind.generic else 1 if kind.names else 0
        if detector in IN_FORCE:
            return 3 if detector == ENVIRONMENT_DEFAULT else 4
        if detector in BY_ENTROPY:
            return 8 if detector.startswith("Hex") else 9
        if detector in BY_NAMES:
            return 5 if detector in BY_PLACE else 6 if detector == NAMED else 7
        return (
            5 if chance_matches.is_by_common_name(detector) else 4 if detector == BASIC_AUTH else 3
        )

    def _token(self, secret: _Secret, around: Around) -> Finding | None:
        """The finding; None where what stands around a guess says that it is no secret."""
        line, path = _near(around.line, secret.span), around.path
        before = secret.span.column - 1
        detector = secret.detectors[0]
        if chance_matches.is_part_of_arn(detector, around.line[max(0, before - _FAR) : before]):
            return None
        if chance_matches.is_piece_of_number(secret.text, around.line, before):
            return None
        wording = self._wordings[detector]
        kind = self._kinds.get(detector)
        severity = wording.severity
        confidence = kind.confidence if kind else wording.rule.confidence
        if detector == KNOWN_DEFAULT:
            if around.is_example:
                return None
            place = around.within or deploy_files.place_of(path, around.lines, around.number)
            wording = self._wordings.get(place or "", wording)
            severity, confidence = min(wording.severity, Severity.LOW), Confidence.MEDIUM
        if detector == ENVIRONMENT_DEFAULT:
            if around.is_example:
                return None
            confidence = Confidence.MEDIUM
        if detector in GUESSES:
            weight = _weight(frozenset(secret.detectors), secret.text, line, around)
            if weight is noise.Weight.NONE:
                return None
            if detector in BY_NAMES:  # in a file that deploys, a rule says more of it
                place = around.within or deploy_files.place_of(path, around.lines, around.number)
                wording = self._wordings.get(place or "", wording)
            severity = min(wording.severity, _BY_WEIGHT[weight])
            confidence = Confidence.MEDIUM if weight is noise.Weight.STRONG else Confidence.LOW
        # No sample has a right checksum by chance.
        proved = kind is not None and kind.check in PROOFS
        elsewhere: Severity | None = None
        if (
            not proved
            and detector not in IN_FORCE
            and _is_harmless(detector, kind, secret.text, line, around)
        ):
            severity, confidence = min(severity, Severity.NOTE), Confidence.LOW
            if _is_in_url(detector, kind) and _is_set_up(secret.text, line, around):
                severity = Severity.LOW
        else:
            aside = (
                is_trial_path(around.judged)
                or file_kinds.is_recorded(around.judged)
                or file_kinds.is_allowlist(around.judged)
                or noise.is_commented_as_test(secret.text, line)
                or (_is_shown_in_examples(detector, kind, secret.text) and around.is_example)
            )
            severity, elsewhere = lowered(severity, aside=aside, proved=proved)
            if elsewhere is not None and confidence >= Confidence.MEDIUM and _is_copied(around):
                severity = max(severity, min(elsewhere, Severity.LOW))
        return Finding(
            rule_id=wording.rule.id,
            path=path,
            span=secret.span,
            message=_message(wording, kind, secret.text),
            severity=severity,
            confidence=confidence,
            code=mask_line(around.line, around.secrets),
            subject=f"{detector.removeprefix(TAG)}:{value_digest(secret.text)}",
            preview=preview(secret.text),
            suppression=_ALLOWED if secret.allowed else None,
            lowered_from=elsewhere,
        )

    def _private_key(self, secret: _Secret, around: Around) -> Finding:
        wording = self._wordings[PRIVATE_KEY]
        severity, confidence = wording.severity, wording.rule.confidence
        number = around.number
        key = pem.read_private_key(around.lines, number)
        body = key.body if key else ""
        span = secret.span
        if key:
            span = Span(number, key.column + 1, number, key.end + 1)
        title = wording.title
        if not body:
            severity, confidence = min(severity, Severity.NOTE), Confidence.LOW
        elif key and key.encrypted:
            severity = min(severity, Severity.LOW)
            title = f"encrypted {title[:1].lower()}{title[1:]}"
        aside = (
            is_trial_path(around.judged)
            or around.is_example
            or is_named_as_made_up(around.line[: span.column - 1])
        )
        severity, elsewhere = lowered(severity, aside=aside)
        return Finding(
            rule_id=wording.rule.id,
            path=around.path,
            span=span,
            message=_message(_Wording(wording.rule, title, severity, wording.message)),
            severity=severity,
            confidence=confidence,
            code=mask_line(around.line, [*around.secrets, body]),
            subject=f"{PRIVATE_KEY}:{value_digest(body)}",
            preview=preview(key.header) if key else None,
            suppression=_ALLOWED if secret.allowed else None,
            lowered_from=elsewhere,
        )


_known: dict[str, Findings] = {}


def findings_by(catalogue: Catalogue) -> Findings:
    """The maker of findings for a catalogue; made once for each catalogue."""
    if catalogue.digest not in _known:
        _known[catalogue.digest] = Findings(catalogue)
    return _known[catalogue.digest]


_BY_WEIGHT = {
    noise.Weight.NOISE: Severity.NOTE,
    noise.Weight.WEAK: Severity.LOW,
    noise.Weight.STRONG: Severity.CRITICAL,
}


def is_guess(finding: Finding) -> bool:
    """Whether a finding rests on a name or on randomness alone."""
    return finding.subject.partition(":")[0] in GUESSES


def _weight(detectors: frozenset[str], text: str, line: str, around: Around) -> noise.Weight:
    """What a guess weighs: by itself, and by what stands around it."""
    weight = noise.weigh(detectors, text, line, around.judged)
    if weight in (noise.Weight.NONE, noise.Weight.NOISE):
        return weight
    path, lines, number = around.path, around.lines, around.number
    if (
        around.is_example
        or surroundings.is_in_example(path, lines, number)
        or surroundings.is_in_test_section(path, lines, number)
        or surroundings.is_salted_hash(text, lines, number)
        or url_logins.has_run_out(line, text)
    ):
        return noise.Weight.NOISE
    return weight


def _is_harmless(
    detector: str, kind: TokenKind | None, text: str, line: str, around: Around
) -> bool:
    """Whether a text that has a secret's form is none that anybody could use."""
    return (
        is_stand_in(text)
        or has_expired(text)
        or chance_matches.is_chance_match(detector, text, line)
        or chance_matches.is_in_encoded_block(text, around.lines, around.number)
        or (
            _is_in_url(detector, kind)
            and (url_logins.is_open_login(line, text) or file_kinds.is_translation(around.path))
        )
    )


def _is_shown_in_examples(detector: str, kind: TokenKind | None, value: str) -> bool:
    """Whether in documentation such a text is an example rather than a token left there: of the
    password of a URL, one that nobody would choose (`http://aa:bc@x.org` in a doctest)."""
    if _is_in_url(detector, kind):
        return not has_form(unquote(value))
    return detector == _JWT or (kind is not None and bool(kind.names or kind.generic))


def _is_in_url(detector: str, kind: TokenKind | None) -> bool:
    return detector == BASIC_AUTH or (kind is not None and kind.check == "url-password")


def _near(line: str, span: Span) -> str:
    """What stands around a secret in a long line, by which it is judged; else the line."""
    if len(line) <= _FAR or span.line != span.end_line:
        return line
    return line[max(0, span.column - 1 - _FAR // 2) : span.end_column - 1 + _FAR // 2]


def _message(wording: _Wording, kind: TokenKind | None = None, value: str = "") -> str:
    title = tokens.title(kind, value) if kind else wording.title
    # npm, age and xAI write themselves so.
    is_brand = kind is not None and title.startswith(kind.vendor)
    name = title if is_brand else title[:1].upper() + title[1:]
    said = wording.message.format(name=name, value="", policy="")
    return f"{said}; {tokens.revocation(kind)}" if kind else said


def _is_set_up(password: str, line: str, around: Around) -> bool:
    """Whether a program is set up with the login of a URL at a service beside it."""
    if around.is_example or (is_trial_path(around.judged) and not is_copied_sample(around.judged)):
        return False
    if deploy_files.kind_of(around.path) == deploy_files.PIPELINE:
        return False
    if file_kinds.is_generated_or_vendored(around.path):
        return False  # texts for people among them
    return url_logins.is_login_in_settings(around.path, line, password)


def _is_copied(around: Around) -> bool:
    """Whether the line is in force in each copy of a sample of settings."""
    return is_copied_sample(around.judged) and not around.line.lstrip().startswith(("#", ";", "//"))
