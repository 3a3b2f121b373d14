"""What could end a whole scan: one clear line, and the documented exit status."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.support import BAD, environment, error_line, run

CLEAN = "x = 1\n"


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    folder = tmp_path / "clean"
    folder.mkdir()
    (folder / "a.py").write_text(CLEAN)
    return folder


def started(
    folder: Path,
    *arguments: str,
    before: Callable[[], None] | None = None,
    stdout: int = subprocess.PIPE,
    **env: str,
) -> tuple[int, str, str]:
    """The status, output and errors of a command; `before` runs in its process."""
    done = subprocess.run(
        [sys.executable, "-m", "keyaudit", *arguments], cwd=folder, env=environment(**env),
        stdout=stdout, stderr=subprocess.PIPE, text=True, preexec_fn=before, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout or "", done.stderr


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("a = " + "[" * 5_000 + "]" * 5_000, False),
        ("a = " + "{b = " * 5_000 + "1" + "}" * 5_000, False),
        ("a = " + "9" * 5_000, False),
        (".".join("a" * 200_000) + " = 1", False),
        ("a = [", False),
        ("[tool.keyaudit]\nexclude = " + "[" * 5_000 + "]" * 5_000, True),
        ("[tool.keyaudit]\nmax-file-size = " + "9" * 5_000, True),
        ("[tool.keyaudit]\n" + ".".join("a" * 200_000) + " = 1", True),
        ("[tool.keyaudit]\n[" + ".".join("a" * 200_000) + "]", True),
        ("[tool.keyaudit]\na = [", True),
        ("[tool.keyaudit]\n" + "#" * (2 << 20), True),
    ],
)
def test_a_configuration_that_parsers_choke_on(clean: Path, text: str, ours: bool) -> None:
    (clean / "pyproject.toml").write_text(text)
    done = run("scan", folder=clean)
    if ours:
        assert "pyproject.toml" in error_line(done)
    else:
        assert (done.returncode, done.stderr) == (0, "")


def closing(*numbers: int) -> Callable[[], None]:
    def close() -> None:
        for number in numbers:
            os.close(number)

    return close


def test_closed_streams(clean: Path) -> None:
    status, _, said = started(clean, "scan", before=closing(1))
    assert status == 2
    assert said == ("keyaudit: error: standard output: cannot be written (Bad file descriptor); "
                    "the report is not whole\n")  # fmt: skip
    assert started(clean, "scan", before=closing(2))[0] == 0
    assert started(clean, "scan", before=closing(0, 2))[0] == 0
    assert started(clean, "scan", before=closing(1, 2))[0] == 2
    (clean / "bad.py").write_text(BAD)
    assert started(clean, "scan", before=closing(2))[0] == 1
    # A report in a file is whole without them, and is no report of another stream.
    status, _, _ = started(clean, "scan", "--output", "r.json", "--format", "json",
                           before=closing(0, 1, 2))  # fmt: skip
    assert status == 1
    assert (clean / "r.json").read_text().startswith("{")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["scan", "scan --format json", "rules list", "--version"])
def test_a_full_disk(clean: Path, unbuffered: str, command: str) -> None:
    with Path("/dev/full").open("w") as full:
        status, _, said = started(
            clean, *command.split(), stdout=full.fileno(), PYTHONUNBUFFERED=unbuffered
        )
    assert status == 2
    assert len(said.splitlines()) == 1
    assert "cannot be written (No space left on device)" in said


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_takes_a_part_gets_all_or_the_status_tells(
    clean: Path, unbuffered: str
) -> None:
    for number in range(60):
        (clean / f"bad{number}.py").write_text(BAD)
    process = subprocess.Popen(
        [sys.executable, "-m", "keyaudit", "scan", "--format", "json"], cwd=clean,
        env=environment(PYTHONUNBUFFERED=unbuffered), stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait() == 141
    whole = started(clean, "scan", "--format", "json", PYTHONUNBUFFERED=unbuffered)
    assert whole[0] == 1
    assert whole[1].rstrip().endswith("}")


@pytest.mark.parametrize("limit", [6, 9, 12, 16, 24])
def test_few_file_descriptors(clean: Path, limit: int) -> None:
    for number in range(150):
        (clean / f"m{number}.py").write_text(BAD)

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

    status, written, said = started(clean, "scan", "--no-cache", before=few)
    assert "Traceback" not in said
    assert "internal error" not in said
    assert status in (1, 2, 3)
    if status == 2:
        assert len(said.splitlines()) == 1
    if status == 1:
        assert "150 findings" in written or "incomplete" in written


@pytest.mark.parametrize("now", [3e11, 1e18, -1e12])
def test_a_clock_beyond_all_years(clean: Path, now: float, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.history.support import Repo

    (clean / "bad.py").write_text(BAD)
    repo = Repo(clean)
    repo.git("init", "-q", "-b", "main")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "a")
    monkeypatch.setattr(time, "time", lambda: now)
    for arguments in (("scan",), ("history",), ("history", "--timeline"), ("scan", "--staged")):
        done = run(*arguments, folder=clean)
        assert done.returncode in (0, 1), done.stderr


def test_nothing_of_the_working_directory_is_imported(clean: Path) -> None:
    for name in ("json", "click", "yaml", "tomllib", "libcst", "re", "os"):
        (clean / f"{name}.py").write_text("raise SystemExit(77)\n")
    assert started(clean, "scan")[0] == 0
    done = subprocess.run(
        [sys.executable, "-P", "-m", "keyaudit", "scan"], cwd=clean, env=environment(),
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0


@pytest.mark.parametrize("cache", ["cache", "./x/../cache", " "])
def test_a_relative_cache_folder_is_ignored(clean: Path, cache: str) -> None:
    before = sorted(clean.iterdir())
    status, _, _ = started(clean, "scan", XDG_CACHE_HOME=cache, HOME=str(clean.parent / "home"))
    assert status == 0
    assert sorted(clean.iterdir()) == before
    assert (clean.parent / "home" / ".cache" / "keyaudit").is_dir()


def test_a_named_link_that_leads_out(tmp_path: Path, clean: Path) -> None:
    (tmp_path / "bad.py").write_text(BAD)
    (clean / "link.py").symlink_to(tmp_path / "bad.py")
    run("scan", "link.py", folder=clean, expect=1)
    done = run("scan", "--judge-by-path", "link.py", folder=clean)
    assert done.returncode == 0
    assert "link.py" in done.stdout


def test_a_scan_that_may_take_so_long_names_what_it_did_not_reach(clean: Path) -> None:
    for number in range(5):
        (clean / f"bad{number}.py").write_text(BAD)
    done = run("scan", "--timeout", "0.000001", "--no-cache", folder=clean)
    assert done.returncode == 3
    assert done.stdout.count("was not reached within --timeout") == 6
    assert run("scan", "--timeout", "600", "--no-cache", folder=clean).returncode == 1
    assert run("scan", "--timeout", "0", folder=clean).returncode == 2


def test_so_does_a_history(clean: Path) -> None:
    from tests.history.support import Repo, github_token

    repo = Repo(clean)
    repo.git("init", "-q", "-b", "main")
    for number in range(3):
        text = f"TOKEN = '{github_token(number)}'\n"
        repo.commit(**{f"bad{number}_dot_py": text}, twice_dot_py=text + "x = 1\n")
    late = run("history", "--timeout", "0.000001", "--format", "json", folder=clean, expect=3)
    skipped = json.loads(late.stdout)["skipped"]
    assert {skip["reason"] for skip in skipped} == {"timeout"}
    # A file is named once, whatever its versions; names and messages may be there as well.
    assert sorted(skip["path"] for skip in skipped if skip["path"][0] != "(") == [
        "a.py", "bad0.py", "bad1.py", "bad2.py", "twice.py",
    ]  # fmt: skip
    # Nothing was kept of what was not looked at.
    done = run("history", "--format", "json", folder=clean, expect=1)
    assert json.loads(done.stdout)["complete"] is True
    found = [f for f in json.loads(done.stdout)["findings"] if f["rule_id"] == "KA302"]
    assert len(found) == 3
    assert run("history", "--timeout", "-1", folder=clean).returncode == 2
