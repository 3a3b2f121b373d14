"""What the functions of a shell script do with what they are given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from keyaudit.configs.readers.shell import Command, Script
from keyaudit.core.patterns import regex

# A function that runs what it is given, by its name.
_RUNS = regex(
    r"(?i)_*(?:run|exec|execute|try|retry|do|safe|quiet|silent|maybe|log_?and_?run)(?:_?(?:cmd|command"
    r"|run|or_\w+|quiet\w*|silent\w*|fatal|as_root|sudo|cmd_\w+|and_\w+|with_\w+))*\Z"
)
# What is done with a file, its first argument for example.
_OF_FILES = frozenset({"cp", "mv", "rm", "unlink", "shred", "tar"})
_GIVEN = regex(r"\$\{?([1-9])\}?")
_MOST_OF_A_FUNCTION = 8


def basename(name: str) -> str:
    """The name of a program without its folder."""
    return name.rpartition("/")[2]


def runs_what_it_is_given(name: str) -> bool:
    """Whether a function of this name runs the command that is passed to it."""
    return _RUNS.match(name) is not None


def bodies_of(script: Script) -> dict[str, list[Command]]:
    """What the functions of a script do with files they are given, by the function's name."""
    found: dict[str, list[Command]] = {}
    for command in script.commands:
        if (
            command.function
            and basename(command.name) in _OF_FILES
            and any(_GIVEN.search(word.text) for word in command.words)
        ):
            found.setdefault(command.function, []).append(command)
    return found


def done_with(call: Command, body: Iterable[Command]) -> Iterator[Command]:
    """The commands that a function runs with what it is given in a call, seen at the call."""

    def given(found: re.Match[str]) -> str:
        at = int(found[1]) - 1
        return call.words[at].text if 0 <= at < len(call.words) else ""

    for command in islice(body, _MOST_OF_A_FUNCTION):
        words = [
            replace(word, text=_GIVEN.sub(given, word.text), span=call.span)
            for word in command.words
        ]
        yield replace(command, words=words, span=call.span, environment=[], to=[], input=None)
