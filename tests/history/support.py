"""Repositories made by git in a folder of the test's, and made-up secrets."""

from __future__ import annotations

import atexit
import json
import os
import random
import shutil
import string
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from keyaudit.secrets.detectors.token_checksums import base62_checksum

_START = 1_600_000_000


def made_up(seed: int, size: int = 36) -> str:
    """A value of that many letters and digits: the same for the same seed."""
    source = random.Random(seed)
    return "".join(source.choice(string.ascii_letters + string.digits) for _ in range(size))


def github_token(seed: int) -> str:
    """What has the form of a GitHub token, with its checksum, and is none."""
    text = made_up(seed, 30)
    return "gh" + "p_" + text + base62_checksum(text)


@dataclass
class Repo:
    """A repository; every commit is a day after the one before."""

    path: Path
    env: dict[str, str] = field(default_factory=dict)
    day: int = 0

    def git(self, *arguments: str) -> str:
        """What git says."""
        when = f"@{_START + self.day * 86_400} +0000"
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.path.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_DATE": when,
            "GIT_COMMITTER_DATE": when,
        }
        head = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        done = subprocess.run(
            [*head, *arguments], cwd=self.path, env=env, check=True, capture_output=True
        )
        return done.stdout.decode("utf-8", "replace").strip()

    def commit(self, **files: str | None) -> str:
        """Writes files (`__` is a slash, `_dot_` a dot; None removes) and commits; the commit."""
        for name, text in files.items():
            path = self.path / name.replace("__", "/").replace("_dot_", ".")
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        self.day += 1
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "change")
        return self.git("rev-parse", "HEAD")


def new_repo(folder: Path, *options: str) -> Repo:
    """An empty repository."""
    folder.mkdir(parents=True)
    repo = Repo(folder)
    repo.git("init", "-q", "-b", "main", *options)
    return repo


def days_ago(count: int) -> int:
    """The `day` of a repository whose next commit is that many days (and part of one) old."""
    return (int(time.time()) - _START) // 86_400 - count - 1


@cache
def compiled() -> Path:
    """A cache folder in which the catalogue and triage are compiled, made once for all tests."""
    folder = Path(tempfile.mkdtemp(prefix="keyaudit-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    repo = new_repo(folder / "repo")
    repo.commit(a_dot_py="import hmac\n")
    run(repo.path, folder / "cache")
    for file in (folder / "cache" / "keyaudit").glob("results*"):
        file.unlink()
    return folder / "cache"


def run(place: Path, cache: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    """`keyaudit history` in a process of its own."""
    env = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    return subprocess.run(
        [sys.executable, "-m", "keyaudit", "history", str(place), *options],
        env=env,
        capture_output=True,
        check=False,
    )


def history(
    place: Path, cache: Path, *options: str, status: int | None = None
) -> tuple[dict[str, Any], str]:
    """The JSON report of `keyaudit history`, and all that was written to both streams."""
    if not (cache / "keyaudit").exists():
        shutil.copytree(compiled() / "keyaudit", cache / "keyaudit")
    done = run(place, cache, "--format", "json", *options)
    output = done.stdout.decode() + done.stderr.decode()
    if status is not None:
        assert done.returncode == status, output
    return json.loads(done.stdout or b"{}"), output
