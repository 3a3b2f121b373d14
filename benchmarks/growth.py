"""How the time of one file grows with its size: about as its lines do, and never over a bound.

    python benchmarks/growth.py
    python benchmarks/growth.py --sizes 500,2000,8000 --shape chain --profile
    python benchmarks/growth.py --files PATH/TO/connection.py PATH/TO/a/tree

Python files of several shapes (`shapes.py`), and files of all kinds that mean harm
(`hostile_shapes.py`), are generated in several sizes, and each is given to
all analyzers, as a scan does it, in this process. Times are seconds of CPU. `power` is the exponent
between the two largest sizes that took long enough to tell: 1 where twice the lines take twice the
time. With `--files`, real files are timed instead; of a folder, its largest. A file over the bound,
or a power over the goal, makes the exit status 1.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import math
import os
import pstats
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

from hostile_shapes import SHAPES as HOSTILE
from shapes import IMPORTS, SHAPES, functions

from keyaudit import catalogue
from keyaudit.catalogue.types import Catalogue
from keyaudit.scanning import codec, whole_scan
from keyaudit.scanning.examine import Examiner
from keyaudit.scanning.settings import DEFAULT_MAX_FILE_SIZE
from keyaudit.sources import WorkingTree

SECONDS = 5.0
POWER = 1.25
_SIZES = (100, 500, 2_000, 5_000, 20_000)
# Below this, the clock and what runs beside say more than the code.
_TELLING = 0.1


@cache
def _catalogue() -> Catalogue:
    return catalogue.load()


def cpu_seconds(path: Path, profile: cProfile.Profile | None = None) -> float:
    """Seconds of CPU that the analyzers spend on one file; 0 for one that a scan skips."""
    source = WorkingTree([path], max_size=DEFAULT_MAX_FILE_SIZE)
    entries = source.listing().entries
    if not entries:
        return 0.0
    loaded = _catalogue()
    examiner = Examiner(source, loaded, loaded.policies["default"], None)
    examiner.prepare()
    gc.collect()  # what files before this one left behind
    if profile is not None:
        profile.enable()
    start = time.process_time()
    outcome = examiner.examine(entries[0])
    results = {entries[0].path: codec.decode(outcome.result)}
    whole_scan.judged(source, entries, results, loaded, loaded.policies["default"], time.time())
    taken = time.process_time() - start
    if profile is not None:
        profile.disable()
    return taken


def power(measured: list[tuple[int, float]]) -> float | None:
    """The exponent between the two largest sizes (lines, seconds); None when both took too
    little time to tell."""
    telling = [(lines, seconds) for lines, seconds in measured if seconds >= _TELLING][-2:]
    if len(telling) < 2:
        return None
    (lines, seconds), (more, longer) = telling
    return math.log(longer / seconds) / math.log(more / lines)


def main() -> int:
    """Prints a table; see the module's description."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--sizes", default=",".join(map(str, _SIZES)), help="lines, with commas")
    parser.add_argument("--shape", action="append", choices=_every(), help="these shapes only")
    parser.add_argument("--files", nargs="+", type=Path, metavar="PATH", help="real files instead")
    parser.add_argument("--most", type=int, default=10, help="files of a folder (its largest)")
    parser.add_argument("--profile", action="store_true", help="print what took the time")
    options = parser.parse_args()
    profile = cProfile.Profile() if options.profile else None
    _warm_up()
    missed = (
        _real(options.files, options.most, profile)
        if options.files
        else _generated([int(size) for size in options.sizes.split(",")], options.shape, profile)
    )
    if profile is not None:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    for text in missed:
        print(text, file=sys.stderr)
    return 1 if missed else 0


def _warm_up() -> None:
    """Load what a first file loads, and collect garbage as seldom as a scan's processes do."""
    gc.set_threshold(1_000_000, 20, 20)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "first.py"
        path.write_text(IMPORTS + "".join(functions(50)), encoding="utf-8")
        cpu_seconds(path)


def _generated(
    sizes: list[int], shapes: list[str] | None, profile: cProfile.Profile | None
) -> list[str]:
    missed = []
    print(f"{'shape':<18}" + "".join(f"{size:>9,}" for size in sizes) + f"{'power':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for name in shapes or _every():
            measured = []
            print(f"{name:<18}", end="", flush=True)
            for size in sizes:
                path = _write(Path(folder), name, size)
                seconds = cpu_seconds(path, profile)
                measured.append((size, seconds))
                print(f"{seconds:>9.2f}", end="", flush=True)
                if seconds > SECONDS:
                    missed.append(f"{name}, {size:,} lines: {seconds:.1f} s, over {SECONDS:.0f}")
            grown = power(measured)
            print(f"{grown:>8.2f}" if grown is not None else f"{'-':>8}")
            if grown is not None and grown > POWER:
                missed.append(f"{name}: the time grows with power {grown:.2f}, over {POWER}")
    return missed


def _every() -> list[str]:
    return [*SHAPES, *HOSTILE]


def _write(folder: Path, name: str, size: int) -> Path:
    """The file of a shape, in the folder."""
    if name in SHAPES:
        path, text = folder / "generated.py", IMPORTS + "".join(SHAPES[name](size))
    else:
        file, make = HOSTILE[name]
        path, text = folder / file, make(size)
    path.write_text(text, encoding="utf-8")
    return path


def _real(paths: list[Path], most: int, profile: cProfile.Profile | None) -> list[str]:
    missed = []
    for path in (file for given in paths for file in _largest(given, most)):
        seconds, lines = cpu_seconds(path, profile), path.read_bytes().count(b"\n")
        per = 1000 * seconds / max(lines, 1)
        print(f"{seconds:>7.2f} s {lines:>8,} lines {per:>6.2f} ms a line  {path}", flush=True)
        if seconds > SECONDS:
            missed.append(f"{path}: {seconds:.1f} s, over {SECONDS:.0f}")
    return missed


def _largest(path: Path, most: int) -> list[Path]:
    if path.is_file():
        return [path]
    found = (Path(folder) / name for folder, _, names in os.walk(path) for name in names)
    python = (file for file in found if file.suffix == ".py" and file.is_file())
    return sorted(python, key=lambda file: -file.stat().st_size)[:most]


if __name__ == "__main__":
    sys.exit(main())
