"""`python -m tests.fuzz TRIES [SEED]`: changed documents; each failure is kept in a file."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.fuzz.harness import Harness, fuzz

_KEPT = Path("build/fuzz")
_EACH = 1000


def main(tries: int, seed: int) -> int:
    """The exit status: 1 when something failed."""
    harness = Harness()
    failures: set[str] = set()
    started = time.monotonic()
    for number in range(-(-tries // _EACH)):
        for failure in fuzz(seed + number, _EACH, harness):
            if failure.why in failures:
                continue
            failures.add(failure.why)
            _KEPT.mkdir(parents=True, exist_ok=True)
            file = _KEPT / f"{len(failures):03}-{Path(failure.path).name}"
            file.write_bytes(failure.data)
            print(f"seed {seed + number}: {failure.why}: {file}", flush=True)
        print(
            f"{(number + 1) * _EACH:,} documents, {len(failures)} kinds of failure, "
            f"{time.monotonic() - started:.0f} s",
            flush=True,
        )
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
