"""Terraform in JSON syntax, as CDK for Terraform and other programs write it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from keyaudit.configs.resolving.terraform import FORM
from keyaudit.configs.tree import (
    HOLE,
    Entry,
    Mapping,
    Node,
    Resource,
    Scalar,
    Sequence,
    Unknown,
    mappings_of,
)

_DEEPEST = 40


def resources(document: Node, path: str) -> Iterator[Resource]:
    """The resources and data sources of a `.tf.json` document; each `${…}` becomes a hole."""
    if not isinstance(document, Mapping):
        return
    for section, head in (("resource", ""), ("data", "data.")):
        listed = document.get(section)
        for kinds in mappings_of(listed):
            for kind, by_name in kinds.entries.items():
                for named in mappings_of(by_name.value):
                    for name, entry in named.entries.items():
                        for body in mappings_of(entry.value):
                            made = _holed(body, 0)
                            if isinstance(made, Mapping):
                                address = f"{head}{kind}.{name}"
                                yield Resource(FORM, f"{head}{kind}", address, entry.key_span,
                                               path, made, f"`{address}`")  # fmt: skip


def _holed(node: Node, depth: int) -> Node:
    """Interpolations as holes, with the resources that they name."""

    if depth > _DEEPEST:
        return Unknown(node.span)
    if isinstance(node, Mapping):
        entries = {
            k: Entry(k, e.key_span, _holed(e.value, depth + 1)) for k, e in node.entries.items()
        }
        return replace(node, entries=entries)
    if isinstance(node, Sequence):
        return replace(node, items=[_holed(item, depth + 1) for item in node.items])
    if isinstance(node, Scalar) and isinstance(node.value, str) and "${" in node.value:
        named = re.findall(r"(?<![\w.])((?:data\.)?[a-z]\w*\.[\w-]+)", node.value)
        text = re.sub(r"\$\{[^}]*\}", HOLE, node.value)
        return replace(node, value=text, refs=frozenset(named))
    return node
