"""`keyaudit rules` and `keyaudit explain`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from keyaudit.cli import main
from keyaudit.core.levels import Stage
from tests.caches import shipped

OWN = """\
id: XX490
name: own-rule
stage: usage
severity: high
confidence: high
standards: {cwe: [327]}
message: "{call} uses {value}"
match:
  argument: {role: mode, kinds: [cipher, block-mode], in: [ecb]}
why: |
  Because.
remedy: |
  Use another.
examples:
  - bad: |
      from Crypto.Cipher import AES
      cipher = AES.new(key, AES.MODE_ECB)MARK
  - good: |
      from Crypto.Cipher import AES
      cipher = AES.new(key, AES.MODE_GCM)
"""


@pytest.fixture(autouse=True)
def _away_from_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def own_rules(folder: Path, text: str) -> str:
    folder.mkdir()
    (folder / "own.yaml").write_text(text)
    return str(folder)


def test_the_list_has_every_rule_under_its_stage() -> None:
    done = invoke("rules", "list")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    heads = [line for line in lines if line[:1].isdigit()]
    assert heads[:7] == [f"{stage.number} {stage.value}" for stage in Stage]
    stage = ""
    seen = {}
    for line in lines:
        if line[:1].isdigit():
            stage = line.split()[1]
        elif line.startswith("  "):
            rule_id, severity, name = line.split()[:3]
            seen[rule_id] = (stage, severity, name)
    assert seen == {
        rule.id: (rule.stage.value, rule.severity.label, rule.name)
        for rule in shipped().rules.values()
    }


def test_the_list_as_json() -> None:
    listed = json.loads(invoke("rules", "list", "--format", "json").stdout)
    assert [rule["id"] for rule in listed] == sorted(shipped().rules)
    assert {"id", "name", "stage", "severity", "confidence", "standards", "remedy"} == set(
        listed[0]
    )


def test_further_rules_are_listed_and_explained(tmp_path: Path) -> None:
    folder = own_rules(tmp_path / "own", OWN.replace("MARK", "  # finding"))
    assert "XX490" in invoke("rules", "list", "--rules", folder).stdout
    (tmp_path / "keyaudit.toml").write_text('rules = ["own"]\n')
    done = invoke("explain", "own-rule")
    assert done.exit_code == 0
    assert "Use another." in done.stdout


@pytest.mark.parametrize("word", ["KA408", "ka408", "ecb-mode"])
def test_a_rule_is_explained_by_id_or_name(word: str) -> None:
    done = invoke("explain", word)
    assert done.exit_code == 0
    rule = shipped().rules["KA408"]
    for part in (rule.id, rule.name, "stage 4 of 7, usage", "CWE-327", rule.remedy_line):
        assert part in done.stdout
    assert "Wrong" in done.stdout
    assert "Right" in done.stdout
    assert "# finding" not in done.stdout
    assert "\n> " in done.stdout, "the lines in question are marked"
    assert "# keyaudit: ignore[KA408]" in done.stdout


def test_every_rule_can_be_explained() -> None:
    from keyaudit.cli.explain import render
    from keyaudit.reports.terminal import Style

    for rule in shipped().rules.values():
        page = render(rule, Style(False))
        assert rule.why.strip().split("\n")[0] in page
        assert page.count("Wrong") >= sum(example.bad for example in rule.examples)


def test_an_unknown_rule_is_one_line() -> None:
    done = invoke("explain", "ecb-mod")
    assert done.exit_code == 2
    assert done.stderr == (
        "keyaudit: error: there is no rule 'ecb-mod'; did you mean 'ecb-mode'?\n"
    )
    assert "`keyaudit rules list` shows all" in invoke("explain", "KA999").stderr


def test_examples_that_hold_pass(tmp_path: Path) -> None:
    done = invoke("rules", "test", own_rules(tmp_path / "own", OWN.replace("MARK", "  # finding")))
    assert done.exit_code == 0, done.output
    assert done.stdout == "passed; 1 rule, 2 examples\n"


def test_a_finding_that_no_example_expects_fails(tmp_path: Path) -> None:
    wrong = OWN.replace("MARK", "\n      other = 1  # finding")
    done = invoke("rules", "test", own_rules(tmp_path / "own", wrong))
    assert done.exit_code == 1
    assert "XX490 own-rule, example 1 (bad) in " in done.stdout
    assert "line 2: a finding was reported, and none expected" in done.stdout
    assert "line 3: a finding was expected, and none reported" in done.stdout
    assert done.stdout.endswith("failed: 1 failure; 1 rule, 2 examples\n")


def test_an_example_that_does_not_parse_fails(tmp_path: Path) -> None:
    broken = OWN.replace("MARK", "  # finding").replace("AES.MODE_GCM)", "AES.MODE_GCM")
    done = invoke("rules", "test", own_rules(tmp_path / "own", broken))
    assert done.exit_code == 1
    assert "it does not parse" in done.stdout


def test_a_malformed_rule_is_one_line_that_names_the_place(tmp_path: Path) -> None:
    folder = own_rules(tmp_path / "own", OWN.replace("severity: high", "severity: severe"))
    done = invoke("rules", "test", folder)
    assert done.exit_code == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "own.yaml:4" in line
    assert "severity" in line


def test_a_folder_without_rules_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert invoke("rules", "test", str(tmp_path / "empty")).exit_code == 2
    assert invoke("rules", "test", str(tmp_path / "missing")).exit_code == 2
