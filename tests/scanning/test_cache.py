"""Kept results: the same as new ones, never a secret, and nothing that damage could spoil."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from keyaudit.core.result import DocumentResult
from keyaudit.scanning import cache_folder, codec, examine
from keyaudit.scanning.cache import Cache, open_cache
from tests.scanning.support import (
    CANARY,
    CLEAN,
    HARDCODED,
    PLAIN,
    TOKEN,
    Project,
    end,
    essence,
    found,
    in_background,
)

DATABASE = "results.sqlite3"


def fill(project: Project) -> None:
    project.write("a.py", HARDCODED)
    project.write("clean.py", CLEAN)
    project.write("plain.py", PLAIN)
    project.write("b.cfg", f"token = {TOKEN}\n")
    project.write("old.py", "from Crypto.Cipher import AES\nprint AES.new(k)\n")
    project.write("c.py", HARDCODED.replace(")\n", ")  # keyaudit: ignore[KA301] a vector\n"))
    project.write("d.py", "import boto3\nboto3.client('kms').create_key()\n")


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that were triaged in this process since the list was last cleared."""
    seen: list[str] = []
    needs = examine.Examiner._needs

    def noted(self, document):  # type: ignore[no-untyped-def]
        seen.append(document.path)
        return needs(self, document)

    monkeypatch.setattr(examine.Examiner, "_needs", noted)
    return seen


def test_a_second_scan_gives_the_same_and_looks_at_nothing(
    project: Project, looked_at: list[str]
) -> None:
    fill(project)
    first = project.scan()
    assert sorted(looked_at) == ["a.py", "b.cfg", "c.py", "clean.py", "d.py", "old.py", "plain.py"]
    looked_at.clear()
    second = project.scan()
    assert looked_at == []
    assert essence(second) == essence(first)
    assert essence(project.scan(use_cache=False)) == essence(first)


def test_a_warm_scan_loads_no_analyzer(project: Project, shared: Path) -> None:
    fill(project)
    code = (
        "import sys; from pathlib import Path; from keyaudit import catalogue\n"
        "from keyaudit.scanning import Request, scan\n"
        "from keyaudit.scanning.settings import Settings\n"
        "loaded = catalogue.load(cache_folder=Path(sys.argv[1]))\n"
        "report = scan(Request((), Settings()), loaded)\n"
        "heavy = {'libcst', 'detect_secrets', 'yaml', 'hyperscan', 'multiprocessing', 'pathspec'}\n"
        "print(len(report.findings), sorted(heavy & set(sys.modules)))\n"
    )
    project.scan()
    seen = subprocess.run(
        [sys.executable, "-c", code, str(shared)], capture_output=True, text=True, check=True
    )
    assert seen.stdout.split(" ", 1)[1] == "[]\n"
    assert int(seen.stdout.split(" ", 1)[0]) >= 2


def test_what_changed_is_looked_at_again(project: Project, looked_at: list[str]) -> None:
    fill(project)
    project.scan()
    looked_at.clear()
    project.write("plain.py", HARDCODED)
    project.write("a.py", PLAIN)
    report = project.scan()
    assert sorted(set(looked_at)) == ["a.py", "plain.py"]
    assert {path for _, path, _ in found(report, "KA301")} == {"plain.py"}


def test_a_path_is_part_of_a_result(project: Project) -> None:
    project.write("seal.py", HARDCODED)
    before = project.scan()
    Path("tests").mkdir()
    Path("seal.py").rename("tests/test_seal.py")
    after = project.scan()
    assert {path for _, path, _ in found(after)} == {"tests/test_seal.py"}
    assert max(f.severity for f in after.findings) < max(f.severity for f in before.findings)


def test_results_depend_on_the_modules_that_values_come_from(project: Project) -> None:
    project.write(
        "seal.py",
        "from keys import KEY\n"
        "from cryptography.hazmat.primitives.ciphers.aead import AESGCM\n"
        "cipher = AESGCM(KEY)\n",
    )
    assert found(project.scan(), "KA301") == []
    project.write("keys.py", f'KEY = b"{CANARY}"\n')  # it was absent
    assert found(project.scan(), "KA301") == [("KA301", "seal.py", 3)]
    assert found(project.scan("seal.py"), "KA301") == [("KA301", "seal.py", 3)]
    project.write("keys.py", "import os\nKEY = os.urandom(32)\n")
    assert found(project.scan(), "KA301") == []
    project.write("keys.py", f'KEY = b"{CANARY}"\n')
    assert found(project.scan(), "KA301") == [("KA301", "seal.py", 3)]
    Path("keys.py").unlink()
    assert found(project.scan("seal.py"), "KA301") == []


def test_selecting_rules_does_not_spoil_what_is_kept(project: Project) -> None:
    fill(project)
    project.scan(select=("KA409",))
    assert found(project.scan(), "KA301") == [("KA301", "a.py", 3)]
    assert found(project.scan(ignore=("KA301",)), "KA301") == []
    assert found(project.scan(), "KA301") == [("KA301", "a.py", 3)]


def test_no_secret_is_kept(project: Project) -> None:
    fill(project)
    project.write("e.env", f"API_KEY={CANARY}\n")
    project.write("f.py", f"password = '{CANARY}'  # keyaudit: ignore[KA302] {CANARY}\n")
    report = project.scan()
    assert len(report.findings) >= 3
    kept = project.cached
    assert b"a.py" in kept
    for secret in (CANARY, TOKEN):
        assert secret.encode() not in kept
        assert secret[8:24].encode() not in kept


def test_without_the_cache_nothing_is_written(project: Project) -> None:
    fill(project)
    shutil.rmtree(cache_folder())
    project.scan(use_cache=False)
    assert not cache_folder().exists()


def test_the_cache_is_the_users_only(project: Project) -> None:
    fill(project)
    project.scan()
    assert cache_folder().stat().st_mode & 0o777 == 0o700
    assert {f.stat().st_mode & 0o077 for f in cache_folder().glob("results*")} == {0}
    cache_folder().chmod(0o777)  # somebody else could have written it
    assert open_cache(cache_folder()) is None
    assert found(project.scan(), "KA301") == [("KA301", "a.py", 3)]


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b"no database at all " * 100),
        lambda file: file.write_bytes(b""),
        lambda file: os.truncate(file, file.stat().st_size // 2),
        lambda file: os.truncate(file, 100),
        lambda file: overwrite(file, 0, 8),
        lambda file: overwrite(file, 100, 4000),
        lambda file: overwrite(file, file.stat().st_size // 2, file.stat().st_size // 2),
        lambda file: execute(file, "PRAGMA user_version = 99"),
        lambda file: execute(file, "DROP TABLE results"),
        lambda file: execute(file, "DROP TABLE results; CREATE TABLE results (key)"),
        lambda file: execute(file, "UPDATE results SET value = x'7b7d'"),
        lambda file: execute(file, "UPDATE results SET value = 'text'"),
        lambda file: execute(file, "UPDATE results SET value = x'ff00ff' WHERE length(value) > 0"),
        lambda file: (file.unlink(), file.mkdir()),
    ],
)  # fmt: skip
def test_a_damaged_cache_costs_time_only(project: Project, damage) -> None:  # type: ignore[no-untyped-def]
    fill(project)
    for number in range(12):  # several pages
        project.write(f"more/{number}.py", f"n = {number}\n" + HARDCODED)
    first = project.scan()
    damage(cache_folder() / DATABASE)
    assert essence(project.scan()) == essence(first)
    assert essence(project.scan()) == essence(first)


def overwrite(file: Path, start: int, count: int) -> None:
    with file.open("r+b") as stream:
        stream.seek(start)
        stream.write(b"\xa5" * count)


def execute(file: Path, script: str) -> None:
    connection = sqlite3.connect(file)
    connection.executescript(script)
    connection.close()


def test_a_damaged_cache_is_made_anew(project: Project, looked_at: list[str]) -> None:
    fill(project)
    project.scan()
    (cache_folder() / DATABASE).write_bytes(b"no database at all " * 100)
    project.scan()
    looked_at.clear()
    project.scan()
    assert looked_at == []


@pytest.mark.parametrize("place", ["file", "missing-parent", "read-only"])
def test_without_a_place_for_the_cache_a_scan_does_without(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    fill(project)
    where = tmp_path / "elsewhere"
    if place == "file":
        where.write_text("")
    elif place == "missing-parent":
        where = Path("/proc/nowhere/caches")
    else:
        where = Path("/sys/kernel") if os.geteuid() == 0 else where
        if os.geteuid() != 0:
            where.mkdir(mode=0o500)
    monkeypatch.setenv("XDG_CACHE_HOME", str(where))
    assert found(project.scan(), "KA301") == [("KA301", "a.py", 3)]


def test_two_scans_share_the_cache(project: Project, shared: Path) -> None:
    for number in range(200):
        project.write(
            f"m{number}.py", f"n = {number}\n" + (HARDCODED if number % 20 == 0 else PLAIN)
        )
    running = [in_background(project.folder, shared) for _ in range(3)]
    said = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], said
    assert {out.splitlines()[-1].split(" ", 1)[1] for out, _ in said} == {"200 True"}
    assert len(found(project.scan(), "KA301")) == 10
    assert check() == "ok"


def test_a_scan_that_is_killed_leaves_a_cache_that_works(project: Project, shared: Path) -> None:
    for number in range(200):
        project.write(
            f"m{number}.py", f"n = {number}\n" + (HARDCODED if number % 20 == 0 else PLAIN)
        )
    for delay in (0.05, 0.2, 0.4, 0.8):
        running = in_background(project.folder, shared)
        assert running.stdout is not None
        running.stdout.readline()
        time.sleep(delay)
        os.killpg(running.pid, signal.SIGKILL)
        end(running)
        if (cache_folder() / DATABASE).exists():
            assert check() == "ok"
    assert len(found(project.scan(), "KA301")) == 10
    assert len(found(project.scan(), "KA301")) == 10


def test_a_write_that_is_killed_half_way_is_undone(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    kept.add(b"1", b"one")
    kept.close()
    pid = os.fork()
    if pid == 0:
        try:
            child = opened(tmp_path)
            connection = child._connection
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT OR REPLACE INTO results VALUES (?, ?, 0)",
                [(b"%d" % n, b"half" * 500) for n in range(5000)],
            )
            os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    os.waitpid(pid, 0)
    again = opened(tmp_path)
    assert again.lookup([b"1", b"2"]) == {b"1": b"one"}
    again.close()


def check() -> str:
    connection = sqlite3.connect(cache_folder() / DATABASE)
    (answer,) = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    return str(answer)


def opened(folder: Path, **options: int) -> Cache:
    made = open_cache(folder / "cache", **options)
    assert made is not None
    return made


def test_values_are_found_by_their_keys(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    keys = [b"%020d" % number for number in range(5000)]
    for key in keys:
        kept.add(key, b"" if key.endswith(b"0") else key[::-1])
    kept.close()
    again = opened(tmp_path)
    values = again.lookup([*keys, b"unknown"])
    again.close()
    assert len(values) == 5000
    assert (values[keys[0]], values[keys[7]]) == (b"", keys[7][::-1])


def test_what_was_not_used_lately_makes_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = 86400.0
    monkeypatch.setattr("time.time", lambda: day * 100)
    kept = opened(tmp_path)
    for number in range(1000):
        kept.add(b"%d" % number, bytes(500))
    kept.close()
    monkeypatch.setattr("time.time", lambda: day * 101)
    kept = opened(tmp_path, max_bytes=300_000)
    used = [b"%d" % number for number in range(0, 1000, 5)]
    assert len(kept.lookup(used)) == 200
    kept.add(b"new", b"value")
    kept.close()
    kept = opened(tmp_path)
    left = kept.lookup([b"%d" % number for number in range(1000)])
    assert 200 <= len(left) <= 501
    assert set(used) <= set(left)
    assert kept.lookup([b"new"]) == {b"new": b"value"}
    kept.close()


def test_what_is_no_result_is_refused() -> None:
    assert codec.decode(codec.encode(DocumentResult())) == DocumentResult()
    for data in (b"x", b"{}", b"[]", b"null", b"\xff", b'{"findings": 3}'):
        with pytest.raises(ValueError):
            codec.decode(data)


def test_a_damaged_row_is_looked_at_again(project: Project) -> None:
    project.write("a.py", HARDCODED)
    whole = found(project.scan())
    database = cache_folder() / "results.sqlite3"
    for damage in ("x'00'", "substr(value, 1, 20)", "value || x'20'", "cast(value as text)"):
        with contextlib.closing(sqlite3.connect(database)) as connection, connection:
            connection.execute(f"UPDATE results SET value = {damage}")
        assert found(project.scan()) == whole
        with contextlib.closing(sqlite3.connect(database)) as connection:
            rows = connection.execute("SELECT length(cast(value AS BLOB)) FROM results").fetchall()
        assert max(rows)[0] > 100
