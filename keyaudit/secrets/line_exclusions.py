"""Drops triage hits that their line alone rules out.

Triage points at names. Most lines with one of a secret have no place for its value: they import,
call, compare or describe.
"""

from __future__ import annotations

from collections.abc import Sequence

from keyaudit.catalogue.types import Catalogue
from keyaudit.core.patterns import regex
from keyaudit.secrets import candidates
from keyaudit.secrets.detection import BY_ENTROPY, BY_NAME, BY_NAMES
from keyaudit.secrets.detectors import known_defaults, logins, named_values, tokens
from keyaudit.secrets.patterns import LOGIN
from keyaudit.secrets.values import wrapped

# `secretstorage==3.3.3`, a package and its version, as in a list of requirements.
_PINNED = regex(r"\s*[\w.-]+(?:\[[\w,. -]*\])?\s*==\s*v?\d+(?:\.\w+)+\s*(?:[;#\\]|$)")


def possible_tags(line: str, tags: Sequence[str], catalogue: Catalogue) -> list[str]:
    """Those of a line's tags that may lead to a finding in a file of some kind, in order.

    Only the tags of guesses, by a name, a place or by randomness, are ever left out.
    """
    pinned = _PINNED.match(line) is not None
    left = [
        tag
        for tag in tags
        if (tag not in BY_NAMES or (not pinned and _may_name(tag, line, catalogue)))
        and (tag != LOGIN or logins.may_hold(line))
    ]
    if BY_NAMES.isdisjoint(left) and not any(_is_varied(line, tag) for tag in tags):
        return [tag for tag in left if tag not in BY_ENTROPY]
    return left


def _may_name(tag: str, line: str, catalogue: Catalogue) -> bool:
    if tag == BY_NAME:
        return candidates.may_find(tag, line, settings=True, bare=True) or known_defaults.may_hold(
            line
        )
    return (
        named_values.has_value(line)
        or wrapped.may_continue(line)
        or tokens.has_named(line, catalogue)
    )


def _is_varied(line: str, tag: str) -> bool:
    return tag in BY_ENTROPY and candidates.may_find(tag, line, settings=True, bare=True)
