"""Identity of a secret across versions, kept under a key of this run so that nothing reveals it.

Findings hold 16 bits of a value's digest, which is too little to tell thousands apart. These
digests are keyed with bytes made for this run, live in memory only and are never written.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence

from keyaudit.core.finding import Finding
from keyaudit.core.patterns import regex

_RUN = secrets.token_bytes(32)
_NO_BODY = regex(r"\\[nrt]|[^A-Za-z0-9+/=]")
_LONGEST_KEY = 400  # lines
_LITERAL = regex(r"""[rbuf]{0,2}(["'])(.+)\1""", re.IGNORECASE)


def identities(text: str, findings: Sequence[Finding]) -> list[str]:
    """For each finding of a text what is equal just when rule and value are."""
    lines = text.split("\n")
    return [_identity(lines, finding) for finding in findings]


def _identity(lines: Sequence[str], finding: Finding) -> str:
    span = finding.span
    value = ""
    if finding.preview is not None and span.line <= len(lines):
        if finding.preview.startswith("-----BEGIN"):
            value = _body(lines, span.line - 1)
        elif span.end_line == span.line:
            value = lines[span.line - 1].rstrip("\r")[span.column - 1 : span.end_column - 1]
            literal = _LITERAL.fullmatch(value)
            value = literal[2] if literal else value
    known = f"{finding.rule_id}\0{finding.subject}\0{value}"
    return hashlib.blake2b(
        known.encode("utf-8", "surrogatepass"), key=_RUN, digest_size=16
    ).hexdigest()


def _body(lines: Sequence[str], start: int) -> str:
    """The letters of a key in PEM's form, however its lines are quoted."""
    text = "\n".join(lines[start : start + _LONGEST_KEY])
    begin = text.find("-----BEGIN")
    end = text.find("-----END", begin)
    header = text.find("-----", begin + 10)
    return _NO_BODY.sub("", text[header + 5 : end if end >= 0 else header + 8000])
