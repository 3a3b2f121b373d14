"""Assets of configuration files: the resources that the models mark as assets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keyaudit import configs
from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.configs.matching.conditions import holds
from keyaudit.configs.matching.paths import select
from keyaudit.configs.rules import index
from keyaudit.configs.tree import Resource, text_of
from keyaudit.core.document import Document
from keyaudit.core.levels import Stage
from keyaudit.core.result import TreeReader
from keyaudit.inventory.asset import Asset, AssetKind, Place

_LONGEST = 80


def assets(
    document: Document, catalogue: Catalogue, policy: Policy, tree: TreeReader | None
) -> Iterator[Asset]:
    """The assets of one configuration file."""
    known = index(catalogue)
    for resource in configs.resources(document, catalogue, policy, tree):
        for model in known.models(resource.form, resource.kind):
            if "asset" not in model:
                continue
            conditions = model.get("when", ())
            if all(holds(c, resource.body, resource.path, policy) for c in conditions):
                yield _asset(resource, model["asset"])


def _asset(resource: Resource, said: dict[str, Any]) -> Asset:
    place = Place(resource.path, resource.span.line, resource.title.strip("`"))
    name = _text(resource, said.get("name")) or resource.name or resource.kind
    algorithm = _text(resource, said.get("algorithm")) or said.get("default-algorithm", "")
    size = _text(resource, said.get("size"))
    made = Asset(
        identity=f"{resource.form}:{resource.path.rpartition('/')[0]}:{resource.name or name}",
        kind=AssetKind(said["kind"]),
        name=name,
        source="configuration",
        place=place,
        algorithm=algorithm.lower(),
        size=int(size) if size.isdigit() and len(size) < 6 else 0,
    )
    made.seen(Stage.GENERATION, place)
    for stage, path in said.get("stages", {}).items():
        for one in [path] if isinstance(path, str) else path:
            for found in select(resource.body, one, resource.path).found:
                made.seen(Stage(stage), Place(found.path, found.span.line, found.key))
                break
    return made


def _text(resource: Resource, path: str | list[str] | None) -> str:
    """The first text at one of the paths that is at most 80 characters and one line, else ""."""
    for one in [path] if isinstance(path, str) else path or ():
        for found in select(resource.body, one, resource.path).found:
            text = text_of(found.node)
            if text and len(text) <= _LONGEST and "\n" not in text:
                return text
    return ""
