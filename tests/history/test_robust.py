"""`keyaudit history` on repositories that are odd, incomplete, damaged or hostile."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.history.support import Repo, github_token, history, new_repo, run

MEGABYTE = 1 << 20


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path / "repo")


def removed(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [f for f in report["findings"] if f["rule_id"] == "KA507"]


def paths(report: dict[str, Any]) -> set[str]:
    return {finding["path"] for finding in removed(report)}


def leak(repo: Repo, name: str = "a_dot_py", seed: int = 1) -> None:
    """A token comes in and leaves again."""
    repo.commit(**{name: f"TOKEN = '{github_token(seed)}'\n"})
    repo.commit(**{name: "x = 1\n"})


def skips(report: dict[str, Any], reason: str) -> list[str]:
    return [skip["path"] for skip in report["skipped"] if skip["reason"] == reason]


def clone(repo: Repo, target: Path, *options: str) -> Path:
    repo.git("clone", "-q", *options, f"file://{repo.path}", str(target))
    return target


def objects(folder: Path) -> set[Path]:
    return {file for file in folder.rglob("*") if file.is_file() and "objects" in file.parts}


def test_notes_tagged_blobs_and_trees(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a_dot_py="x = 1\n")
    repo.git("notes", "add", "-m", f"TOKEN = '{github_token(1)}'")
    for number, kind in ((2, "light"), (3, "annotated")):
        text = tmp_path / "text"
        text.write_text(f"TOKEN = '{github_token(number)}'\n")
        blob = repo.git("hash-object", "-w", str(text))
        if kind == "light":
            repo.git("tag", "of-a-blob", blob)
        else:
            repo.git("tag", "-a", "-m", "kept", "of-a-blob-too", blob)
    report, _ = history(repo.path, tmp_path / "cache", status=1)
    lives = [finding["history"] for finding in removed(report)]
    assert len(lives) == 3
    # No commit brought in what only a tag names.
    assert [life["commit"] is None for life in lives].count(True) == 2


def test_partial_clone_says_what_it_lacks_and_fetches_nothing(repo: Repo, tmp_path: Path) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    leak(repo)
    partial = clone(repo, tmp_path / "partial", "--bare", "--filter=blob:none")
    before = objects(partial)
    report, _ = history(partial, tmp_path / "cache", status=0)
    (notice,) = report["notices"]
    assert notice["kind"] == "incomplete-history"
    assert "2 objects are not in this clone" in notice["message"]
    assert objects(partial) == before


def test_submodule_is_named_and_its_own_repository_is_not_read(repo: Repo, tmp_path: Path) -> None:
    other = new_repo(tmp_path / "other")
    leak(other, "inner_dot_py", 2)
    leak(repo)
    repo.git(
        "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other.path), "vendored"
    )
    repo.commit()
    report, _ = history(repo.path, tmp_path / "cache", status=1)
    assert paths(report) == {"a.py"}
    assert skips(report, "submodule") == ["vendored"]


@pytest.mark.parametrize("place", [0.02, 0.6])
def test_corrupt_pack_is_reported(repo: Repo, tmp_path: Path, place: float) -> None:
    for number in range(8):
        leak(repo, f"file{number}_dot_py", number)
    repo.git("gc", "-q")
    (pack,) = (repo.path / ".git" / "objects" / "pack").glob("*.pack")
    data = bytearray(pack.read_bytes())
    at = 12 + int(place * (len(data) - 60))
    data[at : at + 24] = bytes(byte ^ 0x5A for byte in data[at : at + 24])
    pack.chmod(0o644)
    pack.write_bytes(data)
    done = run(repo.path, tmp_path / "cache", "--format", "json")
    assert b"Traceback" not in done.stderr
    assert b"internal error" not in done.stderr
    if done.returncode == 2:  # not even the commits can be read
        assert b"git could not read this repository" in done.stderr
    else:
        report = json.loads(done.stdout)
        said = [*skips(report, "unreadable"), *(n["message"] for n in report["notices"])]
        assert said
        assert done.returncode in (1, 3)


def test_damaged_blob_costs_itself_only(repo: Repo, tmp_path: Path) -> None:
    leak(repo)
    repo.commit(b_dot_py="y = 1\n" * 100)
    blob = repo.git("rev-parse", "HEAD:b.py")
    file = repo.path / ".git" / "objects" / blob[:2] / blob[2:]
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-12] + b"\0" * 12)
    report, _ = history(repo.path, tmp_path / "cache", status=1)
    assert paths(report) == {"a.py"}
    assert skips(report, "unreadable") == ["b.py"]


def test_blob_of_300_megabytes_is_skipped_and_named(repo: Repo, tmp_path: Path) -> None:
    with (repo.path / "big.txt").open("wb") as file:
        file.truncate(300 * MEGABYTE)
    repo.git("config", "core.looseCompression", "1")
    leak(repo)
    report, _ = history(repo.path, tmp_path / "cache", status=1)
    assert paths(report) == {"a.py"}
    assert skips(report, "too-large") == ["big.txt"]


@pytest.mark.parametrize("form", ["lines", "line"])
def test_minified_file(repo: Repo, tmp_path: Path, form: str) -> None:
    piece = "var a=function(b,c){return b?c:'x'};secret_key=d['k'];"
    text = f"{piece}\n" * 10_000 if form == "lines" else piece * (5 * MEGABYTE // len(piece))
    settings = "[tool.keyaudit]\nmax-file-size = 10_000_000\n"
    (repo.path / "pyproject.toml").write_text(settings)
    repo.commit(app_dot_js=f"{text}\nvar token = '{github_token(1)}';\n")
    repo.commit(app_dot_js="var a = 1;\n")
    report, output = history(repo.path, tmp_path / "cache", status=1)
    assert paths(report) == {"app.js"}
    assert len(output) < MEGABYTE


def test_programs_named_by_a_repository_do_not_run(repo: Repo, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\n")
    program.chmod(0o755)
    repo.commit(_dot_gitattributes="* diff=evil filter=evil merge=evil text\n")
    leak(repo)
    lost = repo.git("rev-parse", "HEAD:a.py")
    for hook in (
        "post-index-change",
        "reference-transaction",
        "post-checkout",
        "fsmonitor-watchman",
    ):
        link = repo.path / ".git" / "hooks" / hook
        link.parent.mkdir(exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(program)
    info = repo.path / ".git" / "objects" / "info"
    info.mkdir(exist_ok=True)
    (info / "alternates").write_text(f"{tmp_path / 'nowhere'}\n")
    # A blob that is missing, and a remote that promises it.
    (repo.path / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    for name in (
        "core.askPass", "core.editor", "core.fsmonitor", "core.gitProxy", "core.pager",
        "core.sshCommand", "credential.helper", "diff.evil.command", "diff.evil.textconv",
        "diff.external", "filter.evil.clean", "filter.evil.process", "filter.evil.smudge",
        "gpg.program", "gpg.ssh.program", "merge.evil.driver", "pager.cat-file", "pager.log",
        "remote.origin.uploadpack", "remote.origin.receivepack", "sequence.editor",
    ):  # fmt: skip
        repo.git("config", "--file", ".git/config", name, str(program))
    for name, value in (
        ("core.hooksPath", ".git/hooks"), ("extensions.partialClone", "origin"),
        ("core.repositoryFormatVersion", "1"), ("remote.origin.promisor", "true"),
        ("remote.origin.url", f"ext::{program}"), ("protocol.ext.allow", "always"),
        ("protocol.allow", "always"), ("alias.log", f"!{program}"),
        ("alias.cat-file", f"!{program}"),
        ("log.showSignature", "true"), ("include.path", str(tmp_path / "more")),
    ):  # fmt: skip
        subprocess.run(
            ["git", "config", "--file", ".git/config", name, value], cwd=repo.path, check=True
        )
    (tmp_path / "more").write_text(f"[core]\n\tpager = {program}\n")
    report, output = history(repo.path, tmp_path / "cache", status=1)
    assert paths(report) == {"a.py"}
    assert any("not in this clone" in notice["message"] for notice in report["notices"])
    assert "Traceback" not in output
    assert not mark.exists()
