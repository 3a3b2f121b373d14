"""Joins a name and its value that stand on different lines: `NAME ="value"`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from keyaudit.core.patterns import regex

# In brackets, after a backslash, in a block of YAML, or just so, as in an INI file.
_OPENED = regex(
    r"(?P<name>[\w.-]{2,60})[\"'\])]{0,3}\s{0,4}(?:[:=]\s{0,4}(?P<sign>\(|\[|\\|[|>][-+]?)|=)\s*$"
)
_ENDS = ("=", "(", "[", "\\", "|", ">", "+", "-")
_CASES = regex(r"\s*match\s+(?P<name>[\w.]+)\s*:\s*$")
_CASE = regex(r"\s*case\s+(?P<values>[\"'].*):")
# Where a statement goes on below: at an open bracket, an operator, a backslash.
_GOES_ON = regex(r"(?:[(\[{,=+|\\]|\b(?:or|else|and|in|if))\s*$")
# The end of a row of a table, or of an argument in a command of several lines.
_ROW = regex(r"(?:,|[^+|\s]\s*\\)\s*$")
_CONTINUES = (*"([{,=+|\\:", "or", "else", "and", "in", "if")
_NAMES = regex(r"pass|pwd|pw|secret|token|cred|key|auth")
_MOST_BELOW = 30  # lines of a statement, and of the cases of a match
_LONGEST = 4000


def name_left_open(line: str) -> re.Match[str] | None:
    """The name and the sign at the end of a line whose value stands on the next one; None in
    other lines."""
    return _OPENED.search(line) if line.rstrip().endswith(_ENDS) else None


def on_one_line(line: str, following: str) -> str | None:
    """`name =value`, joined from a line that ends in a name and the next line; None for other
    lines."""
    start = name_left_open(line)
    if start is None or not (start["sign"] or following[:1].isspace()):
        return None
    return f"{start['name']} ={following.lstrip()}"


def statement_at(lines: Sequence[str], number: int) -> tuple[str, list[int]]:
    """The statement that begins in a line (from 1), joined to one line, and the columns (from 0)
    at which its lines begin. A `match` becomes `name in (case, case)`."""
    line = lines[number - 1]
    if len(line) > _LONGEST or not line.rstrip().endswith(_CONTINUES) or _is_comment(line):
        return line, [0]
    cases = _CASES.match(line)
    if cases is not None:
        return _with_cases(lines, number, cases["name"])
    if _GOES_ON.search(line) is None or _NAMES.search(line.lower()) is None:
        return line, [0]
    text, starts, depth = line, [0], _depth(line)
    for following in lines[number : number + _MOST_BELOW]:
        if len(text) + len(following) > _LONGEST:
            break
        starts.append(len(text) + 1)
        if _is_comment(following):
            text += " "
            continue
        text += f" {following}"
        depth += _depth(following)
        # A whole row or argument ends it: else each of a table would be read with thirty more.
        is_row = _ROW.search(following) is not None
        if depth <= 0 and (is_row or _GOES_ON.search(following) is None):
            break
    return text, starts


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(("# ", "//"))


def _depth(line: str) -> int:
    """How many more brackets a line opens than it closes, roughly."""
    return sum(map(line.count, "([{")) - sum(map(line.count, ")]}"))


def _with_cases(lines: Sequence[str], number: int, name: str) -> tuple[str, list[int]]:
    text, starts = f"{name} in (", [0]
    for following in lines[number : number + _MOST_BELOW]:
        case = _CASE.match(following)
        starts.append(len(text))
        if case is not None:
            text += case["values"].replace("|", ",") + ","
        elif following.strip() and not following[:1].isspace():
            break
    return text + ")", starts


# Environments of containers: `name: DB_PASSWORD` and `value: …`, in YAML, JSON and Terraform.
_PAIR = regex(
    r"(?<![\w])(?:name|key)[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?P<name>[A-Za-z][\w.-]{1,60})[\"']?\s{0,4}(?:,\s{0,4})?"
    r"(?:(?P<end>$)|[\"']?value[\"']?\s{0,4}[:=]\s{0,4}(?P<value>\S.{0,400}))"
)
_VALUE = regex(r"\s*[\"']?value[\"']?\s{0,4}[:=]\s{0,4}(?P<value>\S.*)")
# `variable "db_password" { default = "…" }`, over lines.
_VARIABLE = regex(r"\s{0,9}variable\s+\"(?P<name>[\w-]{2,60})\"\s*\{\s*$")
_DEFAULT = regex(r"\s*default\s*=\s*(?P<value>\".*)")
# Arguments of a command, one a line: `- --password` and `- …`, in a list or after a backslash.
_OPTION = regex(r"\s*(?:-\s+)?[\"']?--(?P<name>[A-Za-z][\w-]{1,60})[\"']?\s*,?\s*\\?\s*$")
_ARGUMENT = regex(
    r"\s*(?:-\s+)?(?P<value>\"[^\"]+\"|'[^']+'|[^\s,\"'\\-][^\s,\"'\\]*)\s*,?\s*\\?\s*$"
)
_LONGEST_BLOCK = 30


def may_continue(line: str) -> bool:
    """Whether the value of a name in a line may stand on another line, or behind another word."""
    return (
        name_left_open(line) is not None
        or _PAIR.search(line) is not None
        or _VARIABLE.match(line) is not None
        or _OPTION.match(line) is not None
    )


def value_elsewhere(lines: Sequence[str], number: int) -> Iterator[tuple[str, int]]:
    """Names and values in separate fields, as in `name: DB_PASSWORD` and `value: …`: for the
    name in a line (from 1) both as `name =value`, and the line that the value stands in."""
    line = lines[number - 1] if number <= len(lines) else ""
    for pair in _PAIR.finditer(line):
        if pair["end"] is None:
            yield f"{pair['name']} ={pair['value']}", number
            continue
        # Some write the value first; where an item begins, the one before it ends.
        begins = line.lstrip().startswith(("-", "{"))
        for at in (number + 1,) if begins else (number + 1, number - 1):
            value = _VALUE.match(lines[at - 1]) if 0 < at <= len(lines) else None
            if value is not None:
                yield f"{pair['name']} ={value['value']}", at
                break
    option = _OPTION.match(line) if number < len(lines) else None
    value = _ARGUMENT.match(lines[number]) if option is not None else None
    if option is not None and value is not None:
        yield f"{option['name']} ={value['value']}", number + 1
    variable = _VARIABLE.match(line)
    if variable is None:
        return
    for at in range(number, min(number + _LONGEST_BLOCK, len(lines))):
        if lines[at].startswith("}"):
            return
        if (value := _DEFAULT.match(lines[at])) is not None:
            yield f"{variable['name']} ={value['value']}", at + 1
            return
