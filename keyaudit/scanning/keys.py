"""Cache keys: digests of everything that the result of a document depends on."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from keyaudit import __version__
from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.core.standing import AS_IT_IS, Standing

_SIZE = 20
# Analyzers that are others' work; a new version may find something else.
_PACKAGES = (
    "badkeys", "cryptography", "detect_secrets", "libcst", "tree_sitter", "tree_sitter_bash",
    "tree_sitter_bicep",
    "tree_sitter_hcl", "yaml",
)  # fmt: skip
# What a result is made by. Sources, reports and the command line do not shape it.
_OWN = ("code", "configs", "core", "material", "scanning", "secrets", "triage")


def key_maker(
    catalogue: Catalogue, policy: Policy, standing: Standing = AS_IT_IS
) -> Callable[[str, str], bytes]:
    """A function from a document's path and content id to the cache key of its result.

    `standing` gives the path by which a file is judged to be a test.
    """
    scope = hashlib.sha256()
    for part in (
        __version__,
        sys.version,
        catalogue.digest,
        policy.name,
        repr(sorted((path, limit.value) for path, limit in policy.limits.items())),
        repr(standing.starts),
        *_stamps(),
    ):
        scope.update(part.encode("utf-8", "backslashreplace") + b"\0")
    start = hashlib.blake2b(digest_size=_SIZE, key=scope.digest())

    def key(path: str, content_id: str) -> bytes:
        digest = start.copy()
        digest.update(
            f"{content_id}\0{path}\0{standing.judged(path)}".encode("utf-8", "surrogatepass")
        )
        return digest.digest()

    return key


def _stamps() -> list[str]:
    """Size and time of the code that makes results: a checkout changes without a new version."""
    stamps = []
    for package in _PACKAGES:
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            stamps.append(_stamp(spec.origin))
    home = Path(__file__).parent.parent
    for name in _OWN:
        for folder, folders, files in os.walk(home / name):
            folders[:] = sorted(inner for inner in folders if inner != "__pycache__")
            stamps += [_stamp(f"{folder}/{file}") for file in sorted(files) if file[-3:] == ".py"]
    return stamps


def _stamp(file: str) -> str:
    try:
        status = os.stat(file)  # noqa: PTH116
    except OSError:
        return file
    return f"{file} {status.st_size} {status.st_mtime_ns}"
