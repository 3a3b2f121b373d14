"""Finds what a source shows for an example: requests and answers in comments, texts of usage."""

from __future__ import annotations

import re
from collections.abc import Sequence

from keyaudit.core.patterns import regex

# What an authorization server answers beside a token (RFC 6749, 5.1), and others beside theirs.
_ANSWER = regex(
    r"[\"']expir(?:es?|y|ation)(?:_?(?:in|at))?[\"']\s*:\s*[\"']?\d"
    # When it was made, as what services send says.
    r"|[\"'](?:(?:created|updated)_?at|timestamp)[\"']\s*:\s*[\"']?\d",
    re.IGNORECASE,
)
# A request as it goes over the wire or as a page of an interface has it, and the words for one.
_REQUEST = regex(
    r"\b(?:GET|POST|PUT|PATCH|DELETE)\s+(?:https?://\S|/[\w{<:])"
    r"|\b(?i:(?:sample|example)\s+(?:request|response|payload|body|answer|call|output))\b"
    r"|^\W*(?i:request|response)(?i:\s+body)?\s*(?::\s*)?$|\b(?i:examples?)\s*:\s*[{\[]"
)
_CURL = regex(r"\bcurl\s")
# A host that only examples have (RFC 2606).
_EXAMPLE_HOST = regex(
    r"\bhttps?://(?:[\w.-]*\.)?(?:example\.(?:com|org|net)|localhost|127\.0\.0\.1|<|\{|your)"
)
_IN_COMMENT = regex(r"\s*(?:/{2,}|#+|\*)(?!/)")
# A name that says that its text shows how a program is used: `loginExample`, cobra's `Example:`.
_USAGE = regex(
    r"(?:\b(?:[A-Za-z]\w*)?(?:Examples?|Usage|Help|EXAMPLES?|USAGE|HELP)|\b(?:examples?|usage|help|epilog))"
    r"[\"']?\s*(?::\s*\w{1,20}\s*=|:=|[:=]|\()\s*(?P<quote>`|\"\"\"|\"|')"
)
_LONGEST = 400  # lines of one text


def in_comments(lines: Sequence[str]) -> frozenset[int]:
    """The numbers (from 1) of the lines of comments in which a request, or what a server answers
    with a token, is shown."""
    if not any(_may_show(line) for line in lines):
        return frozenset()
    found: set[int] = set()
    comment: list[int] = []
    shows = in_block = False
    for number, line in enumerate((*lines, ""), 1):
        in_block = in_block or line.lstrip().startswith("/*")
        if not in_block and not _IN_COMMENT.match(line):
            found.update(comment if shows else ())
            comment, shows = [], False
            continue
        comment.append(number)
        shows = shows or (_may_show(line) and _shows(line))
        in_block = in_block and "*/" not in line
    return frozenset(found)


def _may_show(line: str) -> bool:
    low = line.lower()
    return any(
        word in low
        for word in ("expir", "ted_at", "tedat", "timestamp", "curl ", "post ", "get ", "put ",
                     "patch ", "delete ", "ample", "request", "response")
    )  # fmt: skip


def _shows(line: str) -> bool:
    if _ANSWER.search(line) is not None or _REQUEST.search(line) is not None:
        return True
    called = _CURL.search(line)  # the first: what stands behind another one stands behind it, too
    return called is not None and _EXAMPLE_HOST.search(line, called.end()) is not None


def of_usage(lines: Sequence[str]) -> frozenset[int]:
    """The numbers (from 1) of the lines of texts whose name says that they show how a program is
    used, in languages with texts in backticks or three quotes."""
    found: set[int] = set()
    for number, line in enumerate(lines, 1):
        if number in found:
            continue
        for opened in _USAGE.finditer(line):
            quote = opened["quote"]
            if len(quote) > 1 or quote == "`":
                found.update(range(number, _closed(lines, number, opened.end(), quote) + 1))
            elif quote in line[opened.end() :]:
                found.add(number)
    return frozenset(found)


def _closed(lines: Sequence[str], number: int, begin: int, quote: str) -> int:
    """The line (from 1) in which a text ends that begins behind a column of a line; that line
    itself where no end is near."""
    if quote in lines[number - 1][begin:]:
        return number
    near = range(number + 1, min(len(lines), number + _LONGEST) + 1)
    return next((at for at in near if quote in lines[at - 1]), number)
