"""Kubernetes objects, also custom resources and kubeadm's: a document is one, or a list of them."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.configs.tree import Entry, Mapping, Node, Resource, Scalar, Sequence, text_of

FORM = "kubernetes"


def resources(documents: list[Node], path: str) -> Iterator[Resource]:
    """The objects as resources: `kind` as in the object, `name` as `KIND/NAME`.

    The items of lists (`kind: SecretList` and the like) are resources of their own.
    """
    for document in documents:
        yield from _objects(document, path, 0)


def is_one(document: Node) -> bool:
    """Whether a document is a Kubernetes object: it has a `kind` and an `apiVersion`."""
    return (
        isinstance(document, Mapping)
        and text_of(document.get("kind")) is not None
        and text_of(document.get("apiVersion")) is not None
    )


def kustomization(document: Node, path: str) -> Iterator[Resource]:
    """A `kustomization.yaml`, and the literals of its generators as resources of their own.

    Each `NAME=value` of a `secretGenerator` or `configMapGenerator` is a `SecretLiteral` or
    `ConfigMapLiteral` with `name` and `value`. The file need not have a `kind`.
    """
    if not isinstance(document, Mapping):
        return
    yield Resource(FORM, "Kustomization", "", document.span, path, document, "Kustomization")
    for section, kind in (("secretGenerator", "SecretLiteral"),
                          ("configMapGenerator", "ConfigMapLiteral")):  # fmt: skip
        listed = document.get(section)
        for item in listed.items if isinstance(listed, Sequence) else ():
            literals = item.get("literals") if isinstance(item, Mapping) else None
            for literal in literals.items if isinstance(literals, Sequence) else ():
                name, equals, value = (text_of(literal) or "").partition("=")
                if equals:
                    at = literal.span
                    pair = {"name": name, "value": value}
                    entries = {k: Entry(k, at, Scalar(v, at, path)) for k, v in pair.items()}
                    yield Resource(FORM, kind, f"{kind}/{name}", at, path,
                                   Mapping(entries, at, path), f"`{name}`")  # fmt: skip


def _objects(node: Node, path: str, depth: int) -> Iterator[Resource]:
    if not isinstance(node, Mapping) or not is_one(node) or depth > 3:
        return
    kind = text_of(node.get("kind")) or ""
    items = node.get("items")
    if kind.endswith("List") and isinstance(items, Sequence):
        for item in items.items:
            yield from _objects(item, path, depth + 1)
        return
    metadata = node.get("metadata")
    name = text_of(metadata.get("name")) if isinstance(metadata, Mapping) else None
    title = f"{kind} `{name}`" if name else kind
    yield Resource(FORM, kind, f"{kind}/{name or ''}", node.entries["kind"].value.span, path,
                   node, title)  # fmt: skip
