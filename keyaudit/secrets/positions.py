"""Where the secret of a detection stands: its line, its text, and its columns."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import chain

from keyaudit.core.location import Span
from keyaudit.core.patterns import regex
from keyaudit.secrets.detection import BASIC_AUTH, BY_NAMES, OWN_DETECTORS, Detection
from keyaudit.secrets.patterns import TAG

_FARTHEST = 60  # lines
_LONG = 20_000  # characters of a line
_LEADING = '=: "'
_WORD = regex(r"\w+")


class Places:
    """Finds the places of detections in the lines of a text.

    In a long line, which may hold thousands of secrets, a search goes on where the last one of the
    same detector ended. As they come in any order, where a line's words stand is read only once.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._reached: dict[tuple[str, int, str], int] = {}
        self._words: dict[int, dict[str, list[int]]] = {}

    def line_of(self, detection: Detection) -> int:
        """The line (from 1) that the value stands in; the detector's own if it is not found.

        detect-secrets goes on counting where several pairs of a YAML mapping share a line, so that
        what it calls line 12 may be line 10; and it gives a block of text the line of its key.
        """
        lines = self._lines
        said: int = detection.line
        value = re.split(r"\\n|\n", detection.value.lstrip(_LEADING))[0].strip() or detection.value
        if detection.detector == BASIC_AUTH:  # a short password may be a word of other lines
            value = f":{value}@"
        is_long = 0 < said <= len(lines) and len(lines[said - 1]) > _LONG
        if is_long and self._onward("line", said, value, detection.detector) >= 0:
            return said
        above = range(said, max(0, said - _FARTHEST), -1)
        below = range(said + 1, said + _FARTHEST)
        for number in chain(above, below):
            if number <= len(lines) and value in lines[number - 1]:
                return number
        return min(said, len(lines))

    def span(self, number: int, text: str, detection: Detection) -> Span:
        """The columns of `text` in a line, or of the whole line where it has another form there.

        `number` is the line's number, from 1. Detectors by name mean the last place in the line.
        """
        line = self._lines[number - 1]
        if len(line) > _LONG:
            at = self._onward("span", number, text, detection.detector)
            if at >= 0:
                return Span(number, at + 1, number, at + len(text) + 1)
            return _whole(number, line)
        around = [(f"{quote}{text}{quote}", 1) for quote in ('"', "'", "`")]
        around += [(f":{text}@", 1), (f"= {text}", 2), (f"={text}", 1), (f": {text}", 2), (text, 0)]
        for form, shift in around:
            at = line.rfind(form) if detection.detector in BY_NAMES else line.find(form)
            if at >= 0 and text:
                return Span(number, at + shift + 1, number, at + shift + len(text) + 1)
        return _whole(number, line)

    def _onward(self, what: str, number: int, text: str, detector: str) -> int:
        """Where a text stands in a line, after what was found last if it can be; -1: nowhere."""
        line, place = self._lines[number - 1], (what, number, detector)
        start = self._reached.get(place, 0)
        at = self._by_word(number, text, start)
        if at < 0:
            at = line.find(text, start) if text else -1
        if at < 0 and start and text:
            at = line.find(text, 0, start + len(text))
        if at >= 0:
            self._reached[place] = at + 1
        return at

    def _by_word(self, number: int, text: str, start: int) -> int:
        """Where a text stands in a line, told by its longest word: at `start` or after it if it
        can be; -1 where a part of a word is asked for, or nothing is found."""
        longest = max(_WORD.finditer(text), key=lambda word: len(word[0]), default=None)
        if longest is None:
            return -1
        line = self._lines[number - 1]
        if number not in self._words:
            words: dict[str, list[int]] = {}
            for word in _WORD.finditer(line):
                words.setdefault(word[0], []).append(word.start())
            self._words[number] = words
        places = self._words[number].get(longest[0], [])
        first = bisect_left(places, start + longest.start())
        for place in (*places[first : first + 1], *places[:1]):
            if line.startswith(text, place - longest.start()):
                return place - longest.start()
        return -1


def secret_texts(detection: Detection) -> list[str]:
    """The texts a detection takes for secrets, without what only introduces them."""
    if detection.detector in OWN_DETECTORS or detection.detector.startswith(TAG):
        return [detection.value]
    from keyaudit.secrets.detectors.detect_secrets_plugins import whole_secrets

    # Artifactory's plugin includes the `=` or `:` before the token.
    return [text.lstrip(_LEADING) for text in whole_secrets(detection)]


def _whole(number: int, line: str) -> Span:
    start = len(line) - len(line.lstrip())
    return Span(number, start + 1, number, max(start + 1, len(line.rstrip())) + 1)
