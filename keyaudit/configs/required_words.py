"""What stands in every text that a pattern matches: words, of which one at least must be there.

To look for a few words in a file takes a fraction of the time of a search by patterns, and is
what tells most files that a rule does not concern apart.
"""

from __future__ import annotations

import re

from keyaudit.configs.search_patterns import alternatives, end_of_group, signs
from keyaudit.core.patterns import regex

# A shorter word tells nothing, as nearly all files have it.
_SHORTEST = 3
# So many words cost more to look for than they spare.
_MOST = 60
_REPEATED = regex(r"[*+?]|\{(\d*)(,?)\d*\}")
_FLAGS = regex(r"\(\?([a-z]+)\)")
_GROUP = regex(r"\(\?(?:P<\w+>|[a-z]*:|>)|\((?!\?)")
_LOOK = regex(r"\(\?<?[=!]")
_ESCAPED = regex(r"\\(?:x..|u.{4}|U.{8}|\d+|.)", re.DOTALL)
_OF_WORD = regex(r"[\w.-]\Z", re.ASCII)


def required_words(pattern: str) -> frozenset[str]:
    """Words in small letters, of which each text that the pattern matches has one or more.

    They are made of letters, digits, `_`, `.` and `-`, three signs or more, since what stands
    between words (blanks, quotes, brackets) may be written in another way in a file. Empty if no
    such words are known: then every text may match.
    """
    flags = _FLAGS.match(pattern)
    if flags and "x" in flags[1]:
        return frozenset()
    found = _of_alternatives(pattern[flags.end() :] if flags else pattern)
    return frozenset(found) if found and len(found) <= _MOST else frozenset()


def _of_alternatives(pattern: str) -> set[str]:
    found: set[str] = set()
    for branch in alternatives(pattern):
        words = _of_sequence(branch)
        if not words:
            return set()
        found |= words
    return found


def _of_sequence(pattern: str) -> set[str]:
    """The words of the part of a sequence that tells most."""
    runs = [""]
    groups: list[set[str]] = []
    at = 0
    while at < len(pattern):
        part, words = _part(pattern[at:])
        at += len(part)
        repeated = _REPEATED.match(pattern, at)
        again = repeated[0] if repeated else ""
        at += len(again)
        if again and pattern[at : at + 1] in ("?", "+"):
            at += 1  # how often it is tried first, or given back, matters to no word
        may_lack = bool(repeated) and (again[0] in "*?" or _least(again) == 0)
        if isinstance(words, str):
            if words and not again:
                runs[-1] += words
                continue
            # `ab+c` has `ab` in it, but `abc` only where it is not repeated.
            if words and not may_lack:
                runs[-1] += words
        elif words and not may_lack:
            groups.append(words)
        runs.append("")
    candidates = [{run} for run in runs if len(run) >= _SHORTEST] + groups
    return max(candidates, key=lambda words: (min(map(len, words)), -len(words)), default=set())


def _least(again: str) -> int:
    return int(again.strip("{}").partition(",")[0] or 0) if again[0] == "{" else 1


def _part(pattern: str) -> tuple[str, str | set[str]]:
    """The first part of a sequence: the text of it, and the sign it stands for ("" where it may be
    several), or the words of a group."""
    if _LOOK.match(pattern):
        return pattern[: end_of_group(pattern) + 1], ""
    group = _GROUP.match(pattern)
    if group is not None:
        end = end_of_group(pattern)
        return pattern[: end + 1], _of_alternatives(pattern[group.end() : end])
    if pattern[0] == "[":
        size = 0
        for number, (sign, _) in enumerate(signs(pattern)):
            size += len(sign)
            if number > 1 and sign == "]":  # one that comes first closes nothing
                break
        return pattern[:size], ""
    escaped = _ESCAPED.match(pattern)
    if escaped is not None:
        return escaped[0], escaped[0][1:] if escaped[0][1:] in (".", "-", "_") else ""
    sign = pattern[0]
    return sign, sign.lower() if _OF_WORD.match(sign) and sign != "." else ""
