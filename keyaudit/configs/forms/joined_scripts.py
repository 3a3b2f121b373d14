"""Scripts a CloudFormation template joins of pieces: `Fn::Join: ["", ["#!/bin/sh\\n", …]]`.

What a piece refers to, `!Ref DatabasePassword`, is seen as a variable of the shell of that name.
"""

from __future__ import annotations

from bisect import bisect_right

from keyaudit.configs.readers.offsets import Place
from keyaudit.configs.tree import NOWHERE, Mapping, Node, Scalar, Sequence
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex

_JOINS = ("!Join", "Fn::Join")
_REFERS = ("!Ref", "Ref", "!GetAtt", "Fn::GetAtt", "!ImportValue", "Fn::ImportValue")
_DEEPEST = 6
_MOST = 5_000  # pieces
_NO_NAME = regex(r"\W+")


def joined(node: Mapping) -> tuple[str, Place] | None:
    """The text that a join gives, and where its parts stand; None if the node is no join."""
    pieces = _Pieces()
    if not pieces.take(node, 0):
        return None
    return "".join(pieces.texts), pieces.place


class _Pieces:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self._starts: list[int] = []
        self._spans: list[Span] = []
        self._length = 0

    def take(self, node: Node, depth: int) -> bool:
        """Adds what a join gives; False if the node is none."""
        given = _argument(node, _JOINS)
        if not isinstance(given, Sequence) or len(given.items) != 2 or depth > _DEEPEST:
            return False
        sign, listed = given.items
        if not isinstance(sign, Scalar) or not isinstance(listed, Sequence):
            return False
        for number, item in enumerate(listed.items[:_MOST]):
            if number and sign.value:
                self._add(str(sign.value), item.span)
            self._item(item, depth)
        return True

    def _item(self, item: Node, depth: int) -> None:
        if isinstance(item, Scalar):
            self._add("" if item.value is None else str(item.value), item.span)
        elif (named := _argument(item, _REFERS)) is not None:
            self._add("${" + _name_of(named) + "}", item.span)
        elif not self.take(item, depth + 1):
            self._add("${_}", item.span)

    def _add(self, text: str, span: Span) -> None:
        self.texts.append(text)
        self._starts.append(self._length)
        self._spans.append(span)
        self._length += len(text)

    def place(self, begin: int, end: int) -> Span:
        """The span of the piece in which a stretch of the text begins."""
        at = bisect_right(self._starts, begin) - 1
        return self._spans[at] if self._spans else NOWHERE


def _argument(node: Node, names: tuple[str, ...]) -> Node | None:
    """What one of these functions is given; None if the node is none of them."""
    if not isinstance(node, Mapping) or len(node.entries) != 1:
        return None
    name, entry = next(iter(node.entries.items()))
    return entry.value if name in names else None


def _name_of(value: Node) -> str:
    """The name that a reference gives: of a resource's attribute, all of it."""
    parts = value.items if isinstance(value, Sequence) else [value]
    said = "_".join(str(part.value) for part in parts if isinstance(part, Scalar))
    return _NO_NAME.sub("_", said).strip("_") or "_"
