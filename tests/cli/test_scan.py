"""`keyaudit scan` from outside: what is printed, what is written, and the exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import BAD, GOOD, environment, error_line, run, spawn


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def scanned(folder: Path, *arguments: str, expect: int = 1) -> Any:
    done = run("scan", "--format", "json", *arguments, folder=folder, expect=expect)
    return json.loads(done.stdout)


def test_a_real_report_keeps_to_the_schema(project: Path) -> None:
    import jsonschema

    (project / "old.py").write_text("import hashlib\nprint 'Python 2'\n")
    (project / "binary").write_bytes(b"\0")
    schema = files("keyaudit.reports").joinpath("schemas", "report-1.schema.json").read_text()
    report = scanned(project, "--severity", "note")
    jsonschema.Draft202012Validator(json.loads(schema)).validate(report)
    assert [skipped["reason"] for skipped in report["skipped"]] == ["binary"]
    assert all(finding["fingerprint"] for finding in report["findings"])


def found(report: Any) -> list[tuple[str, str]]:
    return [(finding["rule_id"], finding["path"]) for finding in report["findings"]]


def test_findings_are_told_and_make_the_status_1(project: Path) -> None:
    done = spawn("scan", folder=project, expect=1)
    assert "bad.py:7:19: " in done.stdout
    assert "KA301 hardcoded-key [storage, " in done.stdout
    assert "bad.py:3: " in done.stdout, "the origin is named"
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_a_clean_scan_has_the_status_0(project: Path) -> None:
    done = run("scan", "good.py", "notes.md", folder=project, expect=0)
    assert done.stdout.startswith("no findings; 2 files scanned")


def test_exit_zero_is_about_findings(project: Path) -> None:
    report = scanned(project, "--exit-zero", expect=0)
    assert ("KA301", "bad.py") in found(report)
    assert report["exit_status"] == 0


def test_quiet_prints_findings_only(project: Path) -> None:
    assert run("scan", "-q", "good.py", folder=project, expect=0).stdout == ""
    said = run("scan", "--quiet", folder=project, expect=1).stdout
    assert "KA301" in said
    assert "scanned" not in said


def test_select_and_ignore_take_ids_beginnings_and_names(project: Path) -> None:
    assert {rule for rule, _ in found(scanned(project, "--select", "KA3"))} >= {"KA301"}
    assert found(scanned(project, "--select", "hardcoded-key")) == [("KA301", "bad.py")]
    assert found(scanned(project, "--select", "ka1, hardcoded-key")) == [("KA301", "bad.py")]
    rest = scanned(project, "--ignore", "KA301,KA2", "--ignore", "KA303", "--exit-zero", expect=0)
    assert "KA301" not in {rule for rule, _ in found(rest)}


def test_ignore_adds_to_what_the_configuration_ignores(project: Path) -> None:
    (project / "keyaudit.toml").write_text(
        'select = ["KA104", "KA301", "KA303"]\nignore = ["KA301"]\n'
    )
    report = scanned(project, "--ignore", "KA303", expect=0)
    assert report["findings"] == []


def test_the_threshold_hides_and_counts(project: Path) -> None:
    report = scanned(project, "--severity", "critical", "--exit-zero", expect=0)
    assert all(finding["severity"] == "critical" for finding in report["findings"])
    assert report["summary"]["hidden"] + len(report["findings"]) > 0


def test_the_report_is_written_to_a_file(project: Path) -> None:
    done = run("scan", "--format", "sarif", "--output", "out.sarif", folder=project, expect=1)
    assert done.stdout == ""
    assert done.stderr.startswith("keyaudit: ")
    assert done.stderr.endswith("the report is in out.sarif\n")
    log = json.loads((project / "out.sarif").read_text())
    (run_,) = log["runs"]
    assert run_["invocations"][0]["arguments"] == [
        "scan", "--format", "sarif", "--output", "out.sarif",
    ]  # fmt: skip
    quiet = run("scan", "--quiet", "--output", "out.txt", folder=project, expect=1)
    assert quiet.stderr == ""
    assert "KA301" in (project / "out.txt").read_text()


def test_a_dash_is_standard_output(project: Path) -> None:
    done = run("scan", "--output", "-", "good.py", folder=project, expect=0)
    assert done.stdout.startswith("no findings")
    assert not (project / "-").exists()


def test_a_hook_names_every_file_and_means_none(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_seal.py").write_text(BAD)
    run("scan", "tests/test_seal.py", folder=tmp_path, expect=1)
    run("scan", "--judge-by-path", "tests/test_seal.py", folder=tmp_path, expect=0)


def test_the_last_line_says_what_only_its_place_hides(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_seal.py").write_text(BAD)
    done = run("scan", folder=tmp_path, expect=0)
    assert "1 of which would be high or critical outside of tests" in done.stdout


def test_staged_content_counts_and_not_the_files(project: Path) -> None:
    git(project, "init", "--quiet")
    git(project, "add", "bad.py")
    (project / "bad.py").write_text(GOOD)
    (project / "good.py").write_text(BAD)
    assert {path for _, path in found(scanned(project, "--staged"))} == {"bad.py"}
    git(project, "add", "bad.py")
    assert scanned(project, "--staged", expect=0)["findings"] == []


def test_a_suppression_mutes_with_its_reason(project: Path) -> None:
    muted = BAD.replace("context)\n", "context)  # keyaudit: ignore[KA301] vector of RFC 5297\n")
    (project / "bad.py").write_text(muted.replace("data, context):  #", "data, context):\n  #"))
    report = scanned(project, "--select", "KA301", expect=0)
    (suppressed,) = report["suppressed"]
    assert suppressed["suppression"] == {"kind": "inline", "reason": "vector of RFC 5297"}


def test_own_rules_can_be_added(project: Path) -> None:
    folder = project / "own"
    folder.mkdir()
    (folder / "strict.yaml").write_text(
        "name: strict\ntitle: Strict\nextends: default\nlimits: {}\n"
    )
    rules = folder / "policies"
    rules.mkdir()
    (folder / "strict.yaml").rename(rules / "strict.yaml")
    done = run("scan", "--rules", "own", "--policy", "strict", "good.py", folder=project, expect=0)
    assert "policy strict" in done.stdout


def test_a_baseline_leaves_only_what_is_new(project: Path) -> None:
    done = run("baseline", "create", folder=project, expect=0)
    assert "recorded in .keyaudit-baseline.json" in done.stdout
    again = run("baseline", "create", folder=project, expect=2)
    assert "exists already" in error_line(again)
    assert "--force" in again.stderr

    report = scanned(project, "--baseline", ".keyaudit-baseline.json", expect=0)
    assert {f["suppression"]["kind"] for f in report["suppressed"]} == {"baseline"}

    (project / "new.py").write_text(BAD.replace("s9Kd", "Q4mZ").replace("seal", "close"))
    new = scanned(project, "--baseline", ".keyaudit-baseline.json")
    assert {path for _, path in found(new)} == {"new.py"}

    run("baseline", "update", folder=project, expect=0)
    scanned(project, "--baseline", ".keyaudit-baseline.json", expect=0)


def test_a_baseline_can_be_another_file(project: Path) -> None:
    run("baseline", "create", "--file", "known.json", "bad.py", folder=project, expect=0)
    assert (project / "known.json").is_file()
    assert not (project / ".keyaudit-baseline.json").exists()
    run("baseline", "create", "--force", "--file", "known.json", folder=project, expect=0)


def test_color_is_forced_and_forbidden_by_the_environment(project: Path) -> None:
    forced = run("scan", folder=project, env={"FORCE_COLOR": "1"}, expect=1).stdout
    assert "\x1b[" in forced
    both = run("scan", folder=project, env={"FORCE_COLOR": "1", "NO_COLOR": "1"}, expect=1).stdout
    assert "\x1b" not in both


def test_a_reader_that_goes_away_is_no_fault(project: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "keyaudit", "scan", "--format", "sarif"],
        cwd=project,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 141


def test_an_encoding_without_the_characters_is_no_fault(project: Path) -> None:
    done = spawn("scan", folder=project, env={"PYTHONIOENCODING": "ascii"}, expect=1)
    assert "KA301" in done.stdout


@pytest.mark.parametrize("name", ["libcst", "detect_secrets", "sarif_om", "jsonschema", "yaml"])
def test_a_plain_file_loads_nothing_heavy(project: Path, name: str) -> None:
    code = (
        "import sys\nfrom keyaudit.cli import main\n"
        "try: main(['scan', 'notes.md'])\n"
        f"except SystemExit: print({name!r} in sys.modules)\n"
    )
    for _ in range(2):  # the first run may compile the catalogue
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=project,
            env=environment(),
            capture_output=True,
            text=True,
        )
    assert done.stdout.splitlines()[-1] == "False", done.stdout + done.stderr
