"""Helpers for HCL syntax nodes: text, numbers, references, and the pairs a loop goes over."""

from __future__ import annotations

import re

import tree_sitter

from keyaudit.configs.tree import Mapping, Node, Scalar, Sequence
from keyaudit.core.patterns import regex

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_ESCAPE = regex(r'\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[ntr"\\])')


def pairs_of(value: Node | None) -> list[tuple[Node, Node]] | None:
    """The keys and values that `for` or `for_each` goes over; None unless they are all known.

    The keys of a list are its indexes, from 0.
    """
    if isinstance(value, Mapping) and value.complete:
        return [(Scalar(key, e.key_span, value.path), e.value) for key, e in value.entries.items()]
    if isinstance(value, Sequence) and value.complete:
        return [(Scalar(n, v.span, v.path), v) for n, v in enumerate(value.items)]
    return None


def unescaped(text: str) -> str:
    """The text of a quoted string with its escape sequences resolved."""
    if "\\" in text:

        def put(found: re.Match[str]) -> str:
            code = found[1]
            return chr(int(code[1:], 16) % 0x110000) if code[0] in "uU" else _ESCAPES[code]

        text = _ESCAPE.sub(put, text)
    return text.replace("$${", "${").replace("%%{", "%{")


def undented(text: str, indented: bool) -> str:
    """A heredoc's text; with `indented` (`<<-`), without the indentation all lines share."""
    if not indented:
        return text
    lines = text.split("\n")
    margin = min((len(s) - len(s.lstrip()) for s in lines if s.strip()), default=0)
    return "\n".join(line[margin:] for line in lines)


def number(text: str) -> int | float | str:
    """The number that a text is written as; the text itself if it is none."""
    try:
        return int(text) if len(text) < 30 and text.isdigit() else float(text)
    except ValueError:
        return text


def text_in(node: tree_sitter.Node) -> str:
    """The source text of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def index_parts(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    """The named nodes of an index, `[key]` or `.0`, those one level deeper included."""
    found = []
    for child in node.named_children:
        found.append(child)
        if child.type in ("new_index", "legacy_index"):
            found += child.named_children
    return found


def all_of(node: tree_sitter.Node, kind: str) -> list[tree_sitter.Node]:
    """The node and all nodes below it that are of a type, in source order."""
    found = []
    waiting = [node]
    while waiting:
        inner = waiting.pop()
        if inner.type == kind:
            found.append(inner)
        waiting += reversed(inner.named_children)
    return found


def references(node: tree_sitter.Node) -> list[tuple[str, ...]]:
    """The names an expression refers to, as their parts: `("aws_kms_key", "x", "arn")`."""
    found = []
    for variable in all_of(node, "variable_expr"):
        parent = variable.parent
        names = [text_in(variable)]
        if parent is not None:
            siblings = parent.named_children
            at = next((n for n, c in enumerate(siblings) if c == variable), 0)
            for step in siblings[at + 1 :]:
                if step.type == "get_attr":
                    names.append(text_in(step).lstrip("."))
                elif step.type != "index":
                    break
        found.append(tuple(names))
    return found
