"""Masks secrets in the diffs that are shown, as in all other lines of scanned files."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from keyaudit.core import paths
from keyaudit.core.patterns import regex
from keyaudit.core.python_text import PythonText
from keyaudit.core.redact import MASK, mask_line
from keyaudit.fixes.changes import Change, apply, merged

_SHORTEST = 6
_HUNK = regex(r"@@ -(?P<old>\d+),\d+ \+(?P<new>\d+),\d+ @@\n")


def _parses(text: str) -> bool:
    """Whether a text is valid Python; in other text, words that look like code may be values."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


class _Masked:
    """The masked lines of a text (from 1); where it is Python, its code is shown."""

    def __init__(
        self, path: str, text: str, unseen: Sequence[str] = (), plain: Iterable[str] = ()
    ) -> None:
        self._unseen = unseen
        words = sorted({re.escape(word) for word in plain if word}, key=len, reverse=True)
        self._plain = re.compile(rf"(?<![\w.-])(?:{'|'.join(words)})(?![\w.-])") if words else None
        self._lines = text.split("\n")
        is_code = path.endswith(paths.PYTHON) and _parses(text)
        self._literals = PythonText(text) if is_code else None
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def line(self, number: int) -> str:
        """A line (from 1), masked and without its line end."""
        line = self._lines[number - 1]
        start = self._starts[number - 1]
        code = self._literals.code(start, start + len(line)) if self._literals else ()
        if self._plain is not None:
            code = (*code, *(found.span() for found in self._plain.finditer(line)))
        return mask_line(line, (), code=code, unseen=self._unseen)

    def hides(self, start: int, end: int) -> bool:
        """Whether anything between two character offsets is masked."""
        number = max(bisect_right(self._starts, start) - 1, 0)
        while number < len(self._lines) and self._starts[number] < end:
            at = self._starts[number]
            masks = getattr(self.line(number + 1), "masks", ())
            if any(first < end - at and start - at < last for _, _, first, last in masks):
                return True
            number += 1
        return False


def masked(
    diff: str, path: str, before: str, after: str,
    known: Mapping[int, str] = MappingProxyType({}), plain: Iterable[str] = (),
) -> str:  # fmt: skip
    """A unified diff from `before` to `after`, with its lines masked.

    `known` are masked lines of `before` by number (from 1), as the findings' evidence shows them;
    `plain` are new values that are shown, whatever they are called.
    """
    lines = before.split("\n")
    secrets = [text for number, line in known.items() for text in _hidden(lines[number - 1], line)]
    old, new = _Masked(path, before, secrets), _Masked(path, after, secrets, plain)
    here = there = 0
    shown = []
    # Only line feeds end the lines of a diff.
    for line in (f"{line}\n" for line in diff.split("\n")[:-1]):
        hunk = _HUNK.fullmatch(line)
        if hunk:
            here, there = int(hunk["old"]), int(hunk["new"])
            shown.append(line)
        elif here + there == 0 or line.startswith("\\"):
            shown.append(line)
        elif line.startswith("+"):
            shown.append(f"+{new.line(there)}\n")
            there += 1
        else:
            shown.append(f"{line[0]}{known.get(here, old.line(here))}\n")
            here += 1
            there += line[0] == " "
    return "".join(shown)


def _hidden(line: str, shown: str) -> list[str]:
    """The parts of a line that its masked form hides, except those shorter than 6 characters."""
    pattern = "(.*?)".join(re.escape(part) for part in shown.rstrip("\r\n").split(MASK))
    found = re.fullmatch(pattern, line.rstrip("\r\n"), re.DOTALL)
    return [text for text in found.groups() if len(text) >= _SHORTEST] if found else []


class ChangedText:
    """A text after the changes of many fixes, none of which clash."""

    def __init__(
        self, path: str, text: str, changes: Iterable[Change], plain: Iterable[str] = ()
    ) -> None:
        ordered = merged(changes)
        self._new = _Masked(path, apply(text, ordered), plain=plain)
        self._starts: dict[Change, int] = {}
        shift = 0
        for change in ordered:
            self._starts[change] = change.start + shift
            shift += len(change.text) - (change.end - change.start)

    def may_show(self, changes: Iterable[Change]) -> bool:
        """Whether nothing would be masked in the text that some of the changes insert."""
        return not any(
            self._new.hides(self._starts[change], self._starts[change] + len(change.text))
            for change in changes
        )
