"""Whether a text declares a column of a table by the name of a secret."""

from __future__ import annotations

from keyaudit.core.patterns import regex

_NAME = (
    r"\w*(?:key|secret|token|passw|_pass|pwd|passphrase|cred|code|jwk|value|mnemonic|hook|cv[vc])"
    r"\w*"
)
# A column that is assigned, listed among the arguments of `Table`, or only annotated.
_ASSIGNED = regex(
    rf"[ \t]+(?i:{_NAME}[ \t]*(?::[^=\n]+)?=[ \t]*(?:[\w.]*\.)?"
    r"(?:(?:mapped_)?column|(?:char|text|binary|string|blob|json|url)field|required|optional|char|text)"
    r"[ \t]*\()"
)
_CALLS = ("olumn(", "Field(", "Required(", "Optional(", "fields.Char(", "fields.Text(")
_LISTED = regex(rf"[ \t]*(?:\w+\.)?Column\(\s*[\"'](?i:{_NAME})[\"']")
_MAPPED = regex(rf"\n[ \t]+(?i:{_NAME})[ \t]*:[^=\n]*\bMapped\[")
_FIELD = regex(rf"\n[ \t]+(?i:{_NAME})[ \t]*:[^=\n]*\b(?:str|bytes)\b")
_DOCUMENTS = ("beanie", "odmantic", "bunnet", "Document)")


def has_column(text: str) -> bool:
    """Whether a line of a text, or of a piece of one, declares such a column."""
    if "table=True" in text:
        return True
    for declared in _CALLS:
        at = text.find(declared)
        while at >= 0:
            start = text.rfind("\n", 0, at) + 1
            if _ASSIGNED.match(text, start, at + len(declared)) or (
                declared == "olumn(" and _LISTED.match(text, start)
            ):
                return True
            at = text.find(declared, at + 1)
    if "Mapped[" in text and _MAPPED.search(text) is not None:
        return True
    return any(word in text for word in _DOCUMENTS) and _FIELD.search(text) is not None
