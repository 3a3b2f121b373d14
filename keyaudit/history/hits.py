"""Which of triage's hits are worth a look in past versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keyaudit.core.text import as_utf8
from keyaudit.secrets.noise import BY_ENTROPY, BY_NAMES, GUESSES

CODE = "code"
MATERIAL = "material"
SUPPRESSION = "suppression"

# What a name or randomness alone gives away in longer lines is a note (see docs/secrets.md).
_LONGEST = 500
# Of one of these is what holds a private or secret key in a text; the rest is public.
_SECRET_MATERIAL = (b"PRIVATE", b"PuTTY-User-Key", b"kty", b"LS0tLS1CRUdJTi")


def worth_a_look(data: bytes, hits: Mapping[str, Sequence[int]]) -> dict[str, Sequence[int]]:
    """The hits without those that can only give notes, which a history does not report.

    That is, unless its form was chosen by a vendor, whatever stands on long lines. Random-looking
    text counts where a name calls it a secret only, so triage need not look for it: all such lines
    are taken for random here. Public keys and certificates go too.
    """
    kept = {tag: numbers for tag, numbers in hits.items() if tag not in GUESSES}
    if kept.get(MATERIAL) and not any(word in as_utf8(data) for word in _SECRET_MATERIAL):
        del kept[MATERIAL]
    names = [tag for tag in hits if tag in BY_NAMES]
    if not names:
        return kept
    lines = data.split(b"\n")
    named: set[int] = set()
    for tag in names:
        short = [n for n in hits[tag] if n > len(lines) or len(lines[n - 1]) <= _LONGEST]
        if short:
            kept[tag] = short
            named.update(short)
    if named:
        kept.update(dict.fromkeys(BY_ENTROPY, sorted(named)))
    return kept
