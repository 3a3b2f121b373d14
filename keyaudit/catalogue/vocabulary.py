"""The words that rules and models may use: roles, origins, kinds of call, transforms and others.

docs/writing-rules.md explains them; a test keeps both lists equal.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ROLES = _words("""
    key private-key framework-secret password salt nonce token seed iterations cost memory
    parallelism length key-size exponent digest mode padding curve algorithm algorithms version
    plaintext ciphertext associated-data context key-id days verify options headers encryption
    policy-object peer-key url body file-content path permissions record cookie serialized cached
    log output exception comparison archived expiry rotation command receiver flag unverified
    claims hashed lifetime target question hidden default-secret answer cookie-name secure
    http-only prefilled
""")

ORIGINS = _words("""
    literal weak-random strong-random clock identifier environment file network database user-input
    password fast-hash slow-hash derived-key key private-key-object wrapped-key public-key
    shared-secret mac ciphertext signed-token parameter unknown
""")

# What no rule may fire on: nothing is known of the value.
UNRESOLVED_ORIGINS = frozenset({"parameter", "unknown"})

# In a rule, `secret` stands for every origin that is known to be secret, `used-as-key` for every
# one that elsewhere in the file reaches a key role, `holds-secrets` for what has secrets in it
# (all environment variables), the others for those that names call so.
CALLED_ORIGINS = _words(
    "called-secret called-password called-token called-key called-code holds-secrets"
)
RULE_ORIGINS = (
    (ORIGINS - UNRESOLVED_ORIGINS)
    | CALLED_ORIGINS
    | {"secret", "used-as-key", "given-text", "any-text", "anything"}
)

CALL_KINDS = _words("""
    random hash hmac pbkdf2 scrypt argon2 bcrypt hkdf rsa-generate dsa-generate dh-generate
    ec-generate prime key-generate key-maker key-exchange seed
    password-hash token-hash fast-password-hash kept-password kept-setting kept-entry
    cipher block-mode aead aead-encrypt aead-decrypt fernet multi-fernet fallback-keys
    rsa-encrypt rsa-decrypt padding sign verify signature-scheme mac-verify compare key-wrap
    key-unwrap
    jwt-encode jwt-decode jwt-header token-signer token-read private-key-serialize
    private-key-load file-write file-remove file-erase file-copy chmod private-file temp-file
    folder-make file-open netrc-read mode-look
    archive
    serialize cache dict-cache lazy-cache
    environment-set queue-task
    database lookup query record-answer invocation-answer route-answer state-answer
    refilled-field kept-field form-field form-text page-field event-record hidden-parameters
    table-definition password-table
    token-table
    account settings-field
    data-key-setting token-key-setting token-renewal oauth-provider
    plain-oauth
    certificate certificate-end certificate-in-hours certificate-in-seconds certificate-command
    certificate-reload tls-serve tls-context ssh-certificate set-cookie session-cookie
    session-cookie-secured remember-cookie remember-cookie-secured
    session-key session-setting session-app
    home-made-cipher
    typed typed-in-view session-store
    http link token-fetch plain-channel named-channel mail chat tls mail-tls peer-certificate login
    plain-login directory-login broker-login database-login database-address broker-address
    peer-box broker-setting web-serve start-tls wire-debug ssh
    ssh-transport key-trust command command-text
    log output audit wipe memory-lock
    kms-encrypt kms-decrypt kms-generate-data-key kms-create-key kms-enable kms-disable
    kms-enable-rotation kms-disable-rotation kms-rotation-status kms-schedule-deletion
    kms-cancel-deletion kms-list-aliases kms-create-alias kms-delete-alias kms-list-grants kms-tag
    kms-describe kms-policy secret-create secret-rotate secret-read secret-delete secret-id-role
    root-rotate store-revoke secret-id-end
    credential-create credential-disable credential-delete credential-last-used
    credential-owner-delete
    key-id own-key-id token-key request-nonce token-key-id several-keys key-replace
    encrypt-anew key-trail encrypted-column hashed-column deploys declared
    user-state user-is-active key-state loose-key token-purge
    session-lifetime remember-lifetime expired-cleared kept-secret-removed issued-key-ended
    token-ages attempt-limit password-demand seed-kept server-session gives-tokens codes-remembered
    token-by-secret-key purpose-key bearer-token signed-token
    token-user-asked
""")

# Kinds that say what a project is, and so do not count where they stand in a test or an example.
PROJECT_KINDS = frozenset({"deploys", "attempt-limit", "password-demand"})

# Those that the code engine itself gives to what is no call.
ENGINE_KINDS = frozenset({"dict-cache", "lazy-cache", "home-made-cipher", "several-keys",
                          "own-key-id", "key-replace", "encrypt-anew", "record-answer",
                          "route-answer", "state-answer",
                          "lookup", "user-state", "user-is-active", "key-state",
                          "loose-key", "token-purge", "session-lifetime",
                          "remember-lifetime", "expired-cleared",
                          "kept-secret-removed", "issued-key-ended", "token-ages",
                          "fast-password-hash", "attempt-limit", "password-demand",
                          "event-record", "seed-kept", "server-session",
                          "gives-tokens", "codes-remembered", "token-by-secret-key",
                          "bearer-token", "signed-token", "token-user-asked",
                          "kept-entry"})  # fmt: skip

# What `via` and `not-via` may name: the transforms the code engine notes on a value's way.
TRANSFORMS = _words(
    "encode decode convert slice few pad hash join format pick repeat default environment-default"
)

CONDITIONS = _words("""
    below above in not-in first-in is missing bytes-below entropy-below size-below empty has lacks
    matches number any-bits entry
""")

# The conditions that compare with a limit, which a policy may give.
LIMITS = ("below", "above", "bytes-below", "entropy-below", "size-below")

_NUMBERED = frozenset({"call", "role", "value", "limit", "policy"})
_CALLED = frozenset({"call", "name", "policy"})

# The forms of configuration (`keyaudit.configs.formats`) that a rule may speak of.
CONFIG_FORMS = _words("""
    terraform hcl cloudformation arm kubernetes helm-values compose dockerfile github-actions
    gitlab-ci circleci azure-pipelines bitbucket ansible ansible-cfg sops nginx apache haproxy
    postgresql pg-hba sshd ssh openssl mosquitto redis openvpn shell powershell template settings
    page sql
""")

# The conditions on a setting.
CONFIG_CONDITIONS = _words("""
    missing or-missing present is in not-in matches not-matches first-in fewer-than empty literal
    below above key refers-to puts-in is-called key-called beside
""")

# The placeholders that a rule's message may have, by its kind of match.
PLACEHOLDERS = {
    "argument": _NUMBERED,
    "flow": frozenset({"call", "role", "origin", "source", "inner", "name", "policy"}),
    "lifetime": _CALLED,
    "absence": _CALLED,
    "handler": _CALLED,
    "omission": _CALLED,
    "column": _CALLED,
    "option": _CALLED,
    "declared": _CALLED | {"value", "limit"},
    "wipe": _CALLED,
    "reuse": frozenset({"call", "role", "value", "name", "policy"}),
    "shared": frozenset({"call", "role", "source", "name", "policy"}),
    "text": frozenset({"name", "value", "policy"}),
    "history": frozenset({"name", "days", "limit", "policy"}),
    "material": frozenset({"name", "reason", "policy"}),
    "environments": frozenset({"name", "reason"}),
    "config": frozenset({"call", "name", "value", "limit", "policy"}),
}

# The structures of tokens that `check` may name (`keyaudit.secrets.structure`).
TOKEN_CHECKS = _words("""
    crc32-base62 crc32-hex jwt jwt-kubernetes jwt-supabase bech32 base58check aws-account
    base64-json base64-32-bytes base64-64-bytes wireguard-key service-account discord-id
    pypi-macaroon sentry-json url-password
""")

# What a rule's `fix` may name: each is a module of `keyaudit.fixes.kinds`.
FIX_KINDS = _words("""
    associated-data authenticated-encryption command-argument command-secret constant-time-compare
    derive-shared-secret disable-again encrypted-archive encrypted-private-key
    encryption-context environ-fallback erase-file expiry fallback-keys file-mode
    cipher-list header-token hmac-instead task-secret rehash-at-login encrypted-tar
    bounded-cache hidden-question secure-session-cookie
    forward-secret-ciphers fresh-exchange-key fresh-nonce handed-out-view hardcoded-key https
    ignored-file jwt-verification kdf-cost key-record key-size kms-rotation known-hosts
    look-for-grants more-entropy multi-fernet no-log oaep password-key predictable-value
    private-creation private-output random-size real-wipe recoverable-deletion release-aliases
    salted-key secret-output secret-reference separate-keys set-value setting strong-hash
    stronger-curve swallowed-error tls-verification tls-version token-key-id unseeded-generator
    url-credentials weak-random wipe-missing wipe-on-error wrapped-archive
""")
