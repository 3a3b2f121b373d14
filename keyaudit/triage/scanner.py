"""What triage searches for, and the choice of engine."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from keyaudit.core.text import as_utf8

if TYPE_CHECKING:
    from keyaudit.triage.native import NativeEngine

CODE = "code"
ENGINES = ("native", "python")


class _Engine(Protocol):
    def scan(self, data: bytes) -> dict[int, list[int]]: ...


class Triage:
    """Finds words and patterns in bytes; made by `build`.

    It can be pickled and shared by forked processes: the engine is made at the first scan, or by
    `prepare`, and is not part of the pickle.
    """

    def __init__(
        self, expressions: Mapping[str, bytes], engine: str, cache_folder: Path | None
    ) -> None:
        self.tags = tuple(expressions)
        self.engine = engine
        self._expressions = tuple(expressions.values())
        self._cache_folder = cache_folder
        self._ready: _Engine | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_ready": None}

    def prepare(self) -> None:
        """Make the engine now, for instance before forking. Raises ValueError for an invalid
        pattern."""
        self._make()

    def without(self, tags: Container[str]) -> Triage:
        """A new triage that does not search for `tags`; its engine is not made yet."""
        pairs = zip(self.tags, self._expressions, strict=True)
        kept = {tag: expression for tag, expression in pairs if tag not in tags}
        return Triage(kept, self.engine, self._cache_folder)

    def scan(self, data: bytes) -> dict[str, list[int]]:
        """The tags that are found, each with the sorted line numbers (from 1); other tags are left
        out.

        A line ends at a newline byte. UTF-16 and UTF-32 text is converted first. Raises ValueError
        for an invalid pattern, at the first scan.
        """
        if not data:
            return {}
        found = self._make().scan(as_utf8(data))
        return {self.tags[number]: lines for number, lines in found.items()}

    def _make(self) -> _Engine:
        if self._ready is None:
            native = _native() if self.engine == "native" else None
            if native is not None:
                self._ready = native(self._expressions, self._cache_folder)
            else:
                from keyaudit.triage.fallback import PythonEngine

                self.engine = "python"

                self._ready = PythonEngine(self._expressions)
        return self._ready


def _native() -> type[NativeEngine] | None:
    """The native engine; None where hyperscan cannot be loaded on this system."""
    try:
        from keyaudit.triage.native import NativeEngine
    except ImportError:
        return None
    return NativeEngine


def build(
    words: Iterable[str],
    patterns: Mapping[str, str],
    *,
    engine: str | None = None,
    cache_folder: Path | None = None,
) -> Triage:
    """A triage for words (found as whole identifiers, tag "code") and patterns by tag.

    A pattern is a regular expression over bytes, in what hyperscan and `re` both understand
    and mean the same by: no lookaround, no back-references, `(?i)` only at the start; `^`
    and `$` stand at line ends. It must match neither the empty string nor a newline, so that
    each match lies in one line: write `[ \\t]` for `\\s`, and keep newlines out of negated
    classes. To keep the number of matches small in long lines, let it not end in a
    repetition without an anchor after it.

    `engine` is "native" (hyperscan), "python", or None: native where it is installed.
    `cache_folder` keeps the compiled native database. ValueError for another engine.
    """
    if engine is None:
        engine = "native" if find_spec("hyperscan") else "python"
    if engine not in ENGINES:
        raise ValueError(f"{engine!r} is none of: {', '.join(ENGINES)}")
    expressions: dict[str, bytes] = {}
    names = sorted(set(words))
    if names:
        alternatives = "|".join(re.escape(name) for name in names)
        expressions[CODE] = rf"\b(?:{alternatives})\b".encode()
    # One byte a character, so that \x80-\xff in a pattern means bytes.
    expressions.update({tag: text.encode("latin-1") for tag, text in patterns.items()})
    return Triage(expressions, engine, cache_folder)
