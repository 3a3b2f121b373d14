"""Key files that git would add with the next `git add .` (KA310)."""

from __future__ import annotations

from pathlib import Path

from keyaudit.core.levels import Severity
from tests.material import keys
from tests.scanning.support import Project, found
from tests.sources.support import Repo

_RULES = ("KA303", "KA310")


def test_a_key_file_before_and_after_it_is_committed(project: Project, repo: Repo) -> None:
    project.write("app.py", "x = 1\n")
    repo.commit()
    project.write("deploy/server.key", keys.private("ec"))
    project.write("app.p12", keys.store("rsa", None))
    for _ in range(2):  # the second time from the cache
        report = project.scan(".")
        assert found(report, *_RULES) == [
            ("KA310", "app.p12", 1),
            ("KA310", "deploy/server.key", 1),
        ]
        assert {finding.severity for finding in report.findings} == {Severity.HIGH}
    project.write(".gitignore", "*.p12\n")
    assert found(project.scan("."), *_RULES) == [("KA310", "deploy/server.key", 1)]
    repo.commit()
    assert found(project.scan("."), *_RULES) == [("KA303", "deploy/server.key", 1)]


def test_in_a_repository_without_a_commit(project: Project, repo: Repo) -> None:
    project.write("id_ed25519", keys.private("ed25519", "openssh"))
    assert found(project.scan("."), *_RULES) == [("KA310", "id_ed25519", 1)]


def test_what_is_no_key_file_or_of_no_repository(
    project: Project, repo: Repo, tmp_path: Path
) -> None:
    text = keys.private("ec").decode()
    project.write("app.py", f'\nKEY = """{text}"""\n')
    project.write("public.pem", keys.public("ec"))
    assert found(project.scan("."), *_RULES) == [("KA303", "app.py", 2)]
    # Of a file that is named git is not asked.
    project.write("server.key", text)
    assert found(project.scan("server.key"), *_RULES) == [("KA303", "server.key", 1)]
    (repo.folder / ".git").rename(tmp_path / "elsewhere")
    assert ("KA303", "server.key", 1) in found(project.scan("."), *_RULES)


def test_encrypted_ones_and_those_of_tests(project: Project, repo: Repo) -> None:
    project.write("a.key", keys.private("ec", encrypted=True))
    project.write("tests/b.key", keys.private("ec"))
    report = project.scan(".")
    told = {finding.path: (finding.rule_id, finding.severity) for finding in report.findings}
    assert told["a.key"] == ("KA310", Severity.LOW)
    assert told["tests/b.key"] == ("KA310", Severity.NOTE)


def test_without_the_rule_it_is_a_private_key(project: Project, repo: Repo) -> None:
    project.write("server.key", keys.private("ec"))
    assert found(project.scan(".", ignore=("KA310",)), *_RULES) == [("KA303", "server.key", 1)]
