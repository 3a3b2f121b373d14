"""Text for a terminal: colors, column widths, and protection against control characters."""

from __future__ import annotations

from keyaudit.core.levels import Severity
from keyaudit.reports.paths import path_name

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "cyan": "36",
}
_SEVERITY = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.NOTE: "dim",
}
TAB = 4


class Style:
    """Puts colors around text, or leaves it as it is when `color` is False."""

    def __init__(self, color: bool) -> None:
        self.color = color

    def __call__(self, text: str, style: str) -> str:
        """The text with colors: `style` is words such as `bold red`."""
        if not self.color or not text:
            return text
        codes = ";".join(_CODES[word] for word in style.split())
        return f"\x1b[{codes}m{text}\x1b[0m"

    def severity(self, level: Severity, text: str | None = None) -> str:
        """The severity's name, or `text`, in the severity's color."""
        return self(level.label if text is None else text, _SEVERITY[level])


def printable(text: str) -> str:
    """The text with all characters replaced that a terminal may interpret; the length stays.

    Control and format characters (escape sequences, writing direction, zero width), lone surrogates
    and unassigned characters become U+FFFD, white space becomes a space.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else " " if char.isspace() else "\ufffd" for char in text
    )


def width(text: str) -> int:
    """The number of columns that printable text takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    import unicodedata

    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def path_text(path: str) -> str:
    r"""The path as printable text: bytes that are not UTF-8 become `\xNN`."""
    return path if path.isprintable() else printable(path_name(path))


def count(number: int, noun: str) -> str:
    """The number with the noun in singular or plural: `1 finding`, `2,000 findings`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
