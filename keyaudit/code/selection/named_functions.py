"""Whether a text has functions that end, change or keep secrets, tables that hold them, or options
of a command line: what is wrong with those is told by no call of a library."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from keyaudit.core.context import is_trial_path

if TYPE_CHECKING:
    from keyaudit.code.semantics.scopes import Module

_ENDS = (
    r"(?:delete|remove|revoke|destroy|purge|wipe|erase|invalidat|logout|log_out|sign_?out|deactivate"
    r"|disable|expire|clean_?up|prune|rotat|renew|reissue|regenerate|re_?key|replace)"
)
_SECRETS = (
    r"(?:key|secret|token|session|cred|cert|passw|pwd|passphrase|client|vault|wallet|backup|ratchet"
    r"|identity)"
)
_CHANGES = r"(?:reset|change|update|set|forgot|recover)"
_PASSWORD = r"(?:passw|pwd)"  # noqa: S105
# A function whose name says what it does and with what, in either order.
_NAMED = (
    rf"def[ \t]+(?i:\w*(?:{_ENDS}\w*{_SECRETS}|{_SECRETS}\w*{_ENDS}|{_CHANGES}\w*{_PASSWORD}"
    rf"|{_PASSWORD}\w*{_CHANGES}|\w*(?:backup|back_up|export|dump|clean_?up|rotat)|(?:create|publish|set|issue|process|handle|ensure)_\w*cert))"
    r"|class[ \t]+(?i:\w*(?:clean_?up|rotat|purge|prune|backup))"
)
# One of a class whose name says with what.
_OF_CLASS = rf"class[ \t]+(?i:\w*(?:{_SECRETS}|store))"
_ENDING = rf"def[ \t]+(?i:\w*{_ENDS}|(?:post|put|form_valid|perform_destroy|cut|forget|drop)\b)"
_TABLE = (
    r"^[ \t]+(?i:\w*(?:key|secret|token|passw|pwd|passphrase|cred|code|jwk|value|mnemonic)\w*"
    r"[ \t]*(?::[^=\n]+)?=[ \t]*(?:[\w.]*\.)?"
    r"(?:(?:mapped_)?column|(?:char|text|binary|string|blob)field)[ \t]*\()"
)
# An option of a command line, near a word of a secret: in its name, or that of a parameter.
_OPTION = (
    r"(?:add_argument|add_option|make_option|\.(?:option|argument))[ \t]*\([^)]{0,160}?"
    r"(?i:passw|passphrase|pwd|secret|token|key|cred|pin\b|mnemonic|seed|prv|wif)"
    r"|(?i:passw|passphrase|pwd|secret|token|key|cred|mnemonic|seed)\w*[ \t]*:[^=\n]*"
    r"(?:=[ \t]*)?[^=\n]*\btyper\.(?:Option|Argument)\("
)
_ALL = (_NAMED, _OF_CLASS, _ENDING, _TABLE, _OPTION)
_IN_TEXT = tuple(re.compile(part, re.MULTILINE) for part in _ALL)
_IN_BYTES = tuple(re.compile(part.encode(), re.MULTILINE) for part in _ALL)


_DECLARES = frozenset({"add_argument", "add_option", "make_option", "click", "typer"})
_DECLARES_IN_BYTES = tuple(word.encode() for word in _DECLARES)


def _has_options(data: bytes) -> bool:
    return any(word in data for word in _DECLARES_IN_BYTES)


def may_leave_out(judged: str, data: bytes) -> bool:
    """Whether a Python file has such a function or table; `judged` is the path it is judged by."""
    if is_trial_path(judged):
        return False
    named, of_class, ending, table, option = _IN_BYTES
    if named.search(data) or (of_class.search(data) and ending.search(data)):
        return True
    if (b"olumn" in data or b"Field" in data) and table.search(data):
        return True
    return _has_options(data) and option.search(data) is not None


def pieces(module: Module) -> set[int]:
    """The numbers of the pieces of a file in which one stands."""
    if is_trial_path(module.judged):
        return set()
    named, of_class, ending, table, option = _IN_TEXT
    text = module.text
    tables = "olumn" in text or "Field" in text
    options = not module.words.all.isdisjoint(_DECLARES)
    found: set[int] = set()
    for number, piece in enumerate(module.pieces):
        at = (text, piece.start, piece.end)
        if (
            named.search(*at)
            or (of_class.search(*at) and ending.search(*at))
            or (tables and table.search(*at))
            or (options and option.search(*at))
        ):
            found.add(number)
    return found
