"""`keyaudit fix` from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import caches

VULNERABLE = """\
import hashlib
import hmac


def valid(key: bytes, body: bytes, signature: bytes) -> bool:
    return hmac.new(key, body, hashlib.sha256).digest() == signature  # exact
"""
MENDED = VULNERABLE.replace(
    "hmac.new(key, body, hashlib.sha256).digest() == signature",
    "hmac.compare_digest(hmac.new(key, body, hashlib.sha256).digest(), signature)",
)
SHELL = """\
import requests

requests.get("https://example.org", verify=False)
"""


def run(folder: Path, *arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "keyaudit", "fix", *arguments]
    environment = {**os.environ, "XDG_CACHE_HOME": str(caches.fill(folder.parent / "cache"))}
    return subprocess.run(
        command, cwd=folder, env=environment, input=answer, capture_output=True, text=True
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "app.py").write_text(VULNERABLE)
    return folder


def test_a_diff_is_shown_and_nothing_written(tree: Path) -> None:
    shown = run(tree)
    assert shown.returncode == 0
    assert "app.py:6: KA413 mac-compared-with-equals [safe]" in shown.stdout
    assert "+    return hmac.compare_digest(" in shown.stdout
    assert (tree / "app.py").read_text() == VULNERABLE
    patch = shown.stdout[shown.stdout.index("---") :].rpartition("\n\n")[0] + "\n"
    subprocess.run(["git", "apply", "-"], cwd=tree, input=patch, text=True, check=True)
    assert (tree / "app.py").read_text() == MENDED


def test_writing_mends_and_a_second_run_does_nothing(tree: Path) -> None:
    (tree / "app.py").chmod(0o640)
    assert "fixed 1 finding in 1 file" in run(tree, "--write").stdout
    assert (tree / "app.py").read_text() == MENDED
    assert (tree / "app.py").stat().st_mode & 0o777 == 0o640
    assert "nothing to fix" in run(tree, "--write").stdout
    assert not list(tree.glob(".keyaudit-*"))


def test_check_says_by_its_exit_status_whether_something_can_be_fixed(tree: Path) -> None:
    assert (run(tree, "--check").returncode, run(tree, "--check").stdout) == (1, "")
    (tree / "app.py").write_text(MENDED)
    assert run(tree, "--check").returncode == 0
    assert run(tree, "--check", "--write").returncode == 2


def test_rules_can_be_chosen(tree: Path) -> None:
    assert run(tree, "--check", "--ignore", "KA413").returncode == 0
    assert run(tree, "--check", "--select", "KA413").returncode == 1


def test_a_suppressed_finding_is_left_alone(tree: Path) -> None:
    muted = VULNERABLE.replace("# exact", "# keyaudit: ignore[KA413] lab tool")
    (tree / "app.py").write_text(muted)
    assert run(tree, "--check").returncode == 0


def test_questions_are_asked_and_answered(tree: Path) -> None:
    (tree / "client.py").write_text(SHELL)
    shown = run(tree, "--interactive", answer="e\ny\nn\n")
    assert "stops at the first byte that differs" in shown.stdout
    assert (tree / "app.py").read_text() == MENDED
    assert (tree / "client.py").read_text() == SHELL


def test_reports_have_the_fix_as_edits_by_bytes(tree: Path) -> None:
    report = json.loads(run(tree, "--format", "json").stdout)
    (finding,) = report["findings"]
    fix = finding["fix"]
    assert fix["applicability"] == "safe"
    data = VULNERABLE.encode()
    for edit in reversed(fix["edits"]):
        assert edit["path"] == "app.py"
        data = data[: edit["start"]] + edit["text"].encode() + data[edit["end"] :]
    assert data.decode() == MENDED
    sarif = json.loads(run(tree, "--format", "sarif").stdout)
    (result,) = sarif["runs"][0]["results"]
    assert result["fixes"][0]["artifactChanges"][0]["artifactLocation"]["uri"] == "app.py"


def test_a_plan_has_what_is_left_to_do(tree: Path) -> None:
    (tree / "vault.py").write_text(
        "from cryptography.fernet import Fernet\n\n\n"
        "def show():\n    key = Fernet.generate_key()\n    print(key.decode())\n"
    )
    run(tree, "--plan", str(tree.parent / "plan.md"))
    plan = (tree.parent / "plan.md").read_text()
    assert "- [ ] " in plan
    assert "vault.py:6" in plan


def test_only_what_differs_from_a_commit(tree: Path) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q"], cwd=tree, check=True)
    subprocess.run([*git, "add", "."], cwd=tree, check=True)
    subprocess.run([*git, "commit", "-qm", "x"], cwd=tree, check=True)
    assert run(tree, "--check", "--diff", "HEAD").returncode == 0
    (tree / "client.py").write_text(SHELL)
    shown = run(tree, "--diff", "HEAD").stdout
    assert "client.py:3" in shown
    assert "app.py:6" not in shown
    assert run(tree, "--diff", "nowhere").returncode == 2
    subprocess.run([*git, "add", "client.py"], cwd=tree, check=True)
    staged = run(tree, "--staged", "--write")
    assert "fixed 1 finding" in staged.stdout
    assert "verify" not in (tree / "client.py").read_text()


def test_what_cannot_be_written_is_said_and_the_rest_goes_on(tree: Path) -> None:
    (tree / "client.py").write_text(SHELL)
    os.link(tree / "client.py", tree.parent / "other.py")
    shown = run(tree, "--write")
    assert shown.returncode == 3
    assert "client.py: not written: has other names" in shown.stderr
    assert (tree / "client.py").read_text() == SHELL
    assert (tree / "app.py").read_text() == MENDED


def test_a_new_dependency_is_asked_for_and_told_once(tree: Path) -> None:
    removes = (
        "import os\n\n\ndef replace_key(store, new):\n    store(new)\n"
        '    os.remove("/srv/server.key")\n    os.remove("/srv/client.key")\n'
    )
    (tree / "app.py").write_text(removes)
    (tree / "requirements.txt").write_text("flask\n")
    shown = run(tree, "--unsafe")
    assert "`--allow-dependency` adds it" in shown.stdout
    assert (tree / "app.py").read_text() == removes
    shown = run(tree, "--unsafe", "--allow-dependency", "--write", "--plan", "plan.md")
    assert "erase_file(" in (tree / "app.py").read_text()
    assert (tree / "requirements.txt").read_text() == "flask\nkeyaudit>=0.1\n"
    assert shown.stdout.count("install the package keyaudit") == 1
    assert (tree / "plan.md").read_text().count("Install the package keyaudit") == 1
    assert "`app.py:6`, `app.py:7`" in (tree / "plan.md").read_text()
    again = run(tree, "--unsafe", "--style", "inline")
    assert "nothing to fix" in again.stdout


def test_a_key_file_is_named_in_gitignore(tree: Path) -> None:
    key = (
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEIG6mh3ZurPuc8F6RX/zrYkSqUXcjBzKnL1X/1t1egzit\n"
        "-----END PRIVATE KEY-----\n"
    )
    (tree / "deploy").mkdir()
    (tree / "deploy/server.key").write_text(key)
    (tree / ".gitignore").write_text("*.pyc")
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    shown = run(tree, "--select", "KA310")
    assert "deploy/server.key:1: KA310 key-files-not-ignored [safe]" in shown.stdout
    assert "+/deploy/server.key" in shown.stdout
    run(tree, "--select", "KA310", "--write")
    assert (tree / ".gitignore").read_text() == "*.pyc\n/deploy/server.key\n"
    others = ["git", "ls-files", "--others", "--exclude-standard"]
    listed = subprocess.run(others, cwd=tree, capture_output=True, text=True, check=True).stdout
    assert listed.split() == [".gitignore", "app.py"]
    assert "nothing to fix" in run(tree, "--select", "KA310").stdout


def test_a_notebook_gets_no_fix_and_it_is_said(tree: Path) -> None:
    cell = {"cell_type": "code", "source": SHELL.splitlines(keepends=True), "metadata": {}}
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    text = json.dumps(book, indent=1)
    (tree / "book.ipynb").write_text(text)
    (tree / "app.py").unlink()
    shown = run(tree, "--unsafe", "--write", "--plan", "plan.md")
    assert "book.ipynb" in shown.stdout
    assert "left as it is: it is in a notebook" in shown.stdout
    assert (tree / "book.ipynb").read_text() == text
    assert "it is in a notebook" in (tree / "plan.md").read_text()


def test_links_stay_links(tree: Path) -> None:
    (tree / "real.py").write_text(SHELL)
    (tree / "client.py").symlink_to("real.py")
    run(tree, "--write")
    assert (tree / "client.py").is_symlink()
    assert "verify" not in (tree / "real.py").read_text()


def test_no_secret_on_a_changed_line_is_shown(tree: Path) -> None:
    value = "tR4nQ8zLw2kXv7JdPm5s"
    (tree / "app.py").write_text(
        f"import hmac\n\n\ndef same(mac, key):\n    note = '{value}'\n"
        f"    return hmac.digest(key, b'{value}', 'sha256') == mac  # {value}\n"
    )
    for form in ("diff", "json", "sarif"):
        written = run(tree, "--format", form).stdout
        assert value[:8] not in written
    shown = run(tree).stdout
    assert "hmac.compare_digest(" in shown
    assert "b'…'" in shown
    run(tree, "--write")
    assert f"b'{value}'" in (tree / "app.py").read_text()


def test_what_a_function_logs_is_not_taken_from_its_argument(tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    folder.mkdir()
    login = (
        "import logging\n\nlog = logging.getLogger(__name__)\n\n\n"
        "def login(name, given):\n"
        '    log.debug("logging in %s", (name, given))  # keyaudit: ignore[KA401] wanted here\n'
        "    return open_session(name, given)\n"
    )
    main = (
        "from client import login\n\n\n"
        "def start(name, password):\n"
        '    return login(name, password if name else "")\n'
    )
    (folder / "client.py").write_text(login)
    (folder / "main.py").write_text(main)
    ran = run(folder, "--write", "--unsafe", "--select", "KA401,KA402")
    assert ran.returncode == 0, ran.stderr
    assert (folder / "main.py").read_text() == main
    assert "is to be mended" in ran.stdout + ran.stderr
