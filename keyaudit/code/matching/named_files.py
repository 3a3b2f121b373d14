"""Files whose name says that there are secrets in them, whatever the value that is written is
called: `token.json`, `credentials_file`, `cookies.txt`.

What a service answered with, or what a class holds, often has no name that says anything; the file
that keeps it has one, since somebody has to find it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.matching.opened_files import paths_written_to
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.provenance.names import bindings_of
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_file_names import (
    BARE_TOKENS,
    KEYS,
    SESSION,
    keeps_secret,
    names_secret_file,
)
from keyaudit.core.secret_names import ABOUT, NEUTRAL

_MAX_BACK = 3
# What opens nothing without another key, or is for everybody.
_HARMLESS = frozenset(
    {"ciphertext", "wrapped-key", "public-key", "fast-hash", "mac", "private-key-object"}
)
_SAID_HARMLESS = regex(
    r"(?i)encrypt|crypt\.|seal|cipher|fernet|hash|digest|pub(?:lic)?_?key|public|redact|mask|template"
    r"|example|placeholder|certificate|metadata"
)
_SAME = frozenset({"str", "Path", "PurePath", "fspath", "abspath", "realpath", "expanduser",
                   "resolve", "absolute", "normpath", "as_posix", "with_suffix",
                   "expandvars", "format"})  # fmt: skip
_JOINS = frozenset({"join", "joinpath"})
_IS_KEY = regex(r"(?i)_*(?:\w+_)?keys?(?:_?(?:bytes|hex|b64))?")
_ENCRYPTS = frozenset({
    "AES", "Fernet", "Crypto", "Cryptodome", "cryptography", "nacl", "rsa", "RSA", "encrypt",
    "decrypt", "crypt", "cipher", "ChaCha20_Poly1305", "AESGCM",
})  # fmt: skip
# A file of a session holds a login only where the file speaks of one.
_LOGINS = frozenset({"cookies", "sessionid", "session_token", "cookiejar", "access_token", "login"})


def content_of_secret_file(context: Context, sink: Sink, found: Sequence[Origin]) -> list[Origin]:
    """An origin that stands for all that is written to a file with secrets in it, by the name of
    the file. None where the content, of origins `found`, is known to be harmless."""
    use = sink.use
    # `token_data` is about a token by its name, and may be all of one.
    named = {origin.called for origin in found}
    if use is None or not named <= {NEUTRAL, ABOUT} or named == {ABOUT}:
        return []
    if found and all(_is_fixed(origin) for origin in found):
        return []
    if any(o.kind in _HARMLESS or any(map(_SAID_HARMLESS.search, o.names)) for o in found):
        return []
    text = sink.scope.module.text
    if _SAID_HARMLESS.search(text[sink.value.pos : sink.value.end]):
        return []
    for said, what in _said_of(context, use, sink.scope):
        if said == BARE_TOKENS and context.has_tokens_of_texts():
            continue
        if said == KEYS and not _is_cipher_key(sink):
            continue
        if said == SESSION and _LOGINS.isdisjoint(sink.scope.module.words.all):
            continue
        made = Origin("unknown", sink.scope.module, sink.value, source=what, called="whole")
        return [made.with_step(sink.scope.module, sink.value.pos, sink.value.end, what)]
    return []


def _is_cipher_key(sink: Sink) -> bool:
    """Whether what is written is called a key, in a file that encrypts."""
    value = sink.value
    while isinstance(value, s.Call) and isinstance(value.func, s.Attr):
        value = value.func.value  # `key.encode()`
    name = last_part(value) if isinstance(value, s.Name | s.Attr) else ""
    encrypts = not _ENCRYPTS.isdisjoint(sink.scope.module.words.all)
    return encrypts and _IS_KEY.fullmatch(name) is not None


def _said_of(context: Context, use: Use, scope: Scope) -> Iterator[tuple[str, str]]:
    """What names say of a file that a call writes to, and that in words: its own, and that of the
    function which writes it."""
    for path, place in paths_written_to(context, use):
        for name, is_file in _own_names(path, place):
            said = names_secret_file(name, is_file=is_file)
            if said:
                yield said, f"what is kept in `{name.strip()}`"
    if scope.kind == "function":
        said = keeps_secret(scope.name)
        if said:
            yield said, f"what `{scope.name}` is there to keep"


def _is_fixed(origin: Origin) -> bool:
    """Whether a value is written down here: a literal, or an empty list or dict."""
    if origin.kind == "literal":
        return True
    node = origin.node
    return origin.kind == "container" and (isinstance(node, s.Dict | s.Seq) and not node.items)


def _own_names(path: s.Expr, scope: Scope, back: int = 0) -> Iterator[tuple[str, bool]]:
    """What the file itself is called, not the folders it is in: the last part of its path, and the
    variables that hold it; with each whether it is the name of a file."""
    if back > _MAX_BACK:
        return
    match path:
        case s.Const(value=str() as text):
            yield re.split(r"[/\\]", text)[-1], True
        case s.Name():
            yield path.id, False
            for binding in bindings_of(path, scope):
                if binding.kind in ("value", "enter") and binding.value is not None:
                    yield from _own_names(binding.value, binding.scope, back + 1)
        case s.Attr(name=name, value=holder):
            yield name, False
            if name == "name":
                yield from _own_names(holder, scope, back + 1)
        case s.Sub(index=s.Const(value=str() as text)):
            yield text, "." in text
        case s.Sub(index=s.Attr(name=name)):
            yield name, False
        case s.Text(parts=[*_, last]):
            yield from _own_names(last, scope, back + 1)
        case s.BinOp(op="/" | "+", right=right):
            yield from _own_names(right, scope, back + 1)
        case s.Call(func=func, args=args):
            word = last_part(func)
            if word in _JOINS and args:
                yield from _own_names(args[-1].value, scope, back + 1)
            elif (
                word in _SAME
                and isinstance(func, s.Attr)
                and not (args and word not in ("with_suffix", "format"))
            ):
                yield from _own_names(func.value, scope, back + 1)
            elif word in _SAME and args:
                yield from _own_names(args[0].value, scope, back + 1)
            else:
                yield word, False
