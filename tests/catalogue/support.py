"""A rule, a model and a policy that are right, to be made wrong in one place."""

from __future__ import annotations

from pathlib import Path

RULE = """\
id: ACME101
name: key-from-dice
stage: generation
severity: high
confidence: high
standards: {cwe: [338], nist: ["SP 800-133 4"]}
message: "{call} takes a key of {value} bytes; {limit} are needed"
match:
  argument: {role: key, kinds: [cipher], bytes-below: 16}
why: |
  A key that others can guess protects nothing.
remedy: |
  Throw no dice.
examples:
  - bad: |
      x = 1  # finding
  - good: |
      x = 1
"""

MODEL = """\
library: acme
documentation: https://acme.example/docs
modules: [acme]
calls:
  acme.seal:
    kinds: [aead-encrypt]
    parameters: {key: key, nonce: nonce, data: plaintext, "*": ~, size: length}
    returns: {origin: ciphertext, bytes: size}
"""

POLICY = """\
name: acme
title: What Acme asks for
extends: default
limits:
  acme.bytes:
    value: 32
    source: Acme handbook 4.2
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    """Writes the files by relative path; gives the folder back."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def line_of(text: str, part: str) -> int:
    """The line (from 1) that `part` first stands in."""
    return text[: text.index(part)].count("\n") + 1
