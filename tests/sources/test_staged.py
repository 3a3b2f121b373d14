"""The index is what is scanned, not the folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from keyaudit.core.document import Document, DocumentOrigin
from keyaudit.core.errors import KeyauditError
from keyaudit.sources import Staged
from tests.sources.support import Repo, contents, names, reasons, staged, write


@pytest.fixture(params=["sha1", "sha256"])
def repo(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    made = Repo(tmp_path / "repo", f"--object-format={request.param}")
    monkeypatch.chdir(made.folder)
    return made


def test_the_first_commit_of_a_repository(repo: Repo) -> None:
    repo.write("a.py", "x = 1\n")
    repo.write("not-added.py")
    repo.git("add", "a.py")
    source = staged(repo.folder)
    assert source.origin is DocumentOrigin.STAGED
    assert contents(source) == {"a.py": b"x = 1\n"}


def test_only_what_differs_from_the_last_commit(repo: Repo) -> None:
    for name in ("same.py", "changed.py", "gone.py", "moved.py", "mode.py"):
        repo.write(name, f"{name} = 1\n")
    repo.commit()
    repo.write("changed.py", "changed = 2\n")
    repo.write("new.py", "new = 1\n")
    repo.git("rm", "--quiet", "gone.py")
    repo.git("mv", "moved.py", "there.py")
    (repo.folder / "mode.py").chmod(0o755)
    repo.git("add", "--all")
    # What is done to the folder afterwards does not count.
    repo.write("changed.py", "changed = 3\n")
    (repo.folder / "new.py").unlink()
    repo.write("later.py")
    assert contents(staged(repo.folder)) == {
        "changed.py": b"changed = 2\n",
        "mode.py": b"mode.py = 1\n",
        "new.py": b"new = 1\n",
        "there.py": b"moved.py = 1\n",
    }


def test_other_modules_are_read_from_the_index(repo: Repo) -> None:
    repo.write("pkg/keys.py", "KEY = 'committed'\n")
    repo.write("pkg/large.py", b"#" * 2_000_001)
    (repo.folder / "link.py").symlink_to("pkg/keys.py")
    repo.commit()
    repo.write("pkg/keys.py", "KEY = 'in the folder'\n")
    repo.write("untracked.py")
    tree = staged(repo.folder).tree
    assert tree.read("pkg/keys.py") == b"KEY = 'committed'\n"
    for path in ("untracked.py", "pkg/large.py", "link.py", "pkg", "../repo/pkg/keys.py"):
        assert tree.read(path) is None


def test_paths_restrict_and_are_what_reports_start_from(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("src/a.py")
    repo.write("src/b.py")
    repo.write("srcs/c.py")
    repo.git("add", "--all")
    assert names(staged(Path("src")).listing()) == ["src/a.py", "src/b.py"]
    assert names(staged(Path("src/b.py"), Path("srcs")).listing()) == ["src/b.py", "srcs/c.py"]
    monkeypatch.chdir("src")
    here = staged(Path())
    assert (names(here.listing()), here.root) == (["a.py", "b.py"], str(repo.folder / "src"))
    assert here.tree.read("a.py") == b"x = 1\n"
    everything = staged()
    assert names(everything.listing()) == ["src/a.py", "src/b.py", "srcs/c.py"]
    assert everything.root == str(repo.folder)


def test_a_staged_file_that_is_gone_from_the_folder_can_be_named(repo: Repo) -> None:
    repo.write("src/a.py").parent.joinpath("b.py").write_text("y = 1\n")
    repo.git("add", "--all")
    (repo.folder / "src/a.py").unlink()
    assert names(staged(Path("src/a.py")).listing()) == ["src/a.py"]


def test_what_is_left_out_is_named(repo: Repo, tmp_path: Path) -> None:
    repo.write("big.py", "#" * 2000)
    repo.write("a.bin", b"\0\1")
    repo.write("a.py")
    (repo.folder / "in.py").symlink_to("a.py")
    (repo.folder / "out.py").symlink_to("../other.py")
    (repo.folder / "absolute.py").symlink_to("/etc/passwd")
    (repo.folder / "sub").mkdir()
    (repo.folder / "sub/up.py").symlink_to("../a.py")
    library = Repo(
        tmp_path / "library",
        f"--object-format={repo.git('rev-parse', '--show-object-format').strip()}",
    )
    library.write("lib.py")
    library.commit()
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet",
             library.folder, "vendored")  # fmt: skip
    repo.git("add", "--all")
    source = staged(repo.folder, max_size=1000)
    listing = source.listing()
    assert names(listing) == [".gitmodules", "a.bin", "a.py"]
    assert reasons(listing) == {
        "absolute.py": "outside", "big.py": "too-large", "out.py": "outside",
        "vendored": "submodule",
    }  # fmt: skip


def test_what_is_only_meant_to_be_added_has_no_content_yet(repo: Repo) -> None:
    repo.write("a.py")
    repo.git("add", "--intent-to-add", "a.py")
    assert names(staged(repo.folder).listing()) == []


def test_odd_names_come_out_whole(repo: Repo) -> None:
    for name in ("new\nline.py", "tab\t.py", ":100644 x.py", "\u00fcber.py"):
        repo.write(name, f"{name!r}\n")
    repo.git("add", "--all")
    assert contents(staged(repo.folder)) == {
        name: f"{name!r}\n".encode() for name in ("new\nline.py", "tab\t.py", ":100644 x.py",
                                                  "\u00fcber.py")
    }  # fmt: skip


def test_a_hook_sees_what_commit_all_would_commit(repo: Repo, tmp_path: Path) -> None:
    """`git commit --all` and `git commit FILE` hand the hook an index of their own."""
    script = write(
        tmp_path,
        "hook.py",
        "import json, sys\n"
        "from pathlib import Path\n"
        "from tests.sources.support import staged, contents\n"
        "found = {k: v.decode() for k, v in contents(staged()).items()}\n"
        f"Path({str(tmp_path / 'seen.json')!r}).write_text(json.dumps(found))\n",
    )
    root = Path(__file__).resolve().parents[2]
    import sys

    write(
        repo.folder,
        ".git/hooks/pre-commit",
        f"#!/bin/sh\nPYTHONPATH='{root}' exec '{sys.executable}' '{script}'\n",
    ).chmod(0o755)
    repo.write("a.py", "x = 1\n")
    repo.write("b.py", "y = 1\n")
    repo.commit()
    repo.write("a.py", "x = 2\n")
    repo.write("b.py", "y = 2\n")
    import json

    repo.git("commit", "--quiet", "--message", "One", "a.py")
    assert json.loads((tmp_path / "seen.json").read_text()) == {"a.py": "x = 2\n"}
    repo.git("commit", "--quiet", "--all", "--message", "All")
    assert json.loads((tmp_path / "seen.json").read_text()) == {"b.py": "y = 2\n"}


def test_the_content_id_is_gits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Repo(tmp_path / "repo")
    file = made.write("a.py", "x = 1\n")
    monkeypatch.chdir(made.folder)
    known = subprocess.run(
        ["git", "hash-object", file], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert Document("a.py", b"x = 1\n").content_id == known


def test_outside_a_repository_there_is_nothing_staged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KeyauditError, match="is in no git repository"):
        Staged([Path()], max_size=1)


def test_a_path_that_is_nowhere_is_refused(repo: Repo) -> None:
    repo.write("a.py")
    repo.git("add", "--all")
    with pytest.raises(KeyauditError, match=r"missing\.py: there is no such file"):
        staged(Path("missing.py")).listing()
