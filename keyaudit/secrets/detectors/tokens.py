"""Tokens by the forms that their issuers chose: the kinds of the catalogue
(`rules/storage/tokens`).

Triage has a tag for each kind, so only that kind's expression is tried, and only on its lines.
Kinds that are told by the name before them are tried where triage found a value of a secret's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from keyaudit.catalogue.tokens import BETWEEN, name_pattern
from keyaudit.catalogue.types import Catalogue, TokenKind
from keyaudit.core.context import is_placeholder
from keyaudit.core.patterns import regex
from keyaudit.core.words import is_plain
from keyaudit.secrets.detection import Detection
from keyaudit.secrets.detectors.token_checksums import CHECKS, PROOFS
from keyaudit.secrets.judgement.names import names_no_secret
from keyaudit.secrets.patterns import TAG
from keyaudit.secrets.values.long_lines import parts_of
from keyaudit.secrets.values.wrapped import on_one_line, value_elsewhere

# What a rule calls the kinds together, to say that they are its.
KINDS = "TokenKinds"
# Neither part of a longer word nor of a longer run of base64; `\n` in quotes is no letter.
# GitLab's instances may write their name before (its "instance token prefix": `ACME-glpat-…`).
_BEFORE = (
    r"(?:(?<![A-Za-z0-9_+-])|(?<=\\[nrt])|(?<=[A-Za-z0-9]-)(?=gl[a-z]{2,5}-[A-Za-z0-9_-]{20}))"
)
_AFTER = r"(?![A-Za-z0-9_-]|[+/][A-Za-z0-9])"
_SECRET_WORD = regex(r"key|token|secret|pass|auth|cred|pwd|bearer|dsn|(?:^|[_-])pat(?:$|[_-])")
_SIGNS = regex(r"[_.-]")
_BEGINNING = 3  # no name is shorter
_RUN = regex(rf"[a-z0-9]{{{_BEGINNING},}}")
# What all URLs with a password have, which is found many times as fast as each of their kinds.
_URL = r"://[^\s:@/"
_WITH_PASSWORD = regex(r"://[^\s:@/]*:[^\s:@/]*@")
_LONGEST_LINE = 100_000  # of what is searched at once
# What a token that is told by a name has at least, without signs that end a name or a value.
_LONG = regex(r"[^\s\"'`()\[\]<>,;:=]{16}")


class Refuted(NamedTuple):
    """A text in a line (from 1) that has a kind's form but not its checksum: no issuer made it."""

    line: int
    text: str


def find(
    lines: Sequence[str], tags: Mapping[int, set[str]], named: Iterable[int], catalogue: Catalogue
) -> tuple[list[Detection], list[Refuted]]:
    """The detections of tokens in the lines (from 1), and the texts that only look like one.

    `tags` are those of kinds, by line; `named` are lines in which a value has a secret's name. The
    detector of a detection is the tag of its kind.
    """
    asked = {number: set(names) for number, names in tags.items()}
    below: dict[int, set[str]] = {}
    for number in named:
        line = lines[number - 1] if number <= len(lines) else ""
        if names := _named_in(line, catalogue):
            asked.setdefault(number, set()).update(names)
            below[number] = names
    found: list[Detection] = []
    refuted: list[Refuted] = []
    for number, names in asked.items():
        line = lines[number - 1] if number <= len(lines) else ""
        parts = list(parts_of(line, _LONGEST_LINE))
        for kind in _kinds(names, catalogue):
            for part in parts:
                _look(kind, number, part, line, found, refuted)
    for number, names in below.items():
        is_last = number == len(lines)
        joined = None if is_last else on_one_line(lines[number - 1], lines[number])
        texts = [
            *value_elsewhere(lines, number),
            *([(joined, number + 1)] if joined is not None else []),
        ]
        for text, at in texts:
            for kind in _kinds(names, catalogue):
                _look(kind, at, text[:_LONGEST_LINE], lines[at - 1], found, refuted)
    return list(dict.fromkeys(found)), refuted


def _kinds(tags: Iterable[str], catalogue: Catalogue) -> Iterator[TokenKind]:
    for tag in tags:
        if kind := catalogue.tokens.get(tag.removeprefix(TAG)):
            yield kind


def _look(
    kind: TokenKind,
    number: int,
    text: str,
    line: str,
    found: list[Detection],
    refuted: list[Refuted],
) -> None:
    """Adds what stands in a text, made of the line of that number or that line itself."""
    for value in _values(kind, text):
        if kind.check and CHECKS[kind.check](value) is None:
            if not kind.generic and kind.check not in _PARTIAL:
                refuted.append(Refuted(number, value))
        elif (kind.check in PROOFS or not is_placeholder(value)) and _is_random(kind, value):
            found.append(Detection(TAG + kind.id, number, value, False, line))


# Checks that tell one kind from others of the same form: the text may well be a token.
_PARTIAL = frozenset(
    {"url-password", "jwt-kubernetes", "jwt-supabase", "aws-account", "service-account"}
)


def title(kind: TokenKind, value: str) -> str:
    """What to call a token in a message: its kind, with what the token says of itself."""
    said = CHECKS[kind.check](value) if kind.check else ""
    return f"{kind.title} {said}" if said else kind.title


def revocation(kind: TokenKind) -> str:
    """What to do first about a token of the kind, as words for a message."""
    return f"revoke it at {kind.revoke} first" if "://" in kind.revoke else f"first {kind.revoke}"


_known: dict[str, dict[str, list[tuple[str, str]]]] = {}


def _words(catalogue: Catalogue) -> Mapping[str, Sequence[tuple[str, str]]]:
    """What the names of tokens begin with, without signs, and the tag of the kind.

    By the first `_BEGINNING` letters: to look these up at each place of a line takes a fraction of
    the time that it takes to look for each of the hundred names.
    """
    found = _known.get(catalogue.digest)
    if found is None:
        found = {}
        for kind in catalogue.tokens.values():
            for name in kind.names:
                word = name.replace("_", "")
                found.setdefault(word[:_BEGINNING], []).append((word, TAG + kind.id))
        _known[catalogue.digest] = found
    return found


def _named_in(line: str, catalogue: Catalogue) -> set[str]:
    """The tags of the kinds told by a name that a line has a word of."""
    words = _words(catalogue)
    # What a long line says again it need not be asked for again.
    return {
        tag
        for text in set(_RUN.findall(_SIGNS.sub("", line.lower())))
        for at in range(len(text) - _BEGINNING + 1)
        for word, tag in words.get(text[at : at + _BEGINNING], ())
        if text.startswith(word, at)
    }


def has_named(line: str, catalogue: Catalogue) -> bool:
    """Whether a line has a token of a kind that only the vendor's name before it gives away."""
    return _LONG.search(line) is not None and any(
        may_stand_in(kind, line) for kind in _kinds(_named_in(line, catalogue), catalogue)
    )


def _values(kind: TokenKind, line: str) -> Iterator[str]:
    is_url = kind.check == "url-password" and _URL in kind.pattern
    if is_url and _WITH_PASSWORD.search(line) is None:
        return
    for match in _expression(kind.pattern, kind.names).finditer(line):
        if kind.names and not _names_a_secret(match["name"]):
            continue
        yield match["secret"]


def may_stand_in(kind: TokenKind, line: str) -> bool:
    """Whether a line has a text of the kind's form. Triage may know only the beginning of that
    form."""
    return _expression(kind.pattern, kind.names).search(line) is not None


def _names_a_secret(name: str) -> bool:
    return _SECRET_WORD.search(name.lower()) is not None and not names_no_secret(name)


@cache
def _expression(pattern: str, names: tuple[str, ...]) -> re.Pattern[str]:
    marked = "(?P<secret>" in pattern
    whole = pattern if marked else f"(?P<secret>{pattern}){_AFTER}"
    if not names:
        return re.compile(f"{_BEFORE}{whole}", re.ASCII)
    start = r"(?:(?<![A-Za-z0-9])|(?<=[a-z])(?=[A-Z]))"
    name = rf"(?P<name>{start}(?i:{name_pattern(names)})[A-Za-z0-9_.-]{{0,40}})"
    return re.compile(f"{name}{BETWEEN}{whole}", re.ASCII)


def _is_random(kind: TokenKind, value: str) -> bool:
    """Whether a text has many different characters, and is not made of words for the most part."""
    if kind.check:
        return True
    if len(set(value)) < min(10, len(value) // 2):
        return False
    # Text of words has few digits.
    if sum(map(str.isdigit, value)) * 8 >= len(value):
        return True
    # A name of several words, as style sheets have them: `md-inline-list-icon-label`.
    parts = (part for part in _SIGNS.split(value) if len(part) > 2 and part.islower())
    if sum(len(part) + 1 for part in parts if is_plain(part)) * 3 > len(value) * 2:
        return False
    # Capitals alone are a token's alphabet as often as a word.
    runs = re.findall(r"[A-Z]?[a-z]{5,}", value)
    words = sum(len(run) for run in runs if is_plain(run))
    return words * 3 < len(value) * 2
