"""The commands in the blocks of code of a manual (Markdown, reStructuredText), which people copy
into their own shell: each is a resource of the kind `recipe`, with the body that a command of a
script has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from keyaudit.configs.forms import shell
from keyaudit.configs.readers.faults import ReadError
from keyaudit.configs.readers.offsets import lines_of
from keyaudit.configs.tree import Resource
from keyaudit.core.patterns import regex

KIND = "recipe"
_SHELLS = frozenset({"", "sh", "bash", "shell", "zsh", "console", "shell-session", "terminal",
                     "sh-session", "text", "none", "default"})  # fmt: skip
_FENCE = regex(r"[ \t>]*(`{3,}|~{3,})[ \t]*\{?\.?([\w+-]*)[^`\n]*\Z")
_DIRECTIVE = regex(r"[ \t]*\.\.[ \t]+(?:code-block|code|sourcecode)::[ \t]*([\w+-]*)[ \t]*\Z")
_LITERAL = regex(r"(?!\s*\.\.[ \t]).*::[ \t]*\Z")
# What a shell writes before what is typed.
_PROMPT = regex(r"([ \t]*)((?:\[?[\w.@~-]{1,40}(?::[\w/~.-]{0,40})?\]?)?[$#>%])(?= )")


def resources(text: str, path: str, form: str) -> Iterator[Resource]:
    """The commands of all blocks that are in the language of a shell, or in none that is named."""
    for first, lines in _blocks(text.split("\n")):
        script = "\n".join(map(_without_prompt, lines))
        # What a block shows need not be a whole script.
        with suppress(ReadError):
            for found in shell.resources(script, path, lines_of(script, first)):
                if found.kind != "assignment":
                    yield replace(found, form=form, kind=KIND)


def _without_prompt(line: str) -> str:
    """A line with spaces in place of its prompt, so that columns stay what they are."""
    return _PROMPT.sub(lambda prompt: prompt[1] + " " * len(prompt[2]), line, count=1)


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """The blocks of code, each with the number of lines before it."""
    at = 0
    while at < len(lines):
        line = lines[at].rstrip("\r")
        at += 1
        if fence := _FENCE.match(line):
            begin = at
            while at < len(lines) and not lines[at].lstrip(" \t>").startswith(fence[1]):
                at += 1
            if fence[2].lower() in _SHELLS:
                yield begin, lines[begin:at]
            at += 1
            continue
        named = _DIRECTIVE.match(line)
        if named is None and not _LITERAL.match(line):
            continue
        begin, indent = at, len(line) - len(line.lstrip())
        while at < len(lines) and (
            not lines[at].strip() or len(lines[at]) - len(lines[at].lstrip()) > indent
        ):
            at += 1
        if named is None or named[1].lower() in _SHELLS:
            yield begin, lines[begin:at]
