"""Writes new texts in the quotes that a file's own texts have."""

from __future__ import annotations

import tokenize
from collections.abc import Iterable

from keyaudit.core.patterns import regex
from keyaudit.fixes.changes import Change, Piece, pieces
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import PythonFile, Token

_TEXT = regex(r"[A-Za-z]{0,2}(?P<quote>[\"'])(?!(?P=quote){2})[^\"'\\\n]*(?P=quote)")
_FEW, _TIMES = 3, 3


def in_own_quotes(file: PythonFile, changes: Iterable[Change]) -> list[Change]:
    """The changes of a file, with `'` for `"` around their texts where nearly all others have
    it."""
    found = list(changes)
    if not any('"' in one.text for one in found) or not _is_single(file):
        return found
    text, placed = pieces(file.text, found)
    try:
        tokens = PythonFile(file.path, file.encoded(text)).tokens
    except DeclinedError:
        return found  # what does not parse is told of by the verifier
    for piece in placed:
        if piece.change is not None and '"' in piece.change.text:
            found[found.index(piece.change)] = _quoted(file, piece, tokens)
    return found


def _quoted(file: PythonFile, piece: Piece, tokens: list[Token]) -> Change:
    assert piece.change is not None
    change, text = piece.change, piece.change.text
    old = file.text[change.start : change.end]
    for token in tokens:
        known = _TEXT.fullmatch(token.text) if token.type == tokenize.STRING else None
        if known is None or known["quote"] != '"' or token.text in old:
            continue
        if piece.start <= token.start and token.end <= piece.end:
            start, end = token.start - piece.start, token.end - piece.start
            text = text[:start] + token.text.replace('"', "'") + text[end:]
    return change._replace(text=text)


def _is_single(file: PythonFile) -> bool:
    quotes = [
        known["quote"]
        for token in file.tokens
        if token.type == tokenize.STRING and (known := _TEXT.fullmatch(token.text))
    ]
    single = quotes.count("'")
    return single >= _FEW and single >= _TIMES * quotes.count('"')
