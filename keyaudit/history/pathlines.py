"""What triage says of the lines of a path's versions, of which it is asked once a line.

Versions of a path share nearly all their lines, and a match of triage lies in one line: to tell new
lines from known ones takes a fraction of the time that looking through all of them does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, count

from keyaudit.catalogue.types import TokenKind
from keyaudit.core import paths
from keyaudit.core.context import is_test_path  # where a literal key is a note
from keyaudit.history.hits import worth_a_look
from keyaudit.history.keylines import KeyLine, KeyLines
from keyaudit.scanning.examine import CODE
from keyaudit.secrets.patterns import TAG
from keyaudit.secrets.tokens import may_stand_in

Scan = Callable[[bytes], Mapping[str, Sequence[int]]]
# So many bytes of lines are remembered, with so many for each line beside them.
_MOST = 24_000_000
_LINE = 100


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of a line: the tags that are worth a look, whether it names a module of a
    model, and what it is to the code's signature.
    """

    tags: tuple[str, ...]
    code: bool = False
    key: KeyLine | None = None


class PathLines:
    """Tells which lines of a version are worth a look; remembers those of one path at a time."""

    def __init__(
        self, scan: Scan, tokens: Mapping[str, TokenKind], key_lines: KeyLines | None
    ) -> None:
        """`scan` is triage; `tokens` are the kinds by id."""
        self._scan = scan
        self._tokens = tokens
        self._key_lines = key_lines
        self._path = ""
        self._has_keys = False
        self._seen: set[bytes] = set()
        self._lines: dict[bytes, Line] = {}
        self._size = 0

    def of(self, path: str, lines: Sequence[bytes]) -> dict[int, Line]:
        """The lines, by their numbers (from 1) in order, of which there is something to say."""
        if path != self._path or self._size > _MOST:
            self._path = path
            self._has_keys = _may_be_python(path) and not is_test_path(path)
            self._seen.clear()
            self._lines.clear()
            self._size = 0
        distinct = set(lines)
        if new := distinct - self._seen:
            self._ask(list(new))
        known = self._lines
        if known.keys().isdisjoint(distinct):
            return {}
        numbers = compress(count(1), map(known.__contains__, lines))
        return {number: known[lines[number - 1]] for number in numbers}

    def _ask(self, new: list[bytes]) -> None:
        self._seen.update(new)
        self._size += sum(map(len, new)) + _LINE * len(new)
        text = b"\n".join([b"", *new])  # so that it starts with no mark of an encoding
        tags = _by_line(self._scan(text))
        keys: Mapping[int, list[str]] = {}
        if self._key_lines is not None and self._has_keys:
            keys = _by_line(self._key_lines.scan(text))
        for number in tags.keys() | keys.keys():
            line = new[number - 2]
            named = tags.get(number, [])
            code = CODE in named
            key = KeyLine.of(line, keys.get(number, ()), code=code) if self._has_keys else None
            kept = worth_a_look(line, [tag for tag in named if self._may_stand(tag, line)])
            if kept or code or key is not None:
                self._lines[line] = Line(tuple(kept), code, key)

    def _may_stand(self, tag: str, line: bytes) -> bool:
        """Not for what triage knows the beginning of only: `task-management` is no token."""
        if tag == CODE:
            return False
        if not tag.startswith(TAG) or b"\r" in line:
            return True
        kind = self._tokens[tag.removeprefix(TAG)]
        return may_stand_in(kind, line.decode("utf-8", "replace"))


def _by_line(hits: Mapping[str, Sequence[int]]) -> dict[int, list[str]]:
    """The tags by number of line, in triage's order."""
    tags: dict[int, list[str]] = {}
    for tag, numbers in hits.items():
        for number in numbers:
            tags.setdefault(number, []).append(tag)
    return tags


def _may_be_python(path: str) -> bool:
    """By its name; one without an ending may be a script."""
    return path.endswith(paths.PYTHON) or "." not in paths.name(path)
