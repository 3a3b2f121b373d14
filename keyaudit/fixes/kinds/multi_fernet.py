"""Replaces one Fernet key by a comma-separated list of keys: the first encrypts, all decrypt.

A single key is read as before, since a Fernet key contains no comma.
"""

from __future__ import annotations

import ast
import re

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.value_types import Kind, kind_of

_ONLY_FERNET = ("extract_timestamp", "_signing_key", "_encryption_key")


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    call, editor, file = site.call(), site.editor(), site.file
    if not site.is_called(call, "cryptography.fernet.Fernet") or len(call.args) != 1:
        raise DeclinedError("it is written in a way that no fix is known for")
    if any(isinstance(node, ast.Attribute) and node.attr in _ONLY_FERNET for node in file.walk()):
        raise DeclinedError("something is asked of the object that a list of keys cannot say")
    _require_any_box(site)
    if _is_computed(site, call.args[0]):
        raise DeclinedError("the key is computed there, and never a list")
    kind = _kind(site, call.args[0])
    if kind not in (Kind.TEXT, Kind.BYTES):
        raise DeclinedError("it is not known whether the key is text or bytes")
    comma = '","' if kind is Kind.TEXT else 'b","'
    multi = editor.member("cryptography.fernet", "MultiFernet", call)
    fernet = file.source(call.func)
    keys = file.source(call.args[0])
    if not isinstance(call.args[0], ast.Name | ast.Attribute | ast.Subscript | ast.Call):
        keys = f"({keys})"
    one = "key" if not re.search(r"\bkey\b", f"{fernet} {keys}") else editor.names.free("one")
    editor.replace(call, f"{multi}([{fernet}({one}) for {one} in {keys}.split({comma})])")
    _say_what_is_returned(site, call, multi)
    return site.rewrite("take a list of keys, separated by commas, the newest first")


def _say_what_is_returned(site: Site, call: ast.Call, multi: str) -> None:
    """Name the new class in the annotation of a function that returns the object alone."""
    file = site.file
    function = file.function(call)
    said = function.returns if function is not None else None
    if said is None or not isinstance(file.parent(call), ast.Return):
        return
    returned = [
        node
        for node in file.walk()
        if isinstance(node, ast.Return) and file.function(node) is function
    ]
    if len(returned) == 1 and dotted(said) == dotted(call.func):
        site.editor().replace(said, multi)


def _is_computed(site: Site, node: ast.expr) -> bool:
    """Whether a key is made of something else in the place: of a hash, or by a derivation."""
    if isinstance(node, ast.Name):
        binders = site.editor().names.binders(node.id)
        made = [site.file.parent(one) for one in binders]
        values = [one.value for one in made if isinstance(one, ast.Assign)]
        return any(_is_computed(site, one) for one in values if not isinstance(one, ast.Name))
    name = (dotted(node.func) or "") if isinstance(node, ast.Call) else ""
    return name.rpartition(".")[2] in ("b64encode", "urlsafe_b64encode", "derive", "digest")


def _require_any_box(site: Site) -> None:
    """Raise DeclinedError where a scanned file tests for the class Fernet, or generates keys from
    an instance."""
    for file in site.project.python_with("Fernet"):
        for node in file.walk():
            if not isinstance(node, ast.Call):
                continue
            name = dotted(node.func) or ""
            asked = node.args[1:2] if name in ("isinstance", "issubclass") else []
            if any((dotted(one) or "").endswith("Fernet") for one in asked):
                raise DeclinedError("the class of the object is asked for")
            if name.endswith(".generate_key") and not name.endswith("Fernet.generate_key"):
                raise DeclinedError("something is asked of the object that a list of keys lacks")


def _kind(site: Site, node: ast.expr) -> Kind:
    if isinstance(node, ast.Call) and (dotted(node.func) or "").endswith("getenv"):
        return Kind.TEXT
    known = kind_of(site, node)
    if known is not Kind.UNKNOWN:
        return known
    context = site.project.context(site.finding.path)
    place = site.file.place(node)
    for use in context.uses:
        for _, value in use.arguments.get("key", ()):
            if (value.pos, value.end) == place:
                origins = context.resolver.origins(value, use.scope, None)
                made = {(one.kind, tuple(sorted(one.via)), one.source) for one in origins}
                if made and all(kind == "environment" and not via for kind, via, _ in made):
                    return Kind.TEXT
                if made and all(
                    kind == "file" and not via and source.endswith("read_bytes")
                    for kind, via, source in made
                ):
                    return Kind.BYTES
    return Kind.UNKNOWN
