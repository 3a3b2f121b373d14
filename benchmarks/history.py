"""Times `keyaudit history` against `gitleaks git` and git's own reading, in one run.

    python benchmarks/history.py --peers .tools/bench-venv/bin REPOSITORY...

Of each repository a mirror is made, and each of these is run on it once, one after the other:
keyaudit with no results in its cache, gitleaks, keyaudit again after one more commit, and
`git cat-file --batch-all-objects`, which does nothing but unpack. Objects that the repository lacks
are replaced by an empty one for gitleaks, since `git log --patch` ends at the first of them.

A ratio over its goal makes the exit status 1. The ratios are of time by the clock; those of CPU
time, printed beside them, say more on a machine that is not idle, and count with `--cpu`.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from compare import Run, Series, execute, peak_memory

_CAT = ["cat-file", "--batch-all-objects", "--batch", "--unordered", "--buffer"]
_IDENTITY = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
_KEYAUDIT = [sys.executable, "-m", "keyaudit", "history", "--exit-zero", "--quiet"]
_OURS = frozenset({0, 3})
_FIRST, _AGAIN, _MEMORY = 1.0, 0.2, 400.0


@dataclass(frozen=True)
class Result:
    """The runs on one repository; `memory` is in MB (10^6 bytes), None when it was not asked."""

    name: str
    commits: int
    blobs: int
    first: Run
    peer: Run
    again: Run
    floor: Run
    memory: float | None


def git(repository: Path, *arguments: str, data: str = "") -> str:
    """What git says, of a bare repository."""
    command = ["git", f"--git-dir={repository}", *_IDENTITY, *arguments]
    done = subprocess.run(command, input=data, text=True, capture_output=True, check=True)
    return done.stdout.strip()


def commit(repository: Path) -> None:
    """One commit more, of one new file, on top of HEAD."""
    blob = git(repository, "hash-object", "-w", "--stdin", data="a new file\n")
    old = git(repository, "ls-tree", "HEAD")
    tree = git(repository, "mktree", data=f"{old}\n100644 blob {blob}\tkeyaudit-benchmark.txt\n")
    new = git(repository, "commit-tree", tree, "-p", "HEAD", "-m", "bench")
    git(repository, "update-ref", "HEAD", new)


def replace_missing(repository: Path) -> list[str]:
    """Names that make git read an empty blob where the repository lacks an object."""
    listed = git(repository, "rev-list", "--all", "--objects", "--missing=print").splitlines()
    missing = [line[1:] for line in listed if line.startswith("?")]
    if missing:
        empty = git(repository, "hash-object", "-w", "--stdin")
        names = [f"refs/replace/{name}" for name in missing]
        git(
            repository,
            "update-ref",
            "--stdin",
            data="".join(f"create {n} {empty}\n" for n in names),
        )
    return missing


def restore(repository: Path, missing: list[str]) -> None:
    """Takes the names away again."""
    git(
        repository,
        "update-ref",
        "--stdin",
        data="".join(f"delete refs/replace/{m}\n" for m in missing),
    )


def once(name: str, command: list[str], cache: Path, allowed: frozenset[int]) -> Run:
    """The figures of one run, printed as well."""
    run = execute(Series(name, lambda _cache, _number: command, allowed), command, cache)
    print(f"  {name:<34} {run.wall:8.2f} s  {run.cpu:8.2f} s of CPU", flush=True)
    return run


def proportional(pid: int) -> int:
    """A process's proportional set size in bytes: a page that n processes share is an nth."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # it has ended
    return 0


def measure(source: Path, peers: Path, folder: Path, ready: Path, *, memory: bool) -> Result:
    """All runs on one repository. `ready` is a cache that holds the catalogue, and no results."""
    clone = folder / "clone.git"
    command = ["git", "clone", "-q", "--mirror", str(source.resolve()), str(clone)]
    subprocess.run(command, check=True)
    name = source.name if source.name != "repo" else source.parent.name
    commits = int(git(clone, "rev-list", "--all", "--count"))
    kinds = git(clone, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype)").split()
    print(f"{name}: {commits:,} commits, {kinds.count('blob'):,} blobs")
    cache = folder / "cache"
    shutil.copytree(ready, cache)
    ours = [*_KEYAUDIT, str(clone)]
    first = once("keyaudit history", ours, cache, _OURS)
    missing = replace_missing(clone)
    theirs = [str(peers / "gitleaks"), "git", "--exit-code", "0", str(clone)]
    peer = once("gitleaks git", theirs, cache, frozenset({0}))
    restore(clone, missing)
    commit(clone)
    again = once("keyaudit history, one commit more", ours, cache, _OURS)
    floor = once("git cat-file", ["git", f"--git-dir={clone}", *_CAT], cache, frozenset({0}))
    peak = None
    if memory:
        shutil.rmtree(cache)
        shutil.copytree(ready, cache)
        # Pages of git's packs count, which the kernel could drop at any time.
        peak = peak_memory(ours, cache, proportional, 0.05)
    return Result(name, commits, kinds.count("blob"), first, peer, again, floor, peak)


def goals(result: Result, *, cpu: bool) -> list[tuple[str, float, float]]:
    """Name, figure and limit of each goal."""

    def ratio(one: Run, other: Run) -> float:
        return one.cpu / other.cpu if cpu else one.wall / other.wall

    found = [
        ("first run / gitleaks", ratio(result.first, result.peer), _FIRST),
        ("one commit more / first run", ratio(result.again, result.first), _AGAIN),
    ]
    if result.memory is not None:
        found.append(("peak memory in MB", result.memory, _MEMORY))
    return found


def row(result: Result) -> str:
    """A row of the table of figures: ratios by the clock, and of CPU time."""
    pairs = [
        (result.first, result.peer), (result.again, result.first), (result.first, result.floor)
    ]  # fmt: skip
    cells = [f"{a.wall / b.wall:.2f} / {a.cpu / b.cpu:.2f}" for a, b in pairs]
    memory = "" if result.memory is None else f"{result.memory:.0f}"
    figures = [f"{result.first.cpu:.1f}", f"{result.peer.cpu:.1f}", *cells, memory]
    return f"| {result.name} | {result.commits:,} | {result.blobs:,} | {' | '.join(figures)} |"


def main() -> int:
    """Prints times, ratios and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repositories", type=Path, nargs="+", metavar="REPOSITORY")
    parser.add_argument("--peers", type=Path, required=True, help="folder with gitleaks")
    parser.add_argument("--memory", action="store_true", help="one run more, for peak memory")
    parser.add_argument("--cpu", action="store_true", help="hold the goals for CPU time")
    options = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        ready = prepare(folder)
        for number, source in enumerate(options.repositories):
            inner = folder / str(number)
            inner.mkdir()
            results.append(measure(source, options.peers, inner, ready, memory=options.memory))
            shutil.rmtree(inner)
    met = True
    for result in results:
        print(row(result))
        for name, value, limit in goals(result, cpu=options.cpu):
            met = met and value <= limit
            if value > limit:
                print(f"  {name}: {value:.2f}, goal {limit:g}: MISSED")
    return 0 if met else 1


def prepare(folder: Path) -> Path:
    """A cache in which catalogue and patterns are compiled, as after a user's first run."""
    repository = folder / "small.git"
    subprocess.run(["git", "init", "-q", "--bare", str(repository)], check=True)
    blob = git(repository, "hash-object", "-w", "--stdin", data="import hmac\n")
    tree = git(repository, "mktree", data=f"100644 blob {blob}\ta.py\n")
    new = git(repository, "commit-tree", tree, "-m", "bench")
    git(repository, "update-ref", "HEAD", new)
    ready = folder / "ready"
    once("(first use of this version)", [*_KEYAUDIT, str(repository)], ready, _OURS)
    for file in (ready / "keyaudit").glob("results*"):
        file.unlink()
    return ready


if __name__ == "__main__":
    sys.exit(main())
