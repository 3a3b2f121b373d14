"""Conditions on related resources: those that refer to the resource that is checked."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as MappingType
from typing import Any

from keyaudit.catalogue.types import Policy
from keyaudit.configs.matching.conditions import Truth, holds
from keyaudit.configs.matching.kinds import is_of
from keyaudit.configs.matching.paths import select
from keyaudit.configs.tree import Resource, refs_of, text_of

Asked = MappingType[str, Any]


def related(asked: Asked, resource: Resource, others: Iterable[Resource], policy: Policy) -> Truth:
    """Whether another resource of the kinds in `of` refers to this one and meets `when`.

    `by` is the path of the reference in the other resource. With `named`, the values at that path
    in this resource count as its names too. None if a reference is known only at run time, so that
    it may or may not be to this resource.
    """
    found: Truth = False
    for other in others:
        if other is resource or not is_of(asked["of"], other.kind):
            continue
        meant = _meant(asked, resource, other)
        if meant is False:
            continue
        for condition in asked.get("when", ()):
            truth = holds(condition, other.body, other.path, policy)
            if truth is False:
                meant = False
                break
            if truth is None:
                meant = None
        if meant is True:
            return True
        if meant is None:
            found = None
    return found


def _meant(asked: Asked, resource: Resource, other: Resource) -> Truth:
    selection = select(other.body, asked["by"], other.path)
    texts = [text_of(found.node) for found in selection.found]
    names = {resource.name} if resource.name else set()
    if "named" in asked:
        own = select(resource.body, asked["named"], resource.path)
        known = {text for found in own.found if (text := text_of(found.node))}
        if known & {text for text in texts if text}:
            return True
    for found, text in zip(selection.found, texts, strict=True):
        refs = refs_of(found.node)
        if refs & names:
            return True
        if text is None and (not refs or any(r.startswith("module.") for r in refs)):
            return None
    return None if selection.open else False
