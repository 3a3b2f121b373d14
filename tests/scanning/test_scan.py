"""A scan from end to end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from keyaudit.core.errors import KeyauditError
from keyaudit.core.finding import Suppression
from keyaudit.core.levels import Severity
from tests.scanning.support import CANARY, CLEAN, HARDCODED, PLAIN, TOKEN, Project, found
from tests.sources.support import Repo, write


def test_findings_of_code_and_of_text_come_together(project: Project) -> None:
    project.write("app/seal.py", HARDCODED)
    project.write("app/clean.py", CLEAN)
    project.write("plain.py", PLAIN)
    project.write("deploy.cfg", f"token = {TOKEN}\n")
    report = project.scan()
    assert found(report, "KA301", "KA302") == [
        ("KA301", "app/seal.py", 3),
        ("KA302", "deploy.cfg", 1),
    ]
    assert (report.files, report.complete, report.root) == (4, True, str(project.folder))
    assert report.bytes == sum(f.stat().st_size for f in project.folder.rglob("*.*"))
    assert report.seconds > 0
    assert CANARY not in repr(report)
    assert TOKEN not in repr(report)


def test_a_value_is_followed_into_another_module(project: Project) -> None:
    project.write("app/__init__.py", "")
    project.write("app/keys.py", f'KEY = b"{CANARY}"\n')
    project.write(
        "app/seal.py",
        "from app.keys import KEY\n"
        "from cryptography.hazmat.primitives.ciphers.aead import AESGCM\n"
        "cipher = AESGCM(KEY)\n",
    )
    for paths in ((), ("app/seal.py",)):
        (finding,) = [f for f in project.scan(*paths).findings if f.rule_id == "KA301"]
        assert finding.steps[0].path == "app/keys.py"


def test_staged_content_is_scanned_in_place_of_the_files(project: Project, repo: Repo) -> None:
    project.write("keys.py", "KEY = b''\n")
    project.write("both.py", PLAIN)
    repo.commit()
    project.write("keys.py", f'KEY = b"{CANARY}"\n')
    project.write(
        "seal.py",
        "from keys import KEY\n"
        "from cryptography.hazmat.primitives.ciphers.aead import AESGCM\n"
        "cipher = AESGCM(KEY)\n",
    )
    repo.git("add", "--all")
    # The folder is mended, the index is not.
    project.write("keys.py", "KEY = b''\n")
    project.write("seal.py", CLEAN)
    report = project.scan(staged=True)
    assert found(report, "KA301") == [("KA301", "seal.py", 3)]
    assert report.files == 2
    assert found(project.scan(), "KA301") == []
    # And the other way round.
    repo.git("add", "--all")
    project.write("seal.py", HARDCODED)
    assert found(project.scan(staged=True), "KA301") == []
    assert found(project.scan(), "KA301") == [("KA301", "seal.py", 3)]


def test_python_is_told_by_its_name_or_its_first_line(project: Project) -> None:
    for name in ("a.py", "b.pyi", "c.pyw"):
        project.write(name, HARDCODED)
    project.write("tool", "#!/usr/bin/env python3\n" + HARDCODED)
    project.write("script", "#!/bin/sh\n" + HARDCODED)
    project.write("text.txt", "#!/usr/bin/env python3\n" + HARDCODED)
    paths = {path for _, path, _ in found(project.scan(), "KA301")}
    assert paths == {"a.py", "b.pyi", "c.pyw", "tool"}


def test_what_is_no_python_is_scanned_for_secrets_and_said_so(project: Project) -> None:
    project.write("old.py", f'from Crypto.Cipher import AES\nprint AES k\ntoken = "{TOKEN}"\n')
    report = project.scan()
    assert ("KA302", "old.py", 3) in found(report)
    assert [(n.kind, n.path) for n in report.notices] == [("parse-error", "old.py")]
    assert report.complete


def test_what_is_skipped_is_in_the_report(project: Project) -> None:
    project.write("a.py", PLAIN)
    project.write("a.bin", b"\0")
    project.write("big.py", b"#" * 2_000_001)
    os.mkfifo("pipe.py")
    Path("out.py").symlink_to("/etc/hostname")
    report = project.scan()
    assert {skip.path: skip.reason for skip in report.skipped} == {
        "a.bin": "binary", "big.py": "too-large", "out.py": "outside", "pipe.py": "special",
    }  # fmt: skip
    assert (report.files, report.complete) == (1, True)


def test_a_file_that_cannot_be_read_makes_the_scan_incomplete(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keyaudit.sources import tree

    project.write("a.py", PLAIN)
    project.write("b.py", PLAIN)
    read = tree._read

    def refuse(place: str, limit: int) -> bytes | None:
        if place.endswith("a.py"):
            raise PermissionError(13, "Permission denied")
        return read(place, limit)

    monkeypatch.setattr(tree, "_read", refuse)
    report = project.scan()
    (skip,) = report.skipped
    assert (skip.path, skip.reason, skip.detail) == ("a.py", "unreadable", "Permission denied")
    assert (report.files, report.complete, report.exit_status) == (1, False, 3)


def test_the_threshold_hides_and_counts(project: Project) -> None:
    project.write("a.py", HARDCODED)
    everything = project.scan()
    by_severity = [finding.severity for finding in everything.findings]
    high = project.scan(severity=Severity.HIGH)
    assert {finding.severity for finding in high.findings} <= {Severity.HIGH, Severity.CRITICAL}
    assert high.hidden == sum(severity < Severity.HIGH for severity in by_severity)
    assert (everything.hidden, len(high.findings) > 0) == (0, True)


def test_rules_are_selected_and_ignored_by_id_beginning_and_name(project: Project) -> None:
    project.write("a.py", HARDCODED)
    project.write("b.cfg", f"token = {TOKEN}\n")
    assert {rule for rule, _, _ in found(project.scan(select=("KA302",)))} == {"KA302"}
    assert {rule[:3] for rule, _, _ in found(project.scan(select=("KA3",)))} == {"KA3"}
    name = project.catalogue.rules["KA301"].name
    assert "KA301" not in {rule for rule, _, _ in found(project.scan(ignore=(name,)))}
    with pytest.raises(KeyauditError, match="KA999"):
        project.scan(select=("KA999",))


def test_rules_are_ignored_by_path_as_seen_from_the_configuration(project: Project) -> None:
    project.write("src/a.py", HARDCODED)
    project.write("examples/b.py", HARDCODED)
    control: dict[str, Any] = {
        "per_path_ignores": {"/examples/": ("KA3",)},
        "exclude": ("skipped.py",),
        "file": project.folder / "keyaudit.toml",
    }
    project.write("examples/skipped.py", HARDCODED)
    assert {path for _, path, _ in found(project.scan(**control), "KA301")} == {"src/a.py"}
    # The same from a folder above, and below.
    os.chdir(project.folder.parent)
    assert found(project.scan("project", **control), "KA301") == [("KA301", "project/src/a.py", 3)]
    os.chdir(project.folder / "examples")
    report = project.scan(**control)
    assert (found(report, "KA301"), report.files) == ([], 1)


def test_a_comment_mutes_a_finding_with_a_reason(project: Project) -> None:
    muted = HARDCODED.replace(")\n", ")  # keyaudit: ignore[KA301, KA316] a test vector\n")
    project.write("a.py", muted)
    report = project.scan(select=("KA3",))
    assert found(report) == []
    (finding,) = report.suppressed
    assert finding.rule_id == "KA301"
    assert finding.suppression == Suppression("inline", "a test vector")


def test_a_comment_that_mutes_nothing_is_told(project: Project) -> None:
    project.write("a.py", "x = 1  # keyaudit: ignore[KA301] no more\n")
    project.write("b.txt", "# keyaudit: ignore[KA301]\n# keyaudit: ignore[KA999] why\n")
    report = project.scan()
    assert [(n.kind, n.path, n.span and n.span.line) for n in report.notices] == [
        ("unused-suppression", "a.py", 1),
        ("invalid-suppression", "b.txt", 1),
        ("invalid-suppression", "b.txt", 2),
    ]


def test_a_comment_for_a_rule_that_is_not_selected_is_not_unused(project: Project) -> None:
    project.write("a.py", HARDCODED.replace(")\n", ")  # keyaudit: ignore[KA301] known\n"))
    report = project.scan(ignore=("KA301",))
    assert (report.notices, report.suppressed) == ((), ())


ONCE = f"""\
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SECRET_TOKEN = "{TOKEN}"
cipher = AESGCM(SECRET_TOKEN.encode())
"""


def test_one_literal_is_reported_once(project: Project) -> None:
    project.write("a.py", ONCE)
    assert found(project.scan(), "KA301", "KA302") == [("KA301", "a.py", 4)]
    # The text rule counts where the code rule does not.
    assert found(project.scan(ignore=("KA301",)), "KA302") == [("KA302", "a.py", 3)]


def test_muting_the_finding_of_a_literal_does_not_bring_up_another(project: Project) -> None:
    project.write("a.py", ONCE.replace("())\n", "())  # keyaudit: ignore[KA301] a vector\n"))
    report = project.scan()
    assert found(report, "KA301", "KA302") == []
    assert [finding.rule_id for finding in report.suppressed] == ["KA301"]


ROTATED = "import boto3\nkms = boto3.client('kms')\nkms.enable_key_rotation(KeyId='alias/x')\n"
CREATED = "import boto3\nkms = boto3.client('kms')\nkey = kms.create_key()\n"


def test_what_a_project_lacks_is_decided_over_the_whole_tree(project: Project) -> None:
    project.write("create.py", CREATED)
    assert found(project.scan(), "KA501") == [("KA501", "create.py", 3)]
    project.write("ops/rotate.py", ROTATED)
    assert found(project.scan(), "KA501") == []
    assert found(project.scan(use_cache=False), "KA501") == []
    Path("ops/rotate.py").unlink()
    assert found(project.scan(), "KA501") == [("KA501", "create.py", 3)]


def test_what_a_project_has_counts_when_only_a_file_is_named(project: Project, repo: Repo) -> None:
    project.write("create.py", CREATED)
    project.write("ops/rotate.py", ROTATED)
    report = project.scan("create.py")
    assert (found(report, "KA501"), report.files) == ([], 1)
    repo.git("add", "ops")
    repo.git("commit", "--quiet", "--message", "Rotate")
    repo.git("add", "--all")
    report = project.scan(staged=True)
    assert (found(report, "KA501"), report.files) == ([], 1)
    Path("ops/rotate.py").unlink()
    assert found(project.scan("create.py"), "KA501") == [("KA501", "create.py", 3)]
    repo.git("rm", "--quiet", "--cached", "ops/rotate.py")
    assert found(project.scan(staged=True), "KA501") == [("KA501", "create.py", 3)]


def test_the_policy_shapes_findings_and_is_named(project: Project) -> None:
    project.write(
        "a.py",
        "import hashlib, os\n"
        "def f(p):\n    return hashlib.pbkdf2_hmac('sha256', p, os.urandom(16), 700_000)\n",
    )
    assert found(project.scan(), "KA104") == []
    strict = project.scan(limits={"pbkdf2.iterations": 800_000})
    assert found(strict, "KA104") == [("KA104", "a.py", 3)]
    assert found(project.scan(), "KA104") == []
    assert project.scan(policy="owasp").policy == "owasp"
    with pytest.raises(KeyauditError, match="there is no policy 'nosuch'"):
        project.scan(policy="nosuch")


def test_many_files_are_spread_over_processes_with_the_same_findings(project: Project) -> None:
    for number in range(150):
        project.write(f"p{number % 7}/m{number}.py", HARDCODED if number % 3 == 0 else PLAIN)
        project.write(f"t{number}.txt", f"token = {TOKEN}\n" if number % 10 == 0 else "x\n")
    told: list[tuple[int, int]] = []
    many = project.scan(use_cache=False, jobs=2, progress=lambda *now: told.append(now))
    one = project.scan(use_cache=False, jobs=1)
    assert many.findings == one.findings
    assert len(found(many, "KA301")) == 50
    assert len(found(many, "KA302")) == 15
    assert len({finding.fingerprint for finding in many.findings}) == len(many.findings)
    assert told == [(number, 300) for number in range(1, 301)]


def test_an_empty_folder_is_scanned(project: Project) -> None:
    report = project.scan()
    assert (report.files, report.findings, report.complete) == (0, (), True)


def test_a_hostile_tree_gives_a_report(project: Project, tmp_path: Path) -> None:
    """Nested, chained and endless input ends in a report that names what was not judged."""
    head = "from Crypto.Cipher import AES\n"
    project.write("nested.py", head + "x = " + "(" * 5000 + ")" * 5000 + "\n")
    project.write("chain.py", head + "x = " + "1 + " * 50_000 + "1\n")
    project.write("line.py", head + "AES.new(" + "a" * 1_000_000 + ")\n")
    project.write("control.py", head + "\x1b[31m = '\x07'\n")
    project.write("latin.py", b"# -*- coding: latin-1 -*-\nfrom Crypto.Cipher import AES\n# \xe9\n")
    project.write("undecodable.py", head.encode() + b"x = '\xff\xfe'\n")
    project.write("a.py", HARDCODED)
    write(tmp_path, "outside.py", HARDCODED)
    Path("loop").symlink_to(".")
    report = project.scan()
    assert ("KA301", "a.py", 3) in found(report)
    judged = {notice.path for notice in report.notices} | {s.path for s in report.skipped}
    assert {"nested.py", "chain.py"} <= judged
