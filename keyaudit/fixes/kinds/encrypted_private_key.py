"""Encrypts a stored private key with a passphrase from the environment, and loads it with the
same."""

from __future__ import annotations

import ast

from keyaudit.fixes.cipher_calls import is_none
from keyaudit.fixes.environment import example_line
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site

_NAME = "KEY_PASSPHRASE"
# What opens private keys as well, without being given a passphrase here.
_OTHER_READERS = ("load_cert_chain", "from_private_key", "import_key", "importKey", "keyfile",
                  "key_filename", "client_keys", "load_privatekey")  # fmt: skip
_LOADERS = ("load_pem_private_key", "load_der_private_key", "load_ssh_private_key")


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    path, node = _no_encryption(site)
    for word in _OTHER_READERS:
        if any(True for _ in site.project.python_with(word)):
            raise DeclinedError("a program that knows no passphrase may read the key")
    editor = site.editor(path)
    name = dotted(node.func) or ""
    head, _, _ = name.rpartition(".")
    text = f'{editor.module("os", node)}.environ["{_NAME}"].encode()'
    if head:
        editor.replace(node, f"{head}.BestAvailableEncryption({text})")
    else:
        best = editor.member(
            "cryptography.hazmat.primitives.serialization", "BestAvailableEncryption", node
        )
        editor.replace(node, f"{best}({text})")
    loads = _loads(site)
    if not loads:
        raise DeclinedError("who reads the key is not in the scanned files")
    for other_path, value in loads:
        other = site.editor(other_path)
        passphrase = f'{other.module("os", value)}.environ["{_NAME}"].encode()'
        other.replace(value, passphrase)
    return site.rewrite(
        f"encrypt the key under a passphrase from the environment variable {_NAME}",
        migrate=(
            f"set {_NAME} wherever the key is written or read",
            "encrypt the keys that are stored already: load them without a passphrase once, and "
            "save them with it",
        ),
        more=example_line(site, _NAME),
    )


def _no_encryption(site: Site) -> tuple[str, ast.Call]:
    """The path and the `NoEncryption()` call at which the evidence begins."""
    step = site.finding.steps[0] if site.finding.steps else None
    path = step.path if step is not None else site.finding.path
    start, _ = site.place(step.span if step is not None else site.finding.span, path)
    outer = site.editor(path).file.starting_at(start, ast.expr)
    found = [
        node
        for node in (ast.walk(outer) if outer is not None else ())
        if isinstance(node, ast.Call) and (dotted(node.func) or "").endswith("NoEncryption")
    ]
    if len(found) != 1:
        raise DeclinedError("it is not known how the key is written")
    return path, found[0]


def _loads(site: Site) -> list[tuple[str, ast.expr]]:
    """The `password=None` argument of every call that loads a private key, with its path."""
    found: list[tuple[str, ast.expr]] = []
    for word in _LOADERS:
        for file in site.project.python_with(word):
            for node in file.walk():
                if not isinstance(node, ast.Call):
                    continue
                if (dotted(node.func) or "").rpartition(".")[2] != word:
                    continue
                given = [k.value for k in node.keywords if k.arg == "password"] + node.args[1:2]
                if len(given) != 1 or not is_none(given[0]):
                    raise DeclinedError("some keys are loaded with a password already")
                found.append((file.path, given[0]))
    return found
