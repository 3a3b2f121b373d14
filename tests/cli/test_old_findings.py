"""Living with old findings: baselines of other tools, entries and comments that mute nothing."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from keyaudit.cli import main
from tests import caches
from tests.planted.passwords import password


def _made_up(number: int) -> str:
    return password(random.Random(number), 3)[0]


@pytest.fixture
def tree(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder with two files that hold a password each."""
    monkeypatch.setenv("XDG_CACHE_HOME", caches.of_run(tmp_path_factory))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "db.py").write_text(f'password = "{_made_up(1)}"\n')
    (tmp_path / "mail.sh").write_text(f"export MAIL_PASSWORD={_made_up(2)}\n")
    return tmp_path


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def _paths(*arguments: str) -> list[str]:
    report = json.loads(_run("scan", "--format", "json", *arguments).stdout)
    return [finding["path"] for finding in report["findings"]]


def _notices(*arguments: str) -> list[tuple[str, str]]:
    report = json.loads(_run("scan", "--format", "json", *arguments).stdout)
    return [(notice["kind"], notice["message"]) for notice in report["notices"]]


def test_detect_secrets_baseline_is_taken_over(tree: Path) -> None:
    digest = hashlib.sha1(_made_up(1).encode(), usedforsecurity=False).hexdigest()
    known = {"type": "Secret Keyword", "hashed_secret": digest, "line_number": 44}
    gone = {"type": "Secret Keyword", "hashed_secret": "0" * 40, "line_number": 7}
    audited = {"type": "Secret Keyword", "hashed_secret": "1" * 40, "line_number": 1,
               "is_secret": False}  # fmt: skip
    (tree / ".secrets.baseline").write_text(
        json.dumps({"version": "1.5.0", "plugins_used": [],
                    "results": {"db.py": [known, gone], "mail.sh": [audited]}})
    )  # fmt: skip
    ran = _run("baseline", "import", ".secrets.baseline", "--file", "known.json")
    assert ran.exit_code == 0, ran.output
    assert "2 of 3 entries match; 2 new in known.json" in ran.stdout
    assert "db.py:7: no finding there" in ran.stderr
    assert _paths("--baseline", "known.json") == []
    reasons = {entry["path"]: entry["reason"] for entry in _entries(tree / "known.json")}
    assert reasons["mail.sh"] == "audited as no secret in detect-secrets"
    again = _run("baseline", "import", ".secrets.baseline", "--file", "known.json")
    assert "0 new in known.json" in again.stdout


def test_gitleaks_and_bandit_baselines_are_taken_over(tree: Path) -> None:
    leak = {"RuleID": "generic-api-key", "File": "mail.sh", "StartLine": 9, "EndLine": 9,
            "Secret": _made_up(2), "Fingerprint": "x"}  # fmt: skip
    others = tree.parent / "others"
    others.mkdir()
    (others / "leaks.json").write_text(json.dumps([leak]))
    issue = {"filename": "./db.py", "line_number": 1, "line_range": [1], "test_id": "B105"}
    (others / "bandit.json").write_text(json.dumps({"results": [issue], "errors": []}))
    assert (
        _run("baseline", "import", str(others / "leaks.json"), "--file", "known.json").exit_code
        == 0
    )
    assert _paths("db.py", "mail.sh", "--baseline", "known.json") == ["db.py"]
    assert (
        _run("baseline", "import", str(others / "bandit.json"), "--file", "known.json").exit_code
        == 0
    )
    assert _paths("db.py", "mail.sh", "--baseline", "known.json") == []
    assert _made_up(2) not in (tree / "known.json").read_text()


def test_a_gitleaksignore_is_taken_over(tree: Path) -> None:
    (tree / ".gitleaksignore").write_text("# known\ndb.py:generic-api-key:1\n")
    assert "1 of 1 entry match" in _run("baseline", "import", ".gitleaksignore").stdout


@pytest.mark.parametrize(
    "text",
    [
        "[1]", "{}", "no JSON", '{"results": 3}',
        # A value in the place of a line's number, which would be told.
        '[{"File": "db.py", "StartLine": "0353365752411583941"}]',
        '{"results": [{"filename": "db.py", "line_number": 353365752411583941, "test_id": "B1"}]}',
    ],
)  # fmt: skip
def test_what_is_no_baseline(tree: Path, text: str) -> None:
    (tree / "x.json").write_text(text)
    ran = _run("baseline", "import", "x.json")
    assert ran.exit_code == 2
    assert "x.json" in ran.stderr
    assert "is no baseline of detect-secrets, gitleaks or bandit" in ran.stderr


def test_stale_entries_are_told_and_fail_when_strict(tree: Path) -> None:
    assert _run("baseline", "create", "--file", "known.json").exit_code == 0
    options = ("--baseline", "known.json")
    assert _run("scan", *options, "--strict").exit_code == 0
    (tree / "db.py").write_text("password = read()\n")
    (kind, said) = next(n for n in _notices(*options) if n[0] == "stale-baseline")
    assert kind == "stale-baseline"
    assert "1 entry matches nothing any more, such as KA316 in db.py" in said
    assert _run("scan", *options).exit_code == 0
    assert _run("scan", *options, "--strict").exit_code == 1
    assert "1 entry taken out" in _run("baseline", "prune", "--file", "known.json").stdout
    assert [entry["path"] for entry in _entries(tree / "known.json")] == ["mail.sh"]
    assert _run("scan", *options, "--strict").exit_code == 0
    (tree / "mail.sh").unlink()
    assert any(kind == "stale-baseline" for kind, _ in _notices(".", *options)) is False


def test_nothing_is_stale_that_was_not_looked_at(tree: Path) -> None:
    _run("baseline", "create", "--file", "known.json")
    assert _notices("db.py", "--baseline", "known.json") == []


def _entries(file: Path) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = json.loads(file.read_text())["findings"]
    return entries


def test_a_suppression_ends(tree: Path) -> None:
    line = f'password = "{_made_up(1)}"  # keyaudit: ignore[KA316] until={{}} moved to the store\n'
    (tree / "db.py").write_text(line.format("2999-01-31"))
    assert _paths("db.py") == []
    (tree / "db.py").write_text(line.format("2020-01-31"))
    assert _paths("db.py") == ["db.py"]
    assert ("expired-suppression", "the suppression of KA316 ended with 2020-01-31") in _notices(
        "db.py"
    )
    (tree / "db.py").write_text(line.format("soon"))
    assert _paths("db.py") == ["db.py"]
    assert any(kind == "invalid-suppression" for kind, _ in _notices("db.py"))


def test_comments_that_mute_nothing_are_told_in_every_language(tree: Path) -> None:
    for path, text in {
        "a.vb": "x = 1 ' keyaudit: ignore[KA301] old\n",
        "b.hs": "x = 1 -- keyaudit: ignore[KA301] old\n",
        "c.json": '{"note": "keyaudit: ignore[KA301] old"}\n',
        "d.bat": "REM keyaudit: ignore[KA301] old\n",
    }.items():
        (tree / path).write_text(text)
        assert _run("scan", path).exit_code == 0
        assert _run("scan", path, "--strict").exit_code == 1, path
    (tree / "guide.md").write_text("Write `keyaudit: ignore[KA301] reason`.\n")
    assert _run("scan", "guide.md", "--strict").exit_code == 0


def test_comments_are_written(tree: Path) -> None:
    (tree / "app.json").write_text(json.dumps({"password": _made_up(3)}))
    (tree / ".env").write_text(f"A=1\nDB_PASSWORD={_made_up(4)}\n")
    with zipfile.ZipFile(tree / "old.zip", "w") as archive:
        archive.writestr("x.env", f"DB_PASSWORD={_made_up(5)}\n")
    dry = _run("suppress", "--add", "KA316", "--reason", "of the test bench", "--dry-run")
    assert len(dry.stdout.splitlines()) == 5
    ran = _run("suppress", "--add", "possible-secret", "--reason", "of the test bench",
               "--until", "2999-12-31")  # fmt: skip
    assert "3 comments written" in ran.stdout
    assert "app.json:1: KA316 is left: such a file has no comments" in ran.stdout
    assert "old.zip!/x.env:1: KA316 is left: it is in an archive" in ran.stdout
    assert ran.exit_code == 1
    assert _paths() == ["app.json", "old.zip!/x.env"]
    comment = "# keyaudit: ignore[KA316] until=2999-12-31 of the test bench"
    assert (tree / "db.py").read_text() == f'password = "{_made_up(1)}"  {comment}\n'
    assert (tree / ".env").read_text() == f"A=1\n{comment}\nDB_PASSWORD={_made_up(4)}\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--reason", " "), "must say why"),
        (("--reason", "x", "--until", "soon"), "is no day"),
        (("--reason", "x", "--until", "2020-01-01"), "is over"),
    ],
)
def test_what_cannot_be_written(tree: Path, options: tuple[str, ...], said: str) -> None:
    ran = _run("suppress", "--add", "KA316", *options)
    assert ran.exit_code == 2
    assert said in ran.stderr


def test_a_baseline_of_a_history_outlives_its_commits(tree: Path) -> None:
    def git(*arguments: str) -> None:
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *arguments]
        subprocess.run(command, cwd=tree, env=environment, check=True, capture_output=True)

    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "begin")
    (tree / "db.py").write_text("password = read()\n")
    git("commit", "-q", "-a", "-m", "read it")
    assert _run("history").exit_code == 1
    made = _run("baseline", "create", "--history", "--file", "past.json")
    assert "2 findings recorded in past.json" in made.stdout, made.output
    assert _run("history", "--baseline", "past.json").exit_code == 0
    git("commit", "-q", "--amend", "-m", "another word", "--date", "2020-01-01T00:00:00Z")
    assert _run("history", "--baseline", "past.json").exit_code == 0
    assert _run("scan", "--baseline", "past.json", "--strict").exit_code == 0
    (tree / "new.py").write_text(f'password = "{_made_up(9)}"\n')
    git("add", "new.py")
    git("commit", "-q", "-m", "more")
    assert _run("history", "--baseline", "past.json").exit_code == 1
