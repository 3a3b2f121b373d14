"""Joins a name and its value that stand on different lines: `NAME ="value"`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

# In brackets, after a backslash, in a block of YAML, or just so, as in an INI file.
_OPENED = re.compile(
    r"(?P<name>[\w.-]{2,60})[\"'\])]{0,3}\s{0,4}(?:[:=]\s{0,4}(?P<sign>\(|\\|[|>][-+]?)|=)\s*$"
)
_ENDS = ("=", "(", "\\", "|", ">", "+", "-")


def opened(line: str) -> re.Match[str] | None:
    """The name and the sign that end a line whose value stands below; None in other lines."""
    return _OPENED.search(line) if line.rstrip().endswith(_ENDS) else None


def on_one_line(line: str, following: str) -> str | None:
    """`name =value`, made of a line that a name ends and of the next one; None for other lines."""
    start = opened(line)
    if start is None or not (start["sign"] or following[:1].isspace()):
        return None
    return f"{start['name']} ={following.lstrip()}"


# Environments of containers: `name: DB_PASSWORD` and `value: …`, in YAML, JSON and Terraform.
_PAIR = re.compile(
    r"(?<![\w])name[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?P<name>[A-Za-z][\w.-]{1,60})[\"']?\s{0,4}(?:,\s{0,4})?"
    r"(?:(?P<end>$)|[\"']?value[\"']?\s{0,4}[:=]\s{0,4}(?P<value>\S.*))"
)
_VALUE = re.compile(r"\s*[\"']?value[\"']?\s{0,4}[:=]\s{0,4}(?P<value>\S.*)")
# `variable "db_password" { default = "…" }`, over lines.
_VARIABLE = re.compile(r"\s{0,9}variable\s+\"(?P<name>[\w-]{2,60})\"\s*\{\s*$")
_DEFAULT = re.compile(r"\s*default\s*=\s*(?P<value>\".*)")
_LONGEST_BLOCK = 30
_LONGEST_LINE = 2000


def goes_on(line: str) -> bool:
    """Whether the value of a name in a line may stand elsewhere."""
    return (
        opened(line) is not None
        or _PAIR.search(line) is not None
        or _VARIABLE.match(line) is not None
    )


def apart(lines: Sequence[str], number: int) -> Iterator[tuple[str, int]]:
    """Of a name in a line (from 1) whose value is told by another word: both as on one line, and
    the line that the value stands in."""
    line = lines[number - 1] if number <= len(lines) else ""
    if len(line) > _LONGEST_LINE:
        return
    pair = _PAIR.search(line)
    if pair is not None and pair["end"] is None:
        yield f"{pair['name']} ={pair['value']}", number
    elif pair is not None and number < len(lines):
        value = _VALUE.match(lines[number])
        if value is not None:
            yield f"{pair['name']} ={value['value']}", number + 1
    variable = _VARIABLE.match(line)
    if variable is None:
        return
    for at in range(number, min(number + _LONGEST_BLOCK, len(lines))):
        if lines[at].startswith("}"):
            return
        if (value := _DEFAULT.match(lines[at])) is not None:
            yield f"{variable['name']} ={value['value']}", at + 1
            return
