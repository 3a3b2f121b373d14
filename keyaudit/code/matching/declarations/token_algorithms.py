"""Functions that let a token's own header choose between a shared secret and a public key."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import SECRET

# `alg = header.get("alg")`, `if header["alg"].startswith("HS")`, `match header["alg"]:`
_READS = regex(
    r"(?:(?P<name>\w+)[ \t]*=[ \t]*)?\b\w*headers?(?:\(\w+\))?(?:\.get\(|\[)[ \t]*[\"']alg[\"']"
)
_SYMMETRIC = regex(r"[\"']HS(?:256|384|512)?[\"']")
_OTHER = regex(r"[\"'](?:RS|ES|PS)(?:256|384|512)?[\"']|(?i:jwks?|public|key_set|keyset|cert)")
# The algorithm was agreed on, and the header only has to say the same.
_AGREED = regex(
    r"\balg\w*[ \t]*(?:!=|not[ \t]+in\b)|(?:!=|not[ \t]+in)[ \t]+\w*alg|allowed_alg|supported_alg"
    r"|expected_alg"
)


def chosen_by_token(scope: Scope) -> Iterator[Declaration]:
    """The place where a function reads the algorithm that decides which kind of key is taken."""
    if scope.kind != "function":
        return
    text = source_of(scope)
    read = _READS.search(text) if "alg" in text and "HS" in text else None
    if read is None or _AGREED.search(text) or scope.node is None:
        return
    asked = (
        rf"(?:\b{re.escape(read['name'])}\b|[\"']alg[\"'])" if read["name"] else r"[\"']alg[\"']"
    )
    for line in text.splitlines():
        stated = line.strip()
        if stated.startswith(("if ", "elif ", "match ", "case ", "return ")) and re.search(
            asked, stated
        ):
            if not (_SYMMETRIC.search(stated) or stated.startswith("match ")):
                continue
            after = text[text.index(line) + len(line) :]
            if _OTHER.search(after) and _SYMMETRIC.search(text):
                start = scope.node.pos + read.start()
                yield Declaration("alg", scope.name, SECRET, (start, scope.node.pos + read.end()))
                return
