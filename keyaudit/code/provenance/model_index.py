"""An index of the models: the types and the last words of the calls that they describe."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from keyaudit.catalogue.types import CallModel, Models

_LONG_WORD = 10


@dataclass(frozen=True, slots=True)
class ModelIndex:
    """An index of the models by names and types.

    `types` are those whose methods are modelled, so that a call of one makes an object of that
    type. `words` are the last words of all modelled calls. `by_keywords` has, by their last words,
    the calls that take keyword arguments alone, as boto3's do: `schedule_key_deletion(KeyId=…)` is
    known wherever the client came from. `receivers` are types by the names of objects. `modules`
    are the dotted paths that modelled names begin with.
    """

    types: frozenset[str]
    words: frozenset[str]
    by_keywords: Mapping[str, CallModel]
    receivers: tuple[tuple[re.Pattern[str], str, bool], ...] = ()
    modules: frozenset[str] = frozenset()

    def type_of(self, name: str, *, told: bool) -> str | None:
        """The type that the name of an object of unknown origin stands for; None when it says
        none."""
        return next(
            (type for known, type, messages in self.receivers
             if (told or not messages) and known.fullmatch(name)), None
        )  # fmt: skip


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
        words = {name.rpartition(".")[2] for name in models.calls}
        receivers = tuple(
            (re.compile(known.name), known.type, known.messages) for known in models.receivers
        )
        named = ModelIndex(
            frozenset(owners - {""}),
            frozenset(words),
            _unmistakable(models),
            receivers,
            frozenset(head for name in (*models.calls, *models.symbols) for head in _heads(name)),
        )
        _latest = (models, named)
    return _latest[1]


def _unmistakable(models: Models) -> dict[str, CallModel]:
    found: dict[str, list[CallModel]] = {}
    for name, model in models.calls.items():
        word = name.rpartition(".")[2]
        if model.keyword_only == 0 and model.kinds and len(word) >= _LONG_WORD:
            found.setdefault(word, []).append(model)
    return {word: known[0] for word, known in found.items() if len(known) == 1}
