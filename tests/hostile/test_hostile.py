"""All commands over all hostile repositories: a documented status, one clear line, nothing else."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.support import Done, run, spawn
from tests.hostile.build import KINDS, OUTSIDE, build

COMMANDS = {
    "scan": ("scan", ".", "--severity", "note", "--format", "json"),
    "sarif": ("scan", ".", "--severity", "note", "--format", "sarif"),
    "isolated": ("scan", ".", "--isolated", "--severity", "note"),
    "staged": ("scan", "--staged", "--severity", "note"),
    "changes": ("scan", "--diff=HEAD", "--severity", "note", "--format", "json"),
    "fix": ("fix", "--unsafe", "--plan", "../plan.md"),
    "inventory": ("inventory", "--format", "json"),
    "baseline": ("baseline", "create", "--file", "../baseline.json"),
    "import": ("baseline", "import", "../foreign.json", "--file", "../baseline.json"),
    "prune": ("baseline", "prune", "--file", "../baseline.json"),
    "history": ("history", "--severity", "note", "--format", "json"),
    "deep": ("history", "--deep", "--unreachable", "--timeline"),
    "would suppress": ("suppress", "--add", "KA302", "--reason", "a test", "--dry-run"),
    "suppress": ("suppress", "--add", "KA302", "--reason", "a test"),
    "write": ("fix", "--unsafe", "--write", "--quiet"),
}
_SPAWNED = ("scan", "history", "write")
# A baseline of gitleaks' that knows a file of a name that terminals act on.
_FOREIGN = [{"File": "a\x1b[2J.env", "StartLine": 900, "EndLine": 900, "Secret": "x"}]


@pytest.mark.parametrize("kind", KINDS)
def test_every_command_ends_as_documented(kind: str, tmp_path: Path) -> None:
    repo = build(tmp_path / "repo", kind)
    (tmp_path / "foreign.json").write_text(json.dumps(_FOREIGN))
    try:
        for name, arguments in COMMANDS.items():
            # What a process imports shows in one of its own, which takes longer.
            start = spawn if kind == "imports" and name in _SPAWNED else run
            check(start(*arguments, folder=repo.path), f"{kind}: {name}")
            assert not (tmp_path / "started").exists(), name
            assert not (repo.path / "started").exists(), name
        assert OUTSIDE[:8] not in (tmp_path / "baseline.json").read_text()
    finally:
        # Python's own way to remove folders would not get so deep.
        subprocess.run(["rm", "-rf", str(repo.path)], check=True)


def check(done: Done, what: str) -> None:
    written = done.stdout + done.stderr
    assert done.returncode in (0, 1, 3), f"{what}\n{written[-2000:]}"
    assert "Traceback" not in written, what
    assert "internal error" not in written, what
    assert OUTSIDE[:8] not in written, what
    assert "\x1b[2J" not in written, what
    if done.stdout.startswith("{"):
        json.loads(done.stdout)


def found(done: Done) -> set[str]:
    return {finding["path"] for finding in json.loads(done.stdout)["findings"]}


def test_a_false_history_is_not_believed(tmp_path: Path) -> None:
    repo = build(tmp_path / "repo", "git_lies")
    done = spawn("history", "--format", "json", folder=repo.path, expect=1)
    assert {"secret.env", "plain.env"} <= found(done)


def test_an_altered_commit_graph_is_not_believed(tmp_path: Path) -> None:
    repo = build(tmp_path / "repo", "git_lies")
    (repo.path / ".git" / "info" / "grafts").unlink()
    repo.git("update-ref", "-d", repo.git("for-each-ref", "--format=%(refname)", "refs/replace"))
    repo.git("-c", "core.commitGraph=true", "commit-graph", "write", "--reachable")
    graph = repo.path / ".git" / "objects" / "info" / "commit-graph"
    graph.chmod(0o644)
    data = bytearray(graph.read_bytes())
    # In the commits' data (chunk CDAT) every first parent is one that is not there: a root commit.
    start = int.from_bytes(data[8 + 2 * 12 + 4 : 8 + 2 * 12 + 12], "big")
    count = len(repo.git("rev-list", "--all").split())
    for number in range(count):
        at = start + number * 36 + 20
        data[at : at + 4] = (0x70000000).to_bytes(4, "big")
    graph.write_bytes(data)
    assert len(repo.git("-c", "core.commitGraph=true", "log", "--all", "--format=%H").split()) < 3
    done = spawn("history", "--format", "json", folder=repo.path, expect=1)
    assert {"secret.env", "plain.env"} <= found(done)


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_what_a_whole_clone_lacks_makes_the_history_incomplete(tmp_path: Path, damage: str) -> None:
    repo = build(tmp_path / "repo", "git_lies")
    blob = repo.git("rev-parse", "HEAD@{1}:secret.env")
    file = repo.path / ".git" / "objects" / blob[:2] / blob[2:]
    other = repo.git("rev-parse", "HEAD:plain.env")
    file.chmod(0o644)
    file.unlink()
    if damage == "changed":
        same = repo.path / ".git" / "objects" / other[:2] / other[2:]
        file.write_bytes(same.read_bytes())
    # What is kept of a blob of this id would be right.
    options = ("--format", "json", "--exit-zero", "--no-cache")
    done = spawn("history", *options, folder=repo.path)
    assert done.returncode == 3
    assert json.loads(done.stdout)["complete"] is False
