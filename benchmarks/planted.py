"""Plants secrets of every kind in copies of real files and in histories, and says what was found.

    python benchmarks/planted.py --secrets 2000 --histories 5 PATH/TO/TREE PATH/TO/ANOTHER

The trees are read only. Secrets are made anew and never printed: a miss is told by its kind, its
form and its path.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.planted import history, tree


def main() -> int:
    """Prints recall, and each plant that was missed, found twice or told wrong."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("trees", nargs="+", type=Path, metavar="TREE")
    parser.add_argument("--secrets", type=int, default=1000, help="planted in files (1000)")
    parser.add_argument("--histories", type=int, default=3, help="repositories written (3)")
    parser.add_argument("--steps", type=int, default=90, help="steps of each history (90)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    files = tree.candidates(options.trees)
    print(f"{sum(map(len, files.values())):,} files of {len(files)} types and trees")
    failed = options.secrets > 0 and _in_files(files, options.secrets, options.seed)
    for number in range(options.histories):
        failed |= _in_history(files, options.steps, options.seed + number)
    return int(failed)


def _in_files(files: tree.Files, count: int, seed: int) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        outcome = tree.measure(files, Path(folder), count, seed)
    print(
        f"{len(outcome.plants):,} planted in files: recall {outcome.recall:.4f}, "
        f"{len(outcome.twice)} found more than once, {len(outcome.stray)} other new findings"
    )
    print("  by severity:", dict(outcome.levels))
    quiet = Counter(f"{plant.secret.kind}; {plant.form}" for plant, _ in outcome.quiet)
    print(f"  notes, though in no test: {quiet.total()}", dict(quiet))
    kinds = Counter(plant.secret.kind for plant in outcome.missed)
    print("  missed by kind:", dict(kinds))
    for plant in outcome.missed:
        print(f"  missed: {plant.secret.kind}; {plant.form}; {plant.path}:{plant.first}")
    for plant, found in outcome.twice:
        rules = ", ".join(f"{finding.rule_id} {finding.message}" for finding in found)
        print(f"  {len(found)} times: {plant.secret.kind}; {plant.form}; {plant.path}: {rules}")
    for finding in outcome.stray:
        print(f"  other: {finding.rule_id} {finding.path}:{finding.span.line} {finding.message}")
    return bool(outcome.missed or outcome.twice or outcome.stray)


def _in_history(files: tree.Files, steps: int, seed: int) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        outcome = history.measure(files, Path(folder) / "repository", steps, seed)
    print(
        f"{len(outcome.plants):,} planted in a history of {steps} steps: "
        f"{len(outcome.missed)} missed, {len(outcome.twice)} found more than once, "
        f"{len(outcome.wrong)} with another commit or path, {len(outcome.stray)} other findings"
    )
    for plant in outcome.missed:
        print(f"  missed: {plant.secret.kind}; {plant.form}; {plant.path}")
    for plant, wrong in outcome.wrong:
        print(f"  wrong: {plant.secret.kind}; {plant.form}; {plant.path}: {wrong}")
    return bool(outcome.missed or outcome.twice or outcome.wrong or outcome.stray)


if __name__ == "__main__":
    sys.exit(main())
