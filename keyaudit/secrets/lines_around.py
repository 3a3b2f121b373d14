"""What stands around a secret in its file: the line, the secrets of it, what is documentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keyaudit.secrets.values.docstrings import documentation_lines, has_documentation


class Refuted:
    """Texts of one line that have a token's form, and that its issuer never gave out."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = frozenset(texts)
        self._sizes = sorted({len(text) for text in texts})
        self._joined = "\n".join(texts)

    def touches(self, text: str) -> bool:
        """Whether a text is a part of one of them, or one of them a part of it."""
        return bool(self._texts) and (
            text in self._joined
            or any(
                text[at : at + size] in self._texts
                for size in self._sizes
                for at in range(len(text) - size + 1)
            )
        )


class Examples:
    """The lines of a file that are documentation, read when they are asked for."""

    def __init__(self, path: str, lines: Sequence[str], last: int) -> None:
        """After the line `last` nobody asks."""
        self._path = path
        self._lines = lines
        self._last = last
        self._found: frozenset[int] | None = None if has_documentation(path) else frozenset()

    def __contains__(self, number: int) -> bool:
        if self._found is None:
            self._found = documentation_lines(self._path, self._lines, self._last)
        return number in self._found


@dataclass(frozen=True, slots=True)
class Around:
    """What a secret stands in: a line, with all secrets of it, of a file.

    `judged` is the path by which the file is judged to be a test, `within` the place (see
    `deploy_files`) of a text that stands encoded in another.
    """

    path: str
    judged: str
    lines: Sequence[str]
    number: int
    secrets: Sequence[str]
    examples: Examples
    within: str | None

    @property
    def line(self) -> str:
        return self.lines[self.number - 1]

    @property
    def is_example(self) -> bool:
        """Whether the line is documentation."""
        return self.number in self.examples
