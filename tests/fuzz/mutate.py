"""Changes documents by their structure: tokens of a text, nodes of DER, and what is in PEM."""

from __future__ import annotations

import base64
import random
import re
import textwrap
from collections.abc import Sequence

from keyaudit.material.asn1 import children, encode
from keyaudit.material.types import MaterialError

_TOKEN = re.compile(r"\w+|\s+|.", re.DOTALL)
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----\n([A-Za-z0-9+/=\n]+)-----END \1-----")
_CONSTRUCTED = 0x20
_WORDS = (
    "\n",
    "\r",
    "\r\n",
    "\t",
    " ",
    "  ",
    "\0",
    "\ufeff",
    "\u2028",
    "\x85",
    "\x1b[31m",
    "é",
    "鍵",
    "\ud83d",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ",",
    ":",
    ": ",
    "\n: ",
    "? ",
    "- ",
    "-\n",
    "#",
    " #",
    "&a ",
    "*a",
    "<<: *a",
    "!!binary ",
    "!x ",
    "|\n",
    ">-\n",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "'",
    '"',
    '"""',
    "'''",
    "`",
    "\\",
    "\\\n",
    "=",
    ":=",
    "==",
    ";",
    "${",
    "{{",
    "}}",
    "{%",
    "%}",
    "f'{",
    "b'",
    'r"',
    "lambda: ",
    "async ",
    "def f(",
    "class A:\n",
    "return ",
    "import os\n",
    "from . import *\n",
    "@",
    "if ",
    "else:\n",
    ":=",
    "match x:\n case ",
    "*",
    "**",
    "0",
    "1e999",
    "0x",
    "9" * 5000,
    "password",
    "secret = ",
    "token: ",
    "key=",
    '"kty"',
    '"kty": "oct"',
    '"kty":"RSA"',
    '"k"',
    "keyaudit: ignore[KA301] a",
    "# keyaudit: ignore[",
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
    "-----BEGIN CERTIFICATE-----\n",
    "MAA=",
    "MAIwAA==",
    "AAAA",
    "ssh-rsa AAAAB3NzaC1yc2E",
    "ghp_",
    "AKIA",
    "eyJhbGciOiJub25lIn0.",
    "sk_live_",
    "https://a:",
    "@b/",
    "Authorization: Bearer ",
    "pragma: allowlist secret",
    "ENV ",
    "ARG ",
    "machine a login b password ",
)


def text(source: random.Random, document: str, others: Sequence[str]) -> str:
    """A document with a few tokens, lines or nodes of it changed, moved, repeated or gone."""
    if (found := _PEM.search(document)) and source.random() < 0.7:
        body = binary(source, base64.b64decode(found[2]))
        armor = "\n".join(textwrap.wrap(base64.b64encode(body).decode(), 64))
        label = source.choice((found[1], "ENCRYPTED PRIVATE KEY", "PRIVATE KEY", "CERTIFICATE"))
        return f"-----BEGIN {label}-----\n{armor}\n-----END {label}-----\n"
    tokens = _TOKEN.findall(document)[:4000]
    for _ in range(source.randint(1, 6)):
        at = source.randrange(len(tokens) + 1)
        end = min(len(tokens), at + source.choice((1, 1, 2, 5, 40)))
        match source.randrange(7):
            case 0:
                del tokens[at:end]
            case 1:
                tokens[at:at] = tokens[at:end] * source.choice((1, 2, 50))
            case 2:
                tokens[at:at] = [source.choice(_WORDS)] * source.choice((1, 1, 1, 3, 300))
            case 3:
                tokens[at:end] = [source.choice(_WORDS)]
            case 4:
                moved = tokens[at:end]
                del tokens[at:end]
                to = source.randrange(len(tokens) + 1)
                tokens[to:to] = moved
            case 5:
                other = _TOKEN.findall(source.choice(others))
                first = source.randrange(len(other) + 1)
                tokens[at:end] = other[first : first + 60]
            case _:
                tokens = tokens[:at] if source.random() < 0.3 else tokens[at:]
    return "".join(tokens)


def binary(source: random.Random, document: bytes) -> bytes:
    """A document with a node of its DER changed, or with some bytes changed."""
    if source.random() < 0.8:
        try:
            return _node(source, document)
        except MaterialError:
            pass
    data = bytearray(document)
    for _ in range(source.randint(1, 4)):
        if not data:
            break
        at = source.randrange(len(data))
        match source.randrange(4):
            case 0:
                data[at] = source.choice((0, 1, 0x30, 0x7F, 0x80, 0x84, 0xFF))
            case 1:
                del data[at : at + source.choice((1, 4, 100))]
            case 2:
                data[at:at] = data[at : at + source.choice((1, 4, 100))]
            case _:
                del data[at:]
    return bytes(data)


def _node(source: random.Random, data: bytes) -> bytes:
    """A sequence of elements in which one, somewhere, is another; lengths are right again."""
    nodes = children(data, whole=False)
    if not nodes:
        return encode(0x30, b"")
    at = source.randrange(len(nodes))
    tag, content = nodes[at]
    if tag & _CONSTRUCTED and content and source.random() < 0.75:
        nodes[at] = (tag, _node(source, content))
    else:
        match source.randrange(6):
            case 0:
                nodes[at] = (tag, b"")
            case 1:
                del nodes[at]
            case 2:
                nodes.insert(at, nodes[at])
            case 3:
                nodes[at] = (
                    source.choice((0x02, 0x03, 0x04, 0x05, 0x06, 0x30, 0x31, 0xA0)),
                    content,
                )
            case 4:
                nodes[at] = (
                    tag,
                    source.choice((b"\0", b"\x80", b"\xff" * 9, content[:1], content * 3)),
                )
            case _:
                nodes[at] = source.choice(nodes)
    return b"".join(encode(tag, content) for tag, content in nodes)
