"""Takes the cipher suites without forward secrecy out of a list for TLS 1.2 and older."""

from __future__ import annotations

import ast

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.values import literal

_SUITE = regex(r"[A-Z0-9-]+")
_FORWARD = regex(r"(?:ECDHE|DHE|EECDH|EDH|TLS_AES|TLS_CHACHA20)\b.*|TLS_\w+")
# NIST SP 800-52 Rev. 2, 3.3.1: ephemeral ECDH, with authenticated encryption.
_INSTEAD = "ECDHE+AESGCM:ECDHE+CHACHA20"


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    path, node = literal(site)
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        raise DeclinedError("the list is put together from parts")
    editor = site.editor(path)
    source = editor.file.source(node)
    if "\n" in source or source[0] not in "\"'":
        raise DeclinedError("the list is put together from parts")
    suites = node.value.split(":")
    if not all(_SUITE.fullmatch(suite) for suite in suites):
        raise DeclinedError("the list has rules besides names")
    kept = [suite for suite in suites if _FORWARD.fullmatch(suite)]
    text = ":".join(kept) or _INSTEAD
    editor.replace(node, f"{source[0]}{text}{source[0]}")
    return site.rewrite(
        "allow suites with forward secrecy only",
        migrate=(
            "find out who still connects by the suites that go (the server's log of handshakes): "
            "without ECDHE or DHE they cannot any more",
        ),
        plain=(text,),
    )
