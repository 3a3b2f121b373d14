"""Makes repositories that mean harm: each by a function, of which the tests run all commands."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.history.support import Repo, github_token

OUTSIDE = "tR4nQ8zLw2kXv7Jd"  # stands in a file beside the repository


def _program(folder: Path) -> Path:
    """A program that leaves a trace beside the repository when it is started."""
    program = folder / "evil.sh"
    program.write_text(f"#!/bin/sh\ntouch {folder.parent / 'started'}\ncat >/dev/null 2>&1\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def programs(repo: Repo) -> None:
    """Every place where git looks for a program to start."""
    program = _program(repo.path)
    for key in (
        "core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "core.askPass",
        "diff.external", "gpg.program", "pager.log", "credential.helper", "core.gitProxy",
        "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv",
        "diff.evil.command", "uploadpack.packObjectsHook", "core.alternateRefsCommand",
        "filter.a=b.c.clean", "filter.a=b.c.process",
    ):  # fmt: skip
        repo.git("config", key, str(program))
    repo.git("config", "log.showSignature", "true")
    (repo.path / ".gitattributes").write_text("* filter=evil diff=evil\nx filter=a=b.c\n")
    # What the index says of these is not known to be so: git would read them.
    (repo.path / "x").write_text("x\n")
    with (repo.path / "plain.env").open("a") as file:
        file.write("# more\n")
    hooks = repo.path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "pre-commit", "post-index-change", "fsmonitor-watchman"):
        (hooks / name).symlink_to(program)


def imports(repo: Repo) -> None:
    """Modules named as those that keyaudit imports, and files that interpreters run."""
    evil = f"open({str(repo.path.parent / 'started')!r}, 'w')\n"
    for name in ("json", "click", "yaml", "libcst", "tomllib", "sitecustomize", "usercustomize",
                 "detect_secrets", "hyperscan", "conftest", "setup", "logging"):  # fmt: skip
        (repo.path / f"{name}.py").write_text(evil)
    (repo.path / "evil.pth").write_text(f"import os; {evil}")
    (repo.path / "plugin.yaml").write_text("!!python/object/apply:os.system ['touch started']\n")


def links(repo: Repo) -> None:
    """Links that lead out, in circles and nowhere; a fifo, a socket's place, a device."""
    outside = repo.path.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "secret.env").write_text(f"password={OUTSIDE}\n")
    (repo.path / "out.env").symlink_to(outside / "secret.env")
    (repo.path / "folder").symlink_to(outside)
    (repo.path / "circle").symlink_to(repo.path)
    (repo.path / "self").symlink_to("self")
    (repo.path / "gone").symlink_to("nowhere/at/all")
    (repo.path / "null.env").symlink_to("/dev/zero")
    os.mkfifo(repo.path / "fifo.env")


def names(repo: Repo) -> None:
    """Names that terminals act on, options take and URIs escape."""
    for name in ("--config", "-", "a\x1b[2J.env", "a\nb.env", "%2e%2e", "'; rm -rf", "\udc80.env",
                 "鍵.py", "a" * 200 + ".py", "$(touch started).env", " ", "-rf.py"):  # fmt: skip
        (repo.path / name).write_text(f'token = "{github_token(1)}"\n')


def depth(repo: Repo) -> None:
    """Folders nested 990 deep."""
    here = Path.cwd()
    try:
        os.chdir(repo.path)
        for _ in range(990):
            Path("d").mkdir()
            os.chdir("d")
        Path("a.py").write_text(f'token = "{github_token(2)}"\n')
    finally:
        os.chdir(here)


def contents(repo: Repo) -> None:
    """Files that parsers choke on."""
    brackets = 20_000
    texts = {
        "deep.py": "x = " + "(" * brackets + ")" * brackets,
        "chain.py": "import hashlib\nx = " + " + ".join(["a"] * 20_000),
        "deep.json": '{"password": ' + "[" * brackets + "]" * brackets + "}",
        "deep.yaml": "password: " + "[" * 5_000 + "]" * 5_000,
        "bomb.yaml": "a: &a [x, x]\n" + "".join(
            f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}]\n"
            for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "digits.json": '{"key": ' + "9" * 100_000 + "}",
        "digits.py": "import hashlib\nkey = " + "9" * 100_000,
        "long.env": "PASSWORD=" + "aB3" * 300_000,
        "zero.py": "import hashlib\n\0\n",
        "bom.env": "\ufeffPASSWORD=" + github_token(3),
        "notebook.ipynb": '{"cells": [{"cell_type": "code", "source": 3}, 4, null]}',
        "half.pem": "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
        "latin.py": "# coding: latin-1\nx = 'é'\n",
        "liar.py": "# coding: utf-7\nx = '+AGE-'\n",
    }  # fmt: skip
    for name, text in texts.items():
        (repo.path / name).write_text(text, encoding="utf-8")
    (repo.path / "invalid.py").write_bytes(b"import hashlib\nx = '\xff\xfe\xc3'\n")
    (repo.path / "sixteen.env").write_bytes("PASSWORD=x".encode("utf-16"))
    with zipfile.ZipFile(repo.path / "a.zip", "w") as archive:
        for name in ("../up.env", "/root.env", "a\x1b[2J.env"):
            archive.writestr(name, f"TOKEN={github_token(5)}\n")
    (repo.path / "a.der").write_bytes(b"0\x84\xff\xff\xff\xff" + b"0" * 500)


def git_lies(repo: Repo) -> None:
    """A history that git is told to see otherwise."""
    (repo.path / "secret.env").write_text(f"TOKEN={github_token(4)}\n")
    repo.git("add", "-f", "secret.env")
    repo.git("commit", "-q", "-m", "in")
    repo.git("rm", "-q", "-f", "secret.env")
    repo.git("commit", "-q", "-m", "out")
    first, last = repo.git("rev-list", "--all").split()[0], repo.git("rev-parse", "HEAD")
    assert first == last
    info = repo.path / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "grafts").write_text(f"{last}\n")
    repo.git("config", "log.showRoot", "false")
    repo.git("config", "diff.orderFile", "/etc/passwd")
    empty = repo.git("commit-tree", "-m", "none", repo.git("write-tree"))
    repo.git("update-ref", f"refs/replace/{last}", empty)


def configuration(repo: Repo) -> None:
    """Settings that would silence everything."""
    (repo.path / "keyaudit.toml").write_text('exclude = ["*"]\nseverity = "critical"\n')


KINDS: dict[str, Callable[[Repo], None]] = {
    function.__name__: function
    for function in (programs, imports, links, names, depth, contents, git_lies, configuration)
}


def build(folder: Path, kind: str) -> Repo:
    """A repository of a kind, with a token and a link to tell that it was read."""
    folder.mkdir()
    repo = Repo(folder)
    repo.git("init", "-q", "-b", "main")
    (folder / "plain.env").write_text(f"TOKEN={github_token(9)}\n")
    repo.git("add", "plain.env")
    repo.git("commit", "-q", "-m", "first")
    KINDS[kind](repo)
    if kind not in ("programs", "depth"):
        subprocess.run(["git", "add", "-A"], cwd=folder, capture_output=True, check=False)
    return repo


def described(report: str) -> dict[str, object]:
    """A JSON report, parsed."""
    parsed: dict[str, object] = json.loads(report)
    return parsed
