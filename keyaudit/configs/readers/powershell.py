"""Reads PowerShell scripts to commands with their arguments, and assignments.

No parser of the language: statements are told apart by what ends them outside of texts, brackets
and comments. What stands in brackets and script blocks is read like the script itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from keyaudit.configs.readers.offsets import lines_of
from keyaudit.configs.readers.shell import Assignment, Command, Script, Word
from keyaudit.core.patterns import regex

_LARGEST = 2_000_000
_MOST_COMMANDS = 50_000
_DEEPEST = 40
_TOKEN = regex(
    r"(?P<gap>[ \t\r]+|`\r?\n)"
    r"|(?P<comment><\#(?s:.*?)(?:\#>|\Z)|(?<![^\s;{}(|])\#[^\n]*)"
    r"|(?P<here>@['\"]\r?\n)"
    r"|(?P<single>'(?:[^']|'')*')"
    r"|(?P<double>\"(?:[^\"`]|`(?s:.)|\"\")*\")"
    r"|(?P<end>\n|;|\|\||&&|\|)"
    r"|(?P<open>[@$]?[({])"
    r"|(?P<close>[)}])"
    r"|(?P<rest>\$\{\w+\}|[^\s'\"|;(){}`]+|`.|.)"
)
_HERE_ENDS = regex(r"\n(['\"])@")
_CLOSES = {"(": ")", "{": "}"}
_VARIABLE = regex(r"(?i)\$\{?(?:(?:env|script|global|local|private|using):)?([a-z_]\w*)\}?")
_COMMAND = regex(r"(?:[\w.:$~ (){}-]*[\\/])*([A-Za-z][\w.-]*?)(?i:\.exe)?")
_FOLLOWING = regex(r"\s*([A-Za-z][\w.-]*)")
_TARGET = regex(r"(?:\[[\w.\[\]]+\])?\$\{?(?:\w+:)?(\w+)\}?(?:\.\w+)*")
_MEMBER = regex(r"\[[\w.]+\]::(\w+)")
_OPTION = regex(r"(-[A-Za-z]\w*):(.+)", re.DOTALL)
_CALLS = frozenset({"&", ".", "!"})
_DECLARES = frozenset({"function", "filter", "class", "enum", "param", "using"})
_SIGNS = frozenset({"=", "+="})
_KEYWORDS = frozenset(
    [
        "if", "elseif", "else", "while", "for", "foreach", "switch", "do", "until", "try", "catch",
        "finally", "function", "filter", "param", "begin", "process", "end", "return", "throw",
        "exit", "break", "continue", "class", "enum", "using", "trap", "data", "in", "not",
    ]
)  # fmt: skip
_BEFORE = _CALLS | _KEYWORDS  # a command


@dataclass(frozen=True, slots=True)
class _Part:
    """A word or a piece of one, without its quotes, and where it stands; `spaced`: a gap stands
    before it, `is_text`: it is a text, `quoted`: one in single quotes."""

    text: str
    begin: int
    end: int
    quoted: bool
    spaced: bool
    is_text: bool = False


def read(text: str) -> Script:
    """The commands and assignments of a script; none if it has over 2,000,000 characters.

    Programs lose their folder and `.exe`. Variables, also those of the environment, become
    `${NAME}`, unless the text is in single quotes. What is set in `[Type]::Member = …` is an
    assignment to the member's name.
    """
    script = Script()
    if len(text) > _LARGEST:
        script.is_cut = True
        return script
    _Walk(text, script).block(0, 0, "")
    return script


class _Walk:
    def __init__(self, text: str, script: Script) -> None:
        self._text = text
        self._place = lines_of(text)
        self._script = script
        self._last_ends = {found[1]: found.start() for found in _HERE_ENDS.finditer(text)}

    def block(self, at: int, depth: int, closing: str) -> int:
        """Reads statements up to the closing bracket; the offset behind it."""
        parts: list[_Part] = []
        spaced = True
        while (found := _TOKEN.match(self._text, at)) is not None:
            begin, at = found.span()
            kind = found.lastgroup
            if kind == "here":
                at = self._behind_here(found)
                kind = "rest" if at == begin + 1 else kind
            if len(self._script.commands) > _MOST_COMMANDS:
                self._script.is_cut = True
                return len(self._text)
            if kind in ("gap", "comment"):
                spaced = True
            elif kind == "close":
                if found[0] == closing:
                    break
            elif kind == "end":
                self._statement(parts, self._piped_to(at) if found[0] == "|" else "")
                parts, spaced = [], True
            elif kind == "open" and depth < _DEEPEST:
                at = self.block(at, depth + 1, _CLOSES[found[0][-1]])
                parts.append(_Part(self._text[begin:at], begin, at, False, spaced))
                spaced = False
                if found[0] == "{":  # what follows a block is a statement of its own
                    self._statement(parts, "")
                    parts, spaced = [], True
            else:
                text = self._text[begin:at]
                quoted = kind == "single" or text.startswith("@'")
                is_text = kind in ("single", "double", "here")
                parts.append(_Part(_bare(kind, text), begin, at, quoted, spaced, is_text))
                spaced = False
        self._statement(parts, "")
        return at

    def _behind_here(self, opened: re.Match[str]) -> int:
        """The offset behind a text over lines, or behind its `@` where nothing ends it: that is
        known of the whole file, so that not each of many such searches all below it."""
        quote = opened[0][1]
        if self._last_ends.get(quote, -1) < opened.end():
            return opened.start() + 1
        return self._text.index(f"\n{quote}@", opened.end()) + 3

    def _piped_to(self, at: int) -> str:
        """The name of the command behind a pipe; "?" where it is no plain one."""
        found = _FOLLOWING.match(self._text, at)
        return "?" if found is None else found[1]

    def _statement(self, pieces: list[_Part], into: str) -> None:
        parts = _joined(pieces)
        sign = next((n for n, part in enumerate(parts[:4]) if part.text in _SIGNS), 0)
        if sign and len(parts) > sign + 1:
            self._assigned(parts[:sign], parts[sign + 1 :])
            parts = parts[sign + 1 :]
        is_called, first = False, 0
        while first < len(parts) and parts[first].text.lower() in _BEFORE:
            if parts[first].text.lower() in _DECLARES:
                return
            is_called = parts[first].text in _CALLS
            first += 1
        parts = parts[first:]
        found = _COMMAND.fullmatch(parts[0].text) if parts else None
        if found is None or (parts[0].is_text and not is_called):
            return
        words = [word for part in parts[1:] for word in self._words(part)]
        head = self._place(parts[0].begin, parts[0].end)
        self._script.commands.append(Command(found[1], head, words, into=into, captured=bool(sign)))

    def _assigned(self, target: list[_Part], value: list[_Part]) -> None:
        name = "".join(part.text for part in target)
        found = _TARGET.fullmatch(name) or _MEMBER.fullmatch(name)
        if found is None:
            return
        text = " ".join(_with_variables(part) for part in value)
        span = self._place(value[0].begin, value[-1].end)
        word = Word(text, span, all(part.quoted for part in value))
        whole = self._place(target[0].begin, value[-1].end)
        self._script.assignments.append(Assignment(found[1], word, whole, exported=False))

    def _words(self, part: _Part) -> Iterator[Word]:
        span = self._place(part.begin, part.end)
        option = None if part.quoted else _OPTION.fullmatch(part.text)
        if option is not None:
            yield Word(option[1], span)
            yield Word(_VARIABLE.sub(r"${\1}", option[2]), span)
        else:
            yield Word(_with_variables(part), span, part.quoted)


def _joined(pieces: list[_Part]) -> list[_Part]:
    """The words that pieces are of which no gap stands between: `--pass=$x`, `$a.b`."""
    words: list[list[_Part]] = []
    for piece in pieces:
        if piece.spaced or not words or _SIGNS & {piece.text, words[-1][-1].text}:
            words.append([])
        words[-1].append(piece)
    return [
        replace(
            word[0],
            text="".join(piece.text for piece in word),
            end=word[-1].end,
            quoted=all(piece.quoted for piece in word),
        )
        for word in words
    ]


def _bare(kind: str | None, text: str) -> str:
    """A token of a kind without its quotes and escapes."""
    if kind == "here":
        return text[2:-2].strip("\r\n")
    if kind == "single":
        return text[1:-1].replace("''", "'")
    if kind == "double":
        return re.sub(r"`(.)", r"\1", text[1:-1].replace('""', '"'))
    return text


def _with_variables(part: _Part) -> str:
    return part.text if part.quoted else _VARIABLE.sub(r"${\1}", part.text)
