"""Which files of a tree are scanned, and what is said of the others."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from keyaudit.core.errors import KeyauditError
from keyaudit.sources import UnreadableError, WorkingTree
from keyaudit.sources.folders import MAX_DEPTH
from tests.sources.support import MAX_SIZE, Repo, listed, names, reasons, write


def test_a_repository_gives_what_git_tracks_or_would_add(repo: Repo) -> None:
    repo.write(".gitignore", "*.log\nbuild/\n!kept.log\n")
    repo.write("tracked.py")
    repo.commit()
    repo.write("gone.py")
    repo.commit()
    (repo.folder / "gone.py").unlink()
    repo.write("new.py")
    repo.write("noise.log")
    repo.write("kept.log")
    repo.write("build/out.py")
    repo.write("sub/.gitignore", "local.py")
    repo.write("sub/local.py")
    repo.write("sub/deep/local.py")
    assert names(listed(repo.folder)) == [
        ".gitignore", "kept.log", "new.py", "sub/.gitignore", "tracked.py",
    ]  # fmt: skip
    assert reasons(listed(repo.folder)) == {}


def test_a_tracked_file_is_scanned_although_it_is_ignored(repo: Repo) -> None:
    repo.write("settings.py")
    repo.commit()
    repo.write(".gitignore", "settings.py\n")
    assert "settings.py" in names(listed(repo.folder))


def test_a_named_file_is_scanned_although_it_is_ignored(repo: Repo) -> None:
    repo.write(".gitignore", "local.py\n")
    file = repo.write("local.py")
    assert names(listed(file)) == ["local.py"]


def test_a_named_folder_is_scanned_although_it_is_ignored(repo: Repo) -> None:
    repo.write(".gitignore", "build/\n")
    repo.write("build/a.py")
    assert names(listed(repo.folder / "build")) == ["build/a.py"]


def test_a_folder_of_a_repository_gives_what_is_below_it(repo: Repo) -> None:
    repo.write("a/one.py")
    repo.write("ab/two.py")
    repo.write("*/three.py")
    repo.commit()
    repo.write("a/new.py")
    assert names(listed(repo.folder / "a")) == ["a/new.py", "a/one.py"]
    assert names(listed(repo.folder / "*")) == ["*/three.py"]


def test_no_path_names_the_working_directory(repo: Repo) -> None:
    repo.write("a.py")
    assert names(listed()) == ["a.py"]
    assert names(listed(Path())) == ["a.py"]


def test_outside_a_repository_all_but_caches_and_environments_is_scanned(tmp_path: Path) -> None:
    for name in ("a.py", "b/c.txt", ".hidden/d.py", "node_modules/e.js", "b/__pycache__/f.py",
                 ".venv/g.py", "env/pyvenv.cfg", "env/lib/h.py", ".hg/i.py"):  # fmt: skip
        write(tmp_path, name)
    write(tmp_path, ".gitignore", "a.py\n")
    assert names(listed(tmp_path)) == [".gitignore", ".hidden/d.py", "a.py", "b/c.txt"]


def test_a_repository_below_the_named_folder_is_listed_as_one(tmp_path: Path) -> None:
    write(tmp_path, "loose.py")
    inner = Repo(tmp_path / "project")
    inner.write(".gitignore", "*.log\n")
    inner.write("a.py")
    inner.write("a.log")
    assert names(listed(tmp_path)) == ["loose.py", "project/.gitignore", "project/a.py"]


def test_paths_start_at_the_working_directory_where_all_lie_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = write(tmp_path, "one/src/a.py")
    two = write(tmp_path, "two/b.py")
    monkeypatch.chdir(tmp_path / "one")
    inside = listed(one)
    assert (inside.root, names(inside)) == (str(tmp_path / "one"), ["src/a.py"])
    both = listed(one, two.parent)
    assert (both.root, names(both)) == (str(tmp_path), ["one/src/a.py", "two/b.py"])
    outside = listed(two)
    assert (outside.root, names(outside)) == (str(tmp_path / "two"), ["b.py"])


def test_each_file_is_scanned_once_however_often_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, "src/a.py")
    monkeypatch.chdir(tmp_path)
    again = Path("src/../src/a.py")
    assert names(listed(Path("src"), file, again, tmp_path, file)) == ["src/a.py"]


def test_what_the_configuration_excludes_is_left_out_of_folders_and_named_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, "a.py")
    write(tmp_path, "b.py")
    monkeypatch.chdir(tmp_path)
    assert names(listed(tmp_path, exclude=["a.py"])) == ["b.py"]
    named = listed(file, tmp_path / "b.py", exclude=["a.py"])
    assert names(named) == ["b.py"]
    assert [(n.kind, n.message) for n in named.notices] == [
        ("excluded", "1 of the named files are excluded by the configuration")
    ]


def test_binaries_and_large_files_are_named_with_the_reason(tmp_path: Path) -> None:
    write(tmp_path, "a.bin", b"PK\x00\x01")
    write(tmp_path, "late.txt", b"x" * 9000 + b"\0")
    write(tmp_path, "utf16.txt", "password".encode("utf-16"))
    write(tmp_path, "big.py", b"#" * 101_000)
    write(tmp_path, "big.bin", b"\0" * 101_000)
    write(tmp_path, "empty.py", b"")
    source = WorkingTree([tmp_path], max_size=100_000)
    listing = source.listing()
    assert reasons(listing) == {"big.py": "too-large", "big.bin": "binary"}
    assert "101,000 bytes" in {skip.detail for skip in listing.skipped}
    outcome: dict[str, int | str] = {}
    for entry in listing.entries:
        try:
            outcome[entry.path] = len(source.read(entry))
        except UnreadableError as error:
            outcome[entry.path] = error.skipped.reason
    assert outcome == {"a.bin": "binary", "late.txt": 9001, "utf16.txt": 18, "empty.py": 0}


def test_a_file_of_100_mb_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.py").open("wb") as file:
        file.truncate(100_000_000)
        file.write(b"import os\n" * 1000)
    assert reasons(listed(tmp_path)) == {"huge.py": "too-large"}
    assert reasons(listed(tmp_path / "huge.py")) == {"huge.py": "too-large"}


def test_a_file_that_grew_after_it_was_listed_is_not_read_whole(tmp_path: Path) -> None:
    file = write(tmp_path, "a.py", "x\n")
    source = WorkingTree([tmp_path], max_size=1000)
    (entry,) = source.listing().entries
    file.write_bytes(b"x" * 500)
    assert len(source.read(entry)) == 500
    file.write_bytes(b"x" * 5000)
    with pytest.raises(UnreadableError) as caught:
        source.read(entry)
    assert caught.value.skipped.reason == "too-large"


def test_links_out_of_the_tree_are_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path, "outside/secret.txt")
    tree = tmp_path / "tree"
    write(tree, "real.py")
    (tree / "in.py").symlink_to("real.py")
    (tree / "out.py").symlink_to(outside)
    (tree / "up.py").symlink_to("../outside/secret.txt")
    (tree / "folder").symlink_to(tmp_path / "outside")
    (tree / "back").symlink_to(".")
    (tree / "gone.py").symlink_to("nowhere.py")
    (tree / "gone-out.py").symlink_to("/nowhere/at/all.py")
    (tree / "chain.py").symlink_to("out.py")
    listing = listed(tree)
    assert names(listing) == ["real.py"]
    assert reasons(listing) == dict.fromkeys(
        ["chain.py", "folder", "gone-out.py", "out.py", "up.py"], "outside"
    )


def test_links_out_of_a_repository_are_not_followed(repo: Repo, tmp_path: Path) -> None:
    outside = write(tmp_path, "outside/secret.py")
    repo.write("kept/a.py")
    repo.write("moved/b.py")
    (repo.folder / "link.py").symlink_to(outside)
    repo.commit()
    # The index says that these are files in a folder; the folder has become a link.
    (repo.folder / "moved/b.py").unlink()
    (repo.folder / "moved").rmdir()
    (repo.folder / "moved").symlink_to(tmp_path / "outside")
    write(tmp_path, "outside/b.py")
    listing = listed(repo.folder)
    assert names(listing) == ["kept/a.py"]
    assert reasons(listing)["link.py"] == "outside"
    assert reasons(listing)["moved/b.py"] == "outside"


def test_loops_and_long_chains_of_links_end(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    write(tree, "a.py")
    (tree / "x").symlink_to("y")
    (tree / "y").symlink_to("x")
    (tree / "self").symlink_to("self")
    for number in range(2000):
        (tree / f"l{number}").symlink_to(f"l{number + 1}")
    assert names(listed(tree)) == ["a.py"]


def test_a_named_link_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "real/a.py", "named = 1\n")
    monkeypatch.chdir(tmp_path)
    Path("link.py").symlink_to("real/a.py")
    Path("folder").symlink_to("real")
    source = WorkingTree([Path("link.py"), Path("folder")], max_size=MAX_SIZE)
    found = {entry.path: source.read(entry) for entry in source.listing().entries}
    assert found == {"link.py": b"named = 1\n", "real/a.py": b"named = 1\n"}


def test_special_files_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("sock")
        assert reasons(listed(tmp_path)) == {"pipe.py": "special", "sock": "special"}
    # Opening a fifo for reading lets a writer's open succeed.
    with pytest.raises(OSError, match="No such device"):
        os.open("pipe.py", os.O_WRONLY | os.O_NONBLOCK)


def test_a_tracked_file_that_became_a_fifo_is_not_opened(repo: Repo) -> None:
    file = repo.write("a.py")
    repo.commit()
    file.unlink()
    os.mkfifo(file)
    assert reasons(listed(repo.folder)) == {"a.py": "special"}


@pytest.mark.parametrize("path", ["/dev/null", "pipe"])
def test_a_named_special_file_is_refused(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    with pytest.raises(KeyauditError, match=f"{path}: is a device, socket or fifo"):
        listed(Path(path))


@pytest.mark.parametrize("path", ["missing.py", "a.py/inner", "x\0y", "n" * 300])
def test_a_named_path_that_is_none_is_refused(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "a.py")
    with pytest.raises(KeyauditError) as caught:
        listed(Path(path))
    assert caught.value.where is not None
    assert caught.value.hint or "\0" in path


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    write(tmp_path, "closed.py").chmod(0)
    folder = write(tmp_path, "locked/a.py").parent
    folder.chmod(0)
    try:
        source = WorkingTree([tmp_path], max_size=MAX_SIZE)
        listing = source.listing()
        assert reasons(listing) == {"locked": "unreadable"}
        with pytest.raises(UnreadableError) as caught:
            source.read(listing.entries[0])
        assert caught.value.skipped.detail == "Permission denied"
    finally:
        folder.chmod(0o700)


def test_a_file_that_is_gone_when_it_is_read_is_unreadable(tmp_path: Path) -> None:
    file = write(tmp_path, "a.py")
    source = WorkingTree([tmp_path], max_size=MAX_SIZE)
    (entry,) = source.listing().entries
    file.unlink()
    with pytest.raises(UnreadableError) as caught:
        source.read(entry)
    assert caught.value.skipped.reason == "unreadable"


def test_a_file_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path, "outside.py")
    file = write(tmp_path, "tree/a.py")
    source = WorkingTree([tmp_path / "tree"], max_size=MAX_SIZE)
    (entry,) = source.listing().entries
    file.unlink()
    file.symlink_to(outside)
    with pytest.raises(UnreadableError):
        source.read(entry)


def test_folders_nested_too_deep_are_named(tmp_path: Path) -> None:
    write(tmp_path, "/".join(["d"] * MAX_DEPTH) + "/last.py")
    deep = write(tmp_path, "/".join(["d"] * (MAX_DEPTH + 1)) + "/beyond.py").parent
    write(deep, "e/f/g.py")
    listing = listed(tmp_path)
    assert [name.rpartition("/")[2] for name in names(listing)] == ["last.py"]
    (skip,) = listing.skipped
    assert (skip.reason, skip.detail) == ("unreadable", "nested deeper than 100 folders")


def test_submodules_and_nested_repositories_are_named(repo: Repo, tmp_path: Path) -> None:
    library = Repo(tmp_path / "library")
    library.write("lib.py")
    library.commit()
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet",
             library.folder, "vendored")  # fmt: skip
    repo.write("a.py")
    repo.commit()
    loose = Repo(repo.folder / "loose")
    loose.write("inner.py")
    loose.commit()
    listing = listed(repo.folder)
    assert names(listing) == [".gitmodules", "a.py"]
    assert reasons(listing) == {"loose": "submodule", "vendored": "submodule"}
    assert names(listed(repo.folder / "vendored")) == ["vendored/lib.py"]


def test_odd_names_are_listed_and_can_be_written(repo: Repo) -> None:
    odd = [
        "new\nline.py",
        "tab\t.py",
        'quo"te.py',
        "-dash.py",
        ":(top)x.py",
        "\u00fcber.py",
        " .py",
    ]
    for name in odd:
        repo.write(name)
    raw = os.fsencode(repo.folder) + b"/caf\xe9.py"
    Path(os.fsdecode(raw)).write_bytes(b"latin = 1\n")
    for commit in (False, True):
        if commit:
            repo.commit()
        source = WorkingTree([repo.folder], max_size=MAX_SIZE)
        found = {entry.path: source.read(entry) for entry in source.listing().entries}
        assert sorted(found) == sorted([*odd, "caf\\xe9.py"])
        assert found["caf\\xe9.py"] == b"latin = 1\n"
        "".join(found).encode("utf-8")


def test_modules_are_read_from_the_tree_only(tmp_path: Path) -> None:
    write(tmp_path, "outside.py")
    tree = tmp_path / "tree"
    write(tree, "pkg/mod.py", "y = 2\n")
    write(tree, "large.py", b"#" * 2_000_001)
    (tree / "link.py").symlink_to("../outside.py")
    (tree / "far").symlink_to("..")
    os.mkfifo(tree / "pipe.py")
    reader = WorkingTree([tree], max_size=MAX_SIZE).tree
    assert reader.read("pkg/mod.py") == b"y = 2\n"
    for path in ("pkg", "none.py", "none/x.py", "link.py", "far/outside.py", "pipe.py", "large.py",
                 "pkg/mod.py/x.py", "a\0b.py"):  # fmt: skip
        assert reader.read(path) is None, path
