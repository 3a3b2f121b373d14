from keyaudit.remediation.errors import (
    BackendError,
    ClosedKeyError,
    DecryptionError,
    EnvelopeFormatError,
    KeyInUseError,
    KeySourceError,
    KeyStateError,
    MissingBackendError,
    PurposeError,
    RateLimitError,
    RecordFormatError,
    RemediationError,
    StoreError,
    UnknownKeyError,
    WeakParameterError,
    WrongPasswordError,
)
from keyaudit.remediation.generation.asymmetric import (
    generate_private_key,
)
from keyaudit.remediation.generation.compare import (
    constant_time_equal,
)
from keyaudit.remediation.generation.passwords import (
    DerivedKey,
    derive_key,
    needs_rehash,
    verify,
)
from keyaudit.remediation.generation.stretching import (
    Argon2id,
    Pbkdf2,
    Scrypt,
)
from keyaudit.remediation.generation.subkeys import (
    derive_subkey,
)
from keyaudit.remediation.generation.symmetric import (
    check_hmac_key,
    generate_key,
    generate_nonce,
    generate_salt,
    generate_secret,
)
from keyaudit.remediation.memory.region import (
    Protection,
)
from keyaudit.remediation.memory.secure_key import (
    SecureKey,
)
from keyaudit.remediation.memory.wiping import (
    wipe,
)

__all__ = [
    "Argon2id",
    "BackendError",
    "ClosedKeyError",
    "DecryptionError",
    "DerivedKey",
    "EnvelopeFormatError",
    "KeyInUseError",
    "KeySourceError",
    "KeyStateError",
    "MissingBackendError",
    "Pbkdf2",
    "Protection",
    "PurposeError",
    "RateLimitError",
    "RecordFormatError",
    "RemediationError",
    "Scrypt",
    "SecureKey",
    "StoreError",
    "UnknownKeyError",
    "WeakParameterError",
    "WrongPasswordError",
    "check_hmac_key",
    "constant_time_equal",
    "derive_key",
    "derive_subkey",
    "generate_key",
    "generate_nonce",
    "generate_private_key",
    "generate_salt",
    "generate_secret",
    "needs_rehash",
    "verify",
    "wipe",
]
