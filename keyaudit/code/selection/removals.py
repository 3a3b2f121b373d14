"""Names of functions that remove, or put aside, the file whose path they are given, and whether a
text calls one for a file with a secret in it."""

from __future__ import annotations

from keyaudit.core.patterns import regex

# `_remove_file`, `ensure_file_absent`, `silentremove`, `delete_if_exists`, `check_and_remove_file`.
_HOW = (
    r"(?:(?:safe(?:ly)?|silent(?:ly)?|quiet(?:ly)?|force|try|maybe|check_and|async|sudo|atomic)_?)"
)
_ACT = r"(?:remove|delete|unlink|rmtree|rm)"
_WHAT = r"(?:_?(?:tmp|temp|temporary|local|old|existing))?_?(?:file|path|dir|directory|folder|tree)"
_IF = r"_?(?:if_?(?:it_)?(?:exists|present)|quiet(?:ly)?|silent(?:ly)?|safe(?:ly)?|no_?fail|rf?)"
# `rmdir` takes empty folders alone.
REMOVES = regex(
    rf"(?i)(?!_*rm_?dir\Z)_*(?:{_HOW}+{_ACT}|{_HOW}*{_ACT}{_WHAT}(?:{_IF})?|{_ACT}{_IF}"
    r"|ensure_?(?:file_?|path_?)?(?:absent|removed|deleted|gone)"
    r"|clean_?up_?(?:tmp_?|temp_?)?(?:file|path|dir|folder))"
)
# `rotateFile`, `backup_file`, `keep_old_file`.
PUTS_ASIDE = regex(
    r"(?i)_*(?:make_?|create_?|do_?)?(?:back_?up|rotate|keep_?old|save_?old|put_?aside|set_?aside)"
    r"_?(?:old_?|existing_?|current_?)?(?:file|path|key)(?:_?if_?exists)?"
)
# Of these, one stands in each text that calls such a function.
_SIGNS = ("remove_", "move_file", "moveFile", "delete_", "elete_file", "eleteFile", "unlink_",
          "_unlink", "_rmtree", "rm_", "absent", "_remove", "tremove", "up_file", "up_path",
          "rotate", "backup", "keep_old", "save_old", "up_tmp", "up_temp")  # fmt: skip
_CALLED = regex(
    r"(?:[rR]emove|[dD]elete|unlink|rmtree|rm_|absent|[cC]lean_?[uU]p|[rR]otate|[bB]ack_?up|_old)"
    r"\w{0,24}\([^)\n]{0,80}?(?i:key|secret|passw|passphrase|token|cred|auth|pfx|p12|ccache|wallet"
    r"|decrypted|plain)"
)


# What removes a file, and what stands near it where that is one of a key; small letters.
_REMOVALS = ("os.remove(", "os.unlink(", ".unlink(", "rmtree(")
_OF_KEYS = ("key_file", "key_path", "keypath", "keyfile", ".key\"", ".key'", "key.pem", "priv_key",
            "private_key", "privkey", "seckey", "sec_key", "id_rsa", "id_ed25519", "decrypt",
            "wallet", "keytab",
            "passphrase", "password_file", "secret_file", "secrets_file", "ccache", "auth_file",
            "auth_path", "cred_file", "creds_file", "credentials_file", "token_file", "token_path",
            "tokenfile", "authtoken", "auth_token", "access_token", "refresh_token", "bek_",
            ".p12", ".pfx", "etc/openvpn", "etc/wireguard", "genrsa", "ssh-keygen")  # fmt: skip
# ... and the name of what is removed.
_SECRET_REMOVED = regex(
    r"(?:os\.remove|os\.unlink|rmtree)\(\s*[\w.]{0,60}(?i:secrets|passwords|credentials|private_keys)\b"
)


def may_remove_secret(text: str) -> bool:
    """Whether a text seems to remove or put aside a file with a secret in it."""
    if any(sign in text for sign in _SIGNS) and _CALLED.search(text) is not None:
        return True
    if not any(removal in text for removal in _REMOVALS):
        return False
    lowered = text.lower()
    if any(word in lowered for word in _OF_KEYS):
        return True
    return _SECRET_REMOVED.search(text) is not None
