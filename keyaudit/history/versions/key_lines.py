"""Selects the lines of a Python file that decide whether a literal reaches a key role.

Of most files the versions differ in other lines. Versions of one path in which these lines are the
same are analyzed once, and those in which nothing stands that could be a key not at all. The lines
are told by their form alone: those with a literal where a key may stand (one that stands for a key,
`changeme`, is none, nor is one by which a value is looked up), those that name a call or a place
with a key role, and those that import what such calls come from. Comments are none of them. A
version all of whose lines stand in others in which nothing was found, each literal beside each
call, has nothing new to say either.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from keyaudit.catalogue.types import Catalogue, Models
from keyaudit.code.selection.anchors import build
from keyaudit.code.selection.plain_flows import is_plain
from keyaudit.core.context import is_placeholder
from keyaudit.core.patterns import regex
from keyaudit.history.exposure.rules import LITERAL_RULES
from keyaudit.triage import Triage
from keyaudit.triage import build as build_triage

# A literal given to something with such a name, or back to who asks for a key.
_LITERAL = (
    r"(?i)\breturn[ \t]+[rbuf]{0,2}[\"'][^\s\"']{8}[^\s\"']*[\"'][ \t]*\r?$"
    r"|(?:key|secret|fernet|aes\w*|hmac|cipher|jwt|passw|passphrase|new)\w*[\"']?\]?"
    r"[ \t]*(?::[ \t]*\w+[ \t]*)?[=:(,][ \t]*\(?[ \t]*(?:[\w.]+\([ \t]*)?"
    r"[rbuf]{0,2}[\"'][^\s\"']{8}"
)
# One alone on its line, among the first arguments of a call of many lines.
_ALONE = r"^[ \t]*[rbufRBUF]{0,2}[\"'][^\s\"']{8}[^\s\"']*[\"'][ \t]*[),\]]*[ \t]*\r?$"
_FIRST_ARGUMENTS = 3
# One on the line of the call itself.
_QUOTED = regex(rb"[\"'][^\s\"']{8}")
_OPENS = (b"(", b"=", b"\\")
# A text by which something is looked up, at the end of what stands before it or of the line before.
_LOOKED_UP = regex(rb"(?:[\w)\]]\[|\.(?:get|pop|setdefault)\(|getenv\()[ \t]*[rbufRBUF]{0,2}\Z")
_BEFORE = 40  # bytes, in which that stands
# After a text that is looked up: what is taken where it is not found.
_OTHERWISE = regex(rb"[ \t]*,[ \t]*[rbufRBUF]{0,2}[\"']")
_NAMES_VALUE = regex(rb"[ \t]*:")  # after a text: it is the name of a value in a dict
# On such a line a text is told to somebody, or is the name of an attribute.
_TOLD = regex(rb"[ \t]*(?:raise\b|.*\bhasattr\()")
# `update` and `new` are words of everywhere: they count on lines that name their module, too.
_GENERIC_LENGTH = 9
_GENERIC = frozenset({"from_mapping"})
_DIGEST = 8  # bytes
# What a line is, before its digest in a signature.
_CALL, _TEXT, _BOTH, _IMPORT = "ctbi"
# More texts times calls than this are not told apart.
_MOST_PAIRS = 5_000


class KeyLines:
    """Tells the lines; made once for a catalogue, and may be shared by forked processes."""

    def __init__(self, catalogue: Catalogue, folder: Path | None) -> None:
        """`folder` keeps what triage compiles."""
        words, modules = _words(catalogue)
        generic = {word for word in words if _is_generic(word)}
        patterns = {"literal": _LITERAL, "alone": _ALONE}
        if words - generic:
            patterns["named"] = rf"\b(?:{_any(words - generic)})\b"
        if generic:
            patterns["generic"] = rf"\b(?:{_any(generic)})\b"
        if modules:
            patterns["module"] = rf"\b(?:{_any(modules)})\b"
        self._triage: Triage = build_triage((), patterns, cache_folder=folder)
        self._triage.prepare()

    def scan(self, data: bytes) -> Mapping[str, Sequence[int]]:
        """The lines (from 1) that `KeyLine.of` must be told of, by what they have."""
        return self._triage.scan(data)


@dataclass(frozen=True, slots=True)
class KeyLine:
    """What a line is to a signature: it names a call or place, has a literal that may be a key, or
    may have one if it stands among arguments. None of these: it imports what calls come from.
    """

    digest: str
    calls: bool
    literal: bool
    alone: bool

    @staticmethod
    def of(line: bytes, tags: Collection[str], *, code: bool) -> KeyLine | None:
        """What a line is, given what `KeyLines` says of it; None for nothing.

        `code`: it names a module of a model.
        """
        calls = ("named" in tags or (code and "generic" in tags)) and not _is_comment(line)
        possible = (calls or "literal" in tags or "alone" in tags) and _may_be_key(line)
        literal = possible and (calls or "literal" in tags)
        alone = possible and not literal
        if not (calls or possible or ("module" in tags and b"import" in line)):
            return None
        kind = (_BOTH if calls else _TEXT) if possible else _CALL if calls else _IMPORT
        digest = hashlib.blake2b(line.strip(), digest_size=_DIGEST).hexdigest()
        return KeyLine(kind + digest, calls, literal, alone)


def signature(lines: Sequence[bytes], key_lines: Mapping[int, KeyLine]) -> str:
    """The lines that count, as digests one after the other; "" where no key can be.

    `key_lines` are those of `lines` that are any, by number (from 1).
    """
    literals = False
    calls = False
    digests = set()
    for number, line in key_lines.items():
        if line.alone and not _given(lines, number):
            continue
        calls = calls or line.calls
        literals = literals or line.literal or line.alone
        digests.add(line.digest)
    return "".join(sorted(digests)) if calls and literals else ""


def lines_of(signature: str) -> frozenset[str]:
    """The lines in a signature; they serve this run only."""
    size = 1 + 2 * _DIGEST
    return frozenset(signature[at : at + size] for at in range(0, len(signature), size))


def reported_flows(signature: str) -> frozenset[str]:
    """What a version says that another may say, too: its lines, and which text meets which call."""
    lines = lines_of(signature)
    texts = [line for line in lines if line[0] in (_TEXT, _BOTH)]
    calls = [line for line in lines if line[0] in (_CALL, _BOTH)]
    if len(texts) * len(calls) > _MOST_PAIRS:
        return frozenset((*lines, signature))
    return lines.union(text + call for text in texts for call in calls)


def literals_only(catalogue: Catalogue) -> Catalogue:
    """The catalogue with the rules about literals alone, and of these what they say of keys.

    Other values the text rules tell by their names.
    """
    rules = {
        name: rule._replace(matches=tuple(filter(is_plain, rule.matches)))
        for name, rule in catalogue.rules.items()
        if name in LITERAL_RULES
    }
    return catalogue._replace(rules=rules, digest=f"{catalogue.digest}-literals")


def _words(catalogue: Catalogue) -> tuple[set[str], set[str]]:
    """The names of calls and places to which the rules about literals let none come, and of the
    modules they come from (the last part of each).
    """
    asked = {
        role
        for rule in literals_only(catalogue).rules.values()
        for match in rule.matches
        for role in match.parameters.get("to", ())
    }
    anchors = build(_with_roles(catalogue.models, asked))
    words: set[str] = set()
    homes: set[str] = set()
    for home, always in anchors.always.items():
        words |= always
        homes.add(home)
    for home, paired in anchors.with_words.items():
        if home:  # "" is the home of buffers, not of calls
            words |= set(paired)
            homes.add(home)
    # `password` is a name that rules about random ask about, and no key here.
    for sink in catalogue.models.assignments:
        if sink.role in asked - {"password"}:
            words.update(re.findall(r"[A-Za-z]\w{3,}", sink.name))
            homes.update(sink.imports)
    return words, {home.rpartition(".")[2] for home in homes if home}


def _with_roles(models: Models, asked: set[str]) -> Models:
    calls = {
        name: call
        for name, call in models.calls.items()
        if not asked.isdisjoint(role for role in call.parameters.values() if role is not None)
    }
    return models._replace(calls=calls)


def _is_comment(line: bytes) -> bool:
    return line.lstrip().startswith(b"#")


def _may_be_key(line: bytes) -> bool:
    """Whether a text in quotes may be a key: one that stands for a key gives a note at most, and
    one by which another is looked up is none.
    """
    if _is_comment(line) or _TOLD.match(line):
        return False
    for found in _QUOTED.finditer(line):
        start = found.start() + 1
        end = line.find(line[start - 1 : start], start)
        looked_up = _LOOKED_UP.search(line, max(0, start - _BEFORE), start - 1)
        if looked_up and not _OTHERWISE.match(line, end + 1):
            continue
        if end > 0 and _NAMES_VALUE.match(line, end + 1) and b"lambda" not in line:
            continue
        text = line[start:end]
        if end < 0 or b"\\" in text or not is_placeholder(text.decode("utf-8", "replace")):
            return True
    return False


def _given(lines: Sequence[bytes], number: int) -> bool:
    """Whether a line (from 1) goes on with what a line shortly before it opens."""
    for before in lines[max(0, number - 1 - _FIRST_ARGUMENTS) : number - 1][::-1]:
        opener = before.rstrip()
        if opener.endswith(_OPENS):
            looks_up = before is lines[number - 2] and _LOOKED_UP.search(opener) is not None
            return not looks_up or lines[number - 1].rstrip().endswith(b",")
        if not before.rstrip().endswith(b","):
            return False
    return False


def _is_generic(word: str) -> bool:
    short = word.isalpha() and word.islower() and len(word) <= _GENERIC_LENGTH
    return short or word in _GENERIC


def _any(words: set[str]) -> str:
    return "|".join(_escaped(words))


def _escaped(words: set[str]) -> Iterator[str]:
    return (re.escape(word) for word in sorted(words))
