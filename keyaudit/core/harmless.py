"""Finds the parts of a text that are known to be harmless, so that all others can be masked.

Text outside of parsed code (configuration, prose, comments, string contents) may contain secrets
that no pattern recognizes. So text is not shown because it does not look like a secret; shown are
only words of a vocabulary, names made of them, and the punctuation between those. Random values
hardly ever match: the tests draw thousands of them.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

from keyaudit.core.patterns import regex
from keyaudit.core.words import is_plain

_CHUNK = regex(r"\S+")
# Between two of them stand the signs that structure a line.
_SEGMENT = regex(r"[^\s=\"'`()\[\]{}<>,;|&:@/\\]+")
_UNIT = regex(r"[^\W_]+")
_CAMEL = regex(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_WRITTEN = regex(r"[a-z]+|[A-Z][a-z]*|[A-Z]+")
_NUMBERED = regex(r"(?P<word>[A-Za-z]{2,})\d{1,4}")
_RULE = regex(r"KA\d{3}")
_NUMBER = regex(r"\d{1,3}[.,;:]?")
_FORMAT = regex(r"%[-+ 0#]{0,3}\d{0,3}(?:\.\d{1,3})?[sdrfxiuc]|%\(?|[$#%*]")
_PREFIX = regex(r"[rbufRBUF]{1,2}(?=[\"'])")  # of a string literal
_OPTION = regex(r"-[A-Za-z]|--?(?=[A-Za-z]{2})")
# What makes what stands before it a name.
_AFTER_NAME = regex(r"[\"'`\])]{0,3}\s{0,8}(?:=(?!=)|:(?!//)|=>)")
_SECRET_NAMES = regex(
    r"(?i)(?:api|access|secret|private|auth|client|account|service|storage|db|database|encryption"
    r"|signing|master|session|refresh|id|deploy|admin|user|root)[_-]?"
    r"(?:key|token|secret|password|passwd|pwd|pass)s?"
)
_NAME = regex(r"-{0,2}[A-Za-z_][\w.-]*")
_BEGINNING = regex(r"\s*(?:(?:export|set|const|let|var|-|\?)\s+)?[\"']?")
_RUN = 8  # characters in a row; fewer say little of a value
_SHORT = 4  # letters; a word so short may stand in a random value
_LONG = 6
_MOST_SIGNS = 6
_FEW_SIGNS = 2
_ENDS_IN_SIGNS = regex(r"[\W_]*\Z")
_BEGINS_WITH_SIGNS = regex(r"\A[\W_]*")
_STRUCTURE = regex(r"[\"'`:,;=(){}\[\]<>]*|://")
_MOST_KEPT = 3  # signs beside a word, where what follows them is hidden
_OPENERS = regex(r"[\"'`(\[{<$@&|=:,;/-]{0,3}")
_QUOTES = regex(r"[\"'`(\[{]*")
_CLOSERS = regex(r"[\"'`)\]}>,;:|&/@=]{0,3}$")


@cache
def _vocabulary() -> frozenset[str]:
    file = Path(__file__).with_name("vocabulary.txt")
    return frozenset(file.read_text("ascii").split())


def hide_unknown(line: str, start: int, end: int, hidden: bytearray) -> None:
    """Set `hidden[i]` to 1 for each character from `start` to `end` that is not known to be
    harmless."""
    after_number = False
    for chunk in _CHUNK.finditer(line, start, end):
        is_number = _NUMBER.fullmatch(chunk[0]) is not None
        # `32 bytes`, but not `123 456 789`.
        if not is_number or after_number:
            _chunk(line, *chunk.span(), hidden)
        after_number = is_number


def is_known(text: str) -> bool:
    """Whether a text without spaces consists only of words of the vocabulary."""
    return all(_is_known(segment) for segment in _SEGMENT.findall(text))


def _chunk(line: str, start: int, end: int, hidden: bytearray) -> None:
    """Mark what to hide between two spaces."""
    # Signs alone, such as `$` in `${HOME}`, are nothing that is shown for its own sake.
    found = [m.span() for m in _SEGMENT.finditer(line, start, end) if _UNIT.search(m[0])]
    if not found:
        if end - start > 3:
            hidden[start:end] = b"\1" * (end - start)
        return
    shown = [
        (_is_known(line[a:b]) and not (line[a] == "-" and a > start))
        or _is_name(line, a, b)
        or _PREFIX.match(line, a) is not None
        for a, b in found
    ]
    if not all(shown):
        _without_islands(line, found, shown)
    at = start
    before = True  # whether what stands before the signs is shown, or they begin the chunk
    word = ""
    for (first, last), is_shown in zip(found, shown, strict=True):
        joined = _are_joined(word, line[at:first], line[first:last])
        _signs(line, at, first, before, is_shown, at == start, joined, hidden)
        if not is_shown:
            hidden[first:last] = b"\1" * (last - first)
        at, before, word = last, is_shown, line[first:last]
    _last_signs(line, at, end, all(shown), hidden)


def _without_islands(line: str, found: list[tuple[int, int]], shown: list[bool]) -> None:
    """Hide short words between two hidden segments, since they may be part of a value."""
    at = 0
    while at < len(found):
        if not shown[at]:
            at += 1
            continue
        stop = at
        while stop < len(found) and shown[stop]:
            stop += 1
        if at > 0 and stop < len(found) and not any(_is_long(line[a:b]) for a, b in found[at:stop]):
            shown[at:stop] = [False] * (stop - at)
        at = stop


def _is_long(segment: str) -> bool:
    if _SECRET_NAMES.fullmatch(segment):
        return True
    return any(len(unit) >= _LONG and unit.isalpha() for unit in _UNIT.findall(segment))


def _are_joined(before: str, signs: str, after: str) -> bool:
    """Whether signs between two words are what a line is built with. Short words with other signs
    between them may be a piece of a value."""
    if len(signs) > _MOST_SIGNS:
        return False
    # A segment may have signs of its own at its ends.
    signs = _ENDS_IN_SIGNS.findall(before)[0] + signs + _BEGINS_WITH_SIGNS.findall(after)[0]
    if len(signs) <= _FEW_SIGNS or _STRUCTURE.fullmatch(signs):
        return True
    return any(sum(map(str.isalnum, word)) > _SHORT for word in (before, after))


def _signs(
    line: str, start: int, end: int, before: bool, after: bool, first: bool, joined: bool,
    hidden: bytearray,
) -> None:  # fmt: skip
    """Hide the punctuation between two segments, except what belongs to a shown one."""
    if start == end:
        return
    if before and after and not first and joined:
        return
    kept_before = kept_after = 0
    if first:
        opened = _OPENERS.match(line, start, end)
        kept_before = opened.end() - start if opened else 0
        if opened and not line[end].isalnum() and not _QUOTES.fullmatch(opened[0]):
            kept_before = min(kept_before, _room_beside(line, end, 1, hidden))
    elif before and not after:
        kept_before = min(_room_beside(line, start, -1, hidden), end - start)
    elif after and not before:
        kept_after = min(_room_beside(line, end, 1, hidden), end - start)
    hidden[start + kept_before : end - kept_after] = b"\1" * (
        end - start - kept_before - kept_after
    )


def _room_beside(line: str, at: int, step: int, hidden: bytearray) -> int:
    """How many signs may be shown beside the segment that is shown at `at`, to its left (`step` 1)
    or right (-1): a short word and the signs around it may be a piece of a value."""
    place = at if step > 0 else at - 1
    run = signs = letters = 0
    while 0 <= place < len(line) and run < _RUN and not (line[place].isspace() or hidden[place]):
        run += 1
        letters += line[place].isalnum()
        signs += not letters
        place += step
    room = _MOST_KEPT - min(signs, _MOST_KEPT)
    return room if letters > _SHORT else max(0, min(room, _RUN - 1 - run))


def _last_signs(line: str, start: int, end: int, whole: bool, hidden: bytearray) -> None:
    """Of the signs at the end, those that close something; of a chunk shown as a `whole`, more."""
    if start == end or (whole and end - start <= _MOST_SIGNS):
        return
    closed = _CLOSERS.search(line, start, end)
    kept = end - closed.start() if closed else 0
    hidden[start : end - kept] = b"\1" * (end - start - kept)


def _is_name(line: str, start: int, end: int) -> bool:
    """Whether a segment is the name of a value, judged by its position and its words."""
    text = line[start:end]
    if not (text.startswith("-") or _AFTER_NAME.match(line, end)):
        return False
    if _SECRET_NAMES.fullmatch(text):
        return True
    if not _NAME.fullmatch(text) or not is_plain(text):
        return False
    units = _UNIT.findall(text)
    if any(len(unit) >= _SHORT and _is_word(unit) for unit in units):
        return True
    # At the start of its line, a short name that is in no vocabulary, too.
    # With the sign after it, it is shorter than what may be seen of a value.
    if len(text) >= _RUN - 1 or not _AFTER_NAME.match(line, end):
        return False
    return _BEGINNING.fullmatch(line, 0, start) is not None


@lru_cache(maxsize=4096)
def _is_known(segment: str) -> bool:
    """Whether a segment is made of words of the vocabulary, with short numbers next to them."""
    if _FORMAT.fullmatch(segment) or _OPTION.fullmatch(segment):
        return True
    known = False
    at = 0
    for unit in _UNIT.finditer(segment):
        if unit.start() - at > (2 if at else 3):
            return False
        at = unit.end()
        word = unit[0]
        if word.isdigit():
            # `-1` in `eu-west-1`, but not a number for itself.
            if not known or len(word) > _SHORT:
                return False
            known = False
        elif _is_word(word) or _RULE.fullmatch(word):
            known = True
        else:
            return False
    letters = sum(map(str.isalnum, segment))
    # More signs than letters are no word with signs around it.
    return at > 0 and len(segment) - at <= 3 and len(segment) <= 2 * letters + 1


def _is_word(unit: str) -> bool:
    words = _vocabulary()
    if unit.lower() in words and _WRITTEN.fullmatch(unit):
        return True
    if not unit.isalpha():
        numbered = _NUMBERED.fullmatch(unit)
        return unit.lower() in words or (numbered is not None and _is_word(numbered["word"]))
    parts = _CAMEL.findall(unit)
    return 1 < len(parts) <= 6 and all(len(p) > 1 and p.lower() in words for p in parts)
