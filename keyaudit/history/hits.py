"""Which of triage's hits are worth a look in past versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keyaudit.secrets.noise import BY_ENTROPY, BY_NAME

# What a name or randomness alone gives away in longer lines is a note (see docs/secrets.md).
_LONGEST = 500


def worth_a_look(data: bytes, hits: Mapping[str, Sequence[int]]) -> dict[str, Sequence[int]]:
    """The hits without those that can only give notes, which a history does not report.

    That is random-looking text on lines where no name calls it a secret, and, unless its form
    was chosen by a vendor, whatever stands on long lines.
    """
    generic = {tag for tag in hits if tag == BY_NAME or tag in BY_ENTROPY}
    kept = {tag: numbers for tag, numbers in hits.items() if tag not in generic}
    if BY_NAME not in generic:
        return kept
    lines = data.split(b"\n")
    named = {n for n in hits[BY_NAME] if n > len(lines) or len(lines[n - 1]) <= _LONGEST}
    for tag in generic:
        numbers = [number for number in hits[tag] if number in named]
        if numbers:
            kept[tag] = numbers
    return kept
