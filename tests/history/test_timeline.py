"""`keyaudit history --timeline`, from outside."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from tests.history.support import github_token, history, new_repo, run


def test_picture_in_place_of_the_report_and_as_svg(tmp_path: Path) -> None:
    repo = new_repo(tmp_path / "repo")
    for seed in (1, 2):
        repo.commit(settings_dot_py=f"TOKEN = '{github_token(seed)}'\n")
        repo.day += 99
    cache, svg = tmp_path / "cache", tmp_path / "secrets.svg"
    report, _ = history(repo.path, cache, "--timeline-svg", str(svg), status=1)
    intervals = {finding["history"]["rotated_days"] for finding in report["findings"]}
    assert intervals == {100, None}
    assert ElementTree.parse(svg).getroot().tag.endswith("svg")
    done = run(repo.path, cache, "--timeline")
    assert done.returncode == 1
    output = done.stdout.decode()
    old, new = (line for line in output.splitlines() if line.startswith("settings.py:1 "))
    assert old.endswith("replaced after 100 d")
    assert new.endswith("in HEAD")
    for text in (output, svg.read_text()):
        assert github_token(1) not in text
        assert github_token(2) not in text


def test_timeline_is_no_format_of_a_report(tmp_path: Path) -> None:
    repo = new_repo(tmp_path / "repo")
    repo.commit(a_dot_py="x = 1\n")
    done = run(repo.path, tmp_path / "cache", "--timeline", "--format", "json")
    assert done.returncode == 2
    assert b"--timeline-svg" in done.stderr
    done = run(repo.path, tmp_path / "cache", "--timeline-svg", str(tmp_path / "no" / "where.svg"))
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
