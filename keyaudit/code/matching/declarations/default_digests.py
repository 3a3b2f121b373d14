"""Functions that sign with a broken digest where their caller names none: `def sign(data, key,
digest="sha1")`. What such a parameter reaches is often a token, a card or a library of which no
model knows."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import SECRET

_DIGEST = regex(
    r"(?i)\A_*(?:\w+_)?(?:hash(?:ing)?|digest|message_digest|md|sig(?:nature)?|sign(?:ing)?)?_?"
    r"(?:alg(?:o|orithm)?(?:_?md)?|hash|hasher|digest|md|func(?:tion)?|name|type|method)\Z"
)
_BROKEN = regex(r"(?i)(?:rsa|ecdsa|dsa)?[-_]?(?:md[245]|sha_?-?1|sha)(?:with\w*)?\Z")
# What signs, by the words of its name, or makes what is signed.
_SIGNS = regex(
    r"(?:\A|_|(?<=[a-z]))(?:[sS]ign(?:ed|er|ing)?|[sS]ignature|[tT]ime_?stamp|[sS]mime|[cC]ms)"
    r"(?:\Z|_|(?=[A-Z\d]))"
    r"|(?i:\A_*(?:create|make|gen(?:erate)?|build|issue|new)_?\w*(?:cert(?:ificate)?|csr|crl|ca)s?\Z)"
)
_SIGNER = regex(r"[sS]ign(?:er|ing|ature)|[cC]ert(?:ificate)?_?(?:[aA]uth|[bB]uild|[gG]en)|\bCA\Z")
# ... and not what checks it, describes it, or has a secret that both sides know.
_OTHERWISE = regex(
    r"(?i)verif|check|valid|finger|thumb|hmac|url|request|aws|oauth|webhook|cookie|session|token"
    r"|parse|load|read|assign|design|signal|stamp_to|from_stamp|git|commit"
)
_OF_PAIR = regex(
    r"(?i)private|priv_?key|pkey|cert|x509|rsa|ecdsa|\.sign\(|pkcs|\bcms\b|\bcsr\b|hsm"
)
_SHARED = regex(r"(?i)\bhmac|shared_?secret|secret_?key")


def of(scope: Scope) -> Iterator[Declaration]:
    """The parameters of a function that signs whose default is MD5 or SHA-1."""
    if scope.kind != "function" or scope.node is None:
        return
    for param in scope.params:
        weak = _broken(param.default) if _DIGEST.match(param.name) else ""
        if weak and _signs(scope):
            place = (param.pos, param.end)
            yield Declaration(f"{param.name}: {weak}", scope.name, SECRET, place)


def _broken(default: s.Expr | None) -> str:
    """The name of the broken digest that a default is; "" for any other."""
    if isinstance(default, s.Call) and not default.args:
        default = default.func
    value: object = default.value if isinstance(default, s.Const) else None
    if isinstance(default, s.Attr | s.Name):
        value = s.last_part(default)
    elif isinstance(value, bytes):
        value = value.decode("latin-1")
    return value if isinstance(value, str) and _BROKEN.match(value) else ""


def _signs(scope: Scope) -> bool:
    owner = scope.owner
    if scope.name == "__init__" and owner is not None:
        named = _SIGNER.search(owner.name) is not None and not _OTHERWISE.search(owner.name)
    else:
        named = _SIGNS.search(scope.name) is not None and not _OTHERWISE.search(scope.name)
    if not named:
        return False
    source = source_of(scope)
    return _OF_PAIR.search(source) is not None and _SHARED.search(source) is None
