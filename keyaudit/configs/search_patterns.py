"""Patterns for names, made fit to search hostile texts with.

A pattern that begins with any number of something takes quadratic time to find nowhere: from each
place of a long line, all the rest of it is tried. A search need not ask for what may be missing
before what it looks for, and no name repeats anything without end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.core.patterns import regex

_FLAGS = regex(r"(?:\(\?[a-z]+\))?")
_ANY_NUMBER = regex(r"(?:\.|\\\w|\[\^?\]?[^\]]*\])\*\??")
_MOST = 60


def searched_for(pattern: str) -> str:
    """A pattern that is found wherever the given one is, in time that grows as the text does.

    What repeats may do so 60 times. The pattern has no anchors and no looks.
    """
    flags = _FLAGS.match(pattern)
    head = flags[0] if flags else ""
    without = map(_without_lead, alternatives(pattern[len(head) :]))
    return head + _bounded("|".join(without))


def _without_lead(pattern: str) -> str:
    while True:
        if found := _ANY_NUMBER.match(pattern):
            pattern = pattern[found.end() :]
            continue
        if not pattern.startswith("(?:"):
            return pattern
        end = end_of_group(pattern)
        after = pattern[end + 1 :]
        if after[:1] not in ("?", "*"):
            inner = "|".join(map(_without_lead, alternatives(pattern[3:end])))
            return f"(?:{inner}){after}"
        pattern = after[1:].removeprefix("?")


def _bounded(pattern: str) -> str:
    """The pattern, in which what repeats without end does so a number of times."""
    parts = []
    for sign, is_special in signs(pattern):
        if is_special and sign in ("*", "+"):
            sign = f"{{{int(sign == '+')},{_MOST}}}"
        parts.append(sign)
    return "".join(parts)


def signs(pattern: str) -> Iterator[tuple[str, bool]]:
    """The signs of a pattern (escaped ones whole), and whether each stands for more than itself."""
    at = 0
    in_class = False
    while at < len(pattern):
        sign = pattern[at : at + 2] if pattern[at] == "\\" else pattern[at]
        yield sign, not in_class and len(sign) == 1
        if sign == "[" and not in_class:
            in_class = True
            # A bracket that comes first closes nothing.
            first = re.match(r"\^?\]?", pattern[at + 1 :])
            if first and first[0]:
                yield first[0], False
                at += len(first[0])
        elif sign == "]":
            in_class = False
        at += len(sign)


def end_of_group(pattern: str) -> int:
    """Where the group ends that the pattern begins with."""
    depth = at = 0
    for sign, is_special in signs(pattern):
        if is_special:
            depth += (sign == "(") - (sign == ")")
            if depth == 0:
                return at
        at += len(sign)
    return len(pattern)


def alternatives(pattern: str) -> list[str]:
    found = [""]
    depth = 0
    for sign, is_special in signs(pattern):
        if is_special:
            depth += (sign == "(") - (sign == ")")
        if is_special and sign == "|" and depth == 0:
            found.append("")
        else:
            found[-1] += sign
    return found
