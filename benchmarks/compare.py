"""Times keyaudit against bandit and gitleaks on one repository, in one run.

    python benchmarks/compare.py --peers .tools/bench-venv/bin FOLDER

The runs are interleaved, so that a slow minute of the machine falls on all of them, and the
median counts. CPU time stands beside wall time: it says more on a machine that is not idle.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

PLAIN = "# Notes\n\nNothing in this file speaks of keys.\n"
CRYPTO = """\
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def seal(data: bytes, context: bytes) -> bytes:
    nonce = os.urandom(12)
    return nonce + AESGCM(AESGCM.generate_key(256)).encrypt(nonce, data, context)
"""


@dataclass(frozen=True)
class Run:
    """One finished command: seconds by the clock, seconds of CPU, exit status."""

    wall: float
    cpu: float
    status: int


@dataclass
class Series:
    """The runs of one case. `allowed` are the exit statuses of a run that did its work."""

    name: str
    prepare: Callable[[Path, int], list[str]]
    allowed: frozenset[int]
    runs: list[Run] = field(default_factory=list)

    @property
    def wall(self) -> float:
        """The median time by the clock, in seconds."""
        return statistics.median(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        """The median CPU time of all its processes, in seconds."""
        return statistics.median(run.cpu for run in self.runs)


@dataclass(frozen=True)
class Goal:
    """`value` is to be at most `limit`; `unit` is `s`, `MB` or `x` (a ratio)."""

    name: str
    value: float
    limit: float
    unit: str

    @property
    def met(self) -> bool:
        return self.value <= self.limit


def environment(cache: Path) -> dict[str, str]:
    """Like a user's: byte code is kept, nothing leaks in from the checkout, an own cache."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "KEYAUDIT"))}
    return kept | {"XDG_CACHE_HOME": str(cache), "NO_COLOR": "1"}


def execute(series: Series, command: Sequence[str], cache: Path) -> Run:
    """Runs the command to its end, its output thrown away; SystemExit when it failed."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment(cache), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in series.allowed:
        text = said.decode(errors="replace")[-2000:]
        raise SystemExit(f"{series.name}: exit status {process.returncode}\n{text}")
    return Run(wall, usage.ru_utime + usage.ru_stime, process.returncode)


def descendants(pid: int) -> Iterator[int]:
    """The process and all below it, as far as they still live."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            below = children.read_text().split()
        except OSError:
            continue
        for child in below:
            yield from descendants(int(child))


def resident(pid: int) -> int:
    """The resident memory of one process in bytes; 0 when it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak_memory(
    command: Sequence[str],
    cache: Path,
    size: Callable[[int], int] = resident,
    pause: float = 0.01,
) -> float:
    """The highest sum of `size` (of a process, in bytes) over the process tree, in MB (10^6 bytes),
    taken every `pause` seconds.

    Of resident memory, pages that two processes share count twice, so the true figure is lower,
    never higher.
    """
    process = subprocess.Popen(
        command, env=environment(cache), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak = 0
    ended = threading.Event()

    def sample() -> None:
        nonlocal peak
        while not ended.is_set():
            peak = max(peak, sum(size(pid) for pid in descendants(process.pid)))
            time.sleep(pause)

    sampler = threading.Thread(target=sample)
    sampler.start()
    process.wait()
    ended.set()
    sampler.join()
    return peak / 1e6


def cases(keyaudit: Path, peers: Path, target: Path, scratch: Path) -> list[Series]:
    """Every case. `prepare(cache, round)` makes its input and gives its command."""

    def scan(_cache: Path, _round: int) -> list[str]:
        return [str(keyaudit), "scan", str(target)]

    def one_file(name: str, text: str) -> Callable[[Path, int], list[str]]:
        def prepare(_cache: Path, number: int) -> list[str]:
            # New content each time: the result must not come from the cache.
            path = scratch / name
            path.write_text(f"{text}\n# {number} {time.time_ns()}\n")
            return [str(keyaudit), "scan", str(path)]

        return prepare

    def bandit(_cache: Path, _round: int) -> list[str]:
        report = str(scratch / "bandit.json")
        return [str(peers / "bandit"), "-q", "-r", str(target), "-f", "json", "-o", report]

    def gitleaks(_cache: Path, _round: int) -> list[str]:
        return [str(peers / "gitleaks"), "dir", str(target), "--no-banner", "--exit-code", "0"]

    findings = frozenset({0, 1})
    return [
        Series("keyaudit, cold", scan, findings),
        Series("keyaudit, again", scan, findings),
        Series("bandit -r", bandit, findings),
        Series("gitleaks dir", gitleaks, frozenset({0})),
        Series("keyaudit, one plain file", one_file("notes.md", PLAIN), findings),
        Series("keyaudit, one crypto file", one_file("seal.py", CRYPTO), findings),
    ]


def measure(series: Sequence[Series], rounds: int, scratch: Path) -> None:
    """Runs every case once a round. Each round's first case starts with an empty cache."""
    for number in range(rounds + 1):
        cache = scratch / f"cache-{number}"
        cache.mkdir()
        for case in series:
            run = execute(case, case.prepare(cache, number), cache)
            # The round before the first compiles byte code and brings files into memory.
            if number:
                case.runs.append(run)
        print(f"round {number} of {rounds}" if number else "warm-up done", file=sys.stderr)


def goals(series: Sequence[Series], memory: float) -> list[Goal]:
    """The project's goals with the values measured."""
    wall = {case.name: case.wall for case in series}
    cold = wall["keyaudit, cold"]
    return [
        Goal("cold scan / bandit", cold / wall["bandit -r"], 0.2, "x"),
        Goal("cold scan / gitleaks", cold / wall["gitleaks dir"], 1.5, "x"),
        Goal("second scan", wall["keyaudit, again"], 0.5, "s"),
        Goal("one plain file", wall["keyaudit, one plain file"], 0.15, "s"),
        Goal("one crypto file", wall["keyaudit, one crypto file"], 0.4, "s"),
        Goal("peak memory, cold scan", memory, 300, "MB"),
    ]


def print_tables(series: Sequence[Series], checked: Sequence[Goal], rounds: int) -> None:
    """The times and the goals, as Markdown tables."""
    print(f"\nmedian of {rounds} interleaved rounds, {os.cpu_count()} cores, ", end="")
    print(f"load average {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}\n")
    print("| case | seconds | CPU seconds | fastest | slowest |\n|---|--:|--:|--:|--:|")
    for case in series:
        times = [run.wall for run in case.runs]
        print(
            f"| {case.name} | {case.wall:.2f} | {case.cpu:.2f} "
            f"| {min(times):.2f} | {max(times):.2f} |"
        )
    print("\n| goal | measured | at most | |\n|---|--:|--:|---|")
    for goal in checked:
        digits = 0 if goal.unit == "MB" else 2
        verdict = "met" if goal.met else "missed"
        print(
            f"| {goal.name} | {goal.value:.{digits}f} {goal.unit} "
            f"| {goal.limit:g} {goal.unit} | {verdict} |"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description="Time keyaudit against bandit and gitleaks.")
    parser.add_argument("target", nargs="?", type=Path, default=ROOT, help="repository to scan")
    parser.add_argument("--rounds", type=int, default=5, help="timed rounds (default 5)")
    parser.add_argument("--peers", type=Path, help="folder of the peers' programs")
    parser.add_argument("--keyaudit", type=Path, help="the keyaudit program")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--check", action="store_true", help="exit 1 when a goal is missed")
    options = parser.parse_args()
    beside = Path(sys.executable).parent
    keyaudit = (options.keyaudit or beside / "keyaudit").absolute()
    peers = (options.peers or beside).absolute()
    for program in (keyaudit, peers / "bandit", peers / "gitleaks"):
        if not program.exists():
            parser.error(f"{program.name} is not in {program.parent}; use `make bench`")
    target = options.target.resolve()
    if not target.is_dir():
        parser.error(f"{options.target} is no folder")

    with tempfile.TemporaryDirectory(prefix="keyaudit-bench-") as name:
        scratch = Path(name)
        series = cases(keyaudit, peers, target, scratch)
        measure(series, options.rounds, scratch)
        empty = scratch / "cache-memory"
        empty.mkdir()
        memory = peak_memory(series[0].prepare(empty, 0), empty)
    checked = goals(series, memory)
    print_tables(series, checked, options.rounds)
    if options.json:
        figures = {
            "rounds": options.rounds,
            "cases": {case.name: [asdict(run) for run in case.runs] for case in series},
            "goals": [asdict(goal) | {"met": goal.met} for goal in checked],
        }
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 1 if options.check and not all(goal.met for goal in checked) else 0


if __name__ == "__main__":
    sys.exit(main())
