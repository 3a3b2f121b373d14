"""What the name of a file, or of a variable that holds its path, says of what is in the file."""

from __future__ import annotations

import re
from functools import lru_cache

from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, KEY, PASSWORD, SECRET, TOKEN, reading

# What may be said: nothing, secrets, the tokens of a text or of a login, a session, keys, which
# may be those of a cipher or of anything else.
NOTHING, SECRETS, BARE_TOKENS, SESSION, KEYS = "", "secrets", "bare-tokens", "session", "keys"

# What a name says of a file beside what is in it.
_OF_FILE = regex(
    r"_?(?:file_?(?:name|path)?|path(?:_?name)?|fname|fn|fp|loc(?:ation)?|store|storage|cache|db|json|txt"
    r"|pickle|pkl|ya?ml|toml|ini|cfg|conf|dat|tmp|temp|new)\Z"
)
_BEFORE = regex(
    r"\A(?:get|set|tmp|temp|old|new|cached?|local|default|global|user|file_?name|file|path|stored|saved|full|abs|my|the)_"
)
_EXTENSION = regex(
    r"(?i)\.(?:json|txt|pickle|pkl|p|ya?ml|toml|ini|cfg|conf|dat|data|db|csv|env|lwp|cookies?|cache|session|bin)\Z"
)
_HOLDERS = frozenset({"credential", "credentials", "creds", "cred", "cookie", "cookies",
                      "cookie_jar", "cookiejar", "passwords", "passwd", "secrets", "secret",
                      "auth", "auth_data", "auth_state", "private_keys", "api_keys", "netrc",
                      "aws_credentials", "login_data", "storage_state"})  # fmt: skip
# Of these the ending says it: `app.key`, `.vault-token`.
_KEY_FILE = regex(
    r"(?i)\w\.(?:key|secret|token|passwd|password|creds)\Z|\A\.[\w-]*(?:token|credentials?)\Z"
)
_TOKENS = frozenset({"token", "tokens"})
_SESSIONS = frozenset({"session", "sessions", "session_data", "login_session"})
_OPEN = regex(
    r"(?i)(?:^|[_./-])(?:pub(?:lic)?|certs?|crt|csr|lock|pid|index|enc(?:rypted)?|wrapped|sealed|hash(?:ed)?"
    r"|example|sample|schema|template|test|dummy|log|report|stats?|count|ids?|names?|list|dir|folder"
    r"|url|special|added|vocab|cert)(?:[_./-]|$)"
)


@lru_cache(maxsize=4096)
def names_secret_file(name: str, *, is_file: bool) -> str:
    """What a name says of a file's content: `NOTHING`, or one of the above. `name` is the file's
    own (`is_file`), `token.json`, or that of a variable that holds its path, `cookie_path`."""
    text = name.strip()
    if is_file and _KEY_FILE.search(text) and not _OPEN.search(text):
        return SECRETS
    if is_file:
        cut = _EXTENSION.search(text)
        if cut is None and not text.startswith("."):
            return SECRETS if text in _HOLDERS else NOTHING
        text = text[: cut.start()] if cut is not None else text
    bare = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower().replace("-", "_").replace(".", "_")
    bare = bare.strip("_")
    if _OPEN.search(bare):
        return NOTHING
    told = is_file
    before = None
    while bare != before:
        before = bare
        shorter = _OF_FILE.sub("", bare).strip("_")
        told = told or shorter != bare
        bare = _BEFORE.sub("", shorter).strip("_")
    if not told:
        return NOTHING  # a value, and no file
    if bare in _HOLDERS:
        return SECRETS
    if bare in _TOKENS:
        return BARE_TOKENS
    if bare in _SESSIONS:
        return SESSION
    said = reading(bare)
    if said == BARE_TOKEN:
        return BARE_TOKENS
    if said in (PASSWORD, SECRET, TOKEN) or (said == KEY and is_file):
        return SECRETS
    return KEYS if said == KEY or bare in ("key", "keys") else NOTHING


# What a function does with what its name ends in: `store_token`, `_save_cookies_to_file`.
_KEEPS = regex(
    r"\A_*(?:save|store|write|persist|dump|cache|keep|export|backup|update|flush)_(?P<what>\w+)\Z"
)
_TO_FILE = regex(
    r"_(?:to|in|into|on|as)_(?:\w+_)?(?:file|disk|json|path|cache|yaml|pickle)\Z"
    r"|_(?:file|json|locally)\Z"
)
_CAMEL = regex(r"(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(maxsize=4096)
def keeps_secret(function: str) -> str:
    """What the name of a function says of what it writes to a file: `NOTHING`, or one of the
    above."""
    found = _KEEPS.match(_CAMEL.sub("_", function).lower())
    if found is None:
        return NOTHING
    what = _BEFORE.sub("", _TO_FILE.sub("", found["what"]))
    return names_secret_file(f"{what}_file", is_file=False)
