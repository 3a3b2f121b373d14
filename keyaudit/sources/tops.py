"""The folders that paths are judged from: top folders of repositories, and named folders."""

from __future__ import annotations

import os
from collections.abc import Iterable

from keyaudit.core.standing import Standing
from keyaudit.sources.named_paths import relative

_SERVED = ("wsgi.py", "asgi.py")


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
    """The folders in a repository's top that are a Django project with its `manage.py` beside it.

    A project may be called `demo`, and is then no demonstration of something else; beside a
    `setup.py`, in the repository of a library, it is one.
    """
    try:
        names = os.listdir(top)
    except OSError:
        return []
    if "manage.py" not in names or "setup.py" in names:
        return []
    return [name for name in names if "." not in name and _is_project(os.path.join(top, name))]


def _is_project(folder: str) -> bool:
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    return "urls.py" in names and any(served in names for served in _SERVED)
