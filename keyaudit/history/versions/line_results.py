"""Caches triage results by line, so that each line of a path is triaged once over all its versions.

Versions of a path share nearly all their lines, and a match of triage lies in one line: to tell new
lines from known ones takes a fraction of the time that looking through all of them does. They are
told apart a part at a time: parts end at empty lines, in texts that have enough of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress, count

from keyaudit.catalogue.types import Catalogue
from keyaudit.core import paths
from keyaudit.core.context import is_test_path  # where a literal key is a note
from keyaudit.history.versions.key_lines import KeyLine, KeyLines
from keyaudit.history.versions.triage_hits import worth_scanning
from keyaudit.scanning.needs import CODE, MATERIAL
from keyaudit.secrets.detection import PRIVATE_KEY
from keyaudit.secrets.detectors.tokens import may_stand_in
from keyaudit.secrets.patterns import ENCODED, TAG

Scan = Callable[[bytes], Mapping[str, Sequence[int]]]
# So many bytes of lines and parts are remembered, with so many for each one beside them.
_MOST = 24_000_000
_ONE = 100
_END = b"\n\n"  # of a part; the second newline is the empty line after it
_MOST_LINES = 25  # in a part, on an average, of texts that are cut
_SHORT, _MOST_SHORT = 200, 20_000  # characters of a line, and lines: five megabytes or so
# What may go on for many lines, so that other parts have a say in what is found there.
_LONG = frozenset({MATERIAL, PRIVATE_KEY, ENCODED})


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of a line: the tags that are worth a look, whether it names a module of a
    model, and what it is to the code's signature.
    """

    tags: tuple[str, ...]
    code: bool = False
    key: KeyLine | None = None


class _Part:
    """Lines of a version up to an empty one: how many, and what is known of some, by their place
    (from 0). Equal to none but itself; `long` says that other parts may matter for it.
    """

    __slots__ = ("count", "known", "long")

    def __init__(self, count: int, known: Sequence[tuple[int, Line]]) -> None:
        self.count = count
        self.known = known
        self.long = any(not _LONG.isdisjoint(line.tags) for _, line in known)


_Mark = tuple[_Part | None, ...]


@dataclass(slots=True)
class LineSummary:
    """What came of versions of a path that have the same to say, each line of them between the same
    lines: the signature of their code, when it was asked for, and whether nothing was found.
    """

    keys: str | None = None
    silent: bool = False


class TriagedText:
    """What is told of a version: `said` is shared with those that have the same to say."""

    def __init__(self, text: bytes, parts: Sequence[_Part], said: LineSummary) -> None:
        """`parts` are those of the text, in UTF-8."""
        self.text = text
        self.said = said
        self._parts = parts

    @cached_property
    def lines(self) -> list[bytes]:
        """All lines."""
        return self.text.split(b"\n")

    @cached_property
    def known(self) -> dict[int, Line]:
        """The lines, by their numbers (from 1) in order, of which there is something to say."""
        known = {}
        start = 1
        for part in self._parts:
            for place, line in part.known:
                known[start + place] = line
            start += part.count + 1
        return known

    @property
    def has_code(self) -> bool:
        """Whether a line names a module of a model."""
        return any(line.code for part in self._parts for _, line in part.known)


def _mark(parts: Sequence[_Part]) -> _Mark | None:
    """The parts with something to say, and those before and after each; None where more matters."""
    mark: list[_Part | None] = []
    for place, part in enumerate(parts):
        if part.known:
            if part.long:
                return None
            mark += parts[place - 1 : place + 2] if place else (None, *parts[:2])
            if place == len(parts) - 1:
                mark.append(None)
    return tuple(mark)


class LineResults:
    """Tells which lines of a version are worth a look; remembers the lines of one path at a
    time."""

    def __init__(self, scan: Scan, catalogue: Catalogue, key_lines: KeyLines | None) -> None:
        """`scan` is triage."""
        self._scan = scan
        self._catalogue = catalogue
        self._keys = key_lines
        self._path = ""
        self._has_code = False
        self._is_cut = False
        self._parts: dict[bytes, _Part] = {}
        self._seen: set[bytes] = set()
        self._lines: dict[bytes, Line] = {}
        self._said: dict[_Mark, LineSummary] = {}
        self._worth: dict[tuple[str, ...], Sequence[str]] = {}  # of lines of all paths
        self._size = 0

    def of(self, path: str, text: bytes) -> TriagedText:
        """What is told of a version of a path, of its text in UTF-8."""
        if path != self._path or self._size > _MOST:
            self._path = path
            self._has_code = _may_be_python(path) and not (self._keys and is_test_path(path))
            self._is_cut = text.count(_END) * _MOST_LINES > text.count(b"\n")
            self._parts.clear()
            self._seen.clear()
            self._lines.clear()
            self._said.clear()
            self._size = 0
        if not self._is_cut:
            lines = text.split(b"\n")
            distinct = set(lines)
            self._learn(distinct)
            # Two sets are compared by the smaller one.
            known = not self._lines.keys().isdisjoint(distinct)
            return TriagedText(text, [self._part(lines)] if known else [], LineSummary())
        cut = text.split(_END)
        if new := {part for part in cut if part not in self._parts}:
            self._learn_parts(new)
        parts = list(map(self._parts.__getitem__, cut))
        mark = _mark(parts)
        said = LineSummary() if mark is None else self._said.setdefault(mark, LineSummary())
        return TriagedText(text, parts, said)

    def _learn_parts(self, new: set[bytes]) -> None:
        cut = {part: part.split(b"\n") for part in new}
        self._learn({line for lines in cut.values() for line in lines})
        for part, lines in cut.items():
            self._parts[part] = self._part(lines)
            self._size += len(part) + _ONE

    def _part(self, lines: Sequence[bytes]) -> _Part:
        """A part, of whose lines triage has been asked."""
        known = self._lines
        if known.keys().isdisjoint(lines):
            return _Part(len(lines), ())
        places = compress(count(), map(known.__contains__, lines))
        return _Part(len(lines), [(place, known[lines[place]]) for place in places])

    def _learn(self, lines: set[bytes]) -> None:
        if new := lines - self._seen:
            self._ask(list(new))

    def _ask(self, new: list[bytes]) -> None:
        self._seen.update(new)
        self._size += sum(map(len, new)) + _ONE * len(new)
        text = b"\n".join([b"", *new])  # so that it starts with no mark of an encoding
        tags = _by_line(self._scan(text))
        keys: Mapping[int, list[str]] = {}
        if self._keys is not None and self._has_code:
            keys = _by_line(self._keys.scan(text))
        for number in tags.keys() | keys.keys():
            line = new[number - 2]
            named = tags.get(number, [])
            code = CODE in named and self._has_code
            key = KeyLine.of(line, keys.get(number, ()), code=code) if self._has_code else None
            as_text = line.removesuffix(b"\r").decode("utf-8", "replace")
            standing = [tag for tag in named if self._may_stand(tag, as_text)]
            kept = self._worth_scanning(as_text, standing)
            if kept or code or key is not None:
                self._lines[line] = Line(tuple(kept), code, key)

    def _worth_scanning(self, line: str, tags: Sequence[str]) -> Sequence[str]:
        """See `worth_scanning`; of a short line, which many paths have, it is asked once."""
        if not tags:
            return ()
        if len(line) > _SHORT:
            return worth_scanning(line, tags, self._catalogue, self._path)
        key = line, *tags
        known = self._worth.get(key)
        if known is None:
            if len(self._worth) >= _MOST_SHORT:
                self._worth.clear()
            known = self._worth[key] = worth_scanning(line, tags, self._catalogue)
        return known

    def _may_stand(self, tag: str, line: str) -> bool:
        """Not for what triage knows the beginning of only: `task-management` is no token."""
        if tag == CODE:
            return False
        if not tag.startswith(TAG) or "\r" in line:
            return True
        return may_stand_in(self._catalogue.tokens[tag.removeprefix(TAG)], line)


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
