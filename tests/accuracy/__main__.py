"""`python -m tests.accuracy`: how much is found of what is wrong, and reported of what is not."""

from __future__ import annotations

import sys
from collections.abc import Callable

from tests.accuracy.measure import Outcome, analyze, programs


def _table(title: str, outcomes: list[Outcome], of: Callable[[Outcome], str]) -> None:
    print(f"{title:<28} {'bad':>5} {'found':>6} {'recall':>7} {'good':>6} {'alarms':>7}")
    for name in [*sorted({of(o) for o in outcomes}), "all"]:
        mine = [o for o in outcomes if name in ("all", of(o))]
        bad = [o for o in mine if o.program.bad]
        found = sum(not o.missed for o in bad)
        alarms = sum(bool(o.alarms) for o in mine)
        recall = f"{found / len(bad):.4f}" if bad else "-"
        print(
            f"{name:<28} {len(bad):>5} {found:>6} {recall:>7} {len(mine) - len(bad):>6} {alarms:>7}"
        )
    print()


def main() -> int:
    """Prints the figures; with `--show`, the programs behind what is not as it should be."""
    outcomes = [analyze(program) for program in programs()]
    _table("by rule", outcomes, lambda o: o.program.rule)
    _table("by library", outcomes, lambda o: o.program.library)
    _table("by route", outcomes, lambda o: o.program.route)
    wrong = [o for o in outcomes if o.missed or o.alarms]
    for outcome in wrong if "--show" in sys.argv[1:] else ():
        program = outcome.program
        print(
            f"--- {program.rule} {program.library} {program.route}: found {sorted(outcome.found)}"
        )
        print(program.text, *(f"# {path}\n{text}" for path, text in program.files))
    print(f"{len(outcomes)} programs, {len(wrong)} not as they should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
