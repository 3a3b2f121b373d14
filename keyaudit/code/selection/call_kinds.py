"""Guesses the kind of a call from its name: enough to silence a rule, never to report."""

from __future__ import annotations

import re
from collections.abc import Mapping

from keyaudit.catalogue.types import CallModel, Models
from keyaudit.code.semantics.scopes import Module
from keyaudit.code.syntax import Attr, Call, last_part
from keyaudit.core.patterns import regex

_MIN_WORD = 8
_SHORT = frozenset({"HMAC", "CMAC", "hmac", "verify"})
# A logger mostly comes from elsewhere; that it is one, its name and its method say.
_LOGGER = regex(r"log(?:ger|ging)?$|audit", re.IGNORECASE)
_LEVELS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log",
                     "notice", "msg", "record", "write", "emit"})  # fmt: skip
_LOG = frozenset({"log"})
_LOG_WORDS = frozenset({"logging", "logger", "loguru", "structlog", "getLogger", "syslog"})


class KindIndex:
    """Maps telling method names (`enable_key_rotation`) to the kinds of the calls they name.

    A client that came in as a parameter has no known type; that its `disable_key` stands in the
    function still says that the key is disabled there.
    """

    def __init__(self, models: Models) -> None:
        self._by_word = _telling(models.calls)
        for word, kinds in models.words.items():
            self._by_word[word] = self._by_word.get(word, frozenset()) | kinds

    def of_call(self, call: Call) -> frozenset[str]:
        """The kinds the name of what is called stands for."""
        func = call.func
        if (
            isinstance(func, Attr)
            and func.name in _LEVELS
            and _LOGGER.search(last_part(func.value))
        ):
            return _LOG
        return self._by_word.get(last_part(func), frozenset())

    def of_words(self, module: Module) -> frozenset[str]:
        """The kinds that some identifier of the file stands for."""
        found: set[str] = set()
        words = module.words.all
        for word in words & self._by_word.keys():
            found |= self._by_word[word]
        if not words.isdisjoint(_LOG_WORDS):
            found |= _LOG
        return frozenset(found)

    @property
    def words(self) -> frozenset[str]:
        """The telling words."""
        return frozenset(self._by_word)


def _telling(calls: Mapping[str, CallModel]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for name, model in calls.items():
        parts = name.split(".")
        word = parts[-1]
        if word == "new" and len(parts) > 2:
            word = parts[-2]
        if model.kinds and (len(word) >= _MIN_WORD or word in _SHORT):
            found.setdefault(word, set()).update(model.kinds)
    return {word: frozenset(kinds) for word, kinds in found.items()}
