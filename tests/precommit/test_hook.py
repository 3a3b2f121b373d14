"""The hook as a user meets it: pre-commit installs keyaudit and refuses a commit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

KEY = "q7XvT2mLzR9wKc4Nf8sYdHg3PJb6AeUo"  # made up
BAD = f"""\
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

cipher = AESGCM(b"{KEY}")
"""
GOOD = """\
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault import read_data_key

cipher = AESGCM(read_data_key("orders"))
"""


@dataclass(frozen=True)
class Repository:
    """A git repository, used with neither the user's git settings nor the user's caches."""

    folder: Path
    environment: dict[str, str]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True
        )

    def git(self, *arguments: str) -> str:
        done = self.run("git", *arguments)
        assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def commit(self) -> subprocess.CompletedProcess[str]:
        return self.run("git", "commit", "-m", "Seal orders")

    @property
    def commits(self) -> int:
        return len(self.run("git", "log", "--format=%h").stdout.split())


def outside(tmp_path: Path) -> dict[str, str]:
    """The environment of the commands: no setting of the tests or the user's git in it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PYTHON"))}
    caches = Path(kept.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return (
        {"PIP_CACHE_DIR": str(caches / "pip")}
        | kept
        | {
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), kept["PATH"])),
            "PRE_COMMIT_HOME": str(tmp_path / "pre-commit"),
            "PRE_COMMIT_COLOR": "never",
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ada",
            "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_COMMITTER_NAME": "Ada",
            "GIT_COMMITTER_EMAIL": "ada@example.org",
        }
    )


def repository(folder: Path, environment: dict[str, str]) -> Repository:
    folder.mkdir()
    made = Repository(folder, environment)
    made.git("init", "--quiet", "--initial-branch", "main")
    return made


def snapshot(folder: Path, environment: dict[str, str]) -> Repository:
    """A repository whose one commit is this checkout, with what is not yet committed."""
    made = repository(folder, environment)
    checkout = Repository(ROOT, environment)
    listed = checkout.git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    made.git("add", "--all")
    made.git("commit", "--quiet", "--message", "Snapshot")
    return made


@pytest.mark.network
def test_a_commit_with_a_hardcoded_key_is_refused_until_it_is_mended(tmp_path: Path) -> None:
    environment = outside(tmp_path)
    keyaudit = snapshot(tmp_path / "keyaudit", environment)
    project = repository(tmp_path / "project", environment)
    project.write(
        ".pre-commit-config.yaml",
        f"repos:\n- repo: {keyaudit.folder}\n  rev: {keyaudit.git('rev-parse', 'HEAD')}\n"
        "  hooks:\n  - id: keyaudit\n",
    )
    project.write("vault.py", "def read_data_key(name: str) -> bytes: ...\n")
    installed = project.run("pre-commit", "install")
    assert installed.returncode == 0, installed.stderr

    project.write("seal.py", BAD)
    project.git("add", "--all")
    refused = project.commit()
    said = refused.stdout + refused.stderr
    assert refused.returncode == 1, said
    assert "KA301" in said
    assert "seal.py:3" in said
    assert KEY not in said
    assert project.commits == 0

    # Mended in the folder, not in the index: what would be committed is still wrong.
    project.write("seal.py", GOOD)
    assert "KA301" in project.commit().stderr
    assert project.commits == 0

    project.git("add", "seal.py")
    passed = project.commit()
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert project.commits == 1

    # A file that is already in the history is found when all files are asked for.
    project.write("seal.py", BAD)
    project.git("commit", "--all", "--no-verify", "--message", "Around the hook")
    everything = project.run("pre-commit", "run", "--all-files")
    assert everything.returncode == 1
    assert "KA301" in everything.stdout
