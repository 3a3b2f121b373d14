"""`scan --diff`: only what a change brings counts."""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from keyaudit.cli import main
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span
from keyaudit.scanning.comparison import brought
from tests import caches
from tests.planted.passwords import password


def _made_up(number: int) -> str:
    return password(random.Random(number), 3)[0]


class _Repository:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=environment, check=True, capture_output=True, text=True
        ).stdout

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, message: str = "change") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def scan(self, *arguments: str) -> dict[str, Any]:
        ran = CliRunner().invoke(main, ["scan", "--format", "json", *arguments])
        assert ran.exit_code in (0, 1), ran.output
        report: dict[str, Any] = json.loads(ran.stdout)
        assert ran.exit_code == report["exit_status"] == (1 if report["findings"] else 0)
        return report

    def places(self, *arguments: str) -> list[tuple[str, int]]:
        found = self.scan(*arguments)["findings"]
        return [(finding["path"], finding["span"]["line"]) for finding in found]


@pytest.fixture
def repository(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> _Repository:
    """A repository with two secrets in its first commit; runs share what they compile."""
    made = _Repository(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", caches.of_run(tmp_path_factory))
    made.write("app/db.py", f'password = "{_made_up(1)}"\n')
    made.write("app/mail.py", f'mail_password = "{_made_up(2)}"\n')
    made.commit("begin")
    return made


def test_what_was_there_is_left_out_and_told(repository: _Repository) -> None:
    repository.git("switch", "-q", "-c", "work")
    repository.write("app/db.py", f'# moved\npassword = "{_made_up(1)}"\nretries = 3\n')
    repository.write("app/new.py", f'api_password = "{_made_up(3)}"\n')
    repository.commit()
    assert len(repository.places(".")) == 3
    report = repository.scan("--diff", ".")
    assert [(f["path"], f["span"]["line"]) for f in report["findings"]] == [("app/new.py", 1)]
    (said,) = [n["message"] for n in report["notices"] if n["kind"] == "compared"]
    assert said.startswith("2 findings left out that commit ")
    assert repository.places("--diff=main") == [("app/new.py", 1)]
    assert repository.places("--diff", "main", "app") == [("app/new.py", 1)]


def test_what_is_not_committed_yet_counts(repository: _Repository) -> None:
    repository.write("app/mail.py", f'mail_password = "{_made_up(4)}"\n')
    assert repository.places("--diff") == [("app/mail.py", 1)]
    assert repository.places("--diff=HEAD") == [("app/mail.py", 1)]


def test_a_renamed_file_brings_nothing_and_a_copied_one_does(repository: _Repository) -> None:
    repository.git("mv", "app/db.py", "app/store.py")
    assert repository.places("--diff") == []
    assert repository.places("--staged", "--diff") == []
    assert repository.places("--staged") == [("app/store.py", 1)]
    repository.write("app/copy.py", f'password = "{_made_up(1)}"\n')
    repository.git("add", "-A")
    # Two where there was one: the one that comes first has moved.
    assert repository.places("--staged", "--diff") == [("app/store.py", 1)]


def test_an_unrelated_edit_of_a_staged_file_passes(repository: _Repository) -> None:
    repository.write("app/db.py", f'import os\n\npassword = "{_made_up(1)}"\n')
    repository.git("add", "-A")
    assert repository.places("--staged") == [("app/db.py", 3)]
    assert repository.places("--staged", "--diff") == []
    repository.write("app/db.py", f'password = "{_made_up(1)}"\nother_password = "{_made_up(5)}"\n')
    repository.git("add", "-A")
    assert repository.places("--staged", "--diff") == [("app/db.py", 2)]


def test_code_is_compared_like_secrets(repository: _Repository) -> None:
    repository.write("app/seal.py", "import hashlib\nd = hashlib.md5(password.encode())\n")
    code = "from Crypto.Cipher import AES\n\n\ndef seal(k, d):\n    return AES.new(k, AES.MODE_ECB)"
    repository.write("app/box.py", f"{code}.encrypt(d)\n")
    repository.commit()
    before = repository.places(".")
    assert ("app/box.py", 5) in before
    repository.git("switch", "-q", "-c", "work")
    repository.write("app/box.py", f"# sealed boxes\n\n{code}.encrypt(d)\n")
    repository.commit()
    assert repository.places("--diff=main") == []


def test_a_branch_without_a_common_commit_or_name(repository: _Repository) -> None:
    ran = CliRunner().invoke(main, ["scan", "--diff=nowhere"])
    assert ran.exit_code == 2
    assert "there is no commit 'nowhere'" in ran.stderr
    repository.git("switch", "-q", "--orphan", "apart")
    repository.write("a.txt", "a\n")
    repository.commit()
    ran = CliRunner().invoke(main, ["scan", "--diff=main"])
    assert ran.exit_code == 2
    assert "no commit in common" in ran.stderr


def test_outside_of_a_repository(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("a = 1\n")
    ran = CliRunner().invoke(main, ["scan", "--diff", str(tmp_path)])
    assert ran.exit_code == 2
    assert "is in no git repository" in ran.stderr


def _finding(subject: str, path: str) -> Finding:
    span = Span(1, 1, 1, 2)
    return Finding("KA316", path, span, "", Severity.LOW, Confidence.LOW, subject=subject)


def test_findings_are_counted_by_their_value() -> None:
    one, moved, other = _finding("a", "x.py"), _finding("a", "y.py"), _finding("b", "x.py")
    assert brought([one], [one]) == []
    assert brought([moved], [one]) == []
    assert brought([one, moved], [one]) == [moved]
    assert brought([one, one], [one]) == [one]
    assert brought([other], [one]) == [other]
