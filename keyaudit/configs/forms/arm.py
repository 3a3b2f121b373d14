"""Azure Resource Manager templates in JSON: resources at any depth.

Parameters' defaults and variables are resolved; other expressions stay unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from keyaudit.configs.tree import (
    Entry,
    Hop,
    Mapping,
    Node,
    Resource,
    Scalar,
    Sequence,
    Unknown,
    placed,
    text_of,
)
from keyaudit.core.patterns import regex

FORM = "arm"
_EXPRESSION = regex(r"\[(?!\[)(.*)\]", re.DOTALL)
_NAMED = regex(r"(parameters|variables)\('([^']*)'\)((?:\.\w+)*)", re.IGNORECASE)
_DEEPEST = 40


def is_one(document: Node) -> bool:
    """Whether a document is an Azure Resource Manager template, by its `$schema`."""
    if not isinstance(document, Mapping):
        return False
    schema = (text_of(document.get("$schema")) or "").lower()
    return "deploymenttemplate.json" in schema


def resources(document: Node, path: str) -> Iterator[Resource]:
    """The resources of a template, its parameters (kind `Parameter`) and outputs (`Output`).

    The values of outputs are expressions as they are written.

    A child resource's kind begins with its parent's type: `Microsoft.Sql/servers/databases`.
    """
    if not isinstance(document, Mapping):
        return
    template = _Template(document, path)
    yield from template.below(document.get("resources"), "", 0)
    parameters = document.get("parameters")
    if isinstance(parameters, Mapping):
        for name, entry in parameters.entries.items():
            body = template.value(entry.value, 0)
            if isinstance(body, Mapping):
                yield Resource(FORM, "Parameter", f"parameter.{name}", entry.key_span, path,
                               body, f"parameter `{name}`")  # fmt: skip
    outputs = document.get("outputs")
    if isinstance(outputs, Mapping):
        for name, entry in outputs.entries.items():
            if isinstance(entry.value, Mapping):
                yield Resource(FORM, "Output", f"output.{name}", entry.key_span, path,
                               entry.value, f"output `{name}`")  # fmt: skip


class _Template:
    def __init__(self, root: Mapping, path: str) -> None:
        self._root = root
        self._path = path

    def below(self, listed: Node | None, parent: str, depth: int) -> Iterator[Resource]:
        items: list[Node] = []
        if isinstance(listed, Sequence):
            items = listed.items
        elif isinstance(listed, Mapping):  # by symbolic names
            items = [entry.value for entry in listed.entries.values()]
        for item in items:
            kind = text_of(item.get("type")) if isinstance(item, Mapping) else None
            if not isinstance(item, Mapping) or kind is None or depth > 8:
                continue
            if parent and not kind.lower().startswith("microsoft."):
                kind = f"{parent}/{kind}"
            if kind.lower() == "microsoft.resources/deployments":
                yield from self._nested(item, depth)
                continue
            body = self.value(item, 0)
            name = text_of(body.get("name")) if isinstance(body, Mapping) else None
            if isinstance(body, Mapping):
                span = item.entries["type"].value.span
                title = f"{kind} `{name}`" if name else kind
                yield Resource(FORM, kind, name or "", span, self._path, body, title)
            yield from self.below(item.get("resources"), kind, depth + 1)

    def _nested(self, item: Mapping, depth: int) -> Iterator[Resource]:
        properties = item.get("properties")
        inner = properties.get("template") if isinstance(properties, Mapping) else None
        if isinstance(inner, Mapping):
            template = _Template(inner if "parameters" in inner.entries else self._root, self._path)
            yield from template.below(inner.get("resources"), "", depth + 1)

    def value(self, node: Node, depth: int) -> Node:
        """The node with parameters' defaults and variables put in."""
        if depth > _DEEPEST:
            return Unknown(node.span, self._path)
        if isinstance(node, Mapping):
            entries = {
                key: Entry(key, entry.key_span, self.value(entry.value, depth + 1))
                for key, entry in node.entries.items()
            }
            return replace(node, entries=entries)
        if isinstance(node, Sequence):
            return replace(node, items=[self.value(item, depth + 1) for item in node.items])
        if isinstance(node, Scalar) and isinstance(node.value, str):
            found = _EXPRESSION.fullmatch(node.value.strip())
            if found is not None:
                return self._expression(found[1].strip(), node, depth)
            if node.value.startswith("[["):
                return replace(node, value=node.value[1:])
        return node

    def _expression(self, text: str, node: Scalar, depth: int) -> Node:
        unknown = Unknown(node.span, self._path)
        if text.lower() in ("true()", "false()"):
            return Scalar(text.lower() == "true()", node.span, self._path)
        named = _NAMED.fullmatch(text)
        if named is None:
            return unknown
        section = self._root.get(named[1].lower())
        found = section.get(named[2]) if isinstance(section, Mapping) else None
        what = "variable"
        if named[1].lower() == "parameters":
            what = "default of parameter"
            found = found.get("defaultValue") if isinstance(found, Mapping) else None
        for part in filter(None, named[3].split(".")):
            found = found.get(part) if isinstance(found, Mapping) else None
        if found is None:
            return unknown
        value = self.value(found, depth + 1)
        return placed(value, node.span, self._path,
                      Hop(self._path, found.span, f"{what} `{named[2]}`"))  # fmt: skip
