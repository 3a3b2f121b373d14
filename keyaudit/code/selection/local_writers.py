"""Where a file is written by a function that is given what to write, or by a name that says what is
in it: neither has the name of a secret beside the call that writes.

As in `secret_uses`, the text is looked at before anything is parsed: what is found here is only
worth reading.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence

from keyaudit.code.selection.stretches import arguments, reads_secret
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import SECRETS, reading

_WRITES = regex(r"\.write(?:lines|_text|_bytes)?\(|\bdump\(|\bsafe_dump\(|\.writerows?\(|\.save\(")
# What runs a statement, and a call that is given one which stores something.
_RUNS = regex(r"\.(?:execute|executemany|fetchrow|execute_insert)\(")
_STORES = regex(r"\w\(\s*[rbf]{0,2}[\"']{1,3}\s*(?i:insert|update|replace|merge|upsert)\s")
# A parser of settings that writes itself; what the settings are, stands elsewhere.
_WRITES_SETTINGS = regex(r"(?:cfg|CFG|onfig|ONFIG|arser)\.(write)\(")
_DEFINED = regex(r"^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\([^)\n]*\w", re.MULTILINE)
_OPENS = regex(r"open\(|write_text|write_bytes")
# What has an object saved as a whole, and how far before that something is put into it.
_SAVED = regex(
    r"\.(?:save(?:_(?:config|settings|state|to_disk|to_file))?|sync|persist|write_config)"
    r"\([ \t]*(?:\w+=|\))"
    r"|(?i:settings|prefs|preferences|configs?)(?:_?(?:manager|store|service))?\.save\w*\("
    r"|\b(?:async_create_entry|async_update_entry|async_update_reload_and_abort)\("
)
_SAVED_WORDS = (".save", ".sync(", ".persist(", ".write_config(", "async_create_entry(",
                "async_update_entry(", "async_update_reload_and_abort(")  # fmt: skip
_BEFORE_SAVED = 600
_MAX_WRITERS = 48
_FAR = 400  # characters of a call's arguments
_BODY = 1200  # ... and of a function
_WORD = regex(r"[^\W\d]\w*")
# How the name of a file, or of what holds its path, goes on after the secret.
_OF_FILE = regex(
    r"\w{0,24}?(?:_?(?:file|path|fname|loc)\w{0,8}\b|\.(?:json|txt|pickle|pkl|ya?ml|toml|ini|cfg|dat|csv|lwp)\b)"
    r"|s?(?:\.\w+)?[\"']"
)
_SAID = (
    "token",
    "credential",
    "cred",
    "secret",
    "cookie",
    "passw",
    "session_",
    "auth.json",
    ".key",
    "auth_",
)
_WRITTEN = ('"w', "'w", '"a', "'a", "write_text", "write_bytes", '"x', ".save(")
_AROUND = 1500
_KEEPS = regex(
    r"\bdef[ \t]+_*(?:save|store|write|persist|dump|cache|keep|export|backup|update|flush)"
    r"_?\w{0,24}"
    r"(?:[tT]oken|[cC]red(?:s|ential)|[cC]ookie|[sS]ecret|[pP]assw|[sS]ession|[aA]uth|[kK]ey)\w*\("
)


# Random bytes that are called a key, and a function that makes one. It is looked for in all of a
# file, which goes many times as fast where it begins with a word than with `\b`.
_MADE = regex(
    r"key(?<=\bkey)[ \t]*=[ \t]*[\w.]*"
    r"(?:urandom|token_(?:bytes|hex|urlsafe)|get_random_bytes|randbytes|gen(?:erate)?_?key)\("
)


def found_in(text: str, hints: Sequence[int]) -> Iterator[int]:
    """Where such a file is written: the functions of a module that write what they are given and
    are given a secret at one of these places, and what stands beside the name of such a file."""
    if ".execute" in text or ".fetchrow(" in text:
        yield from _functions(text, hints, _RUNS)
    yield from _statements(text, hints)
    if hints and any(word in text for word in _SAVED_WORDS):
        yield from _saved(text, hints)
    if not any(word in text for word in _WRITTEN):
        return
    yield from _functions(text, hints, _WRITES, _OPENS)
    yield from _named(text)
    if hints:
        yield from (made.start(1) for made in _WRITES_SETTINGS.finditer(text))
    for begins, far in ((_KEEPS, _BODY), (_MADE, _FAR)):
        for made in begins.finditer(text):
            for write in _WRITES.finditer(text, made.end(), made.end() + far):
                yield write.start()
    at = text.find(".save(")
    while at >= 0:
        if text[max(0, at - 8) : at].endswith(("cookies", "jar", "cj")):
            yield at
        at = text.find(".save(", at + 1)


def _saved(text: str, hints: Sequence[int]) -> Iterator[int]:
    """Where an object is saved that a secret may have been put into: one is read shortly before."""
    for made in _SAVED.finditer(text):
        at = bisect.bisect_left(hints, made.start() - _BEFORE_SAVED)
        if at < len(hints) and hints[at] < made.end() + _FAR:
            yield made.start()


def _statements(text: str, hints: Sequence[int]) -> Iterator[int]:
    """Where a secret stands in a call that is given a statement which stores it: the function that
    runs it may be another file's."""
    last = -1
    for hint in hints:
        start = max(last, hint - _FAR)
        for call in _STORES.finditer(text, start, hint):
            last = call.end()
            if hint < call.end() + _FAR and reads_secret(arguments(text, call.start() + 2)):
                yield call.start()


def _functions(
    text: str, hints: Sequence[int], acts: re.Pattern[str], opens: re.Pattern[str] | None = None
) -> Iterator[int]:
    if not hints:
        return
    writers: dict[str, int] = {}
    for made in acts.finditer(text):
        start = text.rfind("\ndef ", max(0, made.start() - _BODY), made.start()) + 1
        found = _DEFINED.match(text, start) if made.start() - start < _BODY else None
        if found is not None and opens is not None and not opens.search(text, start, made.end()):
            continue  # to a stream that somebody else opened
        if found is not None and len(writers) < _MAX_WRITERS:
            writers[found[1]] = made.start()
    if not writers:
        return
    calls = re.compile(rf"(?<!def )\b(?:{'|'.join(map(re.escape, writers))})\(")
    for call in calls.finditer(text):
        given = text[call.end() : call.end() + _FAR].partition("\n\n")[0]
        if any(reading(word) in SECRETS for word in _WORD.findall(given)):
            yield call.start()
            yield writers[call[0][:-1]]


def _named(text: str) -> Iterator[int]:
    small = text.lower()
    for word in _SAID:
        at = small.find(word)
        while at >= 0:
            if _OF_FILE.match(small, at + len(word)) is not None:
                start, end = max(0, at - _AROUND), at + _AROUND
                for made in _WRITES.finditer(text, start, end):
                    yield made.start()
            at = small.find(word, at + len(word))
