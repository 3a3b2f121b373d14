"""`python -m tests.canaries TRIES [SEED]`: as many values as wanted, in trees one after another."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from pathlib import Path

from tests.canaries.runs import make_home, written
from tests.canaries.search import Search
from tests.canaries.tree import plant
from tests.cli.support import CACHE


def leaks(seed: int, folder: Path, *, own_rules: bool = True) -> tuple[int, list[str]]:
    """How many values stood in one tree, and which of them were seen where."""
    tree, home = folder / "tree", folder / "home"
    make_home(home)
    planted = plant(tree, random.Random(seed))
    search = Search(planted.values)
    seen = []
    for where, data in written(tree, home, list(planted.values), own_rules=own_rules):
        for value, piece in {value: piece for piece, value in search.found(data)}.items():
            context = planted.values[value]
            seen.append(f"{where}: {piece!r} of {value!r} in {context.file}: {context.text!r}")
    return len(planted.values), seen


def main(tries: int, seed: int) -> int:
    """The exit status: 1 when something was seen."""
    done = failed = 0
    with tempfile.TemporaryDirectory() as cache:
        os.environ[CACHE] = cache
        while done < tries:
            with tempfile.TemporaryDirectory() as folder:
                count, seen = leaks(seed, Path(folder))
            for line in seen[:50]:
                print(f"seed {seed}: {line}")
            failed += bool(seen)
            done += count
            seed += 1
            print(f"{done:,} of {tries:,} values, {failed} trees with a leak", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
