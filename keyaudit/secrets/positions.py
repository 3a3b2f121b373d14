"""Where the secret of a detection stands: its line, its text, and its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from keyaudit.core.location import Span
from keyaudit.secrets.detection import BASIC_AUTH, BY_NAMES, OWN_DETECTORS, Detection
from keyaudit.secrets.patterns import TAG

_FARTHEST = 60  # lines
_LEADING = '=: "'


def true_line(detection: Detection, lines: Sequence[str]) -> int:
    """The line (from 1) that the value stands in; the detector's own line if it is not found.

    detect-secrets goes on counting where several pairs of a YAML mapping share a line, so that
    what it calls line 12 may be line 10; and it gives a block of text the line of its key.
    """
    said: int = detection.line
    value = re.split(r"\\n|\n", detection.value.lstrip(_LEADING))[0].strip() or detection.value
    if detection.detector == BASIC_AUTH:  # a short password may be a word of other lines
        value = f":{value}@"
    above = range(said, max(0, said - _FARTHEST), -1)
    below = range(said + 1, said + _FARTHEST)
    for number in chain(above, below):
        if number <= len(lines) and value in lines[number - 1]:
            return number
    return min(said, len(lines))


def secret_texts(detection: Detection) -> list[str]:
    """The texts a detection takes for secrets, without what only introduces them."""
    if detection.detector in OWN_DETECTORS or detection.detector.startswith(TAG):
        return [detection.value]
    from keyaudit.secrets.detectors.detect_secrets_plugins import whole_secrets

    # Artifactory's plugin includes the `=` or `:` before the token.
    return [text.lstrip(_LEADING) for text in whole_secrets(detection)]


def secret_span(number: int, line: str, text: str, detection: Detection) -> Span:
    """The columns of `text` in its line, or of the whole line where it is written in another form.

    `number` is the line's number, from 1. Detectors by name mean the last place in the line.
    """
    around = [(f"{quote}{text}{quote}", 1) for quote in ('"', "'", "`")]
    around += [(f":{text}@", 1), (f"= {text}", 2), (f"={text}", 1), (f": {text}", 2), (text, 0)]
    for form, shift in around:
        at = line.rfind(form) if detection.detector in BY_NAMES else line.find(form)
        if at >= 0 and text:
            return Span(number, at + shift + 1, number, at + shift + len(text) + 1)
    start = len(line) - len(line.lstrip())
    return Span(number, start + 1, number, max(start + 1, len(line.rstrip())) + 1)
