"""Applies one `config` alternative of a rule to one resource."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, replace
from typing import Any

from keyaudit.catalogue.types import Policy
from keyaudit.configs.matching.conditions import Truth, Verdict, check, holds
from keyaudit.configs.matching.paths import Found, select
from keyaudit.configs.matching.related import Neighbours, related
from keyaudit.configs.tree import Choice, Mapping, Resource
from keyaudit.core.rule_patterns import compiled

Asked = MappingType[str, Any]


@dataclass(slots=True)
class Hit:
    """A place where a resource breaks a rule.

    `verdict` has the value; its `found` is None if a setting is missing. `scope` is the part of the
    resource that `each` selected, or None.
    """

    resource: Resource
    scope: Found | None
    verdict: Verdict


def hits(asked: Asked, resource: Resource, around: Neighbours, policy: Policy) -> Iterator[Hit]:
    """Each hit of an alternative in a resource of its form and kind.

    `asked` are the alternative's parameters, `around` the resources of the same file or module.
    """
    if not _is_concerned(asked, resource, around, policy):
        return
    for scope, root in _scopes(asked, resource):
        if not _holds_all(asked, root, resource.path, policy):
            continue
        own = {key: asked[key] for key in asked.keys() & _CHECKED}
        if "path" not in own:
            yield Hit(resource, scope, Verdict(None, True))
            continue
        for verdict in check(own, root, resource.path, policy):
            if verdict.truth is True:
                yield Hit(resource, scope, verdict)


_CHECKED = frozenset(
    [
        "path",
        "or-missing",
        "missing",
        "present",
        "is",
        "in",
        "not-in",
        "matches",
        "not-matches",
        "below",
        "above",
        "unit",
        "empty",
        "literal",
        "first-in",
        "fewer-than",
        "joined",
        "key",
        "refers-to",
        "puts-in",
        "is-called",
        "key-called",
        "not-under",
        "beside",
    ]
)


def _is_concerned(asked: Asked, resource: Resource, around: Neighbours, policy: Policy) -> bool:
    """Whether what is asked of the resource as a whole, and of those around it, holds for sure."""
    if "called" in asked and compiled(asked["called"]).search(resource.name) is None:
        return False
    if "unless-path" in asked and compiled(asked["unless-path"]).search(resource.path) is not None:
        return False
    for condition in asked.get("where", ()):
        if holds(condition, resource.body, resource.path, policy) is not True:
            return False
    for condition in asked.get("unless-where", ()):
        if holds(condition, resource.body, resource.path, policy) is not False:
            return False
    needed, barring = asked.get("with-related", ()), asked.get("unless-related", ())
    if any(related(other, resource, around, policy) is not True for other in needed):
        return False
    return all(related(other, resource, around, policy) is False for other in barring)


def _scopes(asked: Asked, resource: Resource) -> Iterator[tuple[Found | None, Mapping]]:
    """The resource, or with `each` the parts of it that are looked at one by one."""
    if "each" not in asked:
        yield None, resource.body
        return
    named = asked["each"]
    for path in [named] if isinstance(named, str) else named:
        for found in select(resource.body, path, resource.path).found:
            for node in _mappings(found):
                span = node.span if node.path in ("", resource.path) else found.span
                yield replace(found, node=node, span=span), node


def _mappings(found: Found) -> Iterator[Mapping]:
    from keyaudit.configs.resolving.documents import as_tree
    from keyaudit.configs.tree import Sequence as Listed

    node = as_tree(found.node)
    if isinstance(node, Choice):
        yield from (option for option in node.options if isinstance(option, Mapping))
    elif isinstance(node, Mapping):
        yield node
    elif isinstance(node, Listed):
        yield from (item for item in node.items if isinstance(item, Mapping))


def _holds_all(asked: Asked, root: Mapping, home: str, policy: Policy) -> bool:
    truths: list[Truth] = [holds(c, root, home, policy) for c in asked.get("when", ())]
    if any(truth is not True for truth in truths):
        return False
    if any(holds(c, root, home, policy) is True for c in asked.get("except", ())):
        return False
    return all(holds(c, root, home, policy) is False for c in asked.get("unless", ()))
