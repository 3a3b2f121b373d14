"""Reads the names of branches and tags, and what annotated tags say."""

from __future__ import annotations

from dataclasses import dataclass, field

from keyaudit.history.git.commits import Commit, shown
from keyaudit.sources.git import GitError, Repository

_FORM = (
    "%(refname)%00%(objectname)%00%(taggerdate:unix)%00%(taggername)%00"
    "%(if:equals=tag)%(objecttype)%(then)%(contents)%(end)%00"
)
_FIELDS = 5


@dataclass(frozen=True, slots=True)
class Refs:
    """`names` are those of branches and tags, without `refs/`; `tags` the annotated ones, each as
    what a commit is (its own id, its time, who made it), with its name and message."""

    names: list[str] = field(default_factory=list)
    tags: list[tuple[Commit, str]] = field(default_factory=list)


def read_refs(repository: Repository) -> Refs:
    """All refs of a repository; none where git cannot tell."""
    found = Refs()
    try:
        output = repository.run("for-each-ref", f"--format={_FORM}")
    except GitError:
        return found
    parts = output.split(b"\0")
    for at in range(0, len(parts) - _FIELDS, _FIELDS):
        name, made, when, who, text = parts[at : at + _FIELDS]
        called = name.strip().decode("utf-8", "replace").removeprefix("refs/")
        found.names.append(called)
        if text:
            time = int(when) if when.isdigit() else 0
            tag = Commit(made.decode("ascii", "replace"), time, shown(who))
            found.tags.append((tag, text.decode("utf-8", "replace")))
    return found
