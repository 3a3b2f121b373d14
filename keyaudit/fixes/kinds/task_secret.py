"""Hands a secret to the program that an Ansible task starts by its environment or its standard
input."""

from __future__ import annotations

import re

from keyaudit.configs import form_of
from keyaudit.core.patterns import regex
from keyaudit.fixes.changes import Change
from keyaudit.fixes.command_lines import Way, way_of
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.text_file import TextFile

_TASK = regex(
    r"(?P<indent> *)(?P<dash>- +)?(?:ansible\.builtin\.)?(?P<key>shell|command|cmd) *: +"
    r"(?P<quote>[\"']?)(?P<command>.*?)(?P=quote) *"
)
_TEMPLATE = regex(r"\{\{\s*(?P<value>[\w.\[\]'|() -]+?)\s*\}\}")
_UNUSUAL = "the task is written in an unusual way"


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    file = site.project.text(site.finding.path)
    if form_of(file.path, file.data) != "ansible":
        raise DeclinedError("it is not known how else that command can be given its secret")
    number = site.finding.span.line
    line = file.line_text(number).rstrip("\r\n")
    found = _TASK.fullmatch(line)
    if found is None or found["command"][:1] in ">|":
        raise DeclinedError(_UNUSUAL)
    begin = file.start_of_line(number) + found.start("command")
    way, start, end, value = _option(found["command"])
    indent = found["indent"] + " " * len(found["dash"] or "")
    command = found["command"]
    text = " ".join(way.instead)
    change = Change(file.path, begin + start, begin + end, text if text else "")
    if not text and command[start - 1 : start] == " ":
        change = change._replace(start=change.start - 1)
    more = [change, _handed(file, number, found["key"], indent, way, value)]
    by = f"the variable {way.variable}" if way.variable else "the standard input"
    plain = (*way.instead, way.variable, value)
    return site.rewrite(f"hand the secret over by {by}", more=more, plain=plain)


def _option(command: str) -> tuple[Way, int, int, str]:
    """The other way for the option with the secret, the place of the option, and the secret's
    template."""
    masked = _TEMPLATE.sub(lambda one: "$" + "x" * (len(one[0]) - 1), command)
    words = [(one[0], one.start(), one.end()) for one in re.finditer(r"\S+", masked)]
    first = max((at + 1 for at, word in enumerate(words) if word[0] in ("|", "&&", ";", "||")),
                default=0)  # fmt: skip
    words = words[first:]
    if not words:
        raise DeclinedError(_UNUSUAL)
    program = words[0][0].rpartition("/")[2]
    heads = [word[0] for word in words]
    for at in range(1, len(words)):
        following = _bare(heads[at + 1]) if at + 1 < len(words) else None
        way = way_of(program, heads[:at], _bare(heads[at]), following)
        if way is None:
            continue
        if not way.variable and (first or "<" in masked):
            raise DeclinedError("the program reads something else from its standard input")
        option = next(one for one in (*way.options, "") if _bare(heads[at]).startswith(one))
        last = at + 1 if _bare(heads[at]) == option else at
        said = command[words[last][1] : words[last][2]]
        value = _bare(said).removesuffix('"').removesuffix("'")
        value = value.removeprefix(option if last == at else "").removeprefix("=")
        value = value.strip("\"'").removeprefix(way.prefix)
        template = _TEMPLATE.fullmatch(value.strip("\"'"))
        if template is None or "quote" in template["value"]:
            raise DeclinedError("the secret is no variable by itself")
        return way, words[at][1], words[last][2], template[0]
    raise DeclinedError("it is not known how else the program takes it")


def _bare(word: str) -> str:
    return word.lstrip("\"'")


def _handed(file: TextFile, number: int, key: str, indent: str, way: Way, value: str) -> Change:
    """The lines that hand the secret over: below the command, or, where that is a setting of the
    module, above the module."""
    if "'" in value and '"' in value:
        raise DeclinedError(_UNUSUAL)
    quoted = f"'{value}'" if '"' in value else f'"{value}"'
    _require_free(file, number, indent, ("environment", "args", "stdin"))
    place = file.line_end(number)
    if not way.variable:
        lines = [f"{indent}stdin: {quoted}"] if key == "cmd" else [
            f"{indent}args:", f"{indent}  stdin: {quoted}"
        ]  # fmt: skip
    else:
        if key == "cmd":
            above = file.line_text(number - 1)
            bare = above.strip()
            if not bare.endswith(":") or bare.startswith("-"):
                raise DeclinedError(_UNUSUAL)
            indent = above[: len(above) - len(above.lstrip(" "))]
            _require_free(file, number - 1, indent, ("environment",))
            place = file.start_of_line(number - 1)
        lines = [f"{indent}environment:", f"{indent}  {way.variable}: {quoted}"]
    text = "".join(one + file.newline for one in lines)
    if place == len(file.text) and not file.text.endswith("\n"):
        text = file.newline + text.removesuffix(file.newline)
    return Change(file.path, place, place, text)


def _require_free(file: TextFile, number: int, indent: str, names: tuple[str, ...]) -> None:
    """Raise DeclinedError where the same mapping has one of these settings."""
    depth = len(indent)
    for step in (-1, 1):
        at = number
        while 0 < at <= file.lines:
            line = file.line_text(at).rstrip()
            bare = line.strip()
            own = len(line) - len(line.lstrip(" "))
            starts = bare.startswith("- ") and own + 2 == depth
            if at != number and bare and own < depth and not starts:
                break
            word = bare.removeprefix("- ").split(":")[0]
            if (own == depth or starts) and word in names:
                raise DeclinedError(f"the task has a setting `{word}` already")
            if starts and (step < 0 or at != number):
                break
            at += step
