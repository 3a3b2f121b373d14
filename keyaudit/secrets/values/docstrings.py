"""Finds the documentation in code, where what looks like a secret is an example.

Docstrings of Python, what PowerShell's comment-based help shows for an example, descriptions of
interfaces in OpenAPI, which have no values but examples, and what `shown_texts` finds.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Sequence

from keyaudit.core.openapi import is_description
from keyaudit.core.patterns import regex
from keyaudit.secrets.values.shown_texts import in_comments, of_usage

_NAMED = regex(r"(?:\w+_)?(?:DOCUMENTATION|EXAMPLES?|RETURN|USAGE|HELP|DOCS?)|__doc__")
_NAMED_BEFORE = regex(rf"(?:{_NAMED.pattern})\s*=")
_BETWEEN = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT,
            tokenize.ENCODING)  # fmt: skip
# Each alternative begins with a character of its own, which makes the search for one fast: so
# without the letters before a text, which change nothing of where it ends.
_STRING_OR_COMMENT = regex(
    r"#[^\n]*"
    r'|"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
    r"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"
    r'|"(?!"")[^"\\\n]*(?:\\.[^"\\\n]*)*"'
    r"|'(?!'')[^'\\\n]*(?:\\.[^'\\\n]*)*'"
    r"|\"|'",
    re.DOTALL,
)
_PREFIX = regex(r"(?<![^\W\d])[rbufRBUF]{1,2}\Z")


# about_Comment_Based_Help: a keyword in a line of its own opens a section, up to the next one.
_POWERSHELL = (".ps1", ".psm1", ".psd1")
_SECTION = regex(r"\s*#?\s*\.(?P<name>[A-Z]{4,})\b", re.IGNORECASE)
_SHOWS = frozenset({"EXAMPLE", "OUTPUTS", "INPUTS"})


# The Rust Book, 11.3: a module of a file's own tests is compiled for them alone, and comes last.
_RUST = (".rs",)
_TESTS = regex(r"\s*#\[cfg\((?:all\()?test\b")
_MODULE = regex(r"\s*(?:pub(?:\([a-z]+\))?\s+)?mod\s+\w+\s*\{")
_DESCRIPTION = (".json", ".yaml", ".yml")
# Where a comment is `/* … */`, or begins with `//` or `#`.
_COMMENTED = (
    ".go", ".java", ".kt", ".kts", ".scala", ".groovy", ".js", ".mjs", ".cjs", ".jsx", ".ts",
    ".tsx", ".php", ".cs", ".swift", ".m", ".dart", ".c", ".h", ".cpp", ".rb",
)  # fmt: skip
# With neither functions nor texts of usage, but with comments.
_SETTINGS = (
    ".sh", ".bash", ".zsh", ".tf", ".toml", ".properties", ".conf", ".cfg", ".ini", ".pl", ".ex",
    ".exs",
)  # fmt: skip
# Without one of these, a file shows neither a request nor a usage.
_SHOWN_WORDS = (b"expire", b"xample", b"sage", b"elp", b"XAMPLE", b"SAGE", b"HELP", b"epilog",
                b"POST ", b"GET ", b"PUT ", b"PATCH ", b"DELETE ", b"equest", b"esponse",
                b"curl ")  # fmt: skip
_FIRST_LINES = 50


def has_documentation(path: str) -> bool:
    """Whether a file is of a kind in which `documentation_lines` can find some, by its name."""
    return path.endswith(
        (".py", ".pyi", *_POWERSHELL, *_DESCRIPTION, *_RUST, *_COMMENTED, *_SETTINGS)
    )


def may_have_documentation(path: str, data: bytes) -> bool:
    """The same, by what stands in the file, too: asked of each version of a history."""
    plain = path.endswith((*_COMMENTED, *_SETTINGS))
    return has_documentation(path) and (not plain or any(word in data for word in _SHOWN_WORDS))


def documentation_lines(path: str, lines: Sequence[str], last: int | None = None) -> frozenset[int]:
    """The numbers (from 1) of the lines that show examples or test what stands above them; see
    `python_documentation`."""
    if path.endswith(_POWERSHELL):
        return _shown_by_help(lines[:last])
    if path.endswith(_RUST):
        return _own_tests(lines)
    if path.endswith(_DESCRIPTION):
        if is_description(path, "\n".join(lines[:_FIRST_LINES])):
            return frozenset(range(1, len(lines) + 1))
        return in_comments(lines)
    if path.endswith(_COMMENTED):
        return in_comments(lines) | of_usage(lines)
    if path.endswith(_SETTINGS):
        return in_comments(lines)
    return python_documentation(lines, last) | in_comments(lines)


def _own_tests(lines: Sequence[str]) -> frozenset[int]:
    """The lines of a module `#[cfg(test)] mod … {`, up to a bracket in the same column."""
    for number, line in enumerate(lines, 1):
        if not _TESTS.match(line):
            continue
        below = next(
            (at for at in range(number, number + 4) if _MODULE.match(_at(lines, at))), None
        )
        if below is not None:
            closing = lines[below][: len(lines[below]) - len(lines[below].lstrip())] + "}"
            end = next(
                (at for at in range(below, len(lines)) if lines[at].rstrip() == closing), len(lines)
            )
            return frozenset(range(number, end + 2)) | frozenset(
                at + end for at in _own_tests(lines[end:])
            )
    return frozenset()


def _at(lines: Sequence[str], place: int) -> str:
    return lines[place] if place < len(lines) else ""


def _shown_by_help(lines: Sequence[str]) -> frozenset[int]:
    """The lines of a block comment (`<# … #>`) or a run of comments after `.EXAMPLE`."""
    found: set[int] = set()
    in_block = shown = False
    for number, line in enumerate(lines, 1):
        in_block |= "<#" in line
        if not in_block and not line.lstrip().startswith("#"):
            shown = False
            continue
        if section := _SECTION.match(line):
            shown = section["name"].upper() in _SHOWS
        elif shown:
            found.add(number)
        if "#>" in line:
            in_block = shown = False
    return frozenset(found)


def python_documentation(lines: Sequence[str], last: int | None = None) -> frozenset[int]:
    """The numbers (from 1) of the lines inside docstrings and texts such as `EXAMPLES = …`.

    Those after the line `last` need not be told, if one is given. Empty where Python's tokenizer
    gives up, but for what it read before.
    """
    text = "\n".join(lines)
    found = _by_expression(text, None if last is None else sum(map(len, lines[:last])) + last)
    return _by_tokens(text) if found is None else found


def _by_expression(text: str, limit: int | None = None) -> frozenset[int] | None:
    """The same up to an offset, many times as fast; None where only the tokenizer can tell.

    That is: open quotes, brackets that close what is not open, and lines that are joined by a
    backslash before a text of several lines.
    """
    found: set[int] = set()
    depth = last = 0
    number, counted = 1, 0  # the line at the offset up to which newlines were counted
    for match in _STRING_OR_COMMENT.finditer(text):
        start, end = match.span()
        if limit is not None and start > limit:
            break
        if end - start == 1 and text[start] != "#":  # an open quote
            return None
        between = text[last:start]
        last = end
        if not between.isspace():
            count = between.count
            depth += count("(") + count("[") + count("{") - count(")") - count("]") - count("}")
            if depth < 0:
                return None
        if text[start] == "#":
            continue
        inside = text.count("\n", start, end)
        if not inside or depth:
            continue
        line = text.rfind("\n", 0, start) + 1
        before = _PREFIX.sub("", text[line:start]).strip()
        if before and not _NAMED_BEFORE.fullmatch(before):
            continue
        if text.endswith("\\", 0, max(0, line - 1)):
            return None
        number += text.count("\n", counted, start)
        counted = start
        found.update(range(number, number + inside + 1))
    return frozenset(found)


def _by_tokens(text: str) -> frozenset[int]:
    found: set[int] = set()
    before: list[str] = []  # what the statement has had so far
    source = io.StringIO(text)
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
