"""Resolves the paths a user names, and the root folder that paths in reports start from."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from keyaudit.core.errors import KeyauditError


class Named(NamedTuple):
    """The named folders and files as absolute paths, and the root.

    Symbolic links that are named are followed, as by `grep -r`: `files` maps each to its target.
    """

    root: str
    folders: tuple[str, ...]
    files: dict[str, str]


def resolve(paths: Sequence[Path], *, must_exist: bool = True) -> Named:
    """Resolves named paths; without any, the working directory.

    The root is the working directory if all paths lie in it, else their common folder. Raises
    KeyauditError for a path that is neither file nor folder, and, if `must_exist`, for a missing
    one.
    """
    try:
        here = os.getcwd()
    except FileNotFoundError:
        raise KeyauditError("the working directory is gone", hint="change to another") from None
    folders: dict[str, None] = {}
    files: dict[str, str] = {}
    for path in paths or (Path(),):
        text = os.path.join(here, path)
        try:
            mode = os.stat(text).st_mode
        except OSError as error:
            if not must_exist:
                files[_placed(text)] = text
                continue
            raise _unusable(path, error) from None
        except ValueError:
            raise KeyauditError("is no path", where=repr(str(path))) from None
        if stat.S_ISDIR(mode):
            folders[os.path.realpath(text)] = None
        elif stat.S_ISREG(mode):
            files[_placed(text)] = os.path.realpath(text)
        else:
            raise KeyauditError(
                "is a device, socket or fifo, and is not opened",
                where=str(path),
                hint="name a file or a folder",
            )
    places = [*folders, *(os.path.dirname(file) for file in files)]
    inside = all(place == here or place.startswith(_slash(here)) for place in places)
    return Named(here if inside else os.path.commonpath(places), tuple(folders), files)


def relative(path: str, root: str) -> str:
    """The path from `root` of an absolute path in it; "" for the root itself."""
    return "" if path == root else path.removeprefix(_slash(root))


def _slash(folder: str) -> str:
    return folder if folder.endswith("/") else folder + "/"


def _placed(text: str) -> str:
    """The absolute path, links in its folders resolved, but not the file's own."""
    folder, name = os.path.split(text.rstrip("/"))
    return os.path.join(os.path.realpath(folder), name)


def _unusable(path: Path, error: OSError) -> KeyauditError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return KeyauditError(
            "there is no such file or folder", where=str(path), hint="check the spelling"
        )
    return KeyauditError(
        f"cannot be read ({error.strerror})", where=str(path), hint="check its permissions"
    )
