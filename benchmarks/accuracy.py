"""Draws findings to read from the JSON reports of scans, and prints the rate of findings.

    keyaudit scan --no-cache --exit-zero --format json --output reports/django.json PATH/TO/django
    python benchmarks/accuracy.py reports/*.json

Each report is one scanned tree, which must still be where it was. With the same `--seed` the same
reports give the same findings to read. Secrets are masked in reports, and so they are here.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

_SEED = 20261124
_RADIUS = 6


def main() -> int:
    """Prints the rates, and with `--draw` the findings to read."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("reports", nargs="+", type=Path)
    parser.add_argument("--draw", type=int, default=0, metavar="N", help="draw N findings to read")
    parser.add_argument("--source", action="store_true", help="print the source around each")
    parser.add_argument("--most", type=int, default=12, metavar="N", help="drawn of one tree")
    parser.add_argument("--seed", type=int, default=_SEED, metavar="N", help="of the draw")
    options = parser.parse_args()
    drawn: list[tuple[str, Path, dict[str, Any]]] = []
    total_lines = total = 0
    rules: Counter[str] = Counter()
    print(f"{'tree':<32} {'lines':>9} {'findings':>9} {'per 100,000':>12}")
    for file in sorted(options.reports):
        report = json.loads(file.read_text(encoding="utf-8"))
        root = Path(report["root"])
        lines, found = _lines(root), report["findings"]
        rules.update(finding["rule_id"] for finding in found)
        drawn += [(file.stem, root, finding) for finding in found]
        total_lines, total = total_lines + lines, total + len(found)
        print(f"{file.stem:<32} {lines:>9} {len(found):>9} {_rate(len(found), lines):>12}")
    print(f"{'all':<32} {total_lines:>9} {total:>9} {_rate(total, total_lines):>12}\n")
    print("  ".join(f"{rule}: {count}" for rule, count in sorted(rules.items())), "\n")
    if options.draw:
        generator = random.Random(options.seed)
        generator.shuffle(drawn)
        taken: Counter[str] = Counter()
        for name, root, finding in drawn:
            if taken[name] < options.most and taken.total() < options.draw:
                taken[name] += 1
                _show(taken.total(), name, root, finding, source=options.source)
    return 0


def _lines(root: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in root.rglob("*.py") if path.is_file())


def _rate(findings: int, lines: int) -> str:
    return f"{findings / lines * 100_000:.1f}" if lines else "-"


def _show(number: int, name: str, root: Path, finding: dict[str, Any], *, source: bool) -> None:
    line = finding["span"]["line"]
    print(f"{number}. {finding['rule_id']} {name}: {finding['path']}:{line} {finding['message']}")
    for step in finding["steps"] if source else ():
        print(f"     {step['path']}:{step['span']['line']} {step['text']}: {step['code'].strip()}")
    if source:
        text = (root / finding["path"]).read_text(encoding="utf-8", errors="replace").split("\n")
        first = max(0, line - 1 - _RADIUS)
        for here, shown in enumerate(text[first : line + _RADIUS], first + 1):
            print(f"   {'>' if here == line else ' '} {here:>5} {shown[:160]}")


if __name__ == "__main__":
    sys.exit(main())
