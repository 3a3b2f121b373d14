"""Whether a text has functions that end, change or keep secrets, or tables that hold them: what
they leave out is told by no call of a library."""

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
    rf"|{_PASSWORD}\w*{_CHANGES}|(?:create|publish|set|issue|process|handle|ensure)_\w*cert))"
)
# One of a class whose name says with what.
_OF_CLASS = rf"class[ \t]+(?i:\w*{_SECRETS})"
_ENDING = rf"def[ \t]+(?i:\w*{_ENDS}|(?:post|put|form_valid|perform_destroy)\b)"
_TABLE = (
    r"^[ \t]+(?i:\w*(?:key|secret|token|passw|pwd|passphrase|cred|code|jwk|value|mnemonic)\w*"
    r"[ \t]*(?::[^=\n]+)?=[ \t]*(?:[\w.]*\.)?"
    r"(?:(?:mapped_)?column|(?:char|text|binary|string|blob)field)[ \t]*\()"
)
_ALL = (_NAMED, _OF_CLASS, _ENDING, _TABLE)
_IN_TEXT = tuple(re.compile(part, re.MULTILINE) for part in _ALL)
_IN_BYTES = tuple(re.compile(part.encode(), re.MULTILINE) for part in _ALL)


def may_leave_out(judged: str, data: bytes) -> bool:
    """Whether a Python file has such a function or table; `judged` is the path it is judged by."""
    if is_trial_path(judged):
        return False
    named, of_class, ending, table = _IN_BYTES
    if named.search(data) or (of_class.search(data) and ending.search(data)):
        return True
    return (b"olumn" in data or b"Field" in data) and table.search(data) is not None


def pieces(module: Module) -> set[int]:
    """The numbers of the pieces of a file in which one stands."""
    if is_trial_path(module.judged):
        return set()
    named, of_class, ending, table = _IN_TEXT
    text = module.text
    tables = "olumn" in text or "Field" in text
    found: set[int] = set()
    for number, piece in enumerate(module.pieces):
        at = (text, piece.start, piece.end)
        if (
            named.search(*at)
            or (of_class.search(*at) and ending.search(*at))
            or (tables and table.search(*at))
        ):
            found.add(number)
    return found
