"""Kinds of files whose random-looking text is no secret: generated, of other people, recorded."""

from __future__ import annotations

import re

from keyaudit.core.paths import LOCK_FILES
from keyaudit.core.patterns import regex

# Files whose random-looking text is of another kind, whatever it is called there: written by
# programs; of other people, or in other languages.
_GENERATED = regex(
    r"\.(?:min\.\w+|bundle\.\w+|map|po|pot|mo|svg|lock|sum|xlf|xliff|arb|css|scss|csv|tsv"
    # What compilers of interfaces write: protoc's code, with a description of bytes in it.
    r"|pb(?:\.gw)?\.(?:go|cc|h|swift|rb)|pb\w*\.dart|g\.dart)$|_pb2(?:_grpc)?\.pyi?$|_pb\.[jt]s$"
    rf"|(?:^|/)(?:{'|'.join(map(re.escape, sorted(LOCK_FILES)))})$",
    re.IGNORECASE,
)
_LANGUAGES = r"langs?|languages?|locales?|locali[sz]ations?|l10n|i18n|translations?"
_OF_OTHERS = regex(
    r"(?:^|/)(?:node_modules|bower_components|vendor|third[-_]party|(?:site|dist)-packages)/"
    # Texts for people in a folder a language: `lang/de-DE/`.
    rf"|(?:^|/)(?:{_LANGUAGES})/[a-z]{{2,3}}(?:[-_][a-z]{{2,4}})?/"
    rf"|(?:^|/)(?:{_LANGUAGES})/[a-z]{{2,3}}(?:[-_][a-z]{{2,4}})?\.(?:[cm]?[jt]s|php)$"
    # Or a file a language and country: `messages/de-DE.json`.
    r"|(?:^|/)(?-i:[a-z]{2}[-_][A-Z]{2})\.(?:json5?|ya?ml|properties|toml|ftl|strings|[cm]?[jt]s|php)$"
    r"|(?:^|/)(?:locales?|locali[sz]ations?|l10n|i18n|translations?)/(?!.*\.(?:py|pyi|[cm]?[jt]sx?|go|java|rb|php)$)",
    re.IGNORECASE,
)

# Recorded answers of services: random text is ids there, and what a name calls secret may be one.
_RECORDED = regex(
    r"(?:^|/)(?:__snapshots__|\.?snapshots?|cassettes?|placebo|vcr|recordings?)/", re.I
)

# What scanners of secrets are told to pass over: gitleaks, git-secrets, talisman, secretlint,
# GitGuardian, trufflehog, whispers.
_ALLOWLIST = regex(
    r"(?:^|/)(?:\.?gitleaks[^/]*\.toml|\.gitleaksignore|\.gitallowed|\.talismanrc|\.secretlint(?:rc[^/]*|ignore)"
    r"|\.(?:gitguardian|ggshield)[^/]*\.ya?ml|\.?trufflehog[-_.]?(?:ignore|exclude)[^/]*|\.?whispers\.ya?ml"
    r"|\.gitsecrets[^/]*|\.?secrets?[-_.]?(?:allow|ignore)(?:list)?[^/]*)$",
    re.IGNORECASE,
)


def is_allowlist(path: str) -> bool:
    """Whether a file lists for scanners what they are to pass over: what was looked at before."""
    return _ALLOWLIST.search(path) is not None


def is_generated(path: str) -> bool:
    """Whether a file was written by a program: a lock file, a minified script, a catalogue of
    messages."""
    return _GENERATED.search(path) is not None


def is_generated_or_vendored(path: str) -> bool:
    """Whether random-looking text in a file is something else, whatever it is called: the file
    is generated, of another project, or holds texts in a language."""
    return is_generated(path) or _OF_OTHERS.search(path) is not None


def is_translation(path: str) -> bool:
    """Whether a file holds texts for people in a language, for whom logins are spelt out."""
    return path.lower().endswith((".po", ".pot", ".xlf", ".xliff", ".arb"))


def is_recorded(path: str) -> bool:
    """Whether a file holds recorded answers of services, for tests."""
    return _RECORDED.search(path) is not None
