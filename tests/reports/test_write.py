"""Reports are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from keyaudit.core.errors import KeyauditError
from keyaudit.reports import FORMATS, render, write
from tests.reports.support import RULES, report


def test_a_report_replaces_the_one_before_and_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    target.chmod(0o640)
    write("new — ü\n", target)
    assert target.read_bytes() == "new — ü\n".encode()
    assert target.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [target]


def test_a_new_report_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    write("new", tmp_path / "report")
    (tmp_path / "other").touch()
    assert (tmp_path / "report").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write("new", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_where_nothing_can_be_written_the_error_says_why(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    for name, part in [
        ("missing/report", "there is no folder"),
        (".", "is a folder"),
        ("fifo", "is a device, socket or fifo"),
        ("loop", "cannot be written"),
        ("n" * 300, "cannot be written"),
    ]:
        with pytest.raises(KeyauditError, match=part) as caught:
            write("text", tmp_path / name)
        assert caught.value.where == str(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fifo", "loop"]


def test_a_failed_write_leaves_the_old_report_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report"
    target.write_text("old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeyauditError, match="No space left on device"):
        write("new", target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_every_format_ends_in_a_line_feed() -> None:
    for format in FORMATS:
        assert render(format, report(), RULES).endswith("\n")
    with pytest.raises(ValueError, match="pdf"):
        render("pdf", report(), RULES)
