"""The markers in rule examples: a rule must report each line that ends in `# finding`."""

from __future__ import annotations

from keyaudit.core.patterns import regex

_MARKER = regex(r"[ \t]*#[ \t]*finding[ \t]*(?=\r?$)")


def expected_lines(text: str) -> tuple[str, set[int]]:
    """The text without its `# finding` markers, and the lines (from 1) that had one."""
    lines = text.split("\n")
    expected = set()
    for number, line in enumerate(lines):
        bare = _MARKER.sub("", line)
        if bare != line:
            expected.add(number + 1)
            lines[number] = bare
    return "\n".join(lines), expected
