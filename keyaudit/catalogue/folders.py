"""Finds and reads the files of the catalogue."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from keyaudit.core.errors import KeyauditError

MAX_BYTES = 1_000_000
_MAX_FILES = 5_000


class CatalogueFile(NamedTuple):
    """One file: its content, its kind (rule, model, policy or tokens), and its name for errors.

    `released`: it is part of an installed release, and was checked when that was built.
    """

    label: str
    kind: str
    data: bytes
    released: bool = False


def rules_folder() -> Path:
    """The folder of the shipped catalogue: `keyaudit/rules` if installed, `rules` in a checkout.

    Raises KeyauditError if it is missing.
    """
    package = Path(__file__).parent.parent
    for folder in (package / "rules", package.parent / "rules"):
        if (folder / "models").is_dir():
            return folder
    raise KeyauditError(
        "the rules that ship with keyaudit are missing",
        where=str(package / "rules"),
        hint="install keyaudit again",
    )


def read_files(folders: Sequence[Path]) -> list[CatalogueFile]:
    """All YAML files of the shipped catalogue and of `folders`, in a fixed order.

    Raises KeyauditError for a missing folder, an unreadable file, a file of more than 1,000,000
    bytes, or more than 5,000 files in a folder.
    """
    shipped = rules_folder()
    released = shipped.parent == Path(__file__).parent.parent
    files = [file._replace(released=released) for file in _files_in(shipped, "rules")]
    for folder in folders:
        if not folder.is_dir():
            raise KeyauditError("there is no such folder of rules", where=str(folder))
        if os.path.realpath(folder) != os.path.realpath(shipped):
            files += _files_in(folder, str(folder))
    return files


def _files_in(folder: Path, label: str) -> Iterator[CatalogueFile]:
    top = str(folder)
    for count, (path, relative) in enumerate(_walk(top, "")):
        if count >= _MAX_FILES:
            raise KeyauditError(f"has more than {_MAX_FILES} rule files", where=label)
        name = f"{label}/{relative}"
        yield CatalogueFile(name, _kind(relative), _read(path, name))


def _walk(folder: str, head: str) -> Iterator[tuple[str, str]]:
    """Paths of the YAML files below a folder, with the paths relative to it, sorted."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise KeyauditError(f"cannot be read: {error.strerror}", where=folder) from None
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, f"{head}{entry.name}/")
        elif entry.name.endswith((".yaml", ".yml")) and entry.is_file():
            yield entry.path, head + entry.name


def _kind(relative: str) -> str:
    parts = relative.split("/")[:-1]
    if "models" in parts:
        return "model"
    if "tokens" in parts:
        return "tokens"
    return "policy" if "policies" in parts else "rule"


def _read(path: str, label: str) -> bytes:
    try:
        # Half the cost of `Path.read_bytes`, for well over a hundred files a run.
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            too_large = os.fstat(file.fileno()).st_size > MAX_BYTES
            data = b"" if too_large else file.readall()
    except OSError as error:
        raise KeyauditError(f"cannot be read: {error.strerror}", where=label) from None
    if too_large:
        raise KeyauditError(f"is larger than {MAX_BYTES} bytes", where=label)
    return data
