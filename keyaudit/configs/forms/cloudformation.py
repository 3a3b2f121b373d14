"""Resources, parameters and outputs of a CloudFormation or SAM template."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.configs.resolving.cloudformation import FORM, Template
from keyaudit.configs.tree import Mapping, Node, Resource, text_of


def is_one(document: Node) -> bool:
    """Whether a document is a template: by `AWSTemplateFormatVersion` or its resources' types."""
    if not isinstance(document, Mapping):
        return False
    if "AWSTemplateFormatVersion" in document.entries:
        return True
    listed = document.get("Resources")
    return isinstance(listed, Mapping) and any(
        isinstance(entry.value, Mapping)
        and (text_of(entry.value.get("Type")) or "").startswith(("AWS::", "Custom::", "Alexa::"))
        for entry in listed.entries.values()
    )


def resources(document: Node, path: str) -> Iterator[Resource]:
    """The resources of a template, by type and with their functions resolved.

    Outputs and parameters follow as resources of the kinds `Output` and `Parameter`, unresolved.
    """
    if not isinstance(document, Mapping):
        return
    template = Template(document, path)
    for name, entry in template.section("Resources").entries.items():
        body = entry.value
        kind = text_of(body.get("Type")) if isinstance(body, Mapping) else None
        if kind is None or not isinstance(body, Mapping):
            continue
        made = template.value(body)
        if isinstance(made, Mapping):
            yield Resource(FORM, kind, name, entry.key_span, path, made, f"{kind} `{name}`")
    for name, entry in template.section("Outputs").entries.items():
        if isinstance(entry.value, Mapping):
            yield Resource(FORM, "Output", f"output.{name}", entry.key_span, path,
                           entry.value, f"output `{name}`")  # fmt: skip
    for name, entry in template.section("Parameters").entries.items():
        if isinstance(entry.value, Mapping):
            yield Resource(FORM, "Parameter", f"parameter.{name}", entry.key_span, path,
                           entry.value, f"parameter `{name}`")  # fmt: skip
