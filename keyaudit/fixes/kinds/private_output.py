"""Lets nobody but the owner read a file that a line of a shell script makes: `umask 077` in a
shell of its own around the line."""

from __future__ import annotations

import re

from keyaudit.configs import form_of
from keyaudit.fixes.changes import Change
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site

_NOTE = (
    "a file that is there already keeps its mode: `chmod 600` it once; a program of another user "
    "that reads it must be given it in another way"
)
# What ends the command within the line, or what the shell itself would keep of it.
_MORE = re.compile(r";|&&|\|\||<<|&\s*$|\\$|(?:^|\s)#")
_LATER = re.compile(r"^(?:if|then|else|elif|while|until|do|for|case|export|local|read|cd|exec)\b")


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    file = site.project.text(site.finding.path)
    if form_of(file.path, file.data) != "shell":
        raise DeclinedError("it is no shell script")
    number = site.finding.span.line
    line = file.line_text(number).rstrip("\r\n")
    command = line.strip()
    before = file.line_text(number - 1).rstrip() if number > 1 else ""
    if before.endswith(("\\", "|", "&&", "||")) or _MORE.search(command) or _LATER.match(command):
        raise DeclinedError("the command shares its line with others, or has several")
    if command.count('"') % 2 or command.count("'") % 2:
        raise DeclinedError("the command has several lines")
    start = file.start_of_line(number) + len(line) - len(line.lstrip())
    end = start + len(command)
    return site.rewrite(
        "let nobody but the owner read the file",
        migrate=(_NOTE,),
        more=[Change(file.path, start, start, "(umask 077; "), Change(file.path, end, end, ")")],
    )
