"""Names a key file in `.gitignore`, so that git does not add it."""

from __future__ import annotations

import re

from keyaudit.fixes.changes import Change
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site

_FILE = ".gitignore"
_NOTE = (
    "move the key out of the working tree where that is possible: what `.gitignore` names still "
    "gets into archives and into the context of images (`.dockerignore`)"
)


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    path = site.finding.path
    if re.search(r"[*?\[\]\\\n\r]|\s$", path):
        raise DeclinedError("the name has signs that a pattern does not take as they are")
    folder, found = path, ""
    while "/" in folder:
        folder = folder.rpartition("/")[0]
        if site.project.read(f"{folder}/{_FILE}") is not None:
            found = found or f"{folder}/"
            _require_no_exception(site, f"{folder}/{_FILE}")
    _require_no_exception(site, _FILE)
    file = site.project.text(f"{found}{_FILE}")
    pattern = f"/{path.removeprefix(found)}"
    head = file.newline if file.text and not file.text.endswith("\n") else ""
    end = len(file.text)
    return site.rewrite(
        f"name it in `{file.path}`",
        migrate=(_NOTE,),
        more=[Change(file.path, end, end, f"{head}{pattern}{file.newline}")],
        plain=(pattern,),
    )


def _require_no_exception(site: Site, path: str) -> None:
    """Raise DeclinedError where a file of patterns takes files out of others."""
    if re.search(r"(?m)^!", site.project.text(path).text):
        raise DeclinedError(f"`{path}` has exceptions: it may be meant to be added")
