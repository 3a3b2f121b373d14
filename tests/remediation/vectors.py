"""Reads the `NAME = value` files of tests/vectors."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent.parent / "vectors"


def read(name: str) -> list[dict[str, str]]:
    """The cases of a file: lower-case names to values; a `COUNT` line begins a case. A line
    without `=` (such as `FAIL`) becomes a name with an empty value."""
    cases: list[dict[str, str]] = []
    for line in (FOLDER / name).read_text("utf-8").splitlines():
        if not line.strip() or line[0] in "#[":
            continue
        key, _, value = line.partition("=")
        key = key.strip().lower()
        if key == "count":
            cases.append({})
        cases[-1][key] = value.strip()
    assert cases
    return cases
