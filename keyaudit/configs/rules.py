"""The catalogue's `config` alternatives, by the form and kind of the resources they speak of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from keyaudit.catalogue.types import Catalogue, Rule
from keyaudit.configs.matching.kinds import is_of

Asked = Mapping[str, Any]


class Alternative(NamedTuple):
    """One `config` alternative of a rule; `number` is its place in the rule."""

    rule: Rule
    number: int
    asked: Asked


class Index:
    """What is asked of which resources."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._by_form: dict[str, list[Alternative]] = {}
        for rule in catalogue.rules.values():
            for number, match in enumerate(rule.matches):
                if match.kind == "config":
                    asked = match.parameters
                    entry = Alternative(rule, number, asked)
                    self._by_form.setdefault(asked["form"], []).append(entry)
        self._models: dict[str, list[Asked]] = {}
        for model in catalogue.models.configurations:
            self._models.setdefault(model["form"], []).append(model)
        self._wanted = {form: self._names(form) for form in {*self._by_form, *self._models}}
        self._known: dict[tuple[str, str], tuple[Alternative, ...]] = {}

    def _names(self, form: str) -> frozenset[str]:
        found: set[str] = set()
        for alternative in self._by_form.get(form, ()):
            found.update(alternative.asked["of"])
            for key in ("with-related", "unless-related"):
                for relation in alternative.asked.get(key, ()):
                    found.update(relation["of"])
        for model in self._models.get(form, ()):
            found.update(model["of"])
        return frozenset(found)

    def wants(self, form: str, kind: str) -> bool:
        """Whether any rule or model speaks of such a resource."""
        return is_of(self._wanted.get(form, ()), kind)

    def alternatives(self, form: str, kind: str) -> tuple[Alternative, ...]:
        """What rules ask of such a resource."""
        key = (form, kind)
        if key not in self._known:
            asked = self._by_form.get(form, ())
            self._known[key] = tuple(a for a in asked if is_of(a.asked["of"], kind))
        return self._known[key]

    def models(self, form: str, kind: str) -> Iterator[Asked]:
        """What models say of such a resource."""
        for model in self._models.get(form, ()):
            if is_of(model["of"], kind):
                yield model


_known: dict[str, Index] = {}


def index(catalogue: Catalogue) -> Index:
    """The index of a catalogue, made once."""
    if catalogue.digest not in _known:
        _known[catalogue.digest] = Index(catalogue)
    return _known[catalogue.digest]
