"""Takes what is broken out of a list of TLS ciphers in OpenSSL's syntax: suites and groups that
encrypt nothing or hardly, or ask nobody who they are, and a lowered security level."""

from __future__ import annotations

import ast

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.values import literal

_BROKEN = regex(
    r"(?:[A-Z0-9]+[-+])*(?:RC4|A?E?NULL|aNULL|eNULL|EXPORT\d*|EXP\d*|AN?ECDH|ADH|MD5|3DES|DES|DES-CBC3?|LOW"
    r"|COMPLEMENTOFDEFAULT|COMPLEMENTOFALL)(?:[-+][A-Z0-9]+)*"
)
_LEVEL = regex(r"@SECLEVEL=[01]")
_PARTS = regex(r"[^:, ]+")
# What OpenSSL offers by itself, without the anonymous suites that ALL has.
_ALL = {"ALL": "DEFAULT"}
# NIST SP 800-52 Rev. 2, 3.3.1: ephemeral ECDH, with authenticated encryption.
_INSTEAD = "ECDHE+AESGCM:ECDHE+CHACHA20"


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    path, node = literal(site)
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str | bytes):
        raise DeclinedError("the list is put together from parts")
    editor = site.editor(path)
    source = editor.file.source(node)
    quote = source.lstrip("bB")[0]
    old = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
    head = source[: source.index(quote)]
    if source != f"{head}{quote}{old}{quote}":
        raise DeclinedError("the list is put together from parts")
    text, is_replaced = strengthened(old)
    editor.replace(node, f"{head}{quote}{text}{quote}")
    if not is_replaced:
        return site.rewrite("offer no broken ciphers", plain=(text,))
    return site.rewrite(
        "offer ciphers with forward secrecy and authenticated encryption",
        applicability="migrating",
        migrate=(
            "find out who still connects by the ciphers that go (the server's log of handshakes): "
            "they cannot any more",
        ),
        plain=(text,),
    )


def strengthened(old: str) -> tuple[str, bool]:
    """The list without what is broken, and whether nothing of it was left, so that another one
    stands in its place."""
    kept = []
    for part in _PARTS.findall(old):
        name = _LEVEL.sub("", part)
        if name and not _BROKEN.fullmatch(name.lstrip("+")):
            kept.append(_ALL.get(name, name))
    if all(part[0] in "!-@" for part in kept):
        return ":".join([_INSTEAD, *kept]), True
    return ":".join(kept), False
