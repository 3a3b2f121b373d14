"""Values whose name calls them secret and that stand without quotes, or together with the name in a
literal.

A value stands bare in a `.env`, a shell script, a Dockerfile or a list of environment variables,
after `--password`, in an HTTP header, in the query of a URL, in a connection string
(`Password=…;`), and between XML tags.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from keyaudit.core.context import is_placeholder
from keyaudit.core.patterns import regex
from keyaudit.secrets.judgement.names import snake_case, strictness
from keyaudit.secrets.judgement.values import is_secret
from keyaudit.secrets.values.markup import is_event

_WORD = regex(r"pass|pwd|secret|token|credential|bearer|key|auth|pw(?![a-z])")
_WORD_OF_ANY_CASE = regex(_WORD.pattern, re.IGNORECASE)
_NAME_PART = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-$")
# The header that proves who asks (RFC 9110, 11.6.2): there, a UUID is no id.
_SENT = regex(r"(?i)authorization[\"']?[ \t]*[:=,][ \t]*[\"'`]?(?:bearer|token)$")
_UUID = regex(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_REST = regex(r"[\w.-]{0,40}")
_SEPARATOR = regex(
    r"(?P<close>[\"'\])]{0,3})[ \t]{0,4}(?P<sign>=>|:=|={1,3}|!==?|:|>|(?=[ \t]))[ \t]{0,4}"
    r"(?P<scheme>(?:[Bb]earer|[Tt]oken|[Bb]asic)[ \t])?(?P<quote>[\"'`]?)"
)
_QUOTED = {quote: regex(rf"[^\s{quote}\\]{{8,200}}(?={quote})") for quote in "\"'`"}
_BARE = regex(r"[^\s\"'`\\<>(){}\[\],;|&]{8,200}")
_AFTER_BARE = regex(r"[ \t]*(?:$|[\"'`,;}\])&<#|\\]|--?\w|//)|[ \t]+\S")
# In a file of settings a value goes on to the end of its line, whatever signs it has.
_WHOLE = regex(r"[^\s\"'`][^\s]{7,199}(?=[ \t]*$|[ \t]+[#;])")
_IN_XML = regex(r"[^\s<>]{8,200}(?=\s*</)")
# In the query of a URL, in a list of pairs (`Server=…;Password=…;`), in one with spaces (libpq).
_IN_QUERY = regex(r"[^\s\"'&#]{8,200}(?=[&\"'\s#]|$)")
_IN_LIST = regex(r"[^\s;\"']{8,200}(?=[;\"'\s]|$)")
_PAIR_BEFORE = regex(r"\A|(?<=[;&?\s\"'(,])")
# What a text with expressions in it has there: `{self.key}`, `${key}`, `#{key}`, `%(key)s`.
_INSERTED = regex(r"\{[A-Za-z_]\w*[.\[(}:!]|[$#]\{|\{\{|%\(|\\")
# Code up to a quote: `os.environ[`, `dict(type=`.
_OPENED = regex(r"[A-Za-z_][\w.]*[\[({](?:\w+=)?\\?")
_VERSION = regex(r"v?\d+(?:\.\w+)+")  # after `==`, as in a list of requirements
_COMMAND = regex(r"(?:^|[\s\"'`,\[])--?$")
_INSTRUCTION = regex(
    r"\s*(?:ENV|ARG|LABEL)\s+|\s*(?:machine\s.*)?$|.*\slogin\s+\S+\s+"
    # `aws configure set aws_secret_access_key …`, `npm config set //npm.acme.com/:_authToken …`
    r"|.*\bconfig(?:ure)?\s+(?:--?[\w-]+\s+){0,4}(?:set\s+)?[^\s=]{0,80}"
)
_TAG = regex(r"</?[a-z]{1,10}\s*/?>")  # of a page, up to which a value goes
_NEAR = 300  # characters before a name that matter
_AFTER_CODE = regex(r"\s(?:#|//)\s")


def bare_values(line: str, bare: bool, settings: bool) -> Iterator[str]:
    """The values in a line that their name calls secret.

    `bare`: quotes are not asked for; `settings`: the file has one value a line, up to its end.
    """
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
        level = None if between is None else strictness(line[start:end])
        if between is None or level is None or is_event(line, start, between[0]):
            continue
        if between["sign"] == ":" and line[max(0, start - 2) : start + 1].endswith("$"):
            continue  # what is read, and what follows it: `$PWD:/app`
        if not between["sign"] and "$" in line[start + 1 : word.start()]:
            continue  # the option has its value, which is read: `-p$PASSWORD -D$DATABASE`
        in_shell = between["sign"] == ":" and line[max(0, start - 2) : start] == "${"
        is_bare = bare or _AFTER_CODE.search(line, max(0, start - _NEAR), start) is not None
        for value in _candidates(line, start, between, is_bare, settings):
            if in_shell:
                value = value.lstrip("-=?+").rstrip("}")  # `${PASSWORD:-…}`
            if repeats_name(line[start:end], value):
                continue
            if is_secret(html.unescape(value), level) or _is_sent(line, end, value):
                yield value
                break


def pair_values(text: str) -> Iterator[str]:
    """The values that their names call secret in a text of pairs: `host=…;password=…`."""
    words = _WORD.finditer(text.lower()) if text.isascii() else _WORD_OF_ANY_CASE.finditer(text)
    for word in words:
        rest = _REST.match(text, word.start())
        assert rest is not None
        start, end = word.start(), rest.end()
        if text[end : end + 1] != "=":
            continue
        while start > 0 and text[start - 1] in _NAME_PART and word.start() - start < 60:
            start -= 1
        level = strictness(text[start:end])
        if level is None or not _PAIR_BEFORE.match(text, start):
            continue
        in_query = text[max(0, start - 1) : start] in ("?", "&")
        found = (_IN_QUERY if in_query else _IN_LIST).match(text, end + 1)
        value = _TAG.split(found[0], maxsplit=1)[0].rstrip("\\") if found else ""
        if (
            _INSERTED.match(value)
            or value.count("{{") > value.count("}}")
            or _OPENED.fullmatch(value)
            or repeats_name(text[start:end], value)
        ):
            continue
        if is_secret(value, level):
            yield value


def repeats_name(name: str, value: str) -> bool:
    """Whether a value only repeats its name: `linearize_pass1: linearizePass1`. For a name in
    the plural, also whether it is a name that begins with the singular: `"passphrases":
    ("PassphraseFile",)`."""
    if name.endswith("s") and value.isalpha():
        several = re.split(r"[^a-z0-9]", snake_case(name))[-1]
        return snake_case(value).split("_")[0] == several.rstrip("s")
    return snake_case(value).replace("_", "") in snake_case(name).replace("_", "")


def _candidates(
    line: str, start: int, between: re.Match[str], bare: bool, settings: bool
) -> Iterator[str]:
    """What may stand for the value of the name that starts there; nothing for code.

    `between` is what stands between them.
    """
    end = between.start()
    name, sign, quote = line[start:end], between["sign"], between["quote"]
    before = line[max(0, start - _NEAR) : start]
    option = name.startswith("-") or _COMMAND.search(before) is not None
    in_text = option or bool(between["scheme"]) or before.endswith(("?", "&"))
    sent = name.lower() == "bearer" or _SENT.search(line, max(0, end - _NEAR), end) is not None
    if sign == "" and not (option or between["scheme"] or sent or _INSTRUCTION.fullmatch(before)):
        return
    if sign == ">":
        if not quote and before.endswith("<") and (found := _IN_XML.match(line, between.end())):
            yield found[0]
        return
    if quote and not between["close"] and before.endswith(quote) and _ends_text(before, quote):
        return  # `'DB_PASSWORD='.$value`: what the name stands in ends there
    if quote:
        found = _QUOTED[quote].match(line, between.end())
        if found:
            yield found[0]
        return
    whole = _WHOLE.match(line, between.start("sign") + 1) if settings and sign == "==" else None
    if whole is not None and not _VERSION.fullmatch(whole[0][1:]):
        yield whole[0]
    if "==" in sign or sign.startswith("!") or not (bare or in_text or sent):
        return
    # In braces or brackets, as YAML has them, it ends before these do.
    alone = (
        settings
        and not in_text
        and not before.lstrip().startswith(("{", "["))
        and "{" not in before
    )
    if alone and (found := _WHOLE.match(line, between.end())):
        yield found[0].removesuffix(",") if line.lstrip().startswith(('"', "'")) else found[0]
    if option and (found := _WORD_OF_SHELL.match(line, between.end())):
        yield found[0]
    found = _BARE.match(line, between.end())
    if found is not None and _AFTER_BARE.match(line, found.end()):
        yield found[0].rstrip(".:!?") if in_text else found[0]


def _ends_text(before: str, quote: str) -> bool:
    """Whether a quote ends the text that a name stands in, of which the last sign before the name
    is the first."""
    return before.count(quote) % 2 == 1 and not before.endswith("\\" + quote)


_WORD_OF_SHELL = regex(r"[^\s\"'`\\$;&|<>()]{8,200}(?=\s|$)")


def _is_sent(line: str, end: int, value: str) -> bool:
    """Whether a value after the word that ends at `end` is a UUID that proves who asks."""
    is_id = _UUID.fullmatch(value) is not None and not is_placeholder(value)
    return is_id and _SENT.search(line, max(0, end - _NEAR), end) is not None
