"""SARIF of real scans, with every shipped rule in it, before Microsoft's validator."""

from __future__ import annotations

import os
from pathlib import Path

from tests.cli.support import BAD, run
from tests.reports.sarif_tools import complaints, require_multitool

LEGACY = "from Crypto.Cipher import AES\nAES.new(key)  # keyaudit: ignore[KA408] old records\n"


def test_the_multitool_accepts_real_scans(project: Path, tmp_path: Path) -> None:
    require_multitool()
    for name in (
        "with space.py",
        "naïve 鍵.py",
        "100%#?.py",
        "[slug].py",
        "a'b\"c.py",
        "t\tn\n.py",
    ):
        (project / name).write_text(BAD)
    (project / os.fsdecode(b"no-\xff-text.py")).write_text(BAD)
    (project / "legacy.py").write_text(LEGACY + "print 'Python 2'\n")
    (project / "muted.py").write_text(LEGACY + "# keyaudit: ignore[KA301] nothing here\n")
    (project / "binary.dat").write_bytes(b"\0" * 100)
    (project / "out").symlink_to("/etc")
    os.mkfifo(project / "fifo")

    def sarif(*arguments: str, expect: int = 1) -> str:
        done = run("scan", "--format", "sarif", *arguments, folder=project, expect=expect)
        return done.stdout

    reports = {
        "all": sarif("--severity", "note"),
        "none": sarif("good.py", expect=0),
        "critical": sarif("--severity", "critical", "--exit-zero", expect=0),
    }
    (tmp_path / "verdict").mkdir()
    found = complaints(reports, tmp_path / "verdict")
    assert found == {name: [] for name in reports}
    assert "with%20space.py" in reports["all"]
    assert '"inSource"' in reports["all"]
    assert "skipped/binary" in reports["all"]
