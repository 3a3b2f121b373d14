"""Columns of tables that have a length."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.fixes.project import Project

_LIMIT = (
    r"(?i)\b(?P<name>{name})\b[\"'`\])]*\s*(?::[^=\n]+)?=?\s*[\w.(\[ ]*?"
    r"(?:(?:var)?char(?:acter)?(?:\s+varying)?2?|(?:var)?binary|String|Unicode|LargeBinary"
    r"|CharField\([^)\n]*max_length\s*=|max_length\s*=)\s*\(?\s*(?P<size>\d+)"
)
_CHECKED = r"(?i)\blength\s*\(\s*{name}\s*\)\s*=+\s*(?P<size>\d+)"


def limits(project: Project, name: str = r"\w+") -> Iterator[tuple[str, int]]:
    """The columns of the scanned files that have a length, and which; those of a name, or all."""
    patterns = [re.compile(one.replace("{name}", name)) for one in (_LIMIT, _CHECKED)]
    for path in project.paths:
        if not path.endswith((".py", ".sql")):
            continue
        text = (project.read(path) or b"").decode("utf-8", "replace")
        if "length" not in text and not re.search(r"(?i)char|binary|String\(|Unicode\(", text):
            continue
        for pattern in patterns:
            for found in pattern.finditer(text):
                yield found.groupdict().get("name") or name, int(found["size"])
