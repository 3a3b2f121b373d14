"""Looks for words in the bytes of a file, each once."""

from __future__ import annotations

import string
from collections.abc import Iterable

_OF_WORD = frozenset(
    bytes([sign]) for sign in (string.ascii_letters + string.digits + "_").encode()
)
_GOES_ON = _OF_WORD | {b"-"}
_ESCAPES = frozenset({b"n", b"r", b"t"})


class FileWords:
    """A file's bytes, and what was looked for in them so far."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._small = data.lower()
        self._said: dict[bytes, bool] = {}
        self._kinds: dict[bytes, bool] = {}

    def says(self, words: Iterable[bytes]) -> bool:
        """Whether one of the words, in small letters, is there in small or capital ones."""
        for word in words:
            known = self._said.get(word)
            if known is None:
                known = self._said[word] = word in self._small
            if known:
                return True
        return False

    def names(self, kinds: Iterable[bytes]) -> bool:
        """Whether one of the kinds stands there as a word, and not as a part of one."""
        for kind in kinds:
            known = self._kinds.get(kind)
            if known is None:
                known = self._kinds[kind] = kind in self.data and _is_word(kind, self.data)
            if known:
                return True
        return False


def _is_word(kind: bytes, data: bytes) -> bool:
    at = data.find(kind)
    while at >= 0:
        end = at + len(kind)
        if data[end : end + 1] not in _GOES_ON:
            before = data[at - 1 : at]
            # In a text in quotes, a line may begin with what stands for its beginning: `\\nssh`.
            if before not in _OF_WORD or (before in _ESCAPES and data[at - 2 : at - 1] == b"\\"):
                return True
        at = data.find(kind, at + 1)
    return False
