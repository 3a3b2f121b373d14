"""The compiled database that is kept: found again, and made anew when it is no good."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("hyperscan")

from keyaudit.triage import native
from keyaudit.triage.native import NativeEngine

EXPRESSIONS = [rb"\bjwt\b", rb"secret"]
DATA = b"import jwt\n\nmy secret\n"
FOUND = {0: [1], 1: [3]}


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time a database is compiled."""
    calls: list[int] = []
    compile_database = native._compile

    def counting(expressions: list[bytes]) -> object:
        calls.append(len(expressions))
        return compile_database(expressions)

    monkeypatch.setattr(native, "_compile", counting)
    return calls


def _file(folder: Path) -> Path:
    (file,) = folder.glob("triage-*.hs")
    return file


def test_database_is_compiled_once(tmp_path: Path, compiled: list[int]) -> None:
    folder = tmp_path / "new" / "cache"
    for _ in range(3):
        assert NativeEngine(EXPRESSIONS, folder).scan(DATA) == FOUND
    assert compiled == [2]
    assert [path.name for path in folder.iterdir()] == [_file(folder).name]


def test_without_a_folder_nothing_is_written(tmp_path: Path, compiled: list[int]) -> None:
    for _ in range(2):
        assert NativeEngine(EXPRESSIONS).scan(DATA) == FOUND
    assert compiled == [2, 2]
    assert list(tmp_path.iterdir()) == []


def test_other_expressions_have_their_own(tmp_path: Path, compiled: list[int]) -> None:
    NativeEngine(EXPRESSIONS, tmp_path)
    assert NativeEngine([rb"import"], tmp_path).scan(DATA) == {0: [1]}
    assert compiled == [2, 1]
    assert len(list(tmp_path.glob("triage-*.hs"))) == 2


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _foreign(data: bytes) -> bytes:
    import hashlib

    other = b"no database, though its digest is right"
    return hashlib.sha256(other).digest() + other


@pytest.mark.parametrize("damage", [_cut, _flipped, _foreign, lambda data: b""])
def test_damaged_database_is_made_anew(tmp_path: Path, compiled: list[int], damage: object) -> None:
    assert callable(damage)
    NativeEngine(EXPRESSIONS, tmp_path)
    file = _file(tmp_path)
    good = file.read_bytes()
    file.write_bytes(damage(good))
    assert NativeEngine(EXPRESSIONS, tmp_path).scan(DATA) == FOUND
    assert compiled == [2, 2]
    assert NativeEngine(EXPRESSIONS, tmp_path).scan(DATA) == FOUND
    assert compiled == [2, 2]


def test_folder_that_cannot_be_made_costs_no_findings(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert NativeEngine(EXPRESSIONS, blocked / "cache").scan(DATA) == FOUND


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_cannot_be_written_costs_no_findings(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert NativeEngine(EXPRESSIONS, tmp_path).scan(DATA) == FOUND


def test_another_processor_has_its_own(
    tmp_path: Path, compiled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    NativeEngine(EXPRESSIONS, tmp_path)
    monkeypatch.setattr(native, "_processor_features", lambda: "flags: another")
    assert NativeEngine(EXPRESSIONS, tmp_path).scan(DATA) == FOUND
    assert compiled == [2, 2]
