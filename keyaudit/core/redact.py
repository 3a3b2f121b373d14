"""Removes secrets from what is shown: previews of values, and masked source lines.

Every line of a scanned file in a report, the cache or a baseline is masked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from keyaudit.core.harmless import hide_unknown, is_known
from keyaudit.core.known_values import has_stretch, hide_known
from keyaudit.core.masked_line import Mask, MaskedLine
from keyaudit.core.patterns import regex
from keyaudit.core.words import is_plain

MASK = "…"

# The openings by which vendors mark their tokens; they are the same for everybody.
_PREFIXES = (
    "AKIA", "ASIA", "ABIA", "ACCA", "AIza", "ya29.", "GOCSPX-",
    "github_pat_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_",
    "glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "glcbt-", "glptt-", "glagent-", "gloas-",
    "xoxb-", "xoxa-", "xoxp-", "xoxo-", "xoxs-", "xoxr-",
    "sk_live_", "rk_live_", "sk_test_", "rk_test_", "pk_live_", "pk_test_", "sq0csp-", "sq0atp-",
    "npm_", "pypi-", "SG.", "hvs.", "dop_v1_", "shpat_", "sk-proj-", "sk-ant-",
    "eyJ", "django-insecure-", "$2b$", "$argon2id$", "ssh-rsa ", "-----BEGIN",
)  # fmt: skip
_PEM_LINE = regex(r"-----(?:BEGIN|END) [A-Z0-9 ]{1,40}-----")
_SHORT = 16
_OTHERS = 4
_PART = 5


def preview(value: str) -> str:
    """The part of a secret that may be shown: a public prefix, at most 4 more characters, then `…`.

    At most a fifth of the value is shown besides the prefix, and nothing of a short value.
    The length of the value cannot be inferred from the result.
    """
    pem = _PEM_LINE.match(value)
    if pem:
        return pem[0] + MASK
    prefix = next((known for known in _PREFIXES if value.startswith(known)), "")
    rest = value[len(prefix) :]
    if len(rest) < (8 if prefix else _SHORT):
        return MASK
    others = rest[: min(_OTHERS, max(0, len(value) // _PART - len(prefix)))]
    visible = re.match(r"[!-~]*", others)
    return prefix + (visible[0] if visible else "") + MASK


_LONGEST = 500
_SAID = 8
_LITERAL = regex(
    r"""(?P<quote>\"{3}|'{3}|["'`])(?P<body>(?:\\.|(?!(?P=quote)).)*)(?P<end>(?P=quote)|$)"""
)
# In a sentence an apostrophe opens no text: `the file's`. A prefix before a text may: `b'...'`.
_QUOTED = regex(
    r"""(?:(?<!\w)|(?:(?<=\b[rbufRBUF])|(?<=\b[rbRB]{2}))(?!'s\s)|(?=["`]))""" + _LITERAL.pattern
)
_NAME = r"""(?:pass(?:word|wd|phrase|code)?s?|pwd|secret|token|credentials?
    |(?:api|private|access|auth|master|signing|encryption)?_?key(?!audit)|salt|pepper|seed|nonce|iv)
    \w{0,10}"""
_SECRET_NAME = regex(
    rf"""{_NAME}["'\])]{{0,3}}
    \s*(?::\s*\w+\s*=|:=|=>|=|:|,|\()\s*(?:[a-z.]*\()?[rbuf@]{{0,2}}$""",
    re.IGNORECASE | re.VERBOSE,
)
# A value without quotes. It ends at a blank, unless it is all that its line says.
_UNQUOTED = regex(
    rf"""{_NAME}["'\])]{{0,3}}\s{{0,8}}(?:=>|:=|=(?!=)|:(?!//))[ \t]{{0,8}}
    (?![rbuf@]{{0,2}}["'`])(?P<value>\S+)""",
    re.IGNORECASE | re.VERBOSE,
)
_PAIR = regex(
    rf"""\s*(?:(?:export|set|-|\?)\s+)?["']?[\w.\[\]-]{{0,60}}?{_NAME}["']?\s*(?:=(?!=)|:(?!//))\s*
    (?![rbuf@]{{0,2}}["'`])(?P<value>[^\s"'`|>&*].*)""",
    re.IGNORECASE | re.VERBOSE,
)
# Where a command, a URL or a header has its password.
_PLACES = (
    regex(r"://[^\s/:@]{0,80}:(?P<value>[^\s/@]{1,200})@"),
    regex(r"(?:^|\s)-p[ \t]*(?P<value>[^\s-]\S*)"),
    regex(r"(?:^|\s)(?:-u|--user|--login|--basic)[ =]?[\"']?[^\s:]{1,80}:(?P<value>\S+)"),
    regex(r"\s--?[\w-]{0,40}(?:pass|secret|token|key)[\w-]{0,20}[ \t=]+(?P<value>\S+)", re.I),
    regex(r"\blogin\s+\S+\s+password\s+(?P<value>\S+)", re.I),
    regex(r"\b(?:basic|bearer|identified\s+by)\s+(?P<value>\S+)", re.I),
)
_NUMBERS = regex(
    r"(?:0[xX][0-9a-fA-F]{1,2}|\d{1,3})(?:\s*,\s*(?:0[xX][0-9a-fA-F]{1,2}|\d{1,3})){7,}"
)
_LONG_NUMBER = regex(r"\b(?:0[xX][0-9a-fA-F_]{9,}|[0-9][0-9_]{11,})")
_PROSE = regex(r"[\"'(]?(?P<word>[^\W\d_]{1,7}(?:['/-][^\W\d_]{1,7})?|#?\d{1,5})[\"')]?[.,:;!?]?")
_CONSTANT = regex(r"[A-Z]{2,}(?:_[A-Z]{2,})+")  # the name of an environment variable
_MODE = regex(r"[rwax](?:[bt]\+?|\+[bt]?)")  # how a file is opened
_OPENED_BEFORE = regex(r"open\w{0,8}\(.*(?:[,(]|\bmode=)\s*$")
_ARGUMENT_AFTER = regex(r"\s*(?:[,)]|$)")


def mask_line(
    line: str,
    secrets: Sequence[str],
    keep: frozenset[str] = frozenset(),
    code: Sequence[tuple[int, int]] = (),
    unseen: Sequence[str] = (),
) -> MaskedLine:
    """A source line in which every secret, and all text that could be one, is masked.

    `code` are the stretches (offsets, the end exclusive) of parsed code outside of strings and
    comments: names and keywords there are shown. Elsewhere only harmless text is shown: words of a
    vocabulary, names made of them, and the contents of quotes that are in `keep`. A value whose
    name says that it is a secret is hidden completely.

    `secrets` are known secrets: each is hidden as it is, escaped, encoded and in parts, and its
    preview is shown where it begins. Texts in `unseen` are hidden likewise, without a preview: they
    may be the rest of a value whose beginning is shown. Lines are cut after 500 characters.
    """
    line = line.rstrip("\r\n")
    return _masked(line, tuple(secrets), keep, tuple(code), tuple(unseen))


def concerned(line: str, secrets: Sequence[str]) -> Sequence[str]:
    """The secrets of which a part may occur in what `mask_line` shows of a line."""
    if len(line) <= _LONGEST:
        return secrets
    shown = line[:_LONGEST]
    return [secret for secret in secrets if has_stretch(shown, secret)]


def mask_text(text: str, secrets: Sequence[str] = (), keep: frozenset[str] = frozenset()) -> str:
    """A sentence about code, in which text in quotes (but not in backticks) is masked as in a
    line."""
    hidden = bytearray(len(text))
    for literal in _QUOTED.finditer(text):
        if literal["quote"] != "`" and literal["body"] not in keep:
            hide_unknown(text, *literal.span("body"), hidden)
    starts: dict[int, str] = {}
    for secret in secrets:
        hide_known(text, secret, hidden, starts)
    return _render(text, hidden, {at: preview(secret) for at, secret in starts.items()})


def mask_prose(text: str) -> MaskedLine:
    """A sentence written for readers: words of up to seven letters are also shown if they are not
    in the vocabulary."""
    hidden = bytearray(len(text))
    for chunk in re.finditer(r"\S+", text):
        word = _PROSE.fullmatch(chunk[0])
        if word is None or not is_plain(word["word"]):
            hide_unknown(text, *chunk.span(), hidden)
    return _render(text, hidden, {})


def mask_quotes(text: str) -> str:
    """A message in which quoted texts of more than 7 characters are masked as by `mask_prose`."""
    return _QUOTED.sub(
        lambda found: (
            found[0]
            if len(found["body"]) < _SAID
            else found["quote"] + mask_prose(found["body"]) + found["end"]
        ),
        text,
    )


@lru_cache(maxsize=256)  # the same line stands in many versions of a file
def _masked(
    line: str,
    secrets: tuple[str, ...],
    keep: frozenset[str],
    code: tuple[tuple[int, int], ...],
    unseen: tuple[str, ...],
) -> MaskedLine:
    cut = line[_LONGEST:]
    line = line[:_LONGEST]
    hidden = bytearray(len(line))
    for start, end in _texts(len(line), code):
        _hide_in_text(line, start, end, keep, hidden)
    is_code = bytearray(len(line))
    for start, end in code:
        is_code[start:end] = b"\1" * (min(end, len(line)) - min(start, len(line)))
        for number in _LONG_NUMBER.finditer(line, start, end):
            hidden[number.start() : number.end()] = b"\1" * len(number[0])
    for numbers in _NUMBERS.finditer(line):
        hidden[numbers.start() : numbers.end()] = b"\1" * len(numbers[0])
    starts: dict[int, str] = {}
    known = bytearray(len(line))
    for secret in secrets:
        hide_known(line, secret, known, starts)
    for text in unseen:
        hide_known(line, text, known, {})
    for at, is_known_secret in enumerate(known):
        if is_known_secret and not is_code[at]:
            hidden[at] = 1
    for pem in _PEM_LINE.finditer(line):
        hidden[pem.start() : pem.end()] = bytes(pem.end() - pem.start())
    shown = _render(line, hidden, {at: preview(secret) for at, secret in starts.items()})
    return MaskedLine(shown + MASK, shown.masks) if cut else shown


def _texts(size: int, code: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The stretches between those of code."""
    at = 0
    for start, end in code:
        if start > at:
            yield at, min(start, size)
        at = max(at, end)
    if at < size:
        yield at, size


def _hide_in_text(line: str, start: int, end: int, keep: frozenset[str], hidden: bytearray) -> None:
    hide_unknown(line, start, end, hidden)
    for literal in _LITERAL.finditer(line, start, end):
        first, last = literal.span("body")
        body = literal["body"]
        named = _SECRET_NAME.search(line, max(0, literal.start() - 60), literal.start())
        if body in keep or (_CONSTANT.fullmatch(body) and is_plain(body) and _has_word(body)):
            hidden[first:last] = bytes(last - first)
        elif _MODE.fullmatch(body) and not named and _is_argument(line, *literal.span()):
            hidden[literal.start() : literal.end()] = bytes(len(literal[0]))
        elif named and len(body) > 2:
            hidden[first:last] = b"\1" * (last - first)
    pair = _PAIR.match(line) if start == 0 and end == len(line) else None
    if pair:
        hidden[pair.start("value") :] = b"\1" * len(pair["value"])
    for pattern in (_UNQUOTED, *_PLACES):
        for match in pattern.finditer(line, start, end):
            first, last = match.span("value")
            hidden[first:last] = b"\1" * (last - first)


def _is_argument(line: str, start: int, end: int) -> bool:
    """Whether a text in quotes is passed where a file is opened, or stands on a line of its own."""
    before = line[:start]
    is_after = not before.strip() or _OPENED_BEFORE.search(before) is not None
    return is_after and _ARGUMENT_AFTER.match(line, end) is not None


def _has_word(constant: str) -> bool:
    return any(is_known(part) for part in constant.split("_"))


def _render(line: str, hidden: bytearray, previews: dict[int, str]) -> MaskedLine:
    """The line with the stretches marked in `hidden` replaced, by a preview where there is one for
    the offset, else by `…`."""
    for gap in re.finditer(rb"(?<=\x01)\x00+(?=\x01)", hidden):
        if line[gap.start() : gap.end()].isspace() and previews.get(gap.end(), MASK) == MASK:
            hidden[gap.start() : gap.end()] = b"\1" * len(gap[0])
    parts: list[str] = []
    masks: list[Mask] = []
    at = size = 0
    for run in re.finditer(rb"\x01+", hidden):
        inside = [place for place, text in previews.items() if run.start() < place < run.end()]
        edges = [run.start(), *sorted(p for p in inside if previews[p] != MASK), run.end()]
        parts.append(line[at : run.start()])
        size += len(parts[-1])
        for start, end in pairwise(edges):
            text = previews.get(start, MASK)
            parts.append(text)
            masks.append(Mask(size, size + len(text), start, end))
            size += len(text)
        at = run.end()
    parts.append(line[at:])
    return MaskedLine("".join(parts), masks)
