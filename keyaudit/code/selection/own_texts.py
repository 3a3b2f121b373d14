"""Whether a text has a method that makes a text of all that its object holds."""

from __future__ import annotations

from keyaudit.core.patterns import regex

# Methods that give the text of an object.
NAMES = frozenset({"__repr__", "__str__", "__unicode__", "__rich_repr__"})
# All that an object holds: its attributes, or the columns of its table.
ALL_OF_SELF = regex(
    r"\bself\.__dict__\b|\b(?:vars|asdict)\([ \t]*self[ \t]*\)|\bmodel_to_dict\([ \t]*self\b"
    r"|\b(?:self|type\(self\)|self\.__class__)\.(?:__table__\.(?:c|columns)|__mapper__\.(?:c|columns|attrs"
    r"|column_attrs)|_meta\.(?:get_)?fields|__slots__)\b"
    r"|\binspect\([ \t]*(?:self|type\(self\)|self\.__class__)[ \t]*\)\.(?:mapper\.)?"
    r"(?:column_attrs|attrs|columns|c)\b"
)
_METHOD = regex(r"def[ \t]+__(?:repr|str|unicode|rich_repr)__\(")
_FAR = 600


def may_show_all(text: str) -> bool:
    """Whether such a method may stand in a text."""
    if "__(self" not in text:
        return False
    return any(
        ALL_OF_SELF.search(text, method.end(), method.end() + _FAR)
        for method in _METHOD.finditer(text)
    )
