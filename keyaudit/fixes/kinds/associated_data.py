"""Adds associated data to AEAD encryption, the same in all calls of the scanned files that encrypt
or decrypt."""

from __future__ import annotations

import ast
import re

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site

_AEAD = "cryptography.hazmat.primitives.ciphers.aead."
_MIGRATE = (
    "what was encrypted without associated data is not decrypted any more: decrypt it with the old "
    "program, and encrypt it again",
)


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    stem = site.finding.path.rpartition("/")[2].removesuffix(".py")
    text = f'b"{re.sub(r"[^a-z0-9]+", "-", stem.lower())}"'
    kinds = set()
    for file in site.project.python_with("aead"):
        for place, uses in site.project.uses(file.path).items():
            name = uses[0].model.name
            if not name.startswith(_AEAD) or not name.endswith((".encrypt", ".decrypt")):
                continue
            node = file.at(*place, ast.Call)
            if node is None:
                continue
            given = [one.value for one in node.keywords if one.arg == "associated_data"]
            given += node.args[2:3]
            if len(given) != 1 or not _is_empty(given[0]):
                raise DeclinedError("some calls have associated data already")
            site.editor(file.path).replace(given[0], text)
            kinds.add(name.rpartition(".")[2])
    if kinds != {"encrypt", "decrypt"}:
        raise DeclinedError("the other end is not in the scanned files")
    return site.rewrite("bind what is encrypted to its purpose", migrate=_MIGRATE)


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in (None, b"")
