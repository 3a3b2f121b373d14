"""Keys that are made of another by putting a word behind or before it: whoever has one of them has
them all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import KEY, SECRET, reading

# The secret that a word is put to. A plain `key`, or that of a cache, may be a name.
_SOURCE = regex(
    r"(?i)secret(?!s)|(?:signing|master|encryption|private|hmac|mac|jwt|cookie|session)_?key"
)
# The word: no end of a line, part of a URL, header or path.
_WORD = regex(r"[-_.:|]?[A-Za-z][A-Za-z0-9]*(?:[-_.: ][A-Za-z0-9]+){0,3}[-_.:|]?\Z")
_MAX_WORD = 40
# What is made of both is another key, where a hash or a derivation makes it.
_DERIVES = regex(r"(?i)hash|sha_?\d|md5|kdf|hmac|derive|digest|blake|scrypt|bcrypt|argon|new\Z")
_SIGNERS = regex(r"(?:Signer|Serializer|HMAC|Fernet)\Z")
_KEYED = regex(r"(?:hmac|AES|ChaCha20)\.new\Z|\b(?:jwt|jws|jose)\w*\.(?:encode|decode)\Z")
_KEYWORDS = ("key", "secret", "secret_key", "signing_key")
_MAX_DEPTH = 5
# Names of secrets of a cluster or of a cloud are put together so.
_OF_CLUSTER = regex(r"(?i)kubernetes|k8s|secretsmanager|secret_?manager|key_?vault")


def of(scope: Scope) -> Iterator[Declaration]:
    """The names that are given such a key, and the calls that are."""
    found = list(_of(scope, scope.module.text))
    if found and not _OF_CLUSTER.search(scope.module.text):
        yield from found


def _of(scope: Scope, text: str) -> Iterator[Declaration]:
    for path, bindings in scope.bindings.items():
        name = re.split(r"[.\[]", path.rstrip("]'\""))[-1].strip("'\"")
        if reading(name) not in (KEY, SECRET):
            continue
        for binding in bindings:
            value = binding.assigned
            made = _made_of(value, text) if value is not None else ""
            if made and made != name:
                yield Declaration(name, made, KEY, (binding.pos, binding.end))
    for call in scope.calls:
        key = _key_of(call, text)
        made = _made_of(key, text) if key is not None else ""
        if made:
            called = s.last_part(call.func)
            yield Declaration(f"the key of {called}", made, KEY, (call.pos, call.func.end))


def _key_of(call: s.Call, text: str) -> s.Expr | None:
    """The key that a call which signs or encrypts is given."""
    called = text[call.func.pos : call.func.end]
    keyed = _KEYED.search(called)
    if keyed is None and not _SIGNERS.search(called):
        return None
    named = call.by_name()
    for word in _KEYWORDS:
        if word in named:
            return named[word]
    given = call.by_position()
    at = 1 if called.endswith(("encode", "decode")) else 0
    return given[at] if len(given) > at else None


def _made_of(expr: s.Expr, text: str, depth: int = 0) -> str:
    """The name of the secret that a word is put to within an expression; "" where there is none."""
    if isinstance(expr, s.BinOp) and expr.op == "+":
        left, right = _bare(expr.left), _bare(expr.right)
        if _is_word(right):
            return _secret(left)
        if _is_word(left):
            return _secret(right)
    elif isinstance(expr, s.Text):
        words = [part for part in expr.parts if isinstance(part, s.Const)]
        others = [part for part in expr.parts if not isinstance(part, s.Const)]
        if len(words) == len(others) == 1 and _is_word(words[0]):
            return _secret(_bare(others[0]))
    elif isinstance(expr, s.Call) and _DERIVES.search(s.last_part(expr.func)):
        return ""
    if depth < _MAX_DEPTH:
        for part in s.children(expr):
            if found := _made_of(part, text, depth + 1):
                return found
    return ""


def _bare(expr: s.Expr) -> s.Expr:
    """An expression without `.encode()` and `str()` around it."""
    while isinstance(expr, s.Call):
        if isinstance(expr.func, s.Attr) and expr.func.name in ("encode", "decode"):
            expr = expr.func.value
        elif s.last_part(expr.func) in ("str", "bytes", "force_bytes") and len(expr.args) > 0:
            expr = expr.args[0].value
        else:
            break
    return expr


def _is_word(expr: s.Expr) -> bool:
    value = expr.value if isinstance(expr, s.Const) else None
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    return isinstance(value, str) and 1 < len(value) <= _MAX_WORD and bool(_WORD.match(value))


def _secret(expr: s.Expr) -> str:
    """The name of a secret that an expression reads; "" where it is none."""
    name = (
        s.last_part(expr) or (s.literal_text(expr.index) if isinstance(expr, s.Sub) else "") or ""
    )
    return name if _SOURCE.search(name) and reading(name) in (KEY, SECRET) else ""
