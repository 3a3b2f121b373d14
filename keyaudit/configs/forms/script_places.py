"""What the readers of scripts in JavaScript and TypeScript share: which files and lines of them
somebody wrote, and a resource made of what is found at one place of a text."""

from __future__ import annotations

from collections.abc import Mapping as Settings

from keyaudit.configs.tree import Entry, Mapping, Resource, Scalar
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex

# Nobody wrote a file of such lines.
_MADE = regex(
    r"(?i)\.min\.js\Z|(?:\A|/)(?:node_modules|vendors?|third_?party|dist|build|bower_components)/"
)
_LONGEST = 1000  # characters of a line; nobody wrote a longer one
_COMMENT = regex(r"\s*(?://|\*)")


def is_made(path: str) -> bool:
    """Whether a script was made of others, or taken from elsewhere."""
    return _MADE.search(path) is not None


def start_of_written(text: str, at: int) -> int | None:
    """Where the line of an offset begins; None where it is longer up to there than anybody
    writes."""
    start = text.rfind("\n", 0, at) + 1
    return start if at - start <= _LONGEST else None


def start_of_code(text: str, at: int) -> int | None:
    """As `start_of_written`, and None for a comment."""
    start = start_of_written(text, at)
    return None if start is None or _COMMENT.match(text, start) else start


def found(
    form: str, kind: str, name: str, settings: Settings[str, str], span: Span, path: str
) -> Resource:
    """A resource that is said by its name, with such texts in it, all of them at one place."""
    entries = {key: Entry(key, span, Scalar(text, span, path)) for key, text in settings.items()}
    return Resource(form, kind, name, span, path, Mapping(entries, span, path), f"`{name}`")
