"""An index of the models: the types and the last words of the calls that they describe."""

from __future__ import annotations

from dataclasses import dataclass

from keyaudit.catalogue.types import Models


@dataclass(frozen=True, slots=True)
class Modelled:
    """`types`: whose methods are modelled, so that a call of one makes an object of that type.
    `words`: the last words of all modelled calls."""

    types: frozenset[str]
    words: frozenset[str]


_latest: tuple[Models, Modelled] | None = None


def modelled(models: Models) -> Modelled:
    """The index of the models; that of the latest ones asked for is kept."""
    global _latest
    if _latest is None or _latest[0] is not models:
        owners = {name.rpartition(".")[0] for name in (*models.calls, *models.attributes)}
        owners |= {sink.of for sink in models.assignments if sink.of is not None}
        words = {name.rpartition(".")[2] for name in models.calls}
        _latest = (models, Modelled(frozenset(owners - {""}), frozenset(words)))
    return _latest[1]
