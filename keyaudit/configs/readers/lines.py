"""Parses formats with one setting on each line: INI, properties, sshd, PostgreSQL and others.

The result maps names to lists of values, one for each line that sets the name; a section is a
mapping of its own. Names are in lower case if the program ignores case.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace

from keyaudit.configs.readers.nginx import ARGUMENTS
from keyaudit.configs.tree import HOLE, Entry, Mapping, Node, Scalar, Sequence
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex

# A variable with what it is where nothing sets it: `${START_TLS:-no}`.
_DEFAULT = regex(r"\$\{\w+:?[-=]([^{}$`]*)\}")
_VARIABLE = regex(r"\$\{[^}]*\}|\$\([^)]*\)|%\([^)]*\)s|\$[A-Za-z_]\w*|\{\{.*?\}\}")


@dataclass(frozen=True, slots=True)
class Style:
    """The syntax of a format.

    `comment` matches the start of a comment line, `inline` that of a comment after a value,
    `between` the separator of name and value. `words`: the value is a list of words. `folded`:
    names are put in lower case. `groups`: a line that begins with a match begins a section.
    """

    comment: re.Pattern[str]
    between: re.Pattern[str]
    inline: re.Pattern[str] | None = None
    words: bool = False
    folded: bool = False
    groups: re.Pattern[str] | None = None


_HASH = regex(r"#")
_SPACE = regex(r"[ \t]+")
INI = Style(regex(r"[#;]"), regex(r"[ \t]*[=:][ \t]*"), regex(r"\s[#;]"))
PROPERTIES = Style(regex(r"[#!]"), regex(r"[ \t]*[=:][ \t]*|[ \t]+"))
DOTENV = Style(_HASH, regex(r"[ \t]*=[ \t]*"), regex(r"\s#"))
POSTGRESQL = Style(_HASH, regex(r"[ \t]*=[ \t]*|[ \t]+"), regex(r"#"), folded=True)
PG_HBA = Style(_HASH, _SPACE, regex(r"#"), words=True)
SSHD = Style(_HASH, regex(r"[ \t]*=[ \t]*|[ \t]+"), regex(r"\s#"), words=True,
             folded=True, groups=regex(r"(?:match|host)\b", re.IGNORECASE))  # fmt: skip
OPENVPN = Style(regex(r"[#;]"), _SPACE, regex(r"\s[#;]"), words=True, folded=True)
APACHE = Style(_HASH, _SPACE, words=True, folded=True)
HAPROXY = Style(
    _HASH, _SPACE, regex(r"\s#"), words=True,
    groups=regex(r"(?:global|defaults|frontend|backend|listen|peers|resolvers|userlist"
                      r"|cache|program|ring|http-errors|mailers|crt-store)\b"),
)  # fmt: skip

_SECTION = regex(r"\[+([^\]]*)\]+")
_TAG = regex(r"<(/?)(\w+)[ \t]*([^>]*)>")


def read(text: str, style: Style) -> Mapping:
    """The settings in a text. Never fails: empty lines and comments are left out."""
    root = Mapping({}, Span(1, 1, 1, 1))
    stack = [root]
    for number, start, line in _logical(text):
        stripped = line.lstrip()
        if not stripped or style.comment.match(stripped):
            continue
        column = start + len(line) - len(stripped) + 1
        section = _SECTION.match(stripped)
        if section and style is INI:
            stack = [root, _open(root, section[1].strip(), number, column, len(stripped))]
            continue
        tag = _TAG.match(stripped) if style is APACHE else None
        if tag is not None:
            if tag[1]:
                stack = stack[:-1] if len(stack) > 1 else stack
            else:
                inner = _open(stack[-1], tag[2].lower(), number, column, len(stripped))
                value = Scalar(tag[3], Span(number, column, number, column + len(tag[0])))
                listed = Sequence([value], value.span)
                inner.entries[ARGUMENTS] = Entry(ARGUMENTS, value.span, listed)
                stack.append(inner)
            continue
        if style.groups is not None and style.groups.match(stripped):
            word = stripped.split(None, 1)[0].lower()
            stack = [root, _open(root, word, number, column, len(word))]
            _put_arguments(stack[-1], stripped, number, column)
            continue
        _setting(stack[-1], stripped, number, column, style)
    return root


def _setting(owner: Mapping, line: str, number: int, column: int, style: Style) -> None:
    cut = style.between.search(line)
    name = line if cut is None else line[: cut.start()]
    rest = "" if cut is None else line[cut.end() :]
    if style.inline is not None and (found := style.inline.search(f" {rest}")):
        rest = rest[: max(0, found.start() - 1)]
    rest = rest.rstrip()
    begin = column + (len(line) if cut is None else cut.end())
    name = name.strip().removeprefix("export ").strip()
    key = name.lower() if style.folded else name
    span = Span(number, begin, number, begin + len(rest))
    value: Node
    if style.words:
        value = Sequence([_scalar(w, s) for w, s in _words(rest, number, begin)], span)
    else:
        value = _scalar(_unquoted(rest), span)
    at = Span(number, column, number, column + len(name))
    known = owner.get(key)
    if isinstance(known, Sequence):
        known.items.append(value)
        known.span = replace(known.span, end_line=number, end_column=span.end_column)
    else:
        owner.entries[key] = Entry(key, at, Sequence([value], at))


def _put_arguments(owner: Mapping, line: str, number: int, column: int) -> None:
    cut = len(line.split(None, 1)[0])
    words = [_scalar(w, s) for w, s in _words(line[cut:], number, column + cut)]
    span = Span(number, column, number, column + len(line))
    items: list[Node] = [*words]
    owner.entries[ARGUMENTS] = Entry(ARGUMENTS, span, Sequence(items, span))


def _open(owner: Mapping, name: str, number: int, column: int, length: int) -> Mapping:
    span = Span(number, column, number, column + length)
    inner = Mapping({}, span)
    known = owner.get(name)
    if isinstance(known, Sequence):
        known.items.append(inner)
    else:
        owner.entries[name] = Entry(name, span, Sequence([inner], span))
    return inner


def _logical(text: str) -> list[tuple[int, int, str]]:
    """Lines with their numbers, those that a backslash continues put together."""
    found: list[tuple[int, int, str]] = []
    joined = False
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        continues = line.endswith("\\") and not line.endswith("\\\\")
        part = line[:-1] if continues else line
        if joined and found:
            found[-1] = (*found[-1][:2], found[-1][2] + part.lstrip())
        else:
            found.append((number, 0, part))
        joined = continues
    return found


def _words(text: str, number: int, begin: int) -> list[tuple[str, Span]]:
    found = []
    for word in re.finditer(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|[^\s\"']\S*|[\"']\S*", text):
        at = Span(number, begin + word.start(), number, begin + word.end())
        found.append((_unquoted(word[0]), at))
    return found


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] in "\"'" and text[-1] == text[0]:
        if text[0] == '"':
            try:
                return shlex.split(text)[0] if text != '""' else ""
            except (ValueError, IndexError):
                return text[1:-1]
        return text[1:-1]
    return text


def _scalar(text: str, span: Span) -> Scalar:
    known = _DEFAULT.sub(r"\1", text) if "${" in text else text
    return Scalar(_VARIABLE.sub(HOLE, known), span)
