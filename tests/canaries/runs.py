"""Runs every command in every format over a tree, and gathers all that they write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from keyaudit.reports import FORMATS
from tests.cli.support import run
from tests.history.support import Repo


def written(folder: Path, home: Path) -> Iterator[tuple[str, bytes]]:
    """What a command wrote, with the command: output, errors, files, the baseline, the cache.

    The folder becomes a repository with one commit in which its files are gone again.
    """
    repo = Repo(folder)
    repo.git("init", "-q", "-b", "main")
    repo.git("add", "-A", "-f")
    repo.git("commit", "-q", "-m", "all")
    env = {"XDG_CACHE_HOME": str(home / "cache")}
    all_findings = ("--severity", "note")

    def said(*arguments: str) -> tuple[str, bytes]:
        done = run(*arguments, folder=folder, env=env)
        return " ".join(arguments), done.stdout.encode() + done.stderr.encode()

    for form in FORMATS:
        yield said("scan", *all_findings, "--format", form)
    yield said("scan", *all_findings, "--quiet", "--no-cache", "--output", "-")
    yield said("scan", *all_findings, "--staged")
    yield said("scan", *all_findings, "--format", "json", "--output", str(home / "report"))
    for form in ("diff", "json", "sarif"):
        plan = ("--plan", str(home / "plan.md"))
        yield said("fix", *all_findings, "--unsafe", "--format", form, *plan)
    yield said("inventory", ".")
    yield said("baseline", "create", *all_findings, "--file", str(home / "baseline.json"))
    yield said("scan", *all_findings, "--baseline", str(home / "baseline.json"), "--format", "json")
    repo.day += 40
    for path in sorted(p for p in folder.glob("c*/**/*") if p.is_file())[::2]:
        path.unlink()
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "gone")
    for form in FORMATS:
        yield said("history", *all_findings, "--format", form)
    svg = ("--timeline-svg", str(home / "timeline.svg"))
    yield said("history", *all_findings, "--timeline", "--deep", *svg)
    yield said("baseline", "update", *all_findings, "--file", str(home / "baseline.json"))
    for path in sorted(home.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()
