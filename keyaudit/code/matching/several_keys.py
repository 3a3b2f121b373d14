"""Finds out whether a file has more than one key for what it signs: it checks tokens or signatures
with several, tells its own keys apart by an id, or replaces them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.provenance.names import bindings_of
from keyaudit.core.patterns import regex

# The kind of call that such a check stands for (`keyaudit.catalogue.vocabulary.CALL_KINDS`).
KIND = "several-keys"
_CHECKS = frozenset({"jwt-decode", "verify", "mac-verify"})
_KEYS = ("key", "peer-key")

# A key of the project's own has an id. What fetches sets of public keys, or checks with public keys
# alone, tells apart the keys of others: it does not help a key that two sides share.
_NAMES_KEY = frozenset({"kid", "get_unverified_header"})
_OTHERS = frozenset({"jwks", "jwks_uri", "PyJWKClient", "PyJWKSet", "jwks_client", "jwks_url",
                     "jwks_json", "openid_configuration"})  # fmt: skip
_TOKENS = frozenset({"jwt-encode", "jwt-decode"})
_PUBLIC = regex(r"""["'](?:[RPE]S\d{3}K?|EdDSA)["']""")
_SHARED = regex(r"""["']HS\d{3}["']""")

# A function that replaces keys has it in its name: `rotate_keys`, `rekey`, `reencrypt_all`.
_REPLACES = ("rotate", "rotating", "rekey", "re_key", "reencrypt", "re_encrypt", "rewrap",
             "rollover", "roll_key", "renew_key", "replace_key", "regenerate",
             "refresh_key")  # fmt: skip
_ALONE = ("rekey", "re_key", "reencrypt", "re_encrypt", "rewrap", "roll_key", "renew_key",
          "replace_key", "refresh_key")  # fmt: skip
_ANEW = ("rekey", "re_key", "reencrypt", "re_encrypt", "rewrap", "rotate_master", "rotate_fernet",
         "rotate_encryption", "rotate_kek")  # fmt: skip
_OF_KEYS = ("key", "secret", "cred", "cert", "dek", "kek", "master", "jwk", "fernet")
# A job that clears away what is past its end: `purge_password_reset_tokens`, not the error of one
# that is (`expired_token`), nor the end of a login (`clear_session`).
_PURGES = regex(
    r"(?i)^_*(?:purge|prune|clean_?up|expire(?![ds]|_?(?:in|at|on|time|delta|after|minutes|hours|days|seconds))"
    r"|delete_old|delete_expired|remove_old|remove_expired|clear_?(?:expired|old|stale|outdated))_?"
    r"(?:\w*_)?(?:\w*token|\w*invit|\w*registration|reset|session|code|(?:magic|reset|login)_?link"
    r"|verification)s?"
    r"|^_*clear_?(?:\w*_)?(?:tokens|sessions|invites|invitations)$"
)


def kinds_of(words: Collection[str], uses: Iterable[Use]) -> Iterator[str]:
    """The kinds of call that a file's words and calls together stand for."""
    uses = tuple(uses)
    if checks_several_keys(words, uses):
        yield KIND
    if tells_own_keys_apart(words, uses):
        yield "own-key-id"
    if replaces_keys(words):
        yield "key-replace"
    if any(word.lower().lstrip("_").startswith(_ANEW) for word in words):
        yield "encrypt-anew"
    if any(map(_PURGES.search, words)):
        yield "token-purge"


def tells_own_keys_apart(words: Collection[str], uses: Iterable[Use]) -> bool:
    """Whether a file names a key that its own tokens are signed with by an id."""
    if _NAMES_KEY.isdisjoint(words) or not _OTHERS.isdisjoint(words):
        return False
    tokens = [use for use in uses if use.model.kinds & _TOKENS]
    return not tokens or not all(map(_is_public, tokens))


def replaces_keys(words: Iterable[str]) -> bool:
    """Whether a file has a function, or calls one, whose name says that it replaces keys."""
    small = (word.lower().lstrip("_") for word in words)
    return any(
        word.startswith(_ALONE)
        or (word.startswith(_REPLACES) and any(of in word for of in _OF_KEYS))
        or (word.endswith(("rotation", "rotator", "rotate")) and any(of in word for of in _OF_KEYS))
        for word in small
    )


def _is_public(use: Use) -> bool:
    """Whether a call for tokens names algorithms with public keys alone."""
    text = use.scope.module.text[use.call.pos : use.call.end]
    return _PUBLIC.search(text) is not None and _SHARED.search(text) is None


def checks_several_keys(words: Collection[str], uses: Iterable[Use]) -> bool:
    """Whether one of the calls checks with each of several keys: the key is what a loop goes
    through, or an item picked out of a collection by a name that is not written down there. The
    keys of somebody else's set check that one's tokens alone."""
    of_others = not _OTHERS.isdisjoint(words)
    return any(
        _is_one_of_several(expr, use)
        for use in uses
        if use.model.kinds & _CHECKS and not (of_others and use.model.kinds & _TOKENS)
        for role in _KEYS
        for _, expr in use.arguments.get(role, ())
    )


def _is_one_of_several(expr: s.Expr, use: Use) -> bool:
    if isinstance(expr, s.Name):
        bindings = bindings_of(expr, use.scope)
        return any(
            binding.kind == "iter"
            or (isinstance(binding.value, s.Sub) and _is_picked(binding.value))
            for binding in bindings
        )
    return isinstance(expr, s.Sub) and _is_picked(expr)


def _is_picked(item: s.Sub) -> bool:
    """Whether an item is picked at run time: `keys[header["kid"]]`, and not `config["key"]`; nor
    one of those written down there, which are a key for each purpose."""
    return not isinstance(item.index, s.Const) and not isinstance(item.value, s.Dict)
