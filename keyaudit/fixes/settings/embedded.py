"""Commands of the shell inside of pipelines."""

from __future__ import annotations

import re

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.text_file import TextFile

# A command that is the value of a setting, or an entry of a list, without quotes.
_PLAIN = regex(r"\s*(?:- +(?:(?:run|script) *: +)?|(?:run|script) *: +)(?P<command>[A-Za-z./$].*)")
_BLOCK = regex(r"\s*(?:- +)?[\w.-]+ *: *\|[-+\d]*\s*(?:#.*)?")
_BLOCK_ENTRY = regex(r"\s*- *\|[-+\d]*\s*(?:#.*)?")


def embedded(file: TextFile, number: int) -> TextFile:
    """The file with everything blank but the command on a line (from 1), at the same places.

    Raises DeclinedError where the line is no command by itself, or is in quotes.
    """
    if not file.path.endswith((".yml", ".yaml")):
        raise DeclinedError("it is no shell script")
    line = file.line_text(number).rstrip("\r\n")
    above = file.line_text(number - 1).rstrip() if number > 1 else ""
    if line.endswith("\\") or above.endswith("\\"):
        raise DeclinedError("the command is written over several lines")
    found = _PLAIN.fullmatch(line)
    start = file.start_of_line(number)
    if found is not None and not _in_block(file, number):
        if ": " in found["command"] or " #" in found["command"]:
            raise DeclinedError("the command is written in an unusual way")
        begin = start + found.start("command")
    elif _in_block(file, number):
        begin = start + len(line) - len(line.lstrip())
    else:
        raise DeclinedError("the command stands in quotes")
    text = file.text
    blank = re.sub(r"[^\r\n]", " ", text[:begin])
    rest = re.sub(r"[^\r\n]", " ", text[start + len(line) :])
    copy = TextFile(file.path, file.data)
    copy.text = blank + text[begin : start + len(line)] + rest
    return copy


def _in_block(file: TextFile, number: int) -> bool:
    """Whether a line is in a text of several lines, as it stands: `|`."""
    line = file.line_text(number)
    depth = len(line) - len(line.lstrip(" "))
    for above in range(number - 1, 0, -1):
        text = file.line_text(above)
        if not text.strip():
            continue
        indent = len(text) - len(text.lstrip(" "))
        if indent < depth:
            bare = text.rstrip()
            return bool(_BLOCK.fullmatch(bare) or _BLOCK_ENTRY.fullmatch(bare))
    return False
