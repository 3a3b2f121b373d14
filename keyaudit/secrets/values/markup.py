"""Tells attributes of markup from assignments: in `<input type="password" id="…">` each one names
its own value only, and `:value="…"` of a template holds code.
"""

from __future__ import annotations

from collections.abc import Sequence

from keyaudit.secrets.values.expressions import Kind, Token, TokenizedLine

# Attributes whose value belongs to the thing that the tag's other attributes name.
_VALUES = frozenset({"value", "content", "default"})
# Attributes that templates of Vue, Angular and Alpine run as code, by how they begin.
_RUN = ("v-", "ng-", "x-", "@", "*ng")


def attribute_names(line: TokenizedLine, begin: int, bind: int) -> list[str] | None:
    """What an attribute is called whose `=` is the token at `bind`, the nearest name first; none
    where its value is code; None where it is no attribute. `begin` is the first token of what
    stands in the same brackets."""
    tokens = line.tokens
    if bind <= begin or tokens[bind].text != "=":
        return None
    last = tokens[bind - 1]
    if last.text in (")", "]"):  # Angular's events and properties: `(click)=`, `[value]=`
        opened = line.closed.get(bind - 1)
        if opened is not None and last.end == tokens[bind].start and _is_bare(tokens, opened):
            return []
    tag = _tag(tokens, begin, bind)
    if last.kind is not Kind.WORD:
        return None
    if last.text.startswith(_RUN) or _is_bound(tokens, begin, bind - 1):
        return []
    if tag is None:
        return None
    if last.text.lower() in _VALUES:
        words = [t.value for t in tokens[tag + 2 : bind] if t.kind is not Kind.SIGN]
        return words[::-1]
    return [last.text]


def is_event(line: str, start: int, separator: str) -> bool:
    """Whether a name at `start` is that of an event of Angular, whose value is code:
    `(tokenEnd)="add()"`. `separator` is what stands between the name and the value."""
    if separator not in (')="', ")='") or line[max(0, start - 1) : start] != "(":
        return False
    return start == 1 or line[start - 2].isspace()


def _is_bare(tokens: Sequence[Token], opened: int) -> bool:
    """Whether nothing that could be called or indexed stands right before a bracket."""
    if opened == 0:
        return True
    before = tokens[opened - 1]
    gap = tokens[opened].start - before.end
    # A text's end is its quote.
    return gap > (before.kind is Kind.TEXT) and before.text not in ("my", "our", "local")


def _is_bound(tokens: Sequence[Token], begin: int, name: int) -> bool:
    """Whether a name is bound by a colon right before it that ends no other name: `:value=`."""
    if name <= begin or tokens[name - 1].text != ":":
        return False
    colon = tokens[name - 1]
    if colon.end != tokens[name].start:
        return False
    return name - 1 == begin or tokens[name - 2].end < colon.start


def _tag(tokens: Sequence[Token], begin: int, end: int) -> int | None:
    """The index of the `<` of the tag that is open at `end`; None where none is."""
    for at in range(end - 1, begin - 1, -1):
        text = tokens[at].text if tokens[at].kind is Kind.SIGN else ""
        if text == ">":
            return None
        if text == "<":
            is_name = at + 1 < end and tokens[at + 1].kind is Kind.WORD
            close = is_name and tokens[at + 1].start == tokens[at].end
            # `Map<String` is a type.
            apart = at == 0 or tokens[at - 1].end < tokens[at].start or (tokens[at - 1].text == ">")
            return at if close and apart else None
    return None
