"""What `keyaudit fix` costs beside `keyaudit scan`, in CPU seconds.

    python benchmarks/fixing.py [--rounds N] [--check] [TREE...]

Without trees, two are made: the bad examples of all rules that have a fix, and the same mended by
`keyaudit fix --unsafe --write`, so that nothing is left to fix. Each run is one of a process of its
own, without the cache. `--check` makes a missed goal exit with 1.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from keyaudit import catalogue
from keyaudit.catalogue import expected_lines

# At most, as a multiple of the scan's CPU time.
GOALS = {"nothing to fix": 1.1, "a run of fixes": 3.0}
_SCAN = ("scan", "--exit-zero")
_FIX = ("fix", "--check", "--unsafe")


def examples(folder: Path) -> int:
    """Write the bad examples of all rules with a fix, each into a folder of its own. Returns how
    many there are."""
    number = 0
    for rule in catalogue.load().rules.values():
        for example in rule.examples if rule.fixes else ():
            if not example.bad:
                continue
            number += 1
            files = {**example.files, example.path: example.text}
            for path, text in files.items():
                file = folder / f"case{number}" / path.replace("example", "program")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(expected_lines(text)[0])
    return number


def run(tree: Path, *arguments: str) -> tuple[float, int]:
    """The CPU seconds of a run, those of its workers included, and its exit status."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "keyaudit", *arguments, "--no-cache", str(tree)],
        capture_output=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, done.returncode


def measure(tree: Path, rounds: int) -> tuple[str, float, float]:
    """What a tree is, and the median CPU seconds of a scan and of `fix --check`, run in turn."""
    run(tree, *_SCAN)
    scans, fixes = [], []
    status = 0
    for _ in range(rounds):
        scans.append(run(tree, *_SCAN)[0])
        used, status = run(tree, *_FIX)
        fixes.append(used)
    kind = "a run of fixes" if status == 1 else "nothing to fix"
    return kind, median(scans), median(fixes)


def main() -> int:
    """Print a table; the exit status is 1 where a goal is missed and `--check` is given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("trees", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        trees: list[Path] = options.trees
        if not trees:
            trees = [Path(folder, "bad"), Path(folder, "mended")]
            for tree in trees:
                count = examples(tree)
            run(trees[1], "fix", "--unsafe", "--write")
            print(f"{count} examples\n")
        print("| tree | | scan, CPU s | fix --check, CPU s | ratio | at most | |")
        print("|---|---|--:|--:|--:|--:|---|")
        missed = False
        for tree in trees:
            kind, scan, fix = measure(tree, options.rounds)
            met = fix <= scan * GOALS[kind]
            missed |= not met
            print(f"| {tree.name} | {kind} | {scan:.2f} | {fix:.2f} | {fix / scan:.2f} x | "
                  f"{GOALS[kind]} x | {'met' if met else 'missed'} |")  # fmt: skip
    return 1 if missed and options.check else 0


if __name__ == "__main__":
    raise SystemExit(main())
