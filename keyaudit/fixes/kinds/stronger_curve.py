"""Makes new keys on the curve P-256.

Declined where keys of the old curve are read, or used in a key exchange.
"""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.values import literal

_MODULE = "cryptography.hazmat.primitives.asymmetric.ec"
_READS = frozenset({"exchange", "load_pem_private_key", "load_der_private_key", "import_key",
                    "load_pem_public_key", "load_der_public_key", "from_encoded_point", "from_pem",
                    "from_der", "from_string", "derive_private_key", "EllipticCurvePublicNumbers",
                    "ECDH"})  # fmt: skip
# Bytes of keys and signatures of curves of up to 224 bits.
_LENGTHS = frozenset({20, 21, 24, 25, 28, 29, 40, 42, 48, 49, 56, 57})


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    path, node = literal(site)
    for each in {path, site.finding.path}:
        _require_no_readers(site, each)
    editor = site.editor(path)
    name = dotted(node.func if isinstance(node, ast.Call) else node)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        editor.replace(node, '"P-256"')
    elif name is not None and "." in name and _is_curve(name):
        head, _, last = name.rpartition(".")
        new = "NIST256p" if last.startswith("NIST") else "SECP256R1"
        text = f"{head}.{new}" + ("()" if isinstance(node, ast.Call) else "")
        editor.replace(node, text)
    elif name is not None and _is_imported(site, path, node, name):
        new = editor.member(_MODULE, "SECP256R1", node)
        editor.replace(node, new + ("()" if isinstance(node, ast.Call) else ""))
    else:
        raise DeclinedError("the curve is chosen elsewhere")
    return site.rewrite("make keys of the curve P-256")


def _is_imported(site: Site, path: str, node: ast.AST, name: str) -> bool:
    """Whether a name is that of a curve of cryptography, imported by itself."""
    names = site.editor(path).names
    return any(
        isinstance(one, ast.ImportFrom)
        and one.module == _MODULE
        and any((alias.asname or alias.name) == name and _is_curve(alias.name) and
                names.imported(_MODULE, alias.name, node) == name for alias in one.names)
        for one in names.binders(name)
    )  # fmt: skip


def _is_curve(name: str) -> bool:
    last = name.rpartition(".")[2].upper()
    return last.startswith(("SECP", "SECT", "NIST", "BRAINPOOL"))


def _require_no_readers(site: Site, path: str) -> None:
    for node in site.editor(path).file.walk():
        word = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
        if word in _READS:
            raise DeclinedError("keys of the old curve may be in use")
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value in _LENGTHS:
            raise DeclinedError("the length of what such a key makes is written in the file")
