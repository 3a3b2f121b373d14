"""docs/architecture.md names files and folders that are there, and all folders of the engine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "architecture.md").read_text()


def _section(title: str) -> str:
    return re.split(rf"^## {re.escape(title)}\n", TEXT, flags=re.M)[1].split("\n## ")[0]


def test_where_to_add_what_names_files_that_exist() -> None:
    rows = re.findall(r"^\| (?!I want|---)(.+?) \| (.+?) \|$", _section("Where to add what"), re.M)
    assert len(rows) >= 10
    for wanted, where in rows:
        paths = re.findall(r"`([\w./-]+/[\w./-]*)`", where)
        assert paths, wanted
        for path in paths:
            assert (ROOT / path).exists(), f"{wanted}: {path}"


@pytest.mark.parametrize("package", ["code", "history", "secrets"])
def test_every_folder_of_a_package_is_on_the_page(package: str) -> None:
    folders = {file.parent.name for file in (ROOT / "keyaudit" / package).glob("*/__init__.py")}
    assert folders
    named = set(re.findall(r"(\w+)/", TEXT))
    assert folders <= named
