"""The recipes of a Makefile, as the scripts that they are: `$(NAME)` is a variable, `$$` a `$`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.configs.forms import shell
from keyaudit.configs.readers.offsets import lines_of
from keyaudit.configs.tree import Resource
from keyaudit.core.patterns import regex

_RECIPE = regex(r"^\t(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE | re.DOTALL)
_VARIABLE = regex(r"(?<!\$)\$\((\w+)\)")
_PREFIX = regex(r"[ \t]*[-@+]{1,3}")


def resources(text: str, path: str) -> Iterator[Resource]:
    """The commands of the recipes."""
    place = lines_of(text)
    for found in _RECIPE.finditer(text):
        own = _VARIABLE.sub(r"${\1}", found[0]).replace("$$", "$")
        prefix = _PREFIX.match(own)
        if prefix is not None:
            own = " " * prefix.end() + own[prefix.end() :]
        yield from shell.resources(own, path, lines_of(own, place(*found.span()).line - 1))
