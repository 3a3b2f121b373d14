"""Whether a text may pass over an error with a key: its loading, making, storing or removal."""

from __future__ import annotations

import re

from keyaudit.core.patterns import regex

# A call that loads or asks for a key, where what goes wrong may be passed over.
_ASKED = ("private_key", "privatekey", "signing_key", "secret_key", "master_key", "encryption_key",
          "management_key", "data_key", "signer", "keystore", "key_store", "key_pair", "keypair",
          "credentials", "creds", "keyring", "pkcs12", "_secret(", "_secret_value(",
          "_secret_version(")  # fmt: skip
_ASKS = regex(
    r"(?:load|read|open|get|fetch|unlock|unwrap|decrypt|import|parse|retrieve|assume|obtain)_(?:\w{1,40}_)?"
    r"(?:(?:private|signing|secret|master|encryption|management|data)_?key|signer|key_?(?:store|pair|ring)"
    r"|credentials?|creds|pkcs12|secret)\w{0,30}[ \t]?\("
)
# A call that makes, signs, stores or hands over a key, or logs in to a directory, with the same.
_MADE = ("access_key(", "secret", "_key(", "cert", "_csr(", "credential", "mail(", "bind")
_MAKES = regex(
    r"\b_*(?:create|issue|put|store|save|persist|write|update|publish|upload|register|insert|import|sign"
    r"|certify)_(?:\w{1,40}_)?(?:key|secret|cert|credential|csr|login_profile)\w{0,30}[ \t]?\("
    r"|\b(?:simple_|sasl_\w{1,20}_)?bind(?:_s)?[ \t]?\([^()\n]{0,80}(?i:pass|pw)"
    r"|def[ \t]+\w*send\w*\([^)]*"
    r"(?:secret_access_key|(?:new|temp\w*|initial|generated)_pass)"
)
# A call that decrypts, or loads what is public, and a handler for all errors.
_OPENS = regex(
    r"(?:decrypt|decipher|unseal)\w{0,20}[ \t]?\("
    r"|\b(?:load|import)_(?:\w{1,40}_)?(?:cert|jwk|pub(?:lic)?_?key)\w{0,20}[ \t]?\("
)
_OPENED = ("decrypt", "decipher", "unseal", "cert", "jwk", "pub")
_ALL_ERRORS = regex(r"except[ \t]*(?:\(?[^\n:]{0,80}\bException\b[^\n:]{0,40})?:")
# A function that is there to keep a key.
_KEEPS = regex(
    r"^_*(?:\w{1,40}_)?(?:save|store|persist|insert|write|record|mark)_\w{0,40}(?:key|secret|cred|token)",
    re.MULTILINE,
)
# An error that is taken for "nothing to do".
_UNCHANGED = regex(
    r"except[ \t]*(?:Exception[^\n]*)?:[ \t]*\n[ \t]*"
    r"(?:return[ \t]*\{[ \t]*[\"']changed[\"'][ \t]*:[ \t]*False"
    r"|\w+\.exit_json\([ \t]*changed[ \t]*=[ \t]*False)"
)
# A function that tells whether there is a key.
_TELLS_WHETHER = regex(
    r"^_*(?:has|have|is|does|exists?|contains)_\w*(?:key|secret|cert|credential|slot|wallet|vault)"
    r"|(?:key|secret|cert|certificate|credential|slot|wallet|vault)s?_?(?:exists?|occupied|present|is_set"
    r"|installed|available|in_use|taken)$",
    re.MULTILINE,
)


def may_stand_in(text: str, functions: str) -> bool:
    """Whether an error with a key may be passed over in a text with functions of such names."""
    if any(word in text for word in _ASKED) and _ASKS.search(text) is not None:
        return True
    if "changed" in text and _UNCHANGED.search(text) is not None:
        return True
    if functions and _TELLS_WHETHER.search(functions) is not None:
        return True
    if "except" in text:
        if functions and _KEEPS.search(functions) is not None:
            return True
        opens = any(word in text for word in _OPENED) and _OPENS.search(text) is not None
        if opens and _ALL_ERRORS.search(text) is not None:
            return True
    return any(word in text for word in _MADE) and _MAKES.search(text) is not None
