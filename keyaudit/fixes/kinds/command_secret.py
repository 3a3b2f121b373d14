"""Hands a secret in a shell script to a program by its environment or standard input.

The variables of a command's environment can be read by the same user and root only, its command
line by everybody. Only a secret that is one variable is moved.
"""

from __future__ import annotations

from keyaudit.configs import form_of
from keyaudit.configs.readers import shell
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex
from keyaudit.fixes.changes import Change
from keyaudit.fixes.command_lines import Way, way_of
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.settings.embedded import embedded
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.text_file import TextFile

_VARIABLE = regex(r"\$(?:\{(?P<name>\w+)\}|(?P<bare>\w+))")
_AFTER_PIPE = regex(r"(?<!\|)\|&?[ \t]*(?:\\?\r?\n[ \t]*)*$")


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    file = site.project.text(site.finding.path)
    if form_of(file.path, file.data) != "shell":
        file = embedded(file, site.finding.span.line)
    command, at = _found(file, site.finding.span)
    words = [file.text[slice(*_place(file, word.span))] for word in command.words]
    if any("{{" in word or "{%" in word for word in words):
        raise DeclinedError("a template makes the command")
    # Within backquotes, what quotes mean depends on the shell.
    if "`" in file.line_text(command.span.line):
        raise DeclinedError("the command stands in backquotes")
    for first in (at, at - 1):
        if first < 0:
            continue
        value = words[first + 1] if first + 1 < len(words) else None
        way = way_of(command.name, words[:first], _bare(words[first]), _unquoted(value))
        if way is not None:
            return _moved(site, file, command, words, first, way)
    raise DeclinedError("it is not known how else the program takes it")


def _found(file: TextFile, span: Span) -> tuple[shell.Command, int]:
    """The command, and the number of the word, at the place of the finding."""
    wanted = file.offset(span.line, span.column)
    for command in shell.read(file.text).commands:
        for number, word in enumerate(command.words):
            start, end = _place(file, word.span)
            if start <= wanted < end:
                return command, number
    raise DeclinedError("the command is written in an unusual way")


def _place(file: TextFile, span: Span) -> tuple[int, int]:
    return file.offset(span.line, span.column), file.offset(span.end_line, span.end_column)


def _bare(word: str) -> str:
    """A word without a quote in front, as in `"-p$SECRET"`."""
    return word[1:] if word[:1] == '"' else word


def _unquoted(word: str | None) -> str | None:
    return None if word is None else word.replace('"', "")


def _moved(
    site: Site, file: TextFile, command: shell.Command, words: list[str], first: int, way: Way
) -> Rewrite:
    option = next(one for one in (*way.options, "") if _bare(words[first]).startswith(one))
    last = first
    if _bare(words[first]) == option:
        last, said = first + 1, words[first + 1]
    else:
        said = _bare(words[first]).removeprefix(option).removeprefix("=")
    variable = _variable(said, way.prefix)
    start = _place(file, command.span)[0]
    if not way.variable:
        _require_free_input(file, command, start)
    head = f'{way.variable}="{variable}" ' if way.variable else f"printf '%s' \"{variable}\" | "
    begin, end = (
        _place(file, command.words[first].span)[0],
        _place(file, command.words[last].span)[1],
    )
    text = " ".join(way.instead)
    if not text:
        begin = _place(file, command.words[first - 1].span if first else command.span)[1]
    changes = [Change(file.path, start, start, head), Change(file.path, begin, end, text)]
    plain = [command.name, head.strip(), *way.instead]
    by = f"the variable {way.variable}" if way.variable else "its standard input"
    return site.rewrite(f"hand the secret to `{command.name}` by {by}", more=changes, plain=plain)


def _variable(said: str, prefix: str) -> str:
    """The variable in a word, as it is written: `$NAME` of `pass:"$NAME"`."""
    if "'" in said:
        raise DeclinedError("the secret is written in the script")
    found = _VARIABLE.fullmatch(said.replace('"', "").removeprefix(prefix))
    if found is None:
        raise DeclinedError("the secret is no variable by itself")
    return found[0]


def _require_free_input(file: TextFile, command: shell.Command, start: int) -> None:
    """Raise DeclinedError where something else is the standard input of the command."""
    if command.input is not None or _AFTER_PIPE.search(file.text[:start][-500:]):
        raise DeclinedError("the program reads something else from its standard input")
    if command.environment:
        raise DeclinedError("variables are set for the command")
    line = file.text[start : file.line_end(file.line_of(start))]
    if "<" in line:
        raise DeclinedError("the program reads something else from its standard input")
