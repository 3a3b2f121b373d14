"""Makes findings of hits: message, masked code, the steps from origin to sink, severity by
context."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from keyaudit.catalogue.types import Models
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.surroundings import is_asserted, is_in_test
from keyaudit.code.provenance.modelled_returns import short_name
from keyaudit.code.provenance.origin import Origin, Symbol, Trace
from keyaudit.code.semantics.scopes import Module
from keyaudit.code.syntax import Call
from keyaudit.core.context import is_placeholder, is_template, is_trial_path, is_unfilled
from keyaudit.core.finding import Finding
from keyaudit.core.fingerprint import value_digest
from keyaudit.core.levels import Confidence, Severity, lowered
from keyaudit.core.location import Step
from keyaudit.core.patterns import regex
from keyaudit.core.redact import mask_line, mask_text, preview

_SECRET_ROLES = frozenset({"key", "private-key", "framework-secret", "password", "seed", "token",
                           "named-key", "salt", "nonce"})  # fmt: skip
# A text in such a place is used whatever it looks like: one that anybody guesses is the worst.
_EFFECTIVE = frozenset({"key", "private-key", "framework-secret", "seed"})
# Whether one is any good, the other side decides, which knows none that is still to be filled in.
_CREDENTIALS = frozenset({"password", "token"})
_PUBLIC = frozenset({"salt", "nonce"})


class Findings:
    """Makes findings; `keep` are words that code frames may show inside quotes."""

    def __init__(self, models: Models) -> None:
        self._keep = frozenset({*models.symbols.values(), "utf-8", "utf8", "ascii", "rb", "wb",
                                "hex", "kms", "none", "HS256", "HS384", "HS512", "RS256", "ES256",
                                "sha256", "sha1", "sha512", "md5", "big", "little"})  # fmt: skip

    def make(self, context: Context, hit: Hit) -> Finding:
        """The finding of a hit, told of the most serious of the values that get there."""
        hits = [hit, *hit.others]
        levels = [_levels(context, each, _secret_of(each)) for each in hits]
        worst = max(range(len(hits)), key=lambda number: (levels[number][0], -number))
        others = [each for number, each in enumerate(hits) if number != worst]
        hit, (severity, elsewhere, confidence) = hits[worst], levels[worst]
        module = hit.scope.module
        span = module.span(*hit.place)
        secret = _secret_of(hit)
        steps = self._steps(context, hit) if hit.origin is not None else ()
        ways = (self._steps(context, each) for each in others if each.origin is not None)
        subject = hit.subject
        if secret is not None:
            subject += f":{value_digest(secret)}"
        return Finding(
            rule_id=hit.rule.id,
            path=module.path,
            span=span,
            message=self._message(hit, context, _texts(secret)) + _guessable(hit, secret, severity),
            severity=severity,
            confidence=confidence,
            code=self._code(context, module, span.line, secret),
            scope=hit.scope.qualname,
            subject=subject,
            preview=_preview(hit, secret),
            steps=steps,
            other_ways=tuple(way for way in ways if way),
            lowered_from=elsewhere,
        )

    def _steps(self, context: Context, hit: Hit) -> tuple[Step, ...]:
        assert hit.origin is not None
        secret = _secret_of(hit)
        traces = [*_birth(hit.origin), *hit.origin.trace]
        if hit.last_step:
            traces.append(Trace(hit.scope.module, *hit.place, hit.last_step))
        steps: list[Step] = []
        for trace in traces:
            span = trace.module.span(trace.pos, trace.end)
            code = self._code(context, trace.module, span.line, secret)
            text = mask_text(trace.text, _texts(secret), self._keep)
            step = Step(trace.module.path, span, text, code)
            if not steps or steps[-1] != step:
                steps.append(step)
        return tuple(steps)

    def _code(self, context: Context, module: Module, line: int, secret: str | bytes | None) -> str:
        secrets = _texts(secret)
        mask = partial(mask_line, module.line(line), secrets, self._keep, module.code_of(line))
        # Several findings, and steps of one, stand on one line.
        return context.once(("code", id(module), line, *secrets), mask)

    def _message(self, hit: Hit, context: Context, secrets: Sequence[str]) -> str:
        words: dict[str, Any] = dict.fromkeys(_WORDS, "")
        for name, value in hit.words.items():
            if value is not None:
                words[name] = (
                    mask_text(value, secrets, self._keep) if isinstance(value, str) else value
                )
        words["policy"] = context.policy.name
        return hit.rule.message.format(**words)


_WORDS = ("call", "value", "limit", "role", "origin", "name", "source")
_TO_REPLACE = regex(r"<[A-Za-z][\w .,'-]*>")
_FOR_TESTS = regex(r"_?(?:test|dummy|fake|mock|sample|example)_", re.IGNORECASE)


def _birth(origin: Origin) -> Iterator[Trace]:
    """The call that made an object which comes from elsewhere, where no step tells of it."""
    node, first = origin.node, next(iter(origin.trace), None)
    if first is None or not isinstance(node, Call) or not first.text.startswith("returned by"):
        return
    if origin.source or isinstance(origin.value, Symbol):
        yield Trace(
            origin.module, node.pos, node.end, f"`{short_name(origin.source) or origin.value}()`"
        )


def _secret_of(hit: Hit) -> str | bytes | None:
    """The literal that must not be shown, when the finding is about one."""
    origin = hit.origin
    if origin is None:
        return None
    for candidate in (origin, *origin.of):
        secret_role = hit.words.get("role") in _SECRET_ROLES
        if candidate.kind == "literal" and secret_role and isinstance(candidate.value, str | bytes):
            if candidate is not origin and not candidate.value and len(origin.of) > 1:
                continue  # what a setting has before it is set
            return candidate.value
    return None


def _preview(hit: Hit, secret: str | bytes | None) -> str | None:
    """What is shown of the literal that the finding is about; None where it is about none."""
    if secret is None and hit.words.get("role") == "default-secret" and hit.origin is not None:
        value = hit.origin.value
        secret = value if isinstance(value, str | bytes) else None
    return preview(_text(secret)) if secret is not None else None


def _text(secret: str | bytes) -> str:
    return secret if isinstance(secret, str) else secret.decode("utf-8", "backslashreplace")


def _texts(secret: str | bytes | None) -> list[str]:
    return [] if secret is None else [_text(secret)]


def _levels(
    context: Context, hit: Hit, secret: str | bytes | None
) -> tuple[Severity, Severity | None, Confidence]:
    """How serious a finding is here and would be elsewhere (see `lowered`), and how sure.

    In a test it is a note at most. So is a text that only stands there and stands for a secret;
    one that is used as a key is one, and all the worse for being easily guessed.
    """
    severity, confidence = hit.rule.severity, hit.rule.confidence
    if secret is not None and _stands_in(hit, _text(secret)):
        severity, confidence = min(severity, Severity.NOTE), Confidence.LOW
    scope, place = hit.scope, hit.place
    aside = (
        is_trial_path(scope.module.judged)
        or _made_in_test(hit.origin)
        or is_in_test(context.resolver, scope, place, hit.origin, development=secret is not None)
        or (hit.words.get("role") == "comparison" and is_asserted(scope, place))
    )
    return *lowered(severity, aside=aside), confidence


def _stands_in(hit: Hit, value: str) -> bool:
    """Whether a literal stands for a secret instead of being one, by the role that it plays."""
    role = hit.words.get("role")
    if role in _PUBLIC:
        return False
    if role in _EFFECTIVE:
        # Nothing renders `<INSERT_RANDOM_STRING>`: a program uses it as it is.
        return not value or (is_template(value) and _TO_REPLACE.fullmatch(value) is None)
    if role in _CREDENTIALS and not hit.by_name:
        return not value or is_unfilled(value)
    return is_placeholder(value)


def _guessable(hit: Hit, secret: str | bytes | None, severity: Severity) -> str:
    """What is to be said of a secret that is used and easily guessed, after the message."""
    used = hit.words.get("role") in _EFFECTIVE | _CREDENTIALS
    # What the whole project lacks, it lacks whatever the value is.
    if secret is None or not used or severity is Severity.NOTE or hit.rule.once:
        return ""
    return "; anybody can guess its value" if is_placeholder(_text(secret)) else ""


def _made_in_test(origin: Origin | None) -> bool:
    """Whether a value was made in a test, or is a literal that its variable calls a test's."""
    if origin is None:
        return False
    of_test = origin.kind == "literal" and any(map(_FOR_TESTS.match, origin.names))
    return of_test or is_trial_path(origin.module.judged)
