"""The README and the documentation say what keyaudit does: checked, where it can be."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path

import pytest
from click import Group
from click.testing import CliRunner

from keyaudit.cli import main
from keyaudit.reports.json import SCHEMA_VERSION
from tests.cli.support import run

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
USAGE = ROOT / "docs" / "usage.md"
_SAMPLE = re.compile(r"(```python\n(?P<code>.*?)```\n.*?```text\n)(?P<output>.*?)(?=```\n)", re.S)
_SECONDS = re.compile(r"\d+\.\d s")


def test_the_sample_in_the_readme_is_what_keyaudit_says(tmp_path: Path) -> None:
    text = README.read_text()
    sample = _SAMPLE.search(text)
    assert sample is not None
    (tmp_path / "vault.py").write_text(sample["code"])
    said = run("scan", "vault.py", folder=tmp_path, expect=1).stdout
    said = _SECONDS.sub("0.1 s", said)
    if os.environ.get("UPDATE_README"):
        README.write_text(text[: sample.start("output")] + said + text[sample.end("output") :])
    assert said == sample["output"], "UPDATE_README=1 pytest tests/cli/test_docs.py writes it anew"


def test_the_commands_come_first_in_the_readme() -> None:
    head = README.read_text().splitlines()[:20]
    assert "    make scan TARGET=path/to/project" in head
    assert "    make test" in head
    assert "    keyaudit scan ." in head


@pytest.mark.parametrize(
    "file", [README, *sorted((ROOT / "docs").glob("*.md"))], ids=lambda file: file.name
)
def test_links_lead_somewhere(file: Path) -> None:
    text = re.sub(r"```.*?```", "", file.read_text(), flags=re.S)
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (file.parent / target).exists(), target
    heads = {re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-")
             for head in re.findall(r"^#+ (.*)$", text, re.M)}  # fmt: skip
    for anchor in re.findall(r"\]\(#([^)]+)\)", text):
        assert anchor in heads


def test_every_option_of_scan_is_documented() -> None:
    assert isinstance(main, Group)
    help_text = CliRunner().invoke(main, ["scan", "--help"]).stdout
    options = set(re.findall(r"--[a-z-]+", help_text)) - {"--help"}
    table = USAGE.read_text().split("## Exit status")[0]
    assert options == set(re.findall(r"`(?:[^`]*, `)?(--[a-z-]+)", table)) - {
        "--help",
        "--version",
        "--config`",
    }


def test_the_documented_configuration_is_accepted(tmp_path: Path) -> None:
    for file in (README, USAGE):
        (block,) = re.findall(r"```toml\n(.*?)```", file.read_text(), re.S)
        table = tomllib.loads(block)["tool"]["keyaudit"]
        (tmp_path / "security" / "rules").mkdir(parents=True, exist_ok=True)
        run("baseline", "create", "--force", folder=tmp_path, expect=0)
        (tmp_path / "pyproject.toml").write_text(block)
        (tmp_path / "a.py").write_text("x = 1\n")
        done = run("scan", folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert f"policy {table['policy']}" in done.stdout
        (tmp_path / "pyproject.toml").unlink()


def test_every_key_of_the_configuration_is_documented() -> None:
    from keyaudit.scanning.settings import _KEYS

    (block,) = re.findall(r"```toml\n(.*?)```", USAGE.read_text(), re.S)
    assert set(tomllib.loads(block)["tool"]["keyaudit"]) == set(_KEYS)


def test_every_key_of_the_json_report_is_documented() -> None:
    text = (ROOT / "docs" / "json-report.md").read_text()
    schema = json.loads((ROOT / "keyaudit/reports/schemas/report-1.schema.json").read_text())
    words = set(re.findall(r"`(\w+)`", text))
    assert set(schema["properties"]) <= words
    assert set(schema["$defs"]["finding"]["properties"]) <= words
    assert set(schema["properties"]["summary"]["properties"]) <= words
    assert SCHEMA_VERSION in text


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_offered_as_documented(shell: str, tmp_path: Path) -> None:
    from tests.cli.support import spawn

    assert f"_KEYAUDIT_COMPLETE={shell}_source keyaudit" in USAGE.read_text()
    env = {"_KEYAUDIT_COMPLETE": f"{shell}_source"}
    assert "keyaudit" in spawn(folder=tmp_path, env=env, expect=0).stdout
    if shell == "bash":
        env = {"_KEYAUDIT_COMPLETE": "bash_complete", "COMP_WORDS": "keyaudit explain ecb",
               "COMP_CWORD": "2"}  # fmt: skip
        assert spawn(folder=tmp_path, env=env, expect=0).stdout == "plain,ecb-mode\n"
