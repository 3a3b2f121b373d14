"""What configuration adds to a scan: `python -m benchmarks.configuration FOLDER`.

Scans the folder twice in one process, with and without the analyzer of configuration, without a
cache and in one worker, and prints the processor time of each (this process and its workers), and
their ratio. The first scan of each kind is thrown away.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from keyaudit import catalogue
from keyaudit.scanning import Request, needs, scan
from keyaudit.scanning.settings import Settings


def _seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _scan(folder: Path) -> tuple[float, int]:
    """Processor seconds of a scan, and the findings it made."""
    before = _seconds()
    report = scan(
        Request(paths=(folder,), settings=Settings(jobs=1), use_cache=False), catalogue.load()
    )
    return _seconds() - before, len(report.findings)


def main(folder: Path) -> None:
    """Print the times of scans with and without configuration, and their ratio."""
    names = vars(needs)
    known = names["needs"]
    taken: dict[str, tuple[float, int]] = {}
    for _ in range(2):
        for name, asked in (("with", known), ("without", lambda *_: False)):
            names["needs"] = asked
            taken[name] = _scan(folder)
    names["needs"] = known
    for name, (seconds, findings) in taken.items():
        print(f"{name:8} {seconds:6.2f} s of processor time, {findings} findings")
    print(f"ratio    {taken['with'][0] / taken['without'][0]:6.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
