"""Whether a text sets up, opens or empties a store of secrets (Vault): what is wrong with that may
be told by what a function leaves out."""

from __future__ import annotations

from keyaudit.core.patterns import regex

_STORES = ("hvac", "vault", "Vault")
_ACT = regex(
    # how long what it gives out is good
    r"secret_id_ttl|secret_id_num_uses|explicit_max_ttl|token_(?:max_)?ttl"
    r"|\bcreate_(?:orphan_)?token\(|\btoken\.create\w*\(|\w*secret_id\("
    r"|\.auth\.\w+\.(?:\w+_)?login\("
    # the credentials by which it makes others
    r"|\.configure(?:_root_iam_credentials)?\(|configure_connection\(|create_connection\("
    r"|config/root|database/config/"
    # what takes all that it holds away
    r"|disable_(?:secrets_engine|secret_backend|auth_method|auth_backend)|unmount_?\w*\b"
    r"|delete_metadata_and_all_versions|destroy_secret_versions|revoke_(?:secret_)?(?:prefix|force)\("
    r"|\bdelete_root\("
    # what opens it
    r"|\.initialize\(|unseal|root_token|\bgenerate_root\("
)


def may_act(text: str) -> bool:
    return any(word in text for word in _STORES) and _ACT.search(text) is not None


def is_of_store(text: str) -> bool:
    """Whether a file speaks of such a store, so that each of its pieces may act on it."""
    return any(word in text for word in _STORES)


def may_stand_in(piece: str) -> bool:
    return _ACT.search(piece) is not None
