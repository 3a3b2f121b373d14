"""What a project says it needs, read from each kind of file."""

from __future__ import annotations

import pytest

from keyaudit.catalogue.types import Catalogue
from keyaudit.core.memory_tree import MemoryTree
from keyaudit.fixes.dependencies import allows, declared
from keyaudit.fixes.project import Project


def _project(rules: Catalogue, **files: str) -> Project:
    data = {path: text.encode() for path, text in files.items()}
    return Project(data, MemoryTree(data), rules, rules.policies["default"])


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements.txt", "# web\n-r more.txt\nFlask[async]==2.2.2 ; python_version > '3'\n"),
        ("requirements/base.in", "flask<3\n"),
        ("pyproject.toml", '[project]\ndependencies = ["click", "Flask>=2,<3.1"]\n'),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.11"\nflask = "^2.2"\n'),
        ("pyproject.toml", '[tool.poetry.dependencies]\nflask = {version = "~3.0.1"}\n'),
        ("setup.cfg", "[options]\ninstall_requires =\n  click\n  flask ~= 2.0\n"),
        ("Pipfile", '[packages]\nflask = "==2.*"\n'),
    ],
)
def test_what_each_file_says(path: str, text: str, rules: Catalogue) -> None:
    project = _project(rules, **{path: text, "shop/web/app.py": "", "app.py": ""})
    assert "flask" in {one.name for one in declared(project, "shop/web/app.py")}
    assert not allows(project, "shop/web/app.py", "Flask", 3, 1)
    assert allows(project, "shop/web/app.py", "django", 4, 1)


@pytest.mark.parametrize(
    ("versions", "allowed"),
    [
        ("", True),
        (">=2", True),
        ("==3.1", True),
        ("==3.1.2", True),
        ("==3.0.9", False),
        ("==3.*", True),
        ("==2.*", False),
        ("~=3.0", True),
        ("~=3.0.2", False),
        ("~=3.1.2", True),
        ("<3.1", False),
        ("<3.1.1", True),
        ("<=3.1.0", True),
        (">=2,<3", False),
        ("<4,>=2", True),
        ("!=3.1", True),
        ("^3.0", True),
        ("^2.9", False),
    ],
)
def test_the_versions_that_a_project_allows(versions: str, allowed: bool, rules: Catalogue) -> None:
    project = _project(rules, **{"requirements.txt": f"flask{versions}\n", "app.py": ""})
    assert allows(project, "app.py", "flask", 3, 1) is allowed


@pytest.mark.parametrize(
    "text", ["[project\n", "[" * 5000, "[project]\ndependencies = 3\n[tool]\npoetry = []\n", "\0"]
)
def test_a_broken_file_says_nothing(text: str, rules: Catalogue) -> None:
    project = _project(rules, **{"pyproject.toml": text, "setup.cfg": text, "a/app.py": ""})
    assert declared(project, "a/app.py") == []
