"""An index of the models: the types and the last words of the calls that they describe."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from keyaudit.catalogue.types import CallModel, Models

_LONG_WORD = 10
# Kinds of origin that are secret by themselves; and those followed beyond the function that makes
# them, of which a MAC is no secret.
SECRET = frozenset({"key", "derived-key", "password", "private-key-object"})
CARRIED = SECRET | {"mac"}


@dataclass(frozen=True, slots=True)
class ModelIndex:
    """An index of the models by names and types.

    `types` are those whose methods are modelled, so that a call of one makes an object of that
    type. `telling` are the calls that a rule may ask about, `words` their last words: of the others
    (`str.join`, `int`) only what they return matters. `by_keywords` has, by their last words,
    the calls that take keyword arguments alone, as boto3's do: `schedule_key_deletion(KeyId=…)` is
    known wherever the client came from. `receivers` are types by the names of objects. `modules`
    are the dotted paths that modelled names begin with. `typed` keeps what was asked of names.
    """

    types: frozenset[str]
    telling: frozenset[str]
    words: frozenset[str]
    by_keywords: Mapping[str, CallModel]
    receivers: tuple[tuple[re.Pattern[str], str, bool], ...] = ()
    modules: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    typed: dict[tuple[str, bool], tuple[str, ...]] = field(default_factory=dict)

    def with_every_call(self) -> ModelIndex:
        """The same index, in which each of `calls`, all that are modelled, is a telling one."""
        return replace(self, telling=self.calls, words=_last_words(self.calls))

    def types_of(self, name: str, *, told: bool) -> tuple[str, ...]:
        """The types that the name of an object of unknown origin may stand for."""
        key = (name, told)
        if key not in self.typed:
            self.typed[key] = tuple(
                type
                for known, type, messages in self.receivers
                if (told or not messages) and known.fullmatch(name)
            )
        return self.typed[key]


def _heads(name: str) -> Iterator[str]:
    head = name.rpartition(".")[0]
    while head:
        yield head
        head = head.rpartition(".")[0]


_latest: tuple[Models, ModelIndex] | None = None


def index_of(models: Models) -> ModelIndex:
    """The index of the models; the last one made is kept."""
    global _latest
    if _latest is None or _latest[0] is not models:
        owners = {name.rpartition(".")[0] for name in (*models.calls, *models.attributes)}
        owners |= {sink.of for sink in models.assignments if sink.of is not None}
        telling = {name for name, model in models.calls.items() if _tells(model)}
        receivers = tuple(
            (re.compile(known.name), known.type, known.messages) for known in models.receivers
        )
        named = ModelIndex(
            frozenset(owners - {""}),
            frozenset(telling),
            _last_words(telling),
            _unmistakable(models),
            receivers,
            frozenset(head for name in (*models.calls, *models.symbols) for head in _heads(name)),
            frozenset(models.calls),
        )
        _latest = (models, named)
    return _latest[1]


def _last_words(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.rpartition(".")[2] for name in names)


def _tells(model: CallModel) -> bool:
    """Whether a call is of a kind, or something plays a role in it, or it makes a value that is
    followed from where it is made."""
    returns = model.returns
    made = (returns, *returns.get("fields", {}).values())
    return bool(
        model.kinds
        or model.constants
        or model.defaults
        or any(model.parameters.values())
        or any(spec.get("origin") in CARRIED for spec in made)
    )


def _unmistakable(models: Models) -> dict[str, CallModel]:
    found: dict[str, list[CallModel]] = {}
    for name, model in models.calls.items():
        word = name.rpartition(".")[2]
        if model.keyword_only == 0 and model.kinds and len(word) >= _LONG_WORD:
            found.setdefault(word, []).append(model)
    return {word: known[0] for word, known in found.items() if len(known) == 1}
