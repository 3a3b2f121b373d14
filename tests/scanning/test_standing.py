"""Where a file stands: judged from the top of its repository or the folder that was named."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from keyaudit.core.levels import Severity
from tests.scanning.support import HARDCODED as BAD
from tests.scanning.support import Project


def git_init(folder: Path) -> None:
    subprocess.run(["git", "init", "--quiet", "."], cwd=folder, check=True)


def severities(project: Project, *paths: Path | str) -> dict[str, Severity]:
    report = project.scan(*paths, severity=Severity.NOTE)
    return {f.path: f.severity for f in report.findings if f.rule_id == "KA301"}


@pytest.mark.parametrize("clone", ["demo", "docs", "payments-tests", "sandbox", "examples"])
@pytest.mark.parametrize("repository", [True, False])
def test_what_lies_above_a_named_folder_says_nothing(
    project: Project, clone: str, *, repository: bool
) -> None:
    project.write(f"{clone}/app.py", BAD)
    project.write(f"{clone}/tests/test_app.py", BAD)
    if repository:
        git_init(project.folder / clone)
    found = severities(project, clone)
    assert found[f"{clone}/app.py"] > Severity.NOTE
    assert found[f"{clone}/tests/test_app.py"] is Severity.NOTE


def test_repositories_below_a_named_folder_are_judged_from_their_tops(project: Project) -> None:
    project.write("demo/app.py", BAD)
    git_init(project.folder / "demo")
    assert severities(project)["demo/app.py"] > Severity.NOTE


def test_a_folder_inside_a_repository_is_judged_from_its_top(project: Project) -> None:
    project.write("examples/app/seal.py", BAD)
    git_init(project.folder)
    assert severities(project, "examples/app") == {"examples/app/seal.py": Severity.NOTE}
    os.chdir(project.folder / "examples" / "app")
    assert severities(project) == {"seal.py": Severity.NOTE}


def test_a_django_project_called_demo_is_no_demonstration(project: Project) -> None:
    for name in ("manage.py", "demo/urls.py", "demo/wsgi.py"):
        project.write(name, "")
    project.write("demo/seal.py", BAD)
    assert severities(project)["demo/seal.py"] > Severity.NOTE
    project.write("setup.py", "")
    assert severities(project)["demo/seal.py"] is Severity.NOTE


def test_examples_are_none_in_a_repository_that_has_nothing_else(project: Project) -> None:
    for name in ("README.md", "docs/use.md", "examples/mail/x.py", "examples/shop/x.py"):
        project.write(name, "")
    project.write("examples/wiki/seal.py", BAD)
    assert severities(project)["examples/wiki/seal.py"] > Severity.NOTE
    project.write("library/__init__.py", "")
    assert severities(project)["examples/wiki/seal.py"] is Severity.NOTE


def test_nothing_in_a_named_file_is_lowered_for_its_path(project: Project) -> None:
    project.write("tests/test_seal.py", BAD)
    assert severities(project)["tests/test_seal.py"] is Severity.NOTE
    assert severities(project, "tests/test_seal.py")["tests/test_seal.py"] > Severity.NOTE
    # The first result is not given again from the cache.
    assert severities(project)["tests/test_seal.py"] is Severity.NOTE


def test_lacks_of_the_whole_project_are_told_once(project: Project) -> None:
    text = (
        "import os\nfrom cryptography.fernet import Fernet\n"
        'box = Fernet(os.environ["ORDERS_KEY"])\n'
    )
    project.write("a.py", text)
    project.write("b.py", text)
    (finding,) = [f for f in project.scan().findings if f.rule_id == "KA503"]
    assert finding.path == "a.py"
    assert finding.steps[-1].path == "b.py"
    assert finding.message.endswith("in 1 more place")
    (project.folder / "a.py").unlink()
    (other,) = [f for f in project.scan().findings if f.rule_id == "KA503"]
    assert other.path == "b.py"
    assert other.fingerprint == finding.fingerprint
