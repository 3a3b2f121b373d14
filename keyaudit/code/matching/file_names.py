"""What the name of a file, or of the variable that holds its path, says of what is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.related import identifiers_in
from keyaudit.code.provenance.names import bindings_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import KEY, PASSWORD, SECRET, reading

# Of a search for files, parts of what it is given.
_MOST_PARTS = 40
# For `identifiers_in`: the expression, and what its variable was put together from, no further.
_NEAR = 2
# What a name says of a file beside what is in it: `STORED_PASSWD_PATH`, `tmp_key_dir`.
_OF_FILE = regex(
    r"_?(?:file_?(?:name|path)?|path(?:_?name)?|fname|fn|dir(?:ectory)?|folder|repo(?:sitory)?"
    r"|loc(?:ation)?|home|root|tmp|temp|bak|backup|old)\Z"
)
_BEFORE = regex(r"\A(?:tmp|temp|old|cached|local|new|file_?name|file|path|dir|stored)_")
# Whatever is in these is a secret, though the word alone is none.
_HOLDERS = frozenset({"key", "keys", "keyring", "credentials", "creds",
                      "passwords", "secrets", "private_keys", "wallet", "ratchets",
                      "ccache", "krb5_cache", "krb5cc", "keytab", "pfx", "p12", "pkcs12",
                      "pgpass", "netrc", "key_pem", "pem_key", "bek", "dek", "kek"})  # fmt: skip
# ... but not where the word stands for what an object is stored under.
_BARE = frozenset({"key", "keys", "keyring"})
STORE = regex(r"(?i)bucket|blob|cache|redis|memo|(?<![a-z])s3(?![a-z])|object_?store")
# A file of these is one of a private key or of a password, whatever else they name elsewhere.
_OF_FILES = regex(
    r"(?:\A|_)(?:(?:ca|server|client|host|ssl|tls|root|ssh|luks|agent|node|deploy|identity|account"
    r"|user|priv|sec|pem_priv|privkey|machine)_?keys?|privkey|auth|unseal"
    r"|(?:auth|access|refresh|api|session|machine|bearer|oauth|login|device)_?tokens?(?:_cache)?)\Z"
)
# A token by itself is a word of a text; a file of one is none.
_TOKEN_FILE = regex(r"(?i)(?:\A|_)token_?(?:file|path|filename|filepath|cache_?file)_*\Z")
# A file's own name that says so.
_KEY_FILE = regex(
    r"(?i)\.(?:key|p12|pfx|jks|keystore|ppk|[dk]ek|pass(?:wd)?)\Z|(?:^|[/\\])id_(?:rsa|dsa|ecdsa|ed25519)\Z"
    r"|(?:^|[/\\._-])(?:private|secret|master|priv)[_-]?key(?:\.\w+)?\Z|(?:^|[/\\])\.(?:ssh|gnupg)/?\Z"
    r"|(?:^|[/\\*_-])(?:priv)?key\.pem\Z|(?:^|[/\\])(?:etc/(?:openvpn|wireguard|letsencrypt|ssl/private"
    r"|kubernetes/pki)|easy-?rsa)/?\Z|(?:^|[/\\])priv(?:ate)?\.pem\Z"
    r"|(?:^|[/\\._-])(?:secrets?|credentials?|passwords?)\.(?:ya?ml|json|ini|txt|cfg|conf|toml|db)\Z"
)
# What everybody may have, or what is of use to nobody without another key.
OPEN = regex(
    r"(?i)(?:^|[_./-])(?:pub(?:lic)?|certs?|crt|csr|lock|pid|index|enc(?:rypted)?|wrapped|sealed"
    r"|known_hosts|authorized_keys|trusted|keyrings|cache_?key|key_?ids?|example|schema|template)(?:[_./-]|$)"
)


def is_named_secret(expr: s.Expr, scope: Scope, *, bare: bool) -> bool:
    """Whether a path is held under the name of a secret, or is put together from one; of a loop
    over several, one of these. With `bare` a `key` is one, too."""
    if isinstance(expr, s.Name):
        for binding in bindings_of(expr, scope):
            if binding.kind == "iter" and isinstance(binding.value, s.Seq):
                return any(is_named_secret(item, scope, bare=bare) for item in binding.value.items)
            searched = binding.value if binding.kind == "iter" else None
            if isinstance(searched, s.Call) and any(
                map(_KEY_FILE.search, _patterns(searched, scope))
            ):
                return True
    names = identifiers_in(expr, scope, back=_NEAR)
    told = [name for name in names if _says_secret(name)]
    if not bare:
        told = [name for name in told if _bare(name) not in _BARE]
    return bool(told) and not any(map(OPEN.search, names))


def _patterns(call: s.Call, scope: Scope) -> Iterator[str]:
    """The texts that a search for files is given: `folder.glob("*.key")`, also in a loop over
    several of them."""
    if last_part(call.func) not in ("glob", "iglob", "rglob", "fnmatch", "sorted", "list"):
        return
    waiting: list[s.Expr] = [arg.value for arg in call.args]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        expr = waiting.pop()
        if isinstance(expr, s.Const):
            if isinstance(expr.value, str):
                yield expr.value
        elif isinstance(expr, s.Name):
            for binding in bindings_of(expr, scope):
                if binding.kind == "iter" and isinstance(binding.value, s.Seq):
                    waiting += binding.value.items
        else:
            waiting += s.children(expr)


def _bare(name: str) -> str:
    """What is left of a name without what says that it is a file, and which one."""
    bare = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().strip("_")
    before = None
    while bare != before:
        before = bare
        bare = _OF_FILE.sub("", _BEFORE.sub("", bare)).strip("_")
    return bare


def _says_secret(name: str) -> bool:
    if not name.isidentifier():
        return _KEY_FILE.search(name) is not None
    bare = _bare(name)
    return (
        bare in _HOLDERS
        or _TOKEN_FILE.search(name) is not None
        or reading(bare) in (KEY, PASSWORD, SECRET)
        or _OF_FILES.search(bare) is not None
    )
