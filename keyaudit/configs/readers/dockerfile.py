"""Parses Dockerfiles and Containerfiles to instructions with their words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from keyaudit.core.location import Span
from keyaudit.core.patterns import regex

_ESCAPE = regex(r"#\s*escape\s*=\s*(\S)", re.IGNORECASE)
_WORD = regex(r"\s*([A-Za-z]+)(?:\s+|$)")
_HEREDOC = regex(r"<<-?\s*[\"']?(\w+)[\"']?")
# A word with its quoted parts: `KEY="a b"`, `--mount=type=secret,id=x`.
_PART = regex(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\]|["'])+""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """One word of an instruction as written, quotes included, with its place."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its name `word` in capitals, its arguments `parts`, its build stage.

    `span` is the place of the word; `stage` is the number of `FROM` instructions so far.
    """

    word: str
    span: Span
    parts: tuple[Part, ...]
    stage: int


def read(text: str) -> list[Instruction]:
    """The instructions in order, with continued lines joined; other lines are left out."""
    lines = re.split(r"\r\n|\r|\n", text)
    directive = _ESCAPE.match(lines[0]) if lines else None
    escape = directive[1] if directive else "\\"
    found: list[Instruction] = []
    stage = 0
    at = 0
    while at < len(lines):
        start = at
        pieces: list[tuple[int, str]] = []
        while at < len(lines):
            line = lines[at]
            at += 1
            if line.lstrip().startswith("#"):
                if not pieces:
                    start = at
                continue
            bare = line.rstrip()
            if not bare and not pieces:
                start = at
                break
            continues = bare.endswith(escape)
            pieces.append((at, bare[:-1] if continues else line))
            if not continues and (bare or not pieces):
                break
        if not pieces:
            continue
        head = _WORD.match(pieces[0][1])
        if head is None:
            continue
        word = head[1].upper()
        stage += word == "FROM"
        span = Span(start + 1, head.start(1) + 1, start + 1, head.end(1) + 1)
        pieces[0] = (pieces[0][0], " " * head.end() + pieces[0][1][head.end() :])
        found.append(Instruction(word, span, tuple(_parts(pieces)), stage))
        ends = _HEREDOC.findall(pieces[-1][1]) if word in ("RUN", "COPY", "ADD") else []
        for end in ends:
            while at < len(lines) and lines[at].strip() != end:
                at += 1
            at += 1
    return found


def _parts(pieces: list[tuple[int, str]]) -> list[Part]:
    found = []
    for number, line in pieces:
        for part in _PART.finditer(line):
            span = Span(number, part.start() + 1, number, part.end() + 1)
            found.append(Part(part[0], span))
    return found
