"""Runs every command in every format over a tree, and gathers all that they write."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from keyaudit.reports import FORMATS
from tests.cli.support import CACHE, run
from tests.history.support import Repo

_ALL = ("--severity", "note")
# Rules whose findings get a suppression comment.
_MUTED = ("--add", "KA302", "--reason", "made up for a test")
_RULE = """\
id: XX451
name: own-rule
stage: usage
severity: high
confidence: high
standards: {{cwe: [327]}}
message: "{{call}} uses {{value}}"
match:
  argument: {{role: mode, kinds: [cipher, block-mode], in: [ecb]}}
why: Because.
remedy: Use another.
examples:
  - bad: |
      from Crypto.Cipher import AES
      cipher = AES.new(b"{0}", AES.MODE_ECB)  # {1}
  - good: |
      cipher = AES.new(b"{1}", AES.MODE_GCM)  # {0}
"""
_NO_RULES = (
    "id: {0}\n",
    "{0}: [{1}\n",
    "calls: {{{0}: {{{1}: 3}}}}\n",
    _RULE.replace("XX451", "{1}"),
)
Said = Callable[..., tuple[str, bytes]]


def make_home(home: Path) -> None:
    """A folder for all that commands write beside the tree, with the compiled catalogue in it."""
    shared = Path(os.environ[CACHE])
    if not any(shared.glob("keyaudit/*.hs")):
        empty = home / "empty"
        empty.mkdir(parents=True)
        (empty / "a.py").write_text("import hmac\n")
        run("scan", folder=empty, expect=0)
        shutil.rmtree(empty)
    own = home / "cache" / "keyaudit"
    own.mkdir(parents=True)
    for compiled in (*shared.glob("keyaudit/*.bin"), *shared.glob("keyaudit/*.hs")):
        shutil.copy(compiled, own)


def written(
    folder: Path, home: Path, values: Sequence[str], *, own_rules: bool = True
) -> Iterator[tuple[str, bytes]]:
    """What a command wrote, with the command: output, errors, files, the baseline, the cache.

    The folder becomes a repository: half of the files come with a first commit, the others with
    a second one, and with a third, half of them are gone. `home` is one of `make_home`; what was
    there before the tree was looked at, and is the same still, is not given. `values` are some
    that stand in the tree. Without `own_rules`, commands are left out that read and check all
    rules anew, which takes them two seconds each.
    """
    before = {_digest(path) for path in _files(home)}
    repo = Repo(folder)
    repo.git("init", "-q", "-b", "main")
    for number, change in enumerate(("first", "second")):
        for path in sorted(folder.glob("c*"))[number::2]:
            repo.git("add", "-f", path.name)
        message = f"{change}\n\npassword={values[number]} {values[number + 2]}"
        repo.git("commit", "-q", "-m", message)
    env = {"XDG_CACHE_HOME": str(home / "cache")}

    def said(*arguments: str) -> tuple[str, bytes]:
        done = run(*arguments, folder=folder, env=env)
        assert done.returncode in (0, 1, 2, 3), arguments
        assert "internal error" not in done.stderr, done.stderr
        return " ".join(arguments), done.stdout.encode() + done.stderr.encode()

    yield from _of_scans(home, said)
    foreign = home.parent / "foreign"
    foreign.mkdir()
    yield from _of_baselines(home, foreign, values, said)
    if own_rules:
        yield said("scan", *_ALL, "--quiet", "--no-cache", "--isolated", "--output", "-")
        yield from _of_rules(foreign, values, said)
    yield from _of_changes(repo, home, said)
    for path in _files(home):
        if _digest(path) not in before:
            yield path.name, path.read_bytes()
    for new in repo.git("ls-files", "-z", "--others").split("\0"):
        if new:  # a file that `fix` has made
            yield new, (folder / new).read_bytes()


def _of_scans(home: Path, said: Said) -> Iterator[tuple[str, bytes]]:
    for form in FORMATS:
        yield said("scan", *_ALL, "--format", form)
    yield said("scan", *_ALL, "--staged", "--quiet")
    yield said("scan", *_ALL, "--strict", "--isolated", "--diff=HEAD~1")
    yield said("scan", *_ALL, "--format", "json", "--output", str(home / "report"))
    for form in ("diff", "json", "sarif"):
        plan = ("--plan", str(home / "plan.md"))
        yield said("fix", *_ALL, "--unsafe", "--format", form, *plan)
    yield said("fix", *_ALL, "--diff", "HEAD~1", "--check")
    for form in ("table", "json", "cyclonedx-1.6"):
        yield said("inventory", ".", "--format", form)
    yield said("inventory", ".", "--diff", "HEAD~1")
    baseline = home / "baseline.json"
    yield said("baseline", "create", *_ALL, "--file", str(baseline))
    yield said("scan", *_ALL, "--baseline", str(baseline), "--format", "json")


def _of_changes(repo: Repo, home: Path, said: Said) -> Iterator[tuple[str, bytes]]:
    """Of commands that change the tree, and of those that read what was in it."""
    baseline = ("--file", str(home / "baseline.json"))
    yield said("suppress", *_ALL, *_MUTED, "--dry-run")
    yield said("suppress", *_ALL, *_MUTED)
    yield said("scan", *_ALL, "--format", "sarif")
    repo.day += 40
    for path in sorted(p for p in repo.path.glob("c*/**/*") if p.is_file())[::2]:
        path.unlink()
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "gone")
    for form in FORMATS:
        yield said("history", *_ALL, "--format", form)
    svg = ("--timeline-svg", str(home / "timeline.svg"))
    yield said("history", *_ALL, "--timeline", "--deep", *svg)
    yield said("baseline", "create", "--history", *_ALL, "--file", str(home / "history.json"))
    yield said("history", *_ALL, "--baseline", str(home / "history.json"))
    yield said("baseline", "update", *_ALL, *baseline)
    yield said("baseline", "prune", *_ALL, *baseline)
    yield said("fix", *_ALL, "--unsafe", "--write")


def _of_baselines(
    home: Path, foreign: Path, values: Sequence[str], said: Said
) -> Iterator[tuple[str, bytes]]:
    """Of baselines that other tools wrote, or that are none."""
    one, two, *_ = plain = [value for value in values if value.isalnum() and value.isascii()]
    gitleaks = [
        {"File": f"c{number:03}/{name}", "StartLine": 1, "Secret": value, "Match": f"x={value}"}
        for number, (name, value) in enumerate(zip((".env", "run.sh") * 20, plain, strict=False))
    ]
    bandit = {"results": [{"filename": "x.py", "line_number": 1, "test_id": "B1", "code": one}]}
    sha1 = hashlib.sha1(one.encode(), usedforsecurity=False).hexdigest()
    texts = {
        "gitleaks.json": json.dumps(gitleaks),
        "bandit.json": json.dumps(bandit),
        "secrets.json": json.dumps(
            {"results": {"c000/.env": [{"hashed_secret": sha1, "type": two}]}}
        ),
        "number.json": json.dumps([{**gitleaks[0], "StartLine": one}]),
        "shape.json": json.dumps({one: two, "results": one}),
        "broken.json": '{"results": "' + one,
        ".gitleaksignore": f"{one}:{two}\na.env:{two}:1\n",
    }
    for name, text in texts.items():
        (foreign / name).write_text(text)
        target = str(home / f"from-{name.strip('.')}")
        yield said("baseline", "import", str(foreign / name), *_ALL, "--file", target)
    for text in (f'{{"version": "{one}"}}', f'["{one}"', one):
        (foreign / "own.json").write_text(text)
        yield said("scan", *_ALL, "--baseline", str(foreign / "own.json"))


def _of_rules(foreign: Path, values: Sequence[str], said: Said) -> Iterator[tuple[str, bytes]]:
    """Of a user's own rules, whose examples and faults hold values."""
    one, two, *_ = [value for value in values if value.isalnum() and value.isascii()]
    for command, text in (("test", _RULE), ("scan", random.Random(one).choice(_NO_RULES))):
        rules = foreign / command
        rules.mkdir()
        (rules / "own.yaml").write_text(text.format(one, two))
        yield said(*("rules", "test", str(rules)) if command == "test" else
                   ("scan", "--rules", str(rules)))  # fmt: skip


def _files(home: Path) -> list[Path]:
    return [path for path in sorted(home.rglob("*")) if path.is_file()]


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
