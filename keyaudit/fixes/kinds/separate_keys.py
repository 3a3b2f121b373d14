"""Derives separate keys for encryption and authentication with HKDF, where one key was used for
both."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site

_PRIMITIVES = "cryptography.hazmat.primitives"
_CIPHERS = (f"{_PRIMITIVES}.ciphers.algorithms.AES", f"{_PRIMITIVES}.ciphers.aead.")
_MACS = ("hmac.new", "hmac.digest", f"{_PRIMITIVES}.hmac.HMAC")
_MIGRATE = (
    "what was encrypted or authenticated before is not accepted any more: read it with the old "
    "program and write it again; the other side must derive its keys in the same way",
)


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    key = site.node(ast.expr)
    name = dotted(key)
    if name is None:
        raise DeclinedError("the key is not kept under a name")
    purposes: set[str] = set()
    for node in site.file.walk():
        if not isinstance(node, ast.Name | ast.Attribute) or dotted(node) != name:
            continue
        if not isinstance(node.ctx, ast.Load):
            continue
        parent = site.file.parent(node)
        if isinstance(parent, ast.Assign) and all(
            (dotted(one) or "").startswith("self.") for one in parent.targets
        ):
            continue
        purpose = _purpose(site, node)
        purposes.add(purpose)
        _derive(site, node, purpose)
    if purposes != {"encryption", "authentication"}:
        raise DeclinedError("the key is used for other things")
    return site.rewrite("derive a key for each purpose", migrate=_MIGRATE)


def _purpose(site: Site, node: ast.expr) -> str:
    """Whether a use of the key is "encryption" or "authentication".

    Raises DeclinedError for other uses.
    """
    parent = site.file.parent(node)
    call = site.file.parent(parent) if isinstance(parent, ast.keyword) else parent
    use = site.use(call) if isinstance(call, ast.Call) else None
    if use is not None:
        places = [(value.pos, value.end) for _, value in use.arguments.get("key", ())]
        if site.file.place(node) in places:
            if use.model.name.startswith(_CIPHERS):
                return "encryption"
            if use.model.name in _MACS:
                return "authentication"
    raise DeclinedError("the key is used for other things")


def _derive(site: Site, node: ast.expr, purpose: str) -> None:
    editor = site.editor()
    hkdf = editor.member(f"{_PRIMITIVES}.kdf.hkdf", "HKDF", node)
    hashes = editor.names.imported(_PRIMITIVES, "hashes", node) or editor.module(
        f"{_PRIMITIVES}.hashes", node
    )
    source = site.file.source(node)
    editor.replace(node, f'{hkdf}({hashes}.SHA256(), 32, None, b"{purpose}").derive({source})')
