"""Questions for the passphrase of a new private key, which say themselves that it may be empty."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.declarations.said import text_of
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import PASSWORD

_ASKS = regex(r"(?i)\A(?:raw_)?input\Z|getpass|prompt|\Aask\w*\Z|\A(?:password|text)\Z")
_OF_SECRET = regex(r"(?i)pass ?(?:phrase|word)")
_MAY_BE_EMPTY = regex(
    r"(?i)\b(?:can|may) be (?:left )?(?:empty|blank)\b"
    r"|\bleave (?:it |this )?(?:empty|blank) for (?:no|none)\b"
    r"|\b(?:empty|blank|enter|return) (?:for|means) (?:no|none|an? unencrypted)\b"
)
# One that is there already is asked for, and may have none.
_THERE = regex(r"(?i)\bif\b|existing|current|\bold\b|unlock|decrypt|\bopen\b")
_OF_KEY = regex(r"(?i)private[ _-]?key|secret[ _-]?key|key[ _-]?store|key[ _-]?pair|\bseckey")
_MAKES = regex(r"(?i)generat|private_bytes|export_key|encode_private|lock\b|write_\w*key|new_key")


def offered(scope: Scope) -> Iterator[Declaration]:
    """The questions of a scope that makes or locks a private key."""
    text = source_of(scope)
    if not text or not _OF_SECRET.search(text) or not _MAKES.search(text):
        return
    if not _OF_KEY.search(scope.module.text):
        return
    for call in scope.calls:
        if not _ASKS.search(s.last_part(call.func)):
            continue
        for arg in call.args:
            question = text_of(arg.value)
            if (
                _OF_SECRET.search(question)
                and _MAY_BE_EMPTY.search(question)
                and not _THERE.search(question)
            ):
                place = (arg.value.pos, arg.value.end)
                yield Declaration("passphrase", s.last_part(call.func), PASSWORD, place)
