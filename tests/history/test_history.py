"""`keyaudit history` on repositories that git made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.history.support import Repo, github_token, history, made_up, new_repo


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path / "repo")


def lives(report: dict[str, Any], rule: str = "KA507") -> list[dict[str, Any]]:
    return [f["history"] for f in report["findings"] if f["rule_id"] == rule]


def line(token: str) -> str:
    return f"TOKEN = '{token}'\n"


def test_removed_secret_is_one_finding_with_its_life(repo: Repo, tmp_path: Path) -> None:
    token = github_token(1)
    came = repo.commit(app_dot_py=line(token))
    repo.commit(app_dot_py=line(token) + "x = 1\n")
    went = repo.commit(app_dot_py="import os\n")
    report, output = history(repo.path, tmp_path / "cache", status=1)
    (life,) = lives(report)
    assert (life["commit"], life["removed_commit"]) == (came, went)
    assert life["author"] == "Ada"
    assert life["exposed_days"] == 2
    assert life["in_head"] is False
    assert life["paths"] == ["app.py"]
    assert len(life["blobs"]) == 2
    assert token not in output
    assert any("git filter-repo" in n["message"] for n in report["notices"])
    for file in (tmp_path / "cache").rglob("*"):
        if file.is_file():
            assert token.encode() not in file.read_bytes()


def test_second_run_says_the_same_and_one_commit_more_is_seen(repo: Repo, tmp_path: Path) -> None:
    repo.commit(app_dot_py=line(github_token(1)))
    repo.commit(app_dot_py="import os\n")
    first, _ = history(repo.path, tmp_path / "cache")
    second, _ = history(repo.path, tmp_path / "cache")
    assert second["findings"] == first["findings"]
    repo.commit(more_dot_py=line(github_token(2)))
    repo.commit(more_dot_py="import sys\n")
    third, _ = history(repo.path, tmp_path / "cache")
    assert len(lives(third)) == 2


def test_run_after_others_says_what_a_first_one_says(repo: Repo, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    repo.commit(app_dot_py=line(github_token(1)), tests__b_dot_py=line(github_token(2)))
    repo.git("branch", "side")
    repo.commit(app_dot_py="x = 1\n")
    history(repo.path, cache)
    repo.git("mv", "tests/b.py", "b.py")
    repo.commit(c_dot_py=line(github_token(1)))
    repo.commit(c_dot_py="x = 2\n")
    again, _ = history(repo.path, cache)
    assert again["findings"] == history(repo.path, tmp_path / "first")[0]["findings"]
    assert {f["path"] for f in again["findings"]} == {"b.py", "c.py"}
    # The branch is written anew: of what it had, nothing is left.
    repo.git("reset", "-q", "--hard", "side")
    repo.commit(d_dot_py=line(github_token(3)))
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    anew, _ = history(repo.path, cache)
    assert anew["findings"] == history(repo.path, tmp_path / "second")[0]["findings"]
    # A right checksum is no sample, not even in a test.
    assert {f["path"] for f in anew["findings"]} == {"app.py", "d.py", "tests/b.py"}


def test_secret_in_head_is_reported_by_its_own_rule_and_is_too_old(
    repo: Repo, tmp_path: Path
) -> None:
    came = repo.commit(app_dot_py=line(github_token(1)))
    repo.commit(copy_dot_py=line(github_token(1)))
    report, _ = history(repo.path, tmp_path / "cache", status=1)
    assert {f["rule_id"] for f in report["findings"]} == {"KA302", "KA506"}
    (life,) = lives(report, "KA506")
    assert (life["commit"], life["in_head"], life["removed_commit"]) == (came, True, None)
    assert life["paths"] == ["app.py", "copy.py"]


def test_rename_is_no_removal(repo: Repo, tmp_path: Path) -> None:
    came = repo.commit(b_dot_py=line(github_token(1)))
    repo.git("mv", "b.py", "a.py")
    repo.commit()
    went = repo.commit(a_dot_py=None, other_dot_py="x = 1\n")
    (life,) = lives(history(repo.path, tmp_path / "cache")[0])
    assert (life["commit"], life["removed_commit"]) == (came, went)
    assert life["paths"] == ["a.py", "b.py"]


def test_removed_and_added_again(repo: Repo, tmp_path: Path) -> None:
    came = repo.commit(a_dot_py=line(github_token(1)))
    repo.commit(a_dot_py="x = 1\n")
    repo.commit(a_dot_py=line(github_token(1)))
    went = repo.commit(a_dot_py="x = 2\n")
    (life,) = lives(history(repo.path, tmp_path / "cache")[0])
    assert (life["commit"], life["removed_commit"]) == (came, went)


def test_merge_that_brings_a_secret_of_its_own(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a_dot_py="x = 1\n")
    repo.git("checkout", "-q", "-b", "side")
    on_side = repo.commit(side_dot_py=line(github_token(1)))
    repo.git("checkout", "-q", "main")
    repo.commit(b_dot_py="x = 1\n")
    repo.day += 1
    repo.git("merge", "-q", "--no-ff", "--no-commit", "side")
    (repo.path / "a.py").write_text(line(github_token(2)))
    merged = repo.commit()
    repo.commit(a_dot_py="x = 3\n", side_dot_py="x = 4\n")
    found = {life["paths"][0]: life["commit"] for life in lives(history(repo.path, tmp_path)[0])}
    assert found == {"side.py": on_side, "a.py": merged}


def test_rotation_is_seen(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a_dot_py=line(github_token(1)))
    repo.commit(a_dot_py=line(github_token(2)))
    (old,) = lives(history(repo.path, tmp_path / "cache")[0])
    assert old["rotated"] is True


def test_rotation_is_seen_where_the_name_is_not_the_first_word(repo: Repo, tmp_path: Path) -> None:
    names = {
        "Dockerfile": "FROM x\nENV DB_PASSWORD={}\n",
        "a.json": '{{"u": "ci", "password": "{}"}}',
    }
    for seed in (3, 4):
        for name, text in names.items():
            (repo.path / name).write_text(text.format(made_up(seed, 20)))
        repo.commit()
    found = lives(history(repo.path, tmp_path / "cache")[0])
    assert [(life["rotated"], life["rotated_days"]) for life in found] == [(True, 1)] * 2
    # Another name in its place is no new value of it.
    (repo.path / "Dockerfile").write_text(f"FROM x\nENV MAIL_PASSWORD={made_up(5, 20)}\n")
    repo.commit()
    found = lives(history(repo.path, tmp_path / "cache")[0])
    assert [life["rotated"] for life in found].count(False) == 1


def test_files_that_deploy(repo: Repo, tmp_path: Path) -> None:
    text = "FROM x\nARG NPM_TOKEN\nRUN npm ci\nENV DB_PASSWORD={}\n"
    (repo.path / "Dockerfile").write_text(text.format(made_up(1, 20)))
    repo.commit()
    report, _ = history(repo.path, tmp_path / "cache")
    assert {f["rule_id"] for f in report["findings"]} == {"KA313", "KA506"}
    repo.commit(Dockerfile="FROM x\n")
    (found,) = history(repo.path, tmp_path / "cache")[0]["findings"]
    assert (found["rule_id"], found["severity"]) == ("KA507", "high")
    assert found["message"].startswith("Secret for a container image is not in HEAD")


def test_tag_stash_and_unreachable_commits(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a_dot_py="x = 1\n")
    repo.git("checkout", "-q", "-b", "gone")
    repo.commit(tagged_dot_py=line(github_token(1)))
    repo.git("tag", "-a", "-m", "old", "v1")
    repo.git("checkout", "-q", "main")
    repo.git("branch", "-q", "-D", "gone")
    for number in (2, 3):
        (repo.path / "a.py").write_text(line(github_token(number)))
        repo.git("stash")
    lost = repo.commit(lost_dot_py=line(github_token(4)))
    repo.git("reset", "-q", "--hard", "HEAD~1")
    found = lives(history(repo.path, tmp_path / "cache")[0])
    assert sorted(life["paths"][0] for life in found) == ["a.py", "a.py", "tagged.py"]
    every = lives(history(repo.path, tmp_path / "cache", "--unreachable")[0])
    assert lost in {life["commit"] for life in every}
    assert len(every) == 4


def test_range_branch_and_since(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a_dot_py=line(github_token(1)))
    middle = repo.commit(a_dot_py="x = 1\n")
    repo.commit(b_dot_py=line(github_token(2)))
    repo.commit(b_dot_py="x = 2\n")
    cache = tmp_path / "cache"
    for options in (("--range", f"{middle}..HEAD"), ("--since", "2020-09-16")):
        (life,) = lives(history(repo.path, cache, *options)[0])
        assert life["paths"] == ["b.py"]
    (life,) = lives(history(repo.path, cache, "--branch", middle)[0])
    assert life["paths"] == ["a.py"]
    for wrong in (("--branch", "nosuch"), ("--branch", "--output=x"), ("--since", "yesterday")):
        _, output = history(repo.path, cache, *wrong, status=2)
        assert "Traceback" not in output


def test_sha256_repository(tmp_path: Path) -> None:
    repo = new_repo(tmp_path / "repo", "--object-format=sha256")
    came = repo.commit(a_dot_py=line(github_token(1)))
    repo.commit(a_dot_py="x = 1\n")
    (life,) = lives(history(repo.path, tmp_path / "cache")[0])
    assert life["commit"] == came
    assert len(came) == 64


def test_shallow_clone_says_so(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a_dot_py=line(github_token(1)))
    repo.commit(a_dot_py="x = 1\n")
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.path}", str(tmp_path / "clone"))
    report, _ = history(tmp_path / "clone", tmp_path / "cache", status=0)
    assert [n["kind"] for n in report["notices"]] == ["incomplete-history"]


def test_bare_and_empty_repositories(repo: Repo, tmp_path: Path) -> None:
    history(repo.path, tmp_path / "cache", status=0)
    repo.commit(a_dot_py=line(github_token(1)))
    repo.commit(a_dot_py="x = 1\n")
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare"))
    assert len(lives(history(tmp_path / "bare", tmp_path / "cache")[0])) == 1


def test_missing_object_is_named_and_the_rest_is_seen(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a_dot_py=line(github_token(1)), b_dot_py="y = 1\n")
    repo.commit(a_dot_py="x = 1\n")
    blob = repo.git("rev-parse", "HEAD:b.py")
    (repo.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    report, _ = history(repo.path, tmp_path / "cache", status=1)
    assert len(lives(report)) == 1
    assert any("objects are missing" in skipped["detail"] for skipped in report["skipped"])
    assert not report["complete"]


def test_odd_names_and_dates(repo: Repo, tmp_path: Path) -> None:
    odd = b"odd \n\xff\x1b[31m.py"
    (repo.path / "keep").write_text("")
    with Path(os.fsdecode(bytes(repo.path) + b"/" + odd)).open("w") as file:
        file.write(line(github_token(1)))
    repo.day = -18_518  # 1970
    repo.commit()
    repo.day = 28_975  # 2100
    (repo.path / "keep").write_text("x")
    repo.git("rm", "-q", "odd*")
    repo.commit()
    (life,) = lives(history(repo.path, tmp_path / "cache")[0])
    assert life["date"].startswith("1970-")
    assert life["removed_date"].startswith("2100-")


def test_hostile_configuration_runs_nothing(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a_dot_py=line(github_token(1)), _dot_gitattributes="* diff=evil filter=evil\n")
    repo.commit(a_dot_py="x = 1\n")
    mark = tmp_path / "ran"
    program = tmp_path / "evil"
    program.write_text(f"#!/bin/sh\ntouch {mark}\n")
    program.chmod(0o755)
    for name in (
        "core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "diff.evil.textconv",
        "diff.evil.command", "filter.evil.smudge", "gpg.program", "core.alternateRefsCommand",
        "uploadpack.packObjectsHook", "pager.log",
    ):  # fmt: skip
        repo.git("config", name, str(program))
    for name, value in (
        ("log.showSignature", "true"), ("diff.orderFile", "/nowhere"), ("log.follow", "true"),
        ("log.date", "relative"), ("format.pretty", "oneline"), ("core.quotePath", "true"),
        ("diff.noprefix", "true"), ("log.diffMerges", "on"),
    ):  # fmt: skip
        repo.git("config", name, value)
    (life,) = lives(history(repo.path, tmp_path / "cache")[0])
    assert life["removed_commit"] is not None
    assert not mark.exists()


def test_key_in_past_code_and_private_keys(repo: Repo, tmp_path: Path) -> None:
    body = "\n".join(made_up(number, 64) for number in range(8))
    kind = "RSA PRIVATE" + " KEY"
    pem = f"-----BEGIN {kind}-----\nMII{body}\n-----END {kind}-----\n"
    code = f"from cryptography.fernet import Fernet\ncipher = Fernet(b'{made_up(3, 43)}=')\n"
    repo.commit(crypt_dot_py=code, deploy__id_rsa=pem)
    repo.commit(crypt_dot_py="x = 1\n", deploy__id_rsa=None)
    report, output = history(repo.path, tmp_path / "cache")
    paths = {f["path"] for f in report["findings"] if f["rule_id"] == "KA507"}
    assert paths == {"crypt.py", "deploy/id_rsa"}
    assert made_up(3, 43) not in output
    assert body[:64] not in output


@pytest.mark.parametrize("form", ["text", "sarif"])
def test_other_formats_tell_the_life_and_no_secret(repo: Repo, tmp_path: Path, form: str) -> None:
    token = github_token(1)
    came = repo.commit(a_dot_py=line(token))
    repo.commit(a_dot_py="x = 1\n")
    file = tmp_path / "report"
    history(repo.path, tmp_path / "cache", "--format", form, "--output", str(file), status=1)
    text = file.read_text()
    assert came[:12] in text
    assert token not in text
    if form == "sarif":  # two sentences
        assert ". It came in with " in text


def test_settings_of_the_past_are_no_leaks_and_values_in_them_are(
    repo: Repo, tmp_path: Path
) -> None:
    """A server that lets everybody in is of interest only while it does."""
    compose = "services:\n  db:\n    image: postgres\n    environment:\n      {}\n"
    trusting = compose.format("POSTGRES_HOST_AUTH_METHOD: trust")
    template = (
        'AWSTemplateFormatVersion: "2010-09-09"\n'
        "Parameters:\n  Shop:\n    Type: String\n    NoEcho: true\n"
    )
    repo.commit(compose_dot_yaml=trusting, old__compose_dot_yaml=trusting)
    repo.commit(stack_dot_yaml=f"{template}    Default: winter-Harbour-71\n")
    repo.commit(old__compose_dot_yaml=compose.format("PGDATA: /data"), stack_dot_yaml=template)
    report, _ = history(repo.path, tmp_path / "cache", status=1)
    assert {(f["rule_id"], f["path"]) for f in report["findings"]} == {("KA507", "stack.yaml")}


def test_a_key_that_becomes_a_fallback_has_not_left(repo: Repo, tmp_path: Path) -> None:
    key = made_up(9, 43)
    came = repo.commit(app__settings_dot_py=f"SECRET_KEY = '{key}'\nMIDDLEWARE = []\n")
    text = f"import os\nSECRET_KEY = os.environ.get('SECRET_KEY', '{key}')\nMIDDLEWARE = []\n"
    repo.commit(app__settings_dot_py=text)
    report, _ = history(repo.path, tmp_path / "cache", status=1)
    (finding,) = (f for f in report["findings"] if f["rule_id"] != "KA506")
    assert (finding["rule_id"], finding["history"]["commit"]) == ("KA311", came)
    assert finding["history"]["in_head"]
    repo.commit(app__settings_dot_py="MIDDLEWARE = []\n")
    report, _ = history(repo.path, tmp_path / "cache", status=1)
    assert [f["rule_id"] for f in report["findings"]] == ["KA507"]


def test_no_repository_is_the_users_mistake(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    _, output = history(tmp_path / "plain", tmp_path / "cache", status=2)
    assert "Traceback" not in output
