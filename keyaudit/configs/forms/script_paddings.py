"""RSA with the padding of PKCS #1 v1.5 in scripts of pages and servers: of a library that knows no
other (JSEncrypt), and of those that are told to use it (Node's `crypto`, node-forge)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.configs.forms.script_places import found, is_made, start_of_code
from keyaudit.configs.readers.offsets import lines_of
from keyaudit.configs.tree import Resource
from keyaudit.core.patterns import regex

KIND = "padding"
_USES = regex(
    r"\bnew\s+(?:[\w$]{1,40}\.)?(?P<jsencrypt>JSEncrypt)\b|\b(?P<node>RSA_PKCS1_PADDING)\b"
    r"|[\"'](?P<forge>RSAES-PKCS1-V1_5)[\"']"
)
_HELD = regex(r"([\w$]{1,60})\s*=\s*\Z")
_ENCRYPTS = r"{}\.(?:en|de)crypt(?:Long)?\("
_SIGNS = regex(r"\b(?:create)?(?:Sign|Verify|sign|verify)\b")
_NEAR = 600  # characters from where an object is made to where it encrypts


def resources(text: str, path: str, form: str) -> Iterator[Resource]:
    """The places where such a padding is chosen to encrypt or decrypt with: `by` is what has it."""
    if is_made(path):
        return
    place = lines_of(text)
    for use in _USES.finditer(text):
        line = start_of_code(text, use.start())
        if line is None:
            continue
        group = use.lastgroup or "node"
        if group == "jsencrypt" and not _is_used(text, line, use):
            continue
        # The same padding is right for signatures that are to be checked by everybody.
        if group == "node" and _SIGNS.search(text, max(line - _NEAR // 2, 0), use.end()):
            continue
        yield found(form, KIND, use[group], {"by": use[group]}, place(*use.span(group)), path)


def _is_used(text: str, line: int, made: re.Match[str]) -> bool:
    """Whether the object that is made there encrypts: it also makes keys, and signs."""
    held = _HELD.search(text[line : made.start()])
    encrypts = re.compile(_ENCRYPTS.format(re.escape(held[1]) if held else r"\)"))
    return encrypts.search(text, made.end(), made.end() + _NEAR) is not None
