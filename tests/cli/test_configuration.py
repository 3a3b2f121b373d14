"""Every report says which configuration was in force and what it left out; options do without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import BAD, error_line, run


def configure(folder: Path, text: str) -> None:
    (folder / "keyaudit.toml").write_text(text)


def report(folder: Path, *options: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(
        run("scan", "--format", "json", *options, folder=folder).stdout
    )
    return parsed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('exclude = ["*"]', "leaves out 4 files (exclude: * 4)"),
        ('exclude = ["bad.py", "*.md"]', "leaves out 2 files (exclude: *.md 1, bad.py 1)"),
        ('ignore = ["KA3"]', "leaves out 1 finding (KA301 1; in bad.py 1)"),
        ('select = ["KA4"]', "leaves out 1 finding (KA301 1; in bad.py 1)"),
        ('per-path-ignores = { "**" = ["KA"] }', "leaves out 1 finding (KA301 1; in bad.py 1)"),
        ('severity = "low"', "leaves out nothing"),
    ],
)
def test_a_configuration_is_named_with_what_it_leaves_out(
    project: Path, text: str, said: str
) -> None:
    configure(project, text)
    expect = 1 if "nothing" in said else 0
    line = f"configuration: {project / 'keyaudit.toml'} {said}"
    assert line in run("scan", folder=project, expect=expect).stdout.splitlines()
    sarif = json.loads(run("scan", "--format", "sarif", folder=project).stdout)
    notes = sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert f"{line}." in [note["message"]["text"] for note in notes]
    for option in ("--no-config", "--isolated"):
        done = run("scan", option, folder=project, expect=1)
        assert "KA301" in done.stdout
        assert "configuration:" not in done.stdout


def test_the_json_report_counts_by_pattern_rule_and_path(project: Path) -> None:
    assert report(project)["configuration"] is None
    (project / "vendor").mkdir()
    (project / "vendor" / "a.py").write_text(BAD)
    configure(project, 'exclude = ["vendor/"]\nignore = ["KA301"]')
    assert report(project)["configuration"] == {
        "file": str(project / "keyaudit.toml"),
        "excluded_files": {"vendor/": 1},
        "left_out_by_rule": {"KA301": 1},
        "left_out_by_path": {"bad.py": 1},
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("select = []", "select: names no rule, so nothing would be found"),
        ('ignore = ["KA"]', "ignore: no rule is left to look for"),
        ('select = ["KA3"]\nignore = ["KA3"]', "ignore: no rule is left to look for"),
    ],
)
def test_a_configuration_that_finds_nothing_is_an_error(
    project: Path, text: str, said: str
) -> None:
    configure(project, text)
    assert said in error_line(run("scan", folder=project))


def test_isolated_ignores_suppressions_and_a_given_configuration_counts(project: Path) -> None:
    (project / "bad.py").write_text(BAD.replace("None)", "None)  # keyaudit: ignore[KA301] mine"))
    text = (project / "bad.py").read_text().replace("data, context)\n", "data, context)  # X\n")
    (project / "bad.py").write_text(text.replace("# X", "# keyaudit: ignore[KA301] mine"))
    run("scan", folder=project, expect=0)
    run("scan", "--no-config", folder=project, expect=0)
    assert "KA301" in run("scan", "--isolated", folder=project, expect=1).stdout
    own = project.parent / "own.toml"
    own.write_text('ignore = ["KA301"]')
    run("scan", "--isolated", "--config", str(own), folder=project, expect=0)
    configure(project, "exclude = [")
    run("scan", "--isolated", folder=project, expect=1)
    assert "exclude each other" in error_line(
        run("scan", "--no-config", "--config", str(own), folder=project)
    )
