"""Loads the catalogue: from a release or the cache if possible, else from the YAML files."""

from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keyaudit import __version__
from keyaudit.catalogue.building import build
from keyaudit.catalogue.folders import CatalogueFile, read_files, rules_folder
from keyaudit.catalogue.types import Catalogue

if TYPE_CHECKING:
    from keyaudit.catalogue.yamlfile import Source


def load(folders: Sequence[Path] = (), *, cache_folder: Path | None = None) -> Catalogue:
    """The shipped catalogue, with the rules, models, tokens and policies in `folders` added.

    The checked catalogue is kept in `cache_folder` (None: not at all) under a digest of the files,
    and read from there while they do not change. Raises KeyauditError, with file, line and key, for
    a file that breaks the format in docs/writing-rules.md, and for two files that contradict each
    other.
    """
    # So many new objects, of which none is garbage, would set the collector off again and again.
    collects = gc.isenabled()
    gc.disable()
    try:
        made = None if folders else _released()
        if made is None:
            made = _from_files(read_files(folders), cache_folder)
        return build(*made)
    finally:
        if collects:
            gc.enable()


def _released() -> tuple[dict[str, Any], str] | None:
    """The catalogue of an installed release, as it was put together when that was made."""
    from keyaudit.catalogue import released

    return released.read(rules_folder())


def _from_files(
    files: Sequence[CatalogueFile], cache_folder: Path | None
) -> tuple[dict[str, Any], str]:
    digest = _digest(files)
    if cache_folder is None:
        return _checked(files), digest
    from keyaudit.catalogue import compiled

    key = _with_code(digest)
    plain = compiled.read(cache_folder, key)
    if plain is None:
        plain = _checked(files)
        compiled.write(cache_folder, key, plain)
    return plain, digest


def release(folder: Path) -> Path:
    """Checks all files of the shipped catalogue, writes it for a release, and returns that file.

    Raises KeyauditError as `load` does.
    """
    from keyaudit.catalogue import released

    files = [file._replace(released=False) for file in read_files(())]
    return released.write(folder, _digest(files), _checked(files))


def _digest(files: Sequence[CatalogueFile]) -> str:
    found = hashlib.blake2b(digest_size=20)
    for file in files:
        found.update(f"{file.label}\0{file.kind}\0{len(file.data)}\0".encode())
        found.update(file.data)
    return found.hexdigest()


def _with_code(digest: str) -> str:
    """The digest with the state of the code that checks, which in a checkout may change."""
    found = hashlib.blake2b(f"{digest}\0{__version__}".encode(), digest_size=20)
    folder = Path(__file__).parent
    for place in (folder, folder / "schemas"):
        with os.scandir(place) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                if entry.name.endswith((".py", ".json")):
                    state = entry.stat()
                    found.update(f"{entry.name} {state.st_size} {state.st_mtime_ns} ".encode())
    return found.hexdigest()


def _checked(files: Sequence[CatalogueFile]) -> dict[str, Any]:
    from keyaudit.catalogue import merging, yamlfile

    sources = []
    for file in files:
        source = yamlfile.parse(file.label, file.data)
        if not file.released:
            _check(source, file.kind)
        sources.append((file.kind, source))
    return merging.merge(sources)


def _check(source: Source, kind: str) -> None:
    """Against the schema, and what a schema cannot say. KeyauditError for what is wrong."""
    from keyaudit.catalogue import checks, schema, tokens

    schema.check(source, kind)
    if kind == "rule":
        checks.check_rule(source)
    elif kind == "model":
        checks.check_model(source)
    elif kind == "tokens":
        tokens.check_tokens(source)
