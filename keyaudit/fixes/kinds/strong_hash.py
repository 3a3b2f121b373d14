"""Uses SHA-256 inside a key derivation, in place of MD5 or SHA-1."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.passwords.checked import require_unchecked
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.values import literal

_MIGRATE = (
    "what was derived with the old hash is not found again with the new one: derive it once more, "
    "at the next login or by a job that decrypts with the old key and encrypts with the new one",
)


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    if ":digest:" not in site.finding.subject:
        raise DeclinedError("passwords must be hashed again, in another scheme")
    require_unchecked(site)
    path, node = literal(site)
    editor = site.editor(path)
    name = dotted(node.func if isinstance(node, ast.Call) else node)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        editor.replace(node, '"sha256"')
    elif name is not None and name.endswith((".MD5", ".SHA1")):
        head = name.rpartition(".")[0]
        editor.replace(node, f"{head}.SHA256" + ("()" if isinstance(node, ast.Call) else ""))
    else:
        raise DeclinedError("the hash is imported by its name alone")
    return site.rewrite("derive with SHA-256", migrate=_MIGRATE)
