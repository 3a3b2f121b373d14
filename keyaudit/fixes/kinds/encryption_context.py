"""Adds an encryption context for AWS KMS, the same in all calls of the scanned files.

Declined where the scanned files only encrypt or only decrypt, or a call has a context already.
"""

from __future__ import annotations

import ast
import re

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site

_WRITE = ("boto3.kms.encrypt", "boto3.kms.generate_data_key",
          "boto3.kms.generate_data_key_without_plaintext")  # fmt: skip
_READ = ("boto3.kms.decrypt",)
_WORDS = ("decrypt", "encrypt", "generate_data_key", "re_encrypt")
_MIGRATE = (
    "what was encrypted without a context cannot be decrypted with one: re-encrypt it (`ReEncrypt` "
    "with a DestinationEncryptionContext), or decrypt it with the old program",
    "policies and grants that name a context must allow this one",
)


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    calls = site.project.once("kms calls", lambda: _calls(site))
    kinds = {name in _READ for _, _, name in calls}
    if kinds != {True, False}:
        raise DeclinedError("the other end is not in the scanned files")
    stem = site.finding.path.rpartition("/")[2].removesuffix(".py")
    purpose = re.sub(r"\W+", "-", stem)
    for path, node, _ in calls:
        editor = site.editor(path)
        if any(keyword.arg in (None, "EncryptionContext") for keyword in node.keywords):
            raise DeclinedError("some calls have a context already")
        editor.set_keyword(node, "EncryptionContext", f'{{"purpose": "{purpose}"}}')
    return site.rewrite("give one encryption context to all of them", migrate=_MIGRATE)


def _calls(site: Site) -> list[tuple[str, ast.Call, str]]:
    found: list[tuple[str, ast.Call, str]] = []
    for file in site.project.python_with(*_WORDS):
        for place, uses in site.project.uses(file.path).items():
            name = uses[0].model.name
            if name.endswith(".re_encrypt"):
                raise DeclinedError("data is re-encrypted as well")
            node = file.at(*place, ast.Call)
            if node is not None and name in (*_WRITE, *_READ):
                found.append((file.path, node, name))
    return found
