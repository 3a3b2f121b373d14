"""A task that hangs, crashes or fails costs itself, and nothing outlives the run."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from keyaudit.core.report import Skipped
from keyaudit.scanning import examine
from keyaudit.scanning.pool import Crash, Pool
from keyaudit.scanning.worker import Limits
from tests.scanning.support import HARDCODED, PLAIN, Project, end, found, in_background

Answers = dict[int, bytes | Crash]


def run(
    function: Callable[[int], bytes], count: int, size: int = 5, limits: Limits | None = None
) -> Answers:
    batches = [range(start, min(start + size, count)) for start in range(0, count, size)]
    answers = list(Pool(function, 2, limits or Limits()).run(batches))
    assert sorted(number for number, _ in answers) == list(range(count))
    return dict(answers)


def echo(number: int) -> bytes:
    return b"%d" % number


def alone(number: int, what: Callable[[], object]) -> Callable[[int], bytes]:
    """Echoes, except that `what` is done for one number."""

    def function(given: int) -> bytes:
        if given == number:
            what()
        return echo(given)

    return function


def test_every_task_is_answered_once() -> None:
    assert run(echo, 57) == {number: echo(number) for number in range(57)}
    assert run(echo, 1) == {0: b"0"}
    assert list(Pool(echo, 2).run([])) == []


def test_an_answer_may_be_large() -> None:
    assert run(lambda number: bytes(3_000_000), 4)[3] == bytes(3_000_000)


def test_more_than_one_process_works() -> None:
    def who(_: int) -> bytes:
        time.sleep(0.05)
        return b"%d" % os.getpid()

    workers = set(run(who, 8, size=1).values())
    assert len(workers) == 2
    assert b"%d" % os.getpid() not in workers


def spin() -> None:
    while True:
        pass


def eat() -> None:
    kept = []
    while True:
        kept.append(bytearray(50 << 20))


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGSEGV), "the analyzer crashed (SIGSEGV)"),
        (lambda: os.abort(), "the analyzer crashed (SIGABRT)"),
        (lambda: os._exit(3), "the analyzer ended"),
        (lambda: sys.exit(0), "the analyzer ended"),
        (lambda: int("no number"), "the analyzer failed (ValueError at keyaudit/"),
        (eat, "ran out of memory"),
    ],
    ids=["segfault", "abort", "exit", "sys.exit", "error", "memory"],
)
@pytest.mark.parametrize("number", [0, 7, 19])
def test_one_bad_task_costs_itself_only(
    what: Callable[[], object], reason: str, number: int
) -> None:
    answers = run(alone(number, what), 20, limits=Limits(memory=200 << 20))
    answer = answers.pop(number)
    assert isinstance(answer, Crash)
    assert answer.reason.startswith(reason)
    assert "no number" not in answer.reason
    assert answers == {n: echo(n) for n in range(20) if n != number}


@pytest.mark.parametrize("number", [0, 7, 19])
def test_a_task_that_hangs_costs_itself_only(number: int) -> None:
    answers = run(alone(number, spin), 20, limits=Limits(cpu=1.0))
    assert answers.pop(number) == Crash("took more than 1 s")
    assert answers == {n: echo(n) for n in range(20) if n != number}


def test_a_task_that_waits_is_ended_by_the_clock() -> None:
    answers = run(alone(3, lambda: time.sleep(60)), 10, limits=Limits(wall=2.0))
    assert answers[3] == Crash("took more than 2 s")
    assert answers[9] == b"9"


@pytest.mark.parametrize("number", [1, 150, 299])
def test_what_was_done_and_not_handed_over_is_done_again(number: int) -> None:
    """The tasks before it are so short that their answers still waited when it ended the process:
    none is lost, and none is blamed."""
    end = alone(number, lambda: os.kill(os.getpid(), signal.SIGKILL))
    answers = run(end, 300, size=300)
    assert answers.pop(number) == Crash("the analyzer crashed (SIGKILL)")
    assert answers == {n: echo(n) for n in range(300) if n != number}


def test_all_tasks_may_be_bad() -> None:
    answers = run(lambda number: os._exit(1), 12)
    assert set(answers.values()) == {Crash("the analyzer ended")}


def test_a_worker_that_has_grown_is_replaced() -> None:
    def who(number: int) -> bytes:
        bytearray(os.urandom(1)) * (40 << 20)
        time.sleep(0.1)  # after so long every answer is handed over alone
        return b"%d" % os.getpid()

    assert len(set(run(who, 6, size=3, limits=Limits(growth=20 << 20)).values())) == 6


def test_what_a_task_prints_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    def loud(number: int) -> bytes:
        os.write(1, b"canary")
        os.write(2, b"canary")
        return b""

    run(loud, 3)
    assert capfd.readouterr() == ("", "")


def children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc")
def test_no_process_is_left_behind() -> None:
    before = children()

    def wait(number: int) -> bytes:
        time.sleep(number * 60)
        return b""

    with closing(Pool(wait, 2).run([[0], [1], [0]])) as answers:
        next(answers)
        assert len(children()) == len(before) + 2
    assert children() == before
    run(echo, 10)
    assert children() == before


def test_descriptors_are_closed() -> None:
    probe = os.open(os.devnull, os.O_RDONLY)
    os.close(probe)
    run(alone(3, lambda: os._exit(1)), 30)
    again = os.open(os.devnull, os.O_RDONLY)  # the lowest number that is free
    os.close(again)
    assert again == probe


def test_a_document_that_crashes_the_analyzer_is_named(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyze = examine.Examiner._analyze

    def fragile(self, document, *more):  # type: ignore[no-untyped-def]
        if document.path == "bad.py":
            os.kill(os.getpid(), signal.SIGSEGV)
        return analyze(self, document, *more)

    monkeypatch.setattr(examine.Examiner, "_analyze", fragile)
    for name in ("a.py", "bad.py", "c.py"):
        project.write(name, HARDCODED)
    report = project.scan()
    assert report.skipped == (Skipped("bad.py", "crashed", "the analyzer crashed (SIGSEGV)"),)
    assert (report.files, report.complete) == (2, False)
    assert {path for _, path, _ in found(report, "KA301")} == {"a.py", "c.py"}
    monkeypatch.undo()
    os.chdir(project.folder)
    # It was not kept as a clean one.
    assert ("KA301", "bad.py", 3) in found(project.scan())


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (lambda *_: os.kill(os.getpid(), signal.SIGSEGV), ": the analyzer crashed (SIGSEGV)"),
        (lambda *_: 1 // 0, " failed (ZeroDivisionError"),
    ],
)
def test_an_analyzer_that_fails_costs_what_it_would_have_found(
    project: Project, monkeypatch: pytest.MonkeyPatch, fault: Callable[..., None], why: str
) -> None:
    token = "gl" + "pat-m4Zt8QxR2vKc7LbN1sWd"
    project.write("a.py", HARDCODED + f'TOKEN = "{token}"\n')
    assert {rule for rule, _, _ in found(project.scan())} >= {"KA301", "KA302"}
    monkeypatch.setattr("keyaudit.code.analyze", fault)
    project.write("a.py", HARDCODED + f'\nTOKEN = "{token}"\n')
    report = project.scan()
    ((path, reason, detail),) = report.skipped
    assert (path, reason) == ("a.py", "crashed")
    assert detail.startswith(f"the analyzer of code{why}")
    assert (report.files, report.complete) == (1, False)
    rules = {rule for rule, _, _ in found(report)}
    assert "KA302" in rules
    assert "KA301" not in rules
    monkeypatch.undo()
    os.chdir(project.folder)
    # What it found alone was not kept as all there is.
    assert {rule for rule, _, _ in found(project.scan())} >= {"KA301", "KA302"}


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_scan_leaves_no_process(
    signal_number: signal.Signals, project: Project, shared: Path
) -> None:
    for number in range(120):
        project.write(f"m{number}.py", HARDCODED + PLAIN * 30)
    running = in_background(project.folder, shared)
    try:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        time.sleep(0.5)
        if signal_number == signal.SIGINT:
            os.killpg(running.pid, signal_number)  # as a terminal does
        else:
            os.kill(running.pid, signal_number)
        running.wait(timeout=120)
        for _ in range(200):
            if not group(running.pid):
                break
            time.sleep(0.1)
        assert not group(running.pid)
    finally:
        end(running)
    assert counted(project) == 120


def group(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def counted(project: Project) -> int:
    return len(found(project.scan(), "KA301"))
