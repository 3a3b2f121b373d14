"""Shell scripts within HCL: what provisioners run, and what a machine runs at its first start.

`command` of `local-exec` and `inline` of `remote-exec` or Packer's `shell` are scripts, and so is
any text that begins with `#!` and names a shell. What HCL puts in, `${var.db_password}`, is seen as
a variable of the shell of that name. A line that `local-exec` gives to a shell is a resource of its
own, too: all of it, with what was put in, is on that shell's command line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import tree_sitter

from keyaudit.configs.forms import shell
from keyaudit.configs.readers.hcl import Body, File
from keyaudit.configs.readers.offsets import Place, lines_of
from keyaudit.configs.resolving.hcl_nodes import all_of, text_in, unescaped
from keyaudit.configs.tree import Entry, Mapping, Resource, Scalar
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex

_RUN = {"local-exec": "command", "remote-exec": "inline", "shell": "inline"}
_DEEPEST = 20
_SHEBANG = regex(r"\s*#!\s*/\S*(?:\bsh|bash|dash|ash|zsh|ksh|env\s+\S*sh)\b")
_NO_NAME = regex(r"\W+")
# What a name begins with says where it is from, and not what it is.
_FROM = regex(r"(?:var|local|data|module|each|self)_")
_TEMPLATES = ("quoted_template", "heredoc_template")


class _Text(NamedTuple):
    text: str
    place: Place
    span: Span


def resources(file: File) -> Iterator[Resource]:
    """The commands of the scripts in an HCL file, and each command line that Terraform runs."""
    taken: set[int] = set()
    for kind, text in _provisioned(file, file.body, 0, taken):
        # Of several lines, each command is looked at by itself.
        if kind == "local-exec" and text.span.line == text.span.end_line:
            yield _line(text, file.path)
        yield from shell.resources(text.text, file.path, text.place)
    if b"#!" not in file.data:
        return
    for tree in file.trees:
        for kind in _TEMPLATES:
            for node in all_of(tree.root_node, kind):
                if node.start_byte in taken or not _SHEBANG.search(text_in(node)[:80]):
                    continue
                text = _text(node, file)
                if _SHEBANG.match(text.text):
                    yield from shell.resources(text.text, file.path, text.place)


def _provisioned(
    file: File, body: Body, depth: int, taken: set[int]
) -> Iterator[tuple[str, _Text]]:
    """The texts that provisioners run, each with the provisioner's kind; notes them as taken."""
    if depth > _DEEPEST:
        return
    for block in body.blocks:
        kind = block.labels[0] if block.kind == "provisioner" and block.labels else ""
        attribute = block.body.attributes.get(_RUN.get(kind, ""))
        if attribute is not None:
            for type_ in (*_TEMPLATES, "string_lit"):
                for node in all_of(attribute.value, type_):
                    taken.add(node.start_byte)
                    yield kind, _text(node, file)
        yield from _provisioned(file, block.body, depth + 1, taken)


def _line(text: _Text, path: str) -> Resource:
    command = Scalar(text.text, text.span, path)
    body = Mapping({"command": Entry("command", text.span, command)}, text.span, path)
    return Resource("terraform", "local-exec", "", text.span, path, body, "`local-exec`")


def _text(node: tree_sitter.Node, file: File) -> _Text:
    """What is written between the quotes, or below `<<EOT`, with variables for what is put in."""
    span = file.places.span(node)
    parts = [
        _variable(child) if child.type == "template_interpolation" else _literal(child, node)
        for child in node.named_children
        if child.type in ("template_interpolation", "template_literal", "template_directive")
    ]
    text = "".join(parts)
    if node.type != "heredoc_template":
        return _Text(text, lambda _begin, _end: span, span)
    return _Text(*_below(text, node, file), span)


def _literal(child: tree_sitter.Node, node: tree_sitter.Node) -> str:
    if child.type == "template_directive":
        return re.sub(r"[^\n]", " ", text_in(child))
    text = text_in(child)
    return text if node.type == "heredoc_template" else unescaped(text)


def _variable(node: tree_sitter.Node) -> str:
    """`${var.db_password}` as `${db_password____}`, of the same length, so that columns stay."""
    said = text_in(node)
    name = _FROM.sub("", _NO_NAME.sub("_", said).strip("_"), count=1)
    if "\n" in said or len(said) < 4 or not name:
        return re.sub(r"[^\n]", "_", said)
    return "${" + name.ljust(len(said) - 3, "_")[: len(said) - 3] + "}"


def _below(text: str, node: tree_sitter.Node, file: File) -> tuple[str, Place]:
    """A heredoc without what all its lines are indented by, and where its lines stand."""
    first = next((c for c in node.named_children if c.type.startswith("template")), node)
    line = file.places.span(first).line
    margin = min(
        (len(one) - len(one.lstrip()) for one in text.split("\n") if one.strip()), default=0
    )
    bare = "\n".join(one[margin:] for one in text.split("\n"))
    return bare, lines_of(bare, line - 1, margin)
