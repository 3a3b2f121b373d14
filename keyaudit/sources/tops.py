"""The folders that paths are judged from: top folders of repositories, and named folders."""

from __future__ import annotations

import os
from collections.abc import Iterable

from keyaudit.core.patterns import regex
from keyaudit.core.standing import Standing
from keyaudit.sources.named_paths import relative

_SERVED = ("wsgi.py", "asgi.py")
_EXAMPLES = frozenset({"examples", "example", "samples", "sample", "demos", "recipes"})
_FEWEST_EXAMPLES = 3
# What may lie beside examples in a repository that has nothing else: texts, pictures, the pattern
# of a new example, and settings of what keeps the repository tidy.
_BESIDE = regex(
    r"(?i)\..*|.*\.(?:md|markdown|rst|adoc|txt|png|svg|jpe?g|gif|webp|pdf)|licen[cs]e.*|copying|notice"
    r"|codeowners|authors|contributors|renovate\.json5?|docs?|documentation|images?|img|assets|media"
    r"|screenshots?|(?:\d+[-_])?(?:skeleton|template|boilerplate)s?"
)


def find_top(folder: str) -> str | None:
    """The nearest folder, from the given one upward, that contains `.git`; None if there is none.

    Paths are absolute.
    """
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def standing(root: str, tops: Iterable[str], named: Iterable[str] = ()) -> Standing:
    """The paths by which the files below a scan root are judged to be tests or examples.

    `root` and `tops` are absolute folders; each top lies in the root, or the root in it. `named`
    are the paths, from the root, of files that the user named.
    """
    starts: dict[str, str] = {}
    for top in tops:
        inside = top == root or top.startswith(f"{root.rstrip('/')}/")
        here = _slash(relative(top, root)) if inside else ""
        starts[here] = "" if inside else _slash(relative(root, top))
        for folder in _projects(top):
            if inside:
                starts[f"{here}{folder}/"] = ""
            elif starts[here].startswith(f"{folder}/"):
                starts[here] = starts[here].removeprefix(f"{folder}/")
    return Standing(tuple(sorted(starts.items())), frozenset(named))


def _slash(path: str) -> str:
    return f"{path}/" if path else ""


def _projects(top: str) -> list[str]:
    """The folders in a repository's top that are what it is there for, whatever they are called.

    A Django project with its `manage.py` beside it may be called `demo`, and is then no
    demonstration of something else; beside a `setup.py`, in the repository of a library, it is one.
    Examples are what a repository is there for that has nothing else: people run them as they are.
    """
    try:
        names = os.listdir(top)
    except OSError:
        return []
    kept = [name for name in names if not _BESIDE.fullmatch(name)]
    if len(kept) == 1 and kept[0].lower() in _EXAMPLES and "readme.md" in map(str.lower, names):
        return kept if _is_collection(os.path.join(top, kept[0])) else []
    if "manage.py" not in names or "setup.py" in names:
        return []
    return [name for name in names if "." not in name and _is_project(os.path.join(top, name))]


def _is_collection(folder: str) -> bool:
    """Whether a folder has several folders in it, one an example."""
    try:
        with os.scandir(folder) as found:
            return sum(one.is_dir(follow_symlinks=False) for one in found) >= _FEWEST_EXAMPLES
    except OSError:
        return False


def _is_project(folder: str) -> bool:
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    return "urls.py" in names and any(served in names for served in _SERVED)
