"""Bad input: one clear line on stderr, the documented exit status, nothing half-written."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.cli.support import BAD, error_line, run

LIMIT = 2_000_000


def test_a_missing_path(project: Path) -> None:
    line = error_line(run("scan", "missing.py", folder=project))
    assert "missing.py: there is no such file or folder" in line


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file(project: Path) -> None:
    (project / "good.py").chmod(0)
    done = run("scan", "good.py", folder=project, expect=3)
    assert "not scanned: good.py could not be read (Permission denied)" in done.stdout


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[tool.keyaudit\n", ["pyproject.toml:1", "not valid TOML"]),
        ("[tool.keyaudit]\nselct = []\n", ["pyproject.toml", "'selct'", "'select'"]),
        ('[tool.keyaudit]\nselect = ["KA999"]\n', ["pyproject.toml: select", "'KA999'"]),
        ('[tool.keyaudit]\nseverity = "bad"\n', ["pyproject.toml: severity", "'bad'"]),
        ('[tool.keyaudit]\npolicy = "owsap"\n', ["pyproject.toml: policy", "'owasp'"]),
        ("[tool.keyaudit]\njobs = -1\n", ["pyproject.toml: jobs"]),
        ('[tool.keyaudit]\nrules = ["nowhere"]\n', ["nowhere"]),
        ('[tool.keyaudit]\nbaseline = "nowhere.json"\n', ["nowhere.json", "no such baseline"]),
        ("[tool.keyaudit.limits]\nfrob = 1\n", ["pyproject.toml: limits", "'frob'"]),
    ],
)
def test_a_wrong_configuration(project: Path, text: str, parts: list[str]) -> None:
    (project / "pyproject.toml").write_text(text)
    line = error_line(run("scan", "--output", "out.txt", folder=project))
    for part in parts:
        assert part in line
    assert not (project / "out.txt").exists()


def test_a_configuration_that_is_no_text(project: Path) -> None:
    (project / "keyaudit.toml").write_bytes(b"\xff\xfe\x00select")
    assert "is not UTF-8 text" in error_line(run("scan", folder=project))


def test_a_missing_configuration(project: Path) -> None:
    line = error_line(run("scan", "--config", "nowhere.toml", folder=project))
    assert line.startswith("nowhere.toml: there is no such configuration file")


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--select", "KA999"], ["--select", "there is no rule 'KA999'"]),
        (["--ignore", "hardcoded-kee"], ["--ignore", "'hardcoded-key'"]),
        (["--policy", "nist"], ["--policy", "there is no policy 'nist'"]),
        (["--baseline", "nowhere.json"], ["nowhere.json", "no such baseline"]),
        (["--rules", "nowhere"], ["nowhere"]),
        (["--output", "nowhere/out.txt"], ["nowhere/out.txt", "there is no folder"]),
        (["--output", "."], ["is a folder"]),
    ],
)
def test_a_wrong_option(project: Path, options: list[str], parts: list[str]) -> None:
    line = error_line(run("scan", *options, folder=project))
    for part in parts:
        assert part in line


@pytest.mark.parametrize(
    ("file", "text", "parts"),
    [
        ("own/rule.yaml", "id: [KA1\n", ["own/rule.yaml"]),
        ("own/rule.yaml", "id: XX490\nname: x\n", ["own/rule.yaml:"]),
        (
            "own/models/lib.yaml",
            "library: x\ncalls: {a.b: {kinds: 3}}\n",
            ["own/models/lib.yaml:2"],
        ),
    ],
)
def test_a_malformed_rule_or_model(project: Path, file: str, text: str, parts: list[str]) -> None:
    (project / file).parent.mkdir(parents=True)
    (project / file).write_text(text)
    line = error_line(run("scan", "--rules", "own", folder=project))
    for part in parts:
        assert part in line


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("{", "no JSON"),
        ("[]", "is no baseline of keyaudit"),
        (json.dumps({"kind": "keyaudit baseline", "version": 99, "findings": []}), "version 99"),
        (json.dumps({"kind": "keyaudit baseline", "version": 1, "findings": [3]}), "malformed"),
    ],
)
def test_a_wrong_baseline(project: Path, text: str, part: str) -> None:
    (project / "b.json").write_text(text)
    for command in (["scan", "--baseline", "b.json"], ["baseline", "update", "--file", "b.json"]):
        line = error_line(run(*command, folder=project))
        assert line.startswith("b.json: ")
        assert part in line
        assert "keyaudit baseline create" in line
    assert (project / "b.json").read_text() == text


def test_a_device_and_a_fifo(project: Path) -> None:
    os.mkfifo(project / "fifo")
    for path in ("fifo", "/dev/null"):
        line = error_line(run("scan", path, folder=project))
        assert "is a device, socket or fifo" in line
    # Met on the way, it is no mistake, and is not opened.
    done = run("scan", folder=project, expect=1)
    assert "skipped: fifo is a device, socket or fifo" in done.stdout


def test_a_file_of_100_mb_is_skipped_and_named(project: Path) -> None:
    (project / "huge.py").write_bytes(b"x = 1  # a line of text\n" * 100_000)
    with (project / "sparse.py").open("wb") as stream:
        stream.truncate(100_000_000)
    done = run("scan", ".", folder=project, expect=1)
    assert "skipped: huge.py is larger than the size limit" in done.stdout
    assert "skipped: sparse.py holds NUL bytes, so it is no text" in done.stdout


@pytest.mark.parametrize(
    "data",
    [
        b"x = '\xff\xfe\x80'\n",
        b"\xff\xfe" + "x = 1\n".encode("utf-16-le"),
        b"# -*- coding: no-such-codec -*-\nx = 1\n",
        b"print 'Python 2'\n",
        b"(" * 5000,
        b"\xef\xbb\xbfx = 1\r\ny = 2\r",
        b"",
    ],
)
def test_undecodable_and_unparseable_source(project: Path, data: bytes) -> None:
    head = b"from cryptography.fernet import Fernet\n"
    (project / "odd.py").write_bytes(data)
    (project / "odder.py").write_bytes(head + data)
    done = run("scan", "odd.py", "odder.py", folder=project)
    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert done.stderr == ""
    counted = re.search(r"(\d) files? scanned", done.stdout)
    named = set(re.findall(r"odder\.py|odd\.py", done.stdout))
    assert counted is not None
    assert int(counted[1]) == 2 or named, "what is not scanned is named"


def test_a_failed_scan_leaves_the_report_of_the_one_before(project: Path) -> None:
    run("scan", "--output", "out.txt", folder=project, expect=1)
    before = (project / "out.txt").read_text()
    error_line(run("scan", "--output", "out.txt", "missing.py", folder=project))
    assert (project / "out.txt").read_text() == before
    assert not list(project.glob(".keyaudit*"))


def test_a_name_that_is_no_text(project: Path) -> None:
    name = os.fsencode(project) + b"/bad-\xff\x1b[2J.py"
    with open(name, "w") as stream:  # noqa: PTH123
        stream.write(BAD)
    done = run("scan", folder=project, expect=1)
    assert "bad-\\xff\ufffd[2J.py:7:19" in done.stdout
    sarif = run("scan", "--format", "sarif", folder=project, expect=1)
    assert "bad-%5Cxff%1B%5B2J.py" in sarif.stdout
