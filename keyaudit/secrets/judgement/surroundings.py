"""Judges the lines around a value: an example for readers, or a setting for tests."""

from __future__ import annotations

import re
from collections.abc import Sequence

from keyaudit.core.paths import suffix
from keyaudit.core.patterns import regex

# Files that are read by people, more than by programs.
_PAGES = frozenset({
    ".md", ".markdown", ".mdx", ".html", ".htm", ".twig", ".erb", ".haml", ".txt", ".textile",
})  # fmt: skip
_FARTHEST = 200  # lines
_AROUND = 2  # lines; `keyaudit.history.excerpt` keeps as many
# The answer of an authorization server (RFC 6749, 5.1), and what a reader is to fill in.
_ANSWER = regex(r"[\"']?expires_in[\"']?\s*[:=]\s*\d", re.IGNORECASE)
_TO_FILL_IN = regex(r"[\w-][\"']?\s*[:=]\s*[\"']?<?your(?=[A-Z_ -])\w*")
# Text that a page shows as it is typed.
_CODE = regex(r"<(/?)(?:code|pre|kbd|samp)\b", re.IGNORECASE)
_LONGEST_CODE = 20  # lines
_KEY = regex(r"([A-Za-z_]\w*):(?:\s|$)")
_DIGEST = regex(r"[0-9a-f]{40,200}")
_SALT = regex(r"""[\s\"'{,-]*(?:\w+_)?salt[\"']?\s*[:=]""", re.IGNORECASE)
_TRIALS = frozenset({"test", "development"})
_STAGES = frozenset({*_TRIALS, "production", "staging"})


def is_in_example(path: str, lines: Sequence[str], number: int) -> bool:
    """Whether the line (from 1) of a text for people is part of an example.

    It stands in the answer that a server gives with a token, beside `password=yourPassword`, or in
    what a page shows as code.
    """
    if suffix(path).lower() not in _PAGES:
        return False
    near = lines[max(0, number - 1 - _AROUND) : number + _AROUND]
    if any(_ANSWER.search(line) or _TO_FILL_IN.search(line) for line in near):
        return True
    above = "\n".join(lines[max(0, number - _LONGEST_CODE) : number - 1])
    opened = [tag[1] for tag in _CODE.finditer(above)]
    return opened[-1:] == [""] or _CODE.search(lines[number - 1]) is not None


def is_salted_hash(value: str, lines: Sequence[str], number: int) -> bool:
    """Whether a value is a hash, in hexadecimal digits, of a row that has its salt, too."""
    if _DIGEST.fullmatch(value) is None:
        return False
    near = lines[max(0, number - 1 - _AROUND) : number + _AROUND]
    return any(_SALT.match(line) for line in near)


def is_in_test_section(path: str, lines: Sequence[str], number: int) -> bool:
    """Whether a line (from 1) of a YAML file is in its section for tests or development.

    As in Rails' `config/secrets.yml`: its parts are named for the stages of a deployment, two of
    them at least.
    """
    if suffix(path).lower() not in (".yml", ".yaml") or not lines[number - 1][:1].isspace():
        return False
    above = reversed(lines[max(0, number - 1 - _FARTHEST) : number - 1])
    part = next((_KEY.match(line) for line in above if line[:1] not in " #\t\r"), None)
    if part is None or part[1] not in _TRIALS:
        return False
    keys = (_KEY.match(line) for line in lines[: number + _FARTHEST])
    return len(_STAGES.intersection(key[1] for key in keys if key)) > 1
