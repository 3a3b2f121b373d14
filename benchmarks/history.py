"""Times `keyaudit history` against `gitleaks git` and git's own reading, in one run.

    python benchmarks/history.py --peers .tools/bench-venv/bin REPOSITORY

Each is run once, one after the other: keyaudit without a cache, gitleaks, keyaudit again after one
more commit (in a clone, the repository stays as it is), and `git cat-file --batch-all-objects`,
which does nothing but unpack. A ratio over its goal makes the exit status 1.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from compare import Run, Series, execute, peak_memory

_CAT = ["cat-file", "--batch-all-objects", "--batch", "--unordered", "--buffer"]
_IDENTITY = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]


def commit(repository: Path) -> None:
    """One commit more, of one new file, on top of HEAD."""

    def git(*arguments: str, data: str = "") -> str:
        command = ["git", f"--git-dir={repository}", *_IDENTITY, *arguments]
        done = subprocess.run(command, input=data, text=True, capture_output=True, check=True)
        return done.stdout.strip()

    blob = git("hash-object", "-w", "--stdin", data="a new file\n")
    old = git("ls-tree", "HEAD")
    tree = git("mktree", data=f"{old}\n100644 blob {blob}\tkeyaudit-benchmark.txt\n")
    new = git("commit-tree", tree, "-p", "HEAD", "-m", "bench")
    git("update-ref", "HEAD", new)


def once(name: str, command: list[str], cache: Path, allowed: frozenset[int]) -> Run:
    """The figures of one run, printed as well."""
    run = execute(Series(name, lambda _cache, _number: command, allowed), command, cache)
    print(f"{name:<34} {run.wall:8.2f} s  {run.cpu:8.2f} s of CPU", flush=True)
    return run


def main() -> int:
    """Prints times, ratios and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--peers", type=Path, required=True, help="folder with gitleaks")
    parser.add_argument("--memory", action="store_true", help="one run more, for peak memory")
    options = parser.parse_args()
    keyaudit = [sys.executable, "-m", "keyaudit", "history", "--exit-zero"]
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        clone = Path(folder) / "clone.git"
        source = str(options.repository.resolve())
        subprocess.run(["git", "clone", "-q", "--mirror", source, str(clone)], check=True)
        ours = frozenset({0, 3})
        first = once("keyaudit history", [*keyaudit, str(clone)], cache, ours)
        peer = [str(options.peers / "gitleaks"), "git", "--exit-code", "0", str(clone)]
        theirs = once("gitleaks git", peer, cache, frozenset({0}))
        commit(clone)
        again = once("keyaudit history, one commit more", [*keyaudit, str(clone)], cache, ours)
        floor = once("git cat-file", ["git", f"--git-dir={clone}", *_CAT], cache, frozenset({0}))
        goals = [
            ("first run / gitleaks", first.wall / theirs.wall, 1.0),
            ("one commit more / first run", again.wall / first.wall, 0.2),
        ]
        print(f"first run / git cat-file: {first.wall / floor.wall:.1f} x (no goal)")
        if options.memory:
            fresh = Path(folder) / "fresh"
            goals.append(("peak memory in MB", peak_memory([*keyaudit, str(clone)], fresh), 400))
    for name, value, limit in goals:
        print(f"{name}: {value:.2f} (goal {limit:g}) {'ok' if value <= limit else 'NOT MET'}")
    return 0 if all(value <= limit for _, value, limit in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
