"""Index of the catalogue's `config` alternatives and models, by format and kind of resource."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from keyaudit.catalogue.types import Catalogue, Rule
from keyaudit.configs.matching.kinds import is_of
from keyaudit.configs.needles import Needles

Asked = Mapping[str, Any]


class Alternative(NamedTuple):
    """One `config` alternative of a rule: its index in the rule (`number`) and its parameters."""

    rule: Rule
    number: int
    asked: Asked


class _Wide:
    """What is asked of a family of kinds: settings of these names, or that match an expression."""

    def __init__(self, of: list[str], asked: Asked) -> None:
        self.of = of
        key = asked.get("key")
        self._pattern = re.compile(key) if key else None
        paths = asked.get("path", "*")
        listed = [paths] if isinstance(paths, str) else paths
        self._names = frozenset(path.rpartition(".")[2] for path in listed)

    def asks_for(self, name: str) -> bool:
        """Whether a setting of that name may be meant."""
        if self._pattern is not None:
            return self._pattern.search(name) is not None
        return name in self._names or "*" in self._names


class Index:
    """Looks up which rules and models apply to a format and a kind of resource.

    `absences` are the alternatives about what the whole tree lacks that look at configuration too.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._by_form: dict[str, list[Alternative]] = {}
        absences: list[Alternative] = []
        for rule in catalogue.rules.values():
            for number, match in enumerate(rule.matches):
                if match.kind == "config":
                    asked = match.parameters
                    entry = Alternative(rule, number, asked)
                    self._by_form.setdefault(asked["form"], []).append(entry)
                if match.kind == "absence" and "configuration" in match.parameters.get("over", ()):
                    absences.append(Alternative(rule, number, match.parameters))
        self.absences = tuple(absences)
        self._models: dict[str, list[Asked]] = {}
        for model in catalogue.models.configurations:
            self._models.setdefault(model["form"], []).append(model)
        self._known: dict[tuple[str, str], tuple[Alternative, ...]] = {}
        self._exact: dict[str, frozenset[str]] = {}
        self._wide: dict[str, list[_Wide]] = {}
        for form in {*self._by_form, *self._models}:
            for of, asked in self._questions(form):
                if "*" in "".join(of):
                    self._wide.setdefault(form, []).append(_Wide(of, asked))
                names = {name.lower() for name in of if "*" not in name}
                self._exact[form] = self._exact.get(form, frozenset()) | names
        self._needles = Needles(
            {
                form: [
                    *(alternative.asked for alternative in self._by_form.get(form, ())),
                    *(model for model in self._models.get(form, ()) if "kinds" in model),
                ]
                for form in self._exact
            }
        )

    def concerns(self, form: str, data: bytes) -> bool:
        """Whether a file of this format contains words that some rule or model needs."""
        return self._needles.concern(form, data)

    def _questions(self, form: str) -> Iterator[tuple[list[str], Asked]]:
        """The kinds of resource that rules and models speak of, and what they ask of each."""
        for alternative in self._by_form.get(form, ()):
            yield alternative.asked["of"], alternative.asked
            for key in ("with-related", "unless-related"):
                for relation in alternative.asked.get(key, ()):
                    yield relation["of"], {"path": relation["by"]}
        for model in self._models.get(form, ()):
            yield model["of"], model

    def wants(self, form: str, kind: str, names: Callable[[], Iterable[str]]) -> bool:
        """Whether some rule or model applies to resources of this kind.

        For rules about a family of kinds (`aws_*`), the resource must also have a setting that the
        rule names; `names` returns the names of its settings, at any depth, and is called only
        then.
        """
        if kind.lower() in self._exact.get(form, ()):
            return True
        wide = [w for w in self._wide.get(form, ()) if is_of(w.of, kind)]
        return bool(wide) and any(w.asks_for(name) for name in names() for w in wide)

    def alternatives(self, form: str, kind: str) -> tuple[Alternative, ...]:
        """The alternatives of rules that apply to this kind of resource."""
        key = (form, kind)
        if key not in self._known:
            asked = self._by_form.get(form, ())
            self._known[key] = tuple(a for a in asked if is_of(a.asked["of"], kind))
        return self._known[key]

    def models(self, form: str, kind: str) -> Iterator[Asked]:
        """The models that apply to this kind of resource."""
        for model in self._models.get(form, ()):
            if is_of(model["of"], kind):
                yield model


_known: dict[str, Index] = {}


def index(catalogue: Catalogue) -> Index:
    """The index of a catalogue, built once for each catalogue digest."""
    if catalogue.digest not in _known:
        _known[catalogue.digest] = Index(catalogue)
    return _known[catalogue.digest]
