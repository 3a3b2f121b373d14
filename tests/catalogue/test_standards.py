"""What rules and policies rest on is what docs/standards.md lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from keyaudit.catalogue.standards import shown
from tests.caches import shipped

_PAGE = Path(__file__).parents[2] / "docs" / "standards.md"


def _listed() -> dict[str, set[str]]:
    """The documents of the page, each with its sections."""
    listed: dict[str, set[str]] = {}
    document = ""
    for line in _PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("### "):
            document = line.removeprefix("### ")
            assert document not in listed, f"{document} stands twice"
            listed[document] = set()
        elif document and (row := re.match(r"\| (?!section \|)([^|]+) \|", line)):
            listed[document].add(row[1])
    return listed


def _named() -> Iterator[tuple[str, str]]:
    """Each reference (`NIST SP 800-132, 5.2`) with the place that names it."""
    for rule in shipped().rules.values():
        for body, parts in rule.standards.items():
            if body != "cwe":
                yield from ((shown(body, part), rule.id) for part in parts)
    for policy in shipped().policies.values():
        for name, limit in policy.limits.items():
            for part in limit.source.split("; "):
                yield part.split(": ")[0], f"{policy.name}, {name}"


def test_what_is_named_is_listed_and_what_is_listed_is_named() -> None:
    listed = _listed()
    unknown = []
    used: dict[str, set[str]] = {}
    for reference, place in _named():
        document = max(
            (name for name in listed if reference == name or reference.startswith(f"{name}, ")),
            key=len,
            default=None,
        )
        section = reference.removeprefix(document or "").removeprefix(", ")
        if document is None or (section and section not in listed[document]):
            unknown.append(f"{place}: {reference}")
        else:
            used.setdefault(document, set()).add(section)
    assert not unknown, "not in docs/standards.md"
    idle = {f"{name}, {section}" for name, sections in listed.items()
            for section in sections - used.get(name, set())}  # fmt: skip
    idle |= listed.keys() - used.keys()
    assert not idle, "nothing names these any more"
