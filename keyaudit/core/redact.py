"""Shows code without the secrets in it: previews of values, and masked source lines."""

from __future__ import annotations

import base64
import html
import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import quote

from keyaudit.core.words import is_plain, may_be_name

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
_PEM_LINE = re.compile(r"-----(?:BEGIN|END) [A-Z0-9 ]{1,40}-----")
_SHORT = 16
_OTHERS = 4
_PART = 5


def preview(value: str) -> str:
    """What may be shown of a secret: a public prefix, at most 4 more characters, then `…`.

    Never more than a fifth of the value beside the prefix; of a short one without a prefix,
    nothing. The length of the value cannot be told from the result.
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
# A stretch of 5 characters of a secret is masked wherever it stands.
_GRAM = 5
_LITERAL = re.compile(
    r"""(?P<quote>\"{3}|'{3}|["'`])(?P<body>(?:\\.|(?!(?P=quote)).)*)(?P<end>(?P=quote)|$)"""
)
_SECRET_NAME = re.compile(
    r"""(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|(?:api|private|access|auth|master
    |signing|encryption)?_?key|salt|pepper|seed|nonce|iv)\w{0,10}["'\])]{0,3}
    \s*(?::\s*\w+\s*=|:=|=>|=|:|,|\()\s*(?:[a-z.]*\()?[rbuf@]{0,2}$""",
    re.IGNORECASE | re.VERBOSE,
)
_UNQUOTED = re.compile(
    r"""(?:pass(?:word|wd|phrase)?|pwd|secret|token|credential|key)\w{0,10}["']?[ ]*(?:=|:)[ ]*
    (?P<value>[^\s'"`(){}\[\],;]{6,})(?![\w(\[.])""",
    re.IGNORECASE | re.VERBOSE,
)
_URL_PASSWORD = re.compile(r"://[^\s/:@]{0,80}:(?P<value>[^\s/@]{1,200})@")
_TOKEN = re.compile(r"[A-Za-z0-9+/_~.-]{8,}={0,2}")
_NUMBERS = re.compile(
    r"(?:0[xX][0-9a-fA-F]{1,2}|\d{1,3})(?:\s*,\s*(?:0[xX][0-9a-fA-F]{1,2}|\d{1,3})){7,}"
)
_NAME_ZONE = re.compile(r"\s*(?:(?:export|set|const|let|var|-)\s+)?(?P<name>[A-Za-z_][A-Za-z_.]*)"
                        r"\s*(?:=|:(?!//))")  # fmt: skip
_CONSTANT = re.compile(r"[A-Z]{2,}(?:_[A-Z]{2,})+")  # the name of an environment variable
_ESCAPED = re.compile(r"\\(?:[xuU]|[0-7]{2})")
_WORDS = re.compile(r"\S+")


def mask_line(line: str, secrets: Sequence[str], keep: frozenset[str] = frozenset()) -> str:
    """A source line in which every secret, and what could be one, is replaced by its preview.

    `secrets` are values known to be secret; they are found as they are, escaped, encoded, and
    in parts. Beside them goes what stands in quotes and is neither in `keep` nor plain words,
    what a secret's name points at, passwords in URLs, long tokens and lists of byte values.
    A line of over 500 characters is cut there.
    """
    line = line.rstrip("\r\n")
    if len(line) > _LONGEST:
        return _masked(line[:_LONGEST], tuple(secrets), keep) + MASK
    return _masked(line, tuple(secrets), keep)


@lru_cache(maxsize=256)  # the same line stands in many versions of a file
def _masked(line: str, secrets: tuple[str, ...], keep: frozenset[str]) -> str:
    hidden = bytearray(len(line))
    starts: dict[int, str] = {}
    for start, end in _guesses(line, keep):
        hidden[start:end] = b"\1" * (end - start)
    for secret in secrets:
        _hide_known(line, secret, hidden, starts)
    for pem in _PEM_LINE.finditer(line):
        hidden[pem.start() : pem.end()] = bytes(pem.end() - pem.start())
    return _render(line, hidden, starts)


def _render(line: str, hidden: bytearray, starts: dict[int, str]) -> str:
    parts = []
    at = 0
    for run in re.finditer(rb"\x01+", hidden):
        parts.append(line[at : run.start()])
        parts.append(starts.get(run.start(), MASK))
        at = run.end()
    parts.append(line[at:])
    return "".join(parts)


def _hide_known(line: str, secret: str, hidden: bytearray, starts: dict[int, str]) -> None:
    """Mark each stretch of 5 characters of the secret, in any of its forms; short ones whole."""
    forms = _forms(secret)
    # A key's forms are long, and the line with its header is short.
    here = {line[i : i + _GRAM] for i in range(len(line) - _GRAM + 1)}
    joined = "\n".join(forms)  # no stretch of one line reaches over the end of another
    grams = {gram for gram in here if gram in joined}
    zone = _NAME_ZONE.match(line)
    name = zone.span("name") if zone else (0, 0)
    for start, end in _covered(line, grams):
        if not (name[0] <= start and end <= name[1]):
            hidden[start:end] = b"\1" * (end - start)
    for form in forms:
        if len(form) < _GRAM:
            for match in re.finditer(rf"(?<![^\W_]){re.escape(form)}(?![^\W_])", line):
                if match.start() >= name[1]:
                    hidden[match.start() : match.end()] = b"\1" * len(form)
    at = line.find(secret) if secret else -1
    while at >= 0:
        starts[at] = preview(secret)
        at = line.find(secret, at + 1)


def _covered(line: str, grams: set[str]) -> Iterator[tuple[int, int]]:
    """The maximal stretches of the line that are covered by the grams."""
    begin = end = -1
    for at in range(len(line) - _GRAM + 1):
        if line[at : at + _GRAM] in grams:
            if at > end:
                if end > 0:
                    yield begin, end
                begin = at
            end = at + _GRAM
    if end > 0:
        yield begin, end


def _forms(secret: str) -> list[str]:
    """The ways a value is written in source: escaped, percent-encoded, in base64 or hex."""
    data = secret.encode("utf-8", "surrogatepass")
    encoded = base64.b64encode(data).decode()
    escaped = "\\x" + data.hex("-").replace("-", "\\x") if data else ""
    forms = [
        secret,
        repr(secret)[1:-1],
        repr(data)[2:-1],
        json.dumps(secret)[1:-1],
        escaped,
        escaped.upper().replace("\\X", "\\x"),
        html.escape(secret),
        quote(data, safe=""),
        encoded,
        encoded.replace("+", "-").replace("/", "_"),
        data.hex(),
        data.hex().upper(),
        secret.replace("'", "''"),
        secret.replace('"', '""'),
    ]
    return [form for form in dict.fromkeys(forms) if form.strip()]


def _guesses(line: str, keep: frozenset[str]) -> Iterator[tuple[int, int]]:
    """The stretches that may hold a secret nobody has named."""
    quoted: list[tuple[int, int]] = []
    for literal in _LITERAL.finditer(line):
        start, end = literal.span("body")
        quoted.append((start, end))
        body = literal["body"]
        if body in keep or len(body) < 3 or _CONSTANT.fullmatch(body):
            continue
        named = _SECRET_NAME.search(line, max(0, literal.start() - 60), literal.start())
        if named or _ESCAPED.search(body):
            yield start, end
        else:
            for word in _WORDS.finditer(body):
                if not is_plain(word[0]):
                    yield start + word.start(), start + word.end()
    for pattern in (_URL_PASSWORD, _UNQUOTED):
        for match in pattern.finditer(line):
            if pattern is _URL_PASSWORD or not may_be_name(match["value"]):
                yield match.span("value")
    for numbers in _NUMBERS.finditer(line):
        yield numbers.span()
    begins = [start for start, _ in quoted]
    for token in _TOKEN.finditer(line):
        index = bisect_right(begins, token.start()) - 1
        inside = index >= 0 and token.end() <= quoted[index][1]
        if not inside and not may_be_name(token[0]):
            yield token.span()
