"""PKCS#1 v1.5 encryption becomes OAEP with SHA-256, at both ends.

Declined where only one end is in the scanned files.
"""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site

_PADDING = "cryptography.hazmat.primitives.asymmetric.padding"
_MIGRATE = (
    "what was encrypted with the old padding is not decrypted any more: decrypt it with the old "
    "program, and let all peers change at once",
)


def rewrite(site: Site) -> Rewrite:
    """See the module."""
    found = site.project.once("paddings", lambda: _paddings(site))
    kinds = {kind for _, _, kind in found}
    if kinds != {"encrypt", "decrypt"}:
        raise DeclinedError("the other end is not in the scanned files")
    for path, node, _ in found:
        editor = site.editor(path)
        assert isinstance(node.func, ast.Attribute)
        module = editor.file.source(node.func.value)
        sha256 = f"{_hashes(site, path, node)}.SHA256()"
        editor.replace(
            node,
            f"{module}.OAEP({module}.MGF1({sha256}), {sha256}, None)",
        )
    return site.rewrite("pad with OAEP", migrate=_MIGRATE)


def _hashes(site: Site, path: str, at: ast.AST) -> str:
    editor = site.editor(path)
    module = "cryptography.hazmat.primitives.hashes"
    known = editor.names.imported("cryptography.hazmat.primitives", "hashes", at)
    return known or editor.module(module, at)


def _paddings(site: Site) -> list[tuple[str, ast.Call, str]]:
    """Every `padding.PKCS1v15()` of an encryption or decryption: path, call, and which it is."""
    found = []
    for file in site.project.python_with("PKCS1v15"):
        for node in file.walk():
            if not isinstance(node, ast.Call) or not (dotted(node.func) or "").endswith(
                ".PKCS1v15"
            ):
                continue
            outer = file.parent(node)
            outer = file.parent(outer) if isinstance(outer, ast.keyword) else outer
            if not isinstance(outer, ast.Call) or not isinstance(outer.func, ast.Attribute):
                raise DeclinedError("the padding is used in more than one place")
            method = outer.func.attr
            if method in ("encrypt", "decrypt"):
                found.append((file.path, node, method))
            elif method not in ("sign", "verify"):
                raise DeclinedError("it is not known what the padding is for")
    return found
