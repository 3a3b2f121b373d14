"""What scripts in JavaScript and TypeScript write into their log: the browser's console, which
whoever sits there reads and error reporters send on, or the log of a server in Node."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.configs.forms.script_places import found, is_made, start_of_written
from keyaudit.configs.readers.offsets import lines_of
from keyaudit.configs.tree import Resource
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import (
    BARE_TOKEN,
    CODE,
    NEUTRAL,
    SECRETS,
    is_aside,
    reading,
    reading_of_label,
)

KIND = "logged"
_LOGS = regex(
    r"\b(?:console|(?:\w{0,30}(?:L|_l)|l)og(?:ger)?|LOG(?:GER)?|winston|pino)(?:\.log)?"
    r"\.(?:log|debug|info|warn(?:ing)?|error|trace|verbose|dir|silly|fatal)\("
)
_LONGEST = 400
_TEXT = regex(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`", re.DOTALL)
# A variable with what it is one of, or what an Ember object is asked for by name.
_PATH = regex(
    r"(?:await\s+)?[A-Za-z_$][\w$]*(?:[?!]?\.[A-Za-z_$][\w$]*|(?:\?\.)?\[[^\[\]\n]{1,60}\]"
    r"|\.get\(\s*[\"'][\w.]{1,60}[\"']\s*\))*!?"
)
_MAKES_TEXT = regex(
    r"(?:JSON\.stringify|String|util\.inspect)\(\s*(\{[^{}()]*\}|[^(),]+?)\s*(?:,[^()]*)?\)"
)
_NAMES = regex(r"[A-Za-z_$][\w$]*")
_AT_THE_END = regex(r"\[\s*[\"']?([\w$-]*)[\"']?\s*\]!?\Z|\.get\(\s*[\"']([\w.]+)[\"']\s*\)!?\Z")
_HOLE = regex(r"\$\{\s*([^{}]{1,120}?)\s*\}")
# What comes out of this is a key, whatever it is called.
_OPENED = r"(?<![\w$.]){}\s*=\s*(?:await\s+)?[\w$.]*(?:[dD]ecrypt|[uU]nwrap)[\w$]*Keys?\("
_ENTRY = regex(r"(?:\A\{|,)\s*(?:([\w$]+)\s*(?=[,}])|([\w$]+)\s*:\s*([^,{}]{1,80}?)\s*(?=[,}]))")
# A file in which a plain token is what somebody logs in with.
_OF_LOGINS = regex(r"(?i)\bbearer\b|\bauthorization\b|\bjwt|log_?in\b|\bauth(?:enticat|service|\b)")
_OF_TEXTS = regex(r"(?i)\blexer|tokeniz|\bparser\b|getToken\(\)|ERC20|web3|ethers\b|\bcoin")
_CLOSES = {"(": ")", "[": "]", "{": "}"}


def resources(text: str, path: str, form: str) -> Iterator[Resource]:
    """What is logged and called a secret, one resource a place: `name` says what it is called."""
    if is_made(path):
        return
    place = lines_of(text)
    for call in _LOGS.finditer(text):
        line = start_of_written(text, call.start())
        if line is None or "//" in text[line : call.start()]:
            continue
        said = ""
        for start, part in _parts(text, call.end()):
            name = _secret_in(part, said, text, call.start())
            if name:
                span = place(start, start + len(part))
                yield found(form, KIND, name, {"name": name}, span, path)
                break
            said = part[1:-1] if _TEXT.fullmatch(part) else ""


def _parts(text: str, start: int) -> Iterator[tuple[int, str]]:
    """The arguments of a call whose bracket ends at `start`, and what they are put together from
    with `+`, each with where it stands. Nothing of a call that is longer than a line or two."""
    wanted: list[str] = []
    found: list[tuple[int, int]] = []
    begun = at = start
    while at < min(len(text), start + _LONGEST):
        sign = text[at]
        if sign in "\"'`":
            quoted = _TEXT.match(text, at)
            if quoted is None:
                return
            at = quoted.end()
            continue
        if sign in _CLOSES:
            wanted.append(_CLOSES[sign])
        elif not wanted and sign in ",+)":
            found.append((begun, at))
            begun = at + 1
            if sign == ")":
                break
        elif sign in ")]}" and (not wanted or wanted.pop() != sign):
            return
        at += 1
    else:
        return
    for first, end in found:
        part = text[first:end]
        yield first + len(part) - len(part.lstrip()), part.strip()


def _secret_in(part: str, said: str, text: str, before: int) -> str:
    """The name of the secret that a part of a message shows; "" for none. `said` is the text before
    it."""
    made = _MAKES_TEXT.fullmatch(part)
    if made is not None:
        part = made[1].strip()
    if part[:1] == "`":
        for hole in _HOLE.finditer(part):
            found = _secret_in(hole[1], part[1 : hole.start()], text, before)
            if found:
                return found
    if part[:1] == "{":
        for entry in _ENTRY.finditer(part):
            held = entry[1] or entry[3]
            found = _secret_in(held, f"{entry[2] or ''}: ", text, before)
            if found:
                return found
    return _of_path(part, said, text, before) if _PATH.fullmatch(part) else ""


def _of_path(part: str, said: str, text: str, before: int) -> str:
    asked = _AT_THE_END.search(part)
    last = (asked[1] or asked[2] or "").rpartition(".")[2] if asked else ""
    if not _NAMES.fullmatch(last):
        last = _NAMES.findall(re.sub(r"\[[^\]]*\]", "", part))[-1]
    held = reading(last)
    if held in SECRETS - {BARE_TOKEN, CODE}:
        return last
    if held == BARE_TOKEN:
        of_login = _OF_LOGINS.search(text) is not None and _OF_TEXTS.search(text) is None
        return "access_token" if of_login else ""
    if held != NEUTRAL or is_aside(last):
        return ""
    opened = re.compile(_OPENED.format(re.escape(part)))
    if opened.search(text, max(0, before - _LONGEST), before) and _is_last_given(
        part, text, before
    ):
        return "decrypted_key"
    label = reading_of_label(said) if said else NEUTRAL
    return "secret" if label in SECRETS - {BARE_TOKEN, CODE} else ""


def _is_last_given(part: str, text: str, before: int) -> bool:
    """Whether the last value that a variable was given before was taken out of something
    encrypted."""
    given = re.compile(rf"(?<![\w$.]){re.escape(part)}\s*=(?!=)")
    starts = [one.start() for one in given.finditer(text, max(0, before - _LONGEST), before)]
    return (
        bool(starts)
        and re.compile(_OPENED.format(re.escape(part))).match(text, starts[-1]) is not None
    )
