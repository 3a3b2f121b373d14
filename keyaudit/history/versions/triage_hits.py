"""Selects the triage hits that are worth an analysis in past versions."""

from __future__ import annotations

from collections.abc import Sequence

from keyaudit.catalogue.types import Catalogue
from keyaudit.secrets.detection import BY_ENTROPY, BY_NAMES, GUESSES
from keyaudit.secrets.judgement.noise import is_minified
from keyaudit.secrets.line_exclusions import possible_tags
from keyaudit.secrets.patterns import LOGIN

# What a name or randomness alone gives away in longer lines is a note (see docs/secrets.md), but
# for those of data, which are compact.
_LONGEST = 500
_DATA = ("{", "[", '"')
# Of one of these is what holds a private or secret key in a text; the rest is public.
_SECRET_MATERIAL = (b"PRIVATE", b"PuTTY-User-Key", b"kty", b"LS0tLS1CRUdJTi")


def worth_scanning(
    line: str, tags: Sequence[str], catalogue: Catalogue, path: str = ""
) -> list[str]:
    """The tags of a line of a file without those that lead to nothing, or only to notes, which a
    history does not report.

    That is, unless its form was chosen by a vendor, whatever stands on long lines. Random-looking
    text counts where a name calls it a secret only, so triage need not look for it: all such lines
    are taken for random here.
    """
    minified = is_minified(line, path)
    kept = [tag for tag in tags if tag not in GUESSES and (tag != LOGIN or not minified)]
    names = [tag for tag in tags if tag in BY_NAMES]
    if names and not minified and (len(line) <= _LONGEST or line.lstrip().startswith(_DATA)):
        kept += [*names, *sorted(BY_ENTROPY)]
    elif LOGIN not in kept:
        return kept
    # In a line of several, `\r` between them, each would have to be asked about.
    return kept if "\r" in line else possible_tags(line, kept, catalogue)


def may_hold_keys(data: bytes) -> bool:
    """Whether key material in a text, in UTF-8, may be private: public keys are left out."""
    return any(word in data for word in _SECRET_MATERIAL)
