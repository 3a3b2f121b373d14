"""Lets nobody but the owner read a file with a secret that a shell script makes.

A command that makes the file runs in a shell of its own, after `umask 077`. Where another command
of the script has made it before, `chmod 600` follows that one: for a file that is there, the umask
does nothing.
"""

from __future__ import annotations

import re

from keyaudit.configs import form_of
from keyaudit.configs.readers import shell
from keyaudit.core.patterns import regex
from keyaudit.fixes.changes import Change
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.text_file import TextFile

_MADE = (
    "a file that is there already keeps its mode: `chmod 600` it once; a program of another user "
    "that reads it must be given it in another way"
)
_CLOSED = "a program of another user that reads the file must be given it in another way"
# What ends the command within the line, or what the shell itself would keep of it.
_MORE = regex(r";|&&|\|\||<<|&\s*$|\\$|(?:^|\s)#")
_LATER = regex(r"^(?:if|then|else|elif|while|until|do|for|case|export|local|read|cd|exec)\b")
_MOVES = ("cd", "pushd", "popd")
_TITLE = "let nobody but the owner read the file"


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    file = site.project.text(site.finding.path)
    if form_of(file.path, file.data) != "shell":
        raise DeclinedError("it is no shell script")
    number = site.finding.span.line
    commands = shell.read(file.text).commands
    at = next((n for n, one in enumerate(commands) if one.span.line == number and one.to), None)
    if at is None or len(commands[at].to) != 1:
        raise DeclinedError("it is not known which file is written")
    target = commands[at].to[0]
    if target.span.line != number:
        raise DeclinedError("several commands write the file together")
    before = [n for n in range(at) if any(one.text == target.text for one in commands[n].to)]
    if before:
        if any(one.name in _MOVES for one in commands[before[0] : at]):
            raise DeclinedError("the folder changes between the commands that write the file")
        return _closed(site, file, commands[before[0]])
    if ">>" in file.line_text(number):
        raise DeclinedError("the file is there already, and its mode is set elsewhere")
    start, end = _statement(file, number)
    changes = [Change(file.path, start, start, "(umask 077; "), Change(file.path, end, end, ")")]
    return site.rewrite(_TITLE, migrate=(_MADE,), more=changes, plain=("(umask", "077;"))


def _closed(site: Site, file: TextFile, first: shell.Command) -> Rewrite:
    """`chmod 600` after the command that makes the file."""
    number = first.span.line
    start, _ = _statement(file, number)
    indent = file.text[file.start_of_line(number) : start]
    word = first.to[0].span
    name = file.text[
        file.offset(word.line, word.column) : file.offset(word.end_line, word.end_column)
    ]
    place = file.line_end(number)
    if place == len(file.text):
        raise DeclinedError("the script ends there")
    line = f"{indent}chmod 600 {name}{file.newline}"
    return site.rewrite(
        _TITLE, migrate=(_CLOSED,), more=[Change(file.path, place, place, line)],
        plain=("chmod", "600", name),
    )  # fmt: skip


def _statement(file: TextFile, number: int) -> tuple[int, int]:
    """The place of the command on a line. Raises DeclinedError where it shares the line, or goes on
    in others."""
    line = file.line_text(number).rstrip("\r\n")
    command = line.strip()
    before = file.line_text(number - 1).rstrip() if number > 1 else ""
    # What stands in quotes, without a variable, is no sign of the shell's.
    bare = re.sub(r"""(["'])[^"'$`]*\1""", "''", command)
    if before.endswith(("\\", "|", "&&", "||")) or _MORE.search(bare) or _LATER.match(command):
        raise DeclinedError("the command shares its line with others, or has several")
    if command.count('"') % 2 or command.count("'") % 2:
        raise DeclinedError("the command has several lines")
    start = file.start_of_line(number) + len(line) - len(line.lstrip())
    return start, start + len(command)
