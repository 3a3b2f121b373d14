"""Which lines of Python are documentation: what looks like a secret there is an example."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Sequence

_NAMED = re.compile(r"(?:\w+_)?(?:DOCUMENTATION|EXAMPLES?|RETURN|USAGE|HELP|DOCS?)|__doc__")
_BETWEEN = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT,
            tokenize.ENCODING)  # fmt: skip


def documentation_lines(lines: Sequence[str]) -> frozenset[int]:
    """The numbers (from 1) of the lines inside docstrings and texts such as `EXAMPLES = …`.

    Empty where Python's tokenizer gives up, but for what it read before.
    """
    found: set[int] = set()
    before: list[str] = []  # what the statement has had so far
    source = io.StringIO("\n".join(lines))
    try:
        for token in tokenize.generate_tokens(source.readline):
            if token.type in _BETWEEN:
                if token.type == tokenize.NEWLINE:
                    before = []
                continue
            if token.type == tokenize.STRING and token.end[0] > token.start[0]:
                named = len(before) == 2 and before[1] == "=" and _NAMED.fullmatch(before[0])
                if not before or named:
                    found.update(range(token.start[0], token.end[0] + 1))
            before.append(token.string)
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass
    return frozenset(found)
