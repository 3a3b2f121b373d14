"""Conditions on related resources: those that refer to the resource that is checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingType
from typing import Any, NamedTuple

from keyaudit.catalogue.types import Policy
from keyaudit.configs.matching.conditions import Truth, holds
from keyaudit.configs.matching.kinds import is_of
from keyaudit.configs.matching.paths import select
from keyaudit.configs.tree import Resource, refs_of, text_of

Asked = MappingType[str, Any]


class _Value(NamedTuple):
    """One value at the place where a resource may name another; its text if it is known."""

    refs: frozenset[str]
    text: str | None

    @property
    def may_be_any(self) -> bool:
        """Whether only a run tells what the value names."""
        return self.text is None and (
            not self.refs or any(ref.startswith("module.") for ref in self.refs)
        )


class _Referrer(NamedTuple):
    resource: Resource
    values: tuple[_Value, ...]
    open: bool  # it may have other values there


class _Referrers:
    """The resources of some kinds by what they name at one path."""

    def __init__(self, resources: Iterable[Resource], kinds: Iterable[str], path: str) -> None:
        self._all: list[_Referrer] = []
        self._by_name: dict[str, list[int]] = {}
        self._unsure: list[int] = []
        for resource in resources:
            if is_of(kinds, resource.kind):
                self._add(resource, path)

    def _add(self, resource: Resource, path: str) -> None:
        selection = select(resource.body, path, resource.path)
        nodes = [found.node for found in selection.found]
        values = tuple(_Value(frozenset(refs_of(node)), _named(text_of(node))) for node in nodes)
        number = len(self._all)
        self._all.append(_Referrer(resource, values, selection.open))
        named = {name for value in values for name in (*value.refs, value.text) if name}
        for name in named:
            self._by_name.setdefault(name, []).append(number)
        if selection.open or any(value.may_be_any for value in values):
            self._unsure.append(number)

    def of(self, names: Iterable[str]) -> Iterator[_Referrer]:
        """Those that name one of `names`, or may do so, in the order of the resources."""
        numbers = {number for name in names for number in self._by_name.get(name, ())}
        for number in sorted(numbers.union(self._unsure)):
            yield self._all[number]


class Neighbours:
    """The resources of one file or module, to be asked which of them refer to which.

    What they name is looked up once for each kind of reference, and not once for each resource that
    may be named.
    """

    def __init__(self, resources: Sequence[Resource]) -> None:
        self.resources = resources
        self._known: dict[tuple[tuple[str, ...], str], _Referrers] = {}

    def referrers(self, kinds: Sequence[str], path: str) -> _Referrers:
        """The resources of the kinds, by what they name at the path."""
        key = (tuple(kinds), path)
        if key not in self._known:
            self._known[key] = _Referrers(self.resources, kinds, path)
        return self._known[key]


def related(asked: Asked, resource: Resource, around: Neighbours, policy: Policy) -> Truth:
    """Whether another resource of the kinds in `of` refers to this one and meets `when`.

    `by` is the path of the reference in the other resource. With `named`, the values at that path
    in this resource count as its names too; with `order: after` the other must stand further on in
    the file. None if a reference is known only at run time, so that
    it may or may not be to this resource.
    """
    names = {resource.name} if resource.name else set()
    called = _called(asked, resource)
    found: Truth = False
    for other in around.referrers(asked["of"], asked["by"]).of(names | called):
        if other.resource is resource:
            continue
        if asked.get("order") == "after" and other.resource.span <= resource.span:
            continue
        meant = _meant(other, names, called)
        if meant is False:
            continue
        for condition in asked.get("when", ()):
            truth = holds(condition, other.resource.body, other.resource.path, policy)
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


def _called(asked: Asked, resource: Resource) -> set[str]:
    """The texts that stand for the resource besides its name."""
    if "named" not in asked:
        return set()
    own = select(resource.body, asked["named"], resource.path)
    return {text for found in own.found if (text := _named(text_of(found.node)))}


def _named(text: str | None) -> str | None:
    """A name as it is compared: `./.env` is the file `.env`."""
    return None if text is None else text.removeprefix("./")


def _meant(other: _Referrer, names: set[str], called: set[str]) -> Truth:
    if any(value.text in called for value in other.values if value.text):
        return True
    for value in other.values:
        if value.refs & names:
            return True
        if value.may_be_any:
            return None
    return None if other.open else False
