"""Finds values whose name says that they are secret: `name = "value"` in many forms.

detect-secrets' KeywordDetector wants quotes outside configuration files, and has its list of
names. Here a value may also stand bare in a `.env`, a shell script, a Dockerfile or a list of
environment variables, after `--password`, in an HTTP header, in the query of a URL, between XML
tags, or as the second of two arguments. In return more is asked of the value: it must look like
one that a program or a careful person made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from keyaudit.core.context import is_placeholder
from keyaudit.core.paths import suffix
from keyaudit.core.words import is_plain
from keyaudit.secrets.detection import Detection
from keyaudit.secrets.judgement.names import is_other, parts_of
from keyaudit.secrets.judgement.noise import NAMED
from keyaudit.secrets.values.wrapped import apart, opened

_LONGEST_LINE = 2000
_PASSWORD = r"pass(?:word|wd|phrase|code)?s?|pwd|pw"  # noqa: S105
_KEY_OF = (
    r"api|access|secret|priv(?:ate)?|master|encrypt(?:ion)?|sign(?:ing|ature)?|crypto|cipher|hmac"
    r"|aes|fernet|jwt|auth|service|account|app(?:lication)?|client|storage|shared|admin|deploy"
    r"|webhook|session|cookie|flask|django|db|database|rest|write|ingest|root|server"
)
_KEYWORD = re.compile(
    rf"(?<![a-z])(?:(?P<password>{_PASSWORD})|(?P<secret>secrets?|(?:auth|access|api)?tokens?|credentials?|bearer"
    rf"|(?:{_KEY_OF})[_-]?(?:(?:secret|token|auth)[_-]?)?keys?))(?![a-z])"
)
_WORD = re.compile(r"pass|pwd|secret|token|credential|bearer|key|auth")
_WORD_OF_ANY_CASE = re.compile(_WORD.pattern, re.IGNORECASE)
_NAME_PART = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-$")
# The header that proves who asks (RFC 9110, 11.6.2): there, a UUID is no id.
_SENT = re.compile(r"(?i)authorization[\"']?[ \t]*[:=,][ \t]*[\"'`]?(?:bearer|token)$")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_REST = re.compile(r"[\w.-]{0,40}")
# By which AWS tells a repeated request.
_ONCE = re.compile(r"(?:^|_)(?:client_(?:request_)?|creation_)token$")
_SEPARATOR = re.compile(
    r"(?P<close>[\"'\])]{0,3})[ \t]{0,4}(?P<sign>=>|:=|={1,3}|!==?|:|,|>|\(|(?=[ \t]))[ \t]{0,4}"
    r"(?P<scheme>(?:[Bb]earer|[Tt]oken|[Bb]asic)[ \t])?(?:[rbuf]{1,2}(?=[\"']))?(?P<quote>[\"'`]?)"
)
_QUOTED = {
    quote: re.compile(rf"[^\s{quote}\\<>(){{}}\[\],;]{{8,200}}(?={quote})") for quote in "\"'`"
}
_BARE = re.compile(r"[^\s\"'`\\<>(){}\[\],;|&]{8,200}")
_AFTER_BARE = re.compile(r"[ \t]*(?:$|[\"'`,;}\])&<#|\\]|--?\w|//)|[ \t]+\S")
_COMMAND = re.compile(r"(?:^|[\s\"'`,\[])--?$")
_INSTRUCTION = re.compile(r"\s*(?:ENV|ARG|LABEL)\s+|\s*(?:machine\s.*)?$|.*\slogin\s+\S+\s+")
_CODE = frozenset({
    ".py", ".pyi", ".pyw", ".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".java", ".go", ".c",
    ".h", ".cpp", ".cc", ".hpp", ".cs", ".rb", ".php", ".swift", ".kt", ".kts", ".scala", ".rs",
    ".pl", ".pm", ".lua", ".r", ".jl", ".ex", ".exs", ".erl", ".clj", ".dart", ".m", ".sql",
    ".vue", ".svelte", ".html", ".htm", ".tf", ".proto", ".graphql", ".groovy", ".css",
})  # fmt: skip
_NO_VALUE = re.compile(
    r"[{}]|\*\*/|/\*\*|^\*\*|\*\*$|\*{3}|%[sdr(]|%%|^%|\$\(|^\$|://|^[./~@:#-]|^[A-Za-z]:[\\/]|^[\w-]+(?:\.[\w-]+)+$|^\d+(?:[.:/-]\d+)*\w?$"
    r"|^v?\d+\.\d+|^\d{4}-\d\d-\d\d|\.(?:html?|txt|pem|key|py|json|ya?ml|conf|crt|md|sh|cfg)$"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\.\.\.$|^\w*:?/"
    r"|^(?:arn|urn|(?:hmac-)?sha\d+|md5|os|self|env|vault):"
    r"|^\w+=(?!=?$)|^#[0-9a-f]{3,8}$|^(?:ssh-|ecdsa-|AAAA[BCE])",
    re.IGNORECASE,
)
_NEXT = re.compile(r"\s*(?:[rbuf]{1,2}(?=[\"']))?(?P<quote>[\"']?)")
_AFTER_CODE = re.compile(r"\s(?:#|//)\s")
_COMMENT = ("#", "//", "/*", "*", "--", ";", "<!--")
_LEAST_SECRET = 16
_LEAST_DISTINCT = 10


def find(path: str, lines: Sequence[str], numbers: Sequence[int]) -> Iterator[Detection]:
    """The detections in the lines (from 1) that triage points at."""
    bare = suffix(path).lower() not in _CODE
    for number in numbers:
        line = lines[number - 1] if number <= len(lines) else ""
        if len(line) > _LONGEST_LINE:
            continue
        is_bare = bare or line.lstrip().startswith(_COMMENT)
        for value in sorted(set(_values(line, is_bare))):
            yield Detection(NAMED, number, value, False, line)
        following = lines[number] if number < len(lines) else ""
        below = _below(line, following, is_bare)
        if below is not None:
            yield Detection(NAMED, number + 1, below, False, following)
        for text, at in apart(lines, number):
            for value in sorted(set(_values(text, True))):
                yield Detection(NAMED, at, value, False, lines[at - 1])


def has_value(line: str) -> bool:
    """Whether a line has a value that its name calls a secret, in a file of some kind."""
    return len(line) <= _LONGEST_LINE and any(_values(line, True))


def is_secret_name(name: str) -> bool:
    """Whether a name calls its value a password, a key, a token or the like."""
    return _strictness(name) is not None


def _values(line: str, bare: bool) -> Iterator[str]:
    """The values in a line that their name calls secret. `bare`: quotes are not asked for."""
    end = 0
    # Small letters alone are found many times as fast.
    words = _WORD.finditer(line.lower()) if line.isascii() else _WORD_OF_ANY_CASE.finditer(line)
    for word in words:
        if word.start() < end:
            continue
        rest = _REST.match(line, word.start())
        assert rest is not None
        start, end = word.start(), rest.end()
        while start > 0 and line[start - 1] in _NAME_PART and word.start() - start < 60:
            start -= 1
        between = _SEPARATOR.match(line, end)
        strictness = None if between is None else _strictness(line[start:end])
        if between is None or strictness is None:
            continue
        is_bare = bare or _AFTER_CODE.search(line, 0, start) is not None
        value = _value(line, start, between, is_bare)
        if value is None or _repeats(line[start:end], value):
            continue
        if _is_secret(value, strictness) or _is_sent(line, end, value):
            yield value


def _below(line: str, following: str, bare: bool) -> str | None:
    """The value in the following line of a name at the end of a line; None for none."""
    name = opened(line)
    if name is None or len(following) > _LONGEST_LINE:
        return None
    strictness = _strictness(name["name"])
    start = _NEXT.match(following)
    if strictness is None or start is None:
        return None
    quote = start["quote"]
    # In an INI file the next line may be the value, when it is indented.
    is_ini = name["sign"] is None and following[:1].isspace()
    if not quote and not (bare and (is_ini or (name["sign"] or "(") != "(")):
        return None
    found = (_QUOTED[quote] if quote else _BARE).match(following, start.end())
    if found is None or not (quote or _AFTER_BARE.match(following, found.end())):
        return None
    return found[0] if _is_secret(found[0], strictness) else None


def _repeats(name: str, value: str) -> bool:
    """`linearize_pass1: linearizePass1`: the value is the name in other letters."""
    return parts_of(value).replace("_", "") in parts_of(name).replace("_", "")


def _strictness(name: str) -> str | None:
    """`password` or `secret`, by what a name calls its value; None when it is something else."""
    parts = parts_of(name)
    if _ONCE.search(parts):
        return None
    found = next(reversed(list(_KEYWORD.finditer(parts))), None)
    if found is None or is_other(parts[: found.start()], found[0], parts[found.end() :]):
        return None
    return "password" if found["password"] else "secret"


def _value(line: str, start: int, between: re.Match[str], bare: bool) -> str | None:
    """What stands for the value of the name that starts there; None for code.

    `between` is what stands between them.
    """
    end = between.start()
    name, sign, quote = line[start:end], between["sign"], between["quote"]
    before = line[:start]
    option = name.startswith("-") or _COMMAND.search(before) is not None
    in_text = option or bool(between["scheme"]) or before.endswith(("?", "&"))
    sent = name.lower() == "bearer" or _SENT.search(line, 0, end) is not None
    if sign == "" and not (option or between["scheme"] or sent or _INSTRUCTION.fullmatch(before)):
        return None
    if sign == "," and not (quote and between["close"][:1] in ("'", '"')):
        return None
    if sign == ">" and (quote or not before.endswith("<")):
        return None
    if sign == "(" and not (quote and name.lower().startswith(("set", "with", "."))):
        return None
    if quote:
        found = _QUOTED[quote].match(line, between.end())
        return found[0] if found else None
    if "==" in sign or sign.startswith("!") or not (bare or in_text or sign == ">" or sent):
        return None
    found = _BARE.match(line, between.end())
    if found is None or not _AFTER_BARE.match(line, found.end()):
        return None
    return found[0].rstrip(".:!?") if in_text else found[0]


def _is_secret(value: str, strictness: str) -> bool:
    """Whether a value looks made up by a program, or for a password by a person."""
    if len(value) < 8 or _NO_VALUE.search(value) or not value.isascii() or is_plain(value):
        return False
    if is_placeholder(value):
        return False
    if not any(map(str.isalpha, value)) or not (any(map(str.isdigit, value)) or _is_mixed(value)):
        return False
    distinct = len(set(value))
    if strictness == "password":
        return distinct >= 6
    return len(value) >= _LEAST_SECRET and distinct >= _LEAST_DISTINCT and _is_random(value)


def _is_sent(line: str, end: int, value: str) -> bool:
    """Whether a value after the word that ends at `end` is a UUID that proves who asks."""
    is_id = _UUID.fullmatch(value) is not None and not is_placeholder(value)
    return is_id and _SENT.search(line, 0, end) is not None


def _is_mixed(value: str) -> bool:
    return any(map(str.islower, value)) and any(map(str.isupper, value))


def _is_random(value: str) -> bool:
    """Whether no more than half of the characters are in words, numbers and names of some length.

    Text such as `prod-eu-west-1-main2` is put together from words, random text is not. Without
    signs between them, short and long runs of letters are no words.
    """
    least, most = (3, 18) if re.search(r"[-_./ ]", value) else (5, 10)
    runs = re.findall(r"[A-Za-z]+|\d{4,}", value)
    words = sum(len(r) for r in runs if r.isdigit() or (least <= len(r) <= most and _reads(r)))
    return words * 2 < len(value) or re.fullmatch(r"[0-9a-f]{24,}|[0-9A-F]{24,}", value) is not None


def _reads(run: str) -> bool:
    return (run.islower() or run.isupper() or run.istitle()) and is_plain(run)
