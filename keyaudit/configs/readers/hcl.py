"""Parses HCL (Terraform, OpenTofu, Packer, Vault) to blocks; expressions stay unevaluated.

tree-sitter parses what it can of a broken file; `File.errors` has the lines that it could not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import tree_sitter
import tree_sitter_hcl

from keyaudit.configs.readers.faults import ReadError
from keyaudit.configs.readers.places import Places
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex

_LARGEST = 4_000_000
# How a block at the top of a file begins, as `terraform fmt` writes it.
_HEAD = regex(rb"^[A-Za-z]\w*(?:[ \t]+\"[^\"\n]*\")*[ \t]*\{", re.MULTILINE)
_MOST_PIECES = 500
_WORD = regex(r"[A-Za-z_]\w*")


@dataclass(slots=True)
class Attribute:
    """`name = value`: `span` is the name's place, `value` an `expression` node of tree-sitter."""

    name: str
    span: Span
    value: tree_sitter.Node


@dataclass(slots=True)
class Block:
    """`kind "label" "label" { … }`: `span` is the place of its head, `whole` that of all of it."""

    kind: str
    labels: tuple[str, ...]
    span: Span
    body: Body
    whole: Span
    node: tree_sitter.Node

    def words(self) -> set[str]:
        """All identifiers in the block's source, at any depth."""
        return set(_WORD.findall((self.node.text or b"").decode("utf-8", "replace")))


@dataclass(slots=True)
class Body:
    """The attributes, by name, and the blocks of a block or of a file."""

    attributes: dict[str, Attribute] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class File:
    """A parsed file. `errors` are the lines (from 1) with syntax errors; empty if there are none.

    `trees` keep the syntax trees alive that the nodes belong to.
    """

    path: str
    data: bytes
    body: Body
    errors: tuple[int, ...]
    places: Places
    trees: list[tree_sitter.Tree]


@cache
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


def read(path: str, data: bytes) -> File:
    """Parses an HCL file. Raises ReadError if it has more than 4,000,000 bytes."""
    if len(data) > _LARGEST:
        raise ReadError(f"is larger than {_LARGEST:,} bytes")
    if data.startswith(b"\xef\xbb\xbf"):
        data = b"   " + data[3:]
    tree = _parser().parse(data)
    places = Places(data)
    errors = tuple(sorted(set(_errors(tree.root_node)))) if tree.root_node.has_error else ()
    trees = _pieces(data) if errors else [tree]
    body = Body()
    for piece in trees:
        for child in piece.root_node.named_children:
            if child.type in ("body", "ERROR"):
                _fill(body, child, places, 0)
    return File(path, data, body, errors, places, trees)


def _pieces(data: bytes) -> list[tree_sitter.Tree]:
    """The blocks of a broken file, each parsed alone: what is wrong in one leaves the others."""
    starts = [0, *(m.start() for m in _HEAD.finditer(data) if m.start() > 0)][:_MOST_PIECES]
    found = []
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        before = b"\n" * data.count(b"\n", 0, start)
        found.append(_parser().parse(before + data[start:end]))
    return found


def _errors(root: tree_sitter.Node) -> Iterator[int]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type == "ERROR" or node.is_missing:
            yield node.start_point[0] + 1
        elif node.has_error:
            waiting.extend(node.children)


def _fill(body: Body, node: tree_sitter.Node, places: Places, depth: int) -> None:
    if depth > 40:
        return
    for child in node.named_children:
        if child.type == "attribute":
            parts = child.named_children
            if len(parts) >= 2 and parts[1].type == "expression":
                name = (parts[0].text or b"").decode("utf-8", "replace")
                body.attributes[name] = Attribute(name, places.span(parts[0]), parts[1])
        elif child.type == "block":
            body.blocks.append(_block(child, places, depth))
        elif child.type in ("body", "ERROR"):
            _fill(body, child, places, depth + 1)


def _block(node: tree_sitter.Node, places: Places, depth: int) -> Block:
    kind, labels = "", []
    inner = Body()
    head = node
    for child in node.named_children:
        if child.type == "identifier" and not kind:
            kind = (child.text or b"").decode("utf-8", "replace")
            first = child
        elif child.type in ("identifier", "string_lit"):
            labels.append((child.text or b"").decode("utf-8", "replace").strip('"'))
        elif child.type == "body":
            _fill(inner, child, places, depth + 1)
            continue
        else:
            continue
        head = child
    span = places.span(first, head) if kind else places.span(node)
    return Block(kind, tuple(labels), span, inner, places.span(node), node)
