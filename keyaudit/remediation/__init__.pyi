from keyaudit.remediation.auditing.auditor import (
    AuditEvent,
    Auditor,
    Sink,
    Thresholds,
)
from keyaudit.remediation.auditing.callers import (
    Caller,
    ExpectedCallers,
)
from keyaudit.remediation.destruction.erase_file import (
    Erasure,
    erase_file,
)
from keyaudit.remediation.destruction.find_envelopes import (
    EnvelopeScan,
    NoEnvelopes,
    find_envelopes,
)
from keyaudit.remediation.errors import (
    AuditLogError,
    BackendError,
    ClockError,
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
    RootKeyError,
    ScanError,
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
from keyaudit.remediation.generation.passphrases import (
    Passphrase,
    PassphraseDescriptor,
    PassphraseFile,
    SystemdCredential,
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
    Stretching,
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
from keyaudit.remediation.integrations.asynchronous import (
    AsyncCipher,
)
from keyaudit.remediation.lifecycle.agreement import (
    AgreementKey,
    ManagedAgreement,
)
from keyaudit.remediation.lifecycle.algorithms import (
    KeyAlgorithm,
)
from keyaudit.remediation.lifecycle.anchors import (
    AnchorFolder,
    AnchorKeeper,
)
from keyaudit.remediation.lifecycle.audit_log import (
    AuditRecord,
)
from keyaudit.remediation.lifecycle.aws import (
    AwsKeyManager,
)
from keyaudit.remediation.lifecycle.aws_access import (
    AwsKey,
)
from keyaudit.remediation.lifecycle.aws_trail import (
    AwsKeyUse,
    AwsTrail,
    unrecorded,
)
from keyaudit.remediation.lifecycle.certificates import (
    verify_certificate,
)
from keyaudit.remediation.lifecycle.clocks import (
    SystemClock,
)
from keyaudit.remediation.lifecycle.copying import (
    copy_store,
)
from keyaudit.remediation.lifecycle.lookup_cipher import (
    LookupCipher,
)
from keyaudit.remediation.lifecycle.manager import (
    KeyManager,
)
from keyaudit.remediation.lifecycle.per_process import (
    PerProcess,
)
from keyaudit.remediation.lifecycle.records import (
    KeyPolicy,
    KeyUsage,
    KeyVersion,
)
from keyaudit.remediation.lifecycle.reencryption import (
    Reencryption,
    ReencryptionJob,
)
from keyaudit.remediation.lifecycle.requests import (
    ApprovalRequest,
    approval_message,
)
from keyaudit.remediation.lifecycle.signing import (
    ManagedSigner,
    Signature,
)
from keyaudit.remediation.lifecycle.states import (
    KeyState,
)
from keyaudit.remediation.lifecycle.upgrading import (
    upgrade_store,
)
from keyaudit.remediation.loading.aws import (
    AwsSecret,
    AwsWrappedKey,
)
from keyaudit.remediation.loading.azure import (
    AzureSecret,
)
from keyaudit.remediation.loading.google import (
    GoogleSecret,
)
from keyaudit.remediation.loading.load_key import (
    EphemeralKey,
    KeyFile,
    KeyProvider,
    load_key,
)
from keyaudit.remediation.loading.wrapped import (
    WrappedKey,
)
from keyaudit.remediation.memory.region import (
    Protection,
)
from keyaudit.remediation.memory.wiping import (
    wipe,
)
from keyaudit.remediation.providers.aws_kms import (
    AwsKmsKey,
)
from keyaudit.remediation.providers.azure_key_vault import (
    AzureKeyVaultKey,
)
from keyaudit.remediation.providers.google_kms import (
    GoogleKmsKey,
)
from keyaudit.remediation.providers.keyring import (
    KeyringKey,
)
from keyaudit.remediation.providers.pkcs11 import (
    Pkcs11Key,
)
from keyaudit.remediation.providers.pkcs11_token import (
    Pkcs11Token,
)
from keyaudit.remediation.providers.vault_transit import (
    VaultTransitKey,
)
from keyaudit.remediation.secure_key import (
    SecureKey,
)
from keyaudit.remediation.shares import (
    combine_shares,
    split_key,
)
from keyaudit.remediation.usage.agreeing import (
    agree_key,
)
from keyaudit.remediation.usage.purpose_key import (
    Purpose,
    PurposeKey,
)
from keyaudit.remediation.usage.rates import (
    RateLimit,
)
from keyaudit.remediation.usage.sealing import (
    seal_to,
)
from keyaudit.remediation.wrapping.any_of import (
    AnyOf,
    EscrowKey,
)
from keyaudit.remediation.wrapping.cache import (
    DataKeyCache,
)
from keyaudit.remediation.wrapping.context import (
    Context,
)
from keyaudit.remediation.wrapping.envelope import (
    EnvelopeCipher,
    read_header,
)
from keyaudit.remediation.wrapping.envelope_format import (
    EnvelopeHeader,
)
from keyaudit.remediation.wrapping.kek import (
    KeyChain,
    KeyEncryptionKey,
    KeySource,
)
from keyaudit.remediation.wrapping.key_wrap import (
    unwrap_key,
    wrap_key,
)
from keyaudit.remediation.wrapping.legacy import (
    LegacyAwsKms,
    LegacyFernet,
    LegacyGcm,
    LegacyReader,
)
from keyaudit.remediation.wrapping.local import (
    LocalKey,
)
from keyaudit.remediation.wrapping.recipients import (
    decrypt_key_from,
    encrypt_key_for,
)

__all__ = [
    "AgreementKey",
    "AnchorFolder",
    "AnchorKeeper",
    "AnyOf",
    "ApprovalRequest",
    "Argon2id",
    "AsyncCipher",
    "AuditEvent",
    "AuditLogError",
    "AuditRecord",
    "Auditor",
    "AwsKey",
    "AwsKeyManager",
    "AwsKeyUse",
    "AwsKmsKey",
    "AwsSecret",
    "AwsTrail",
    "AwsWrappedKey",
    "AzureKeyVaultKey",
    "AzureSecret",
    "BackendError",
    "Caller",
    "ClockError",
    "ClosedKeyError",
    "Context",
    "DataKeyCache",
    "DecryptionError",
    "DerivedKey",
    "EnvelopeCipher",
    "EnvelopeFormatError",
    "EnvelopeHeader",
    "EnvelopeScan",
    "EphemeralKey",
    "Erasure",
    "EscrowKey",
    "ExpectedCallers",
    "GoogleKmsKey",
    "GoogleSecret",
    "KeyAlgorithm",
    "KeyChain",
    "KeyEncryptionKey",
    "KeyFile",
    "KeyInUseError",
    "KeyManager",
    "KeyPolicy",
    "KeyProvider",
    "KeySource",
    "KeySourceError",
    "KeyState",
    "KeyStateError",
    "KeyUsage",
    "KeyVersion",
    "KeyringKey",
    "LegacyAwsKms",
    "LegacyFernet",
    "LegacyGcm",
    "LegacyReader",
    "LocalKey",
    "LookupCipher",
    "ManagedAgreement",
    "ManagedSigner",
    "MissingBackendError",
    "NoEnvelopes",
    "Passphrase",
    "PassphraseDescriptor",
    "PassphraseFile",
    "Pbkdf2",
    "PerProcess",
    "Pkcs11Key",
    "Pkcs11Token",
    "Protection",
    "Purpose",
    "PurposeError",
    "PurposeKey",
    "RateLimit",
    "RateLimitError",
    "RecordFormatError",
    "Reencryption",
    "ReencryptionJob",
    "RemediationError",
    "RootKeyError",
    "ScanError",
    "Scrypt",
    "SecureKey",
    "Signature",
    "Sink",
    "StoreError",
    "Stretching",
    "SystemClock",
    "SystemdCredential",
    "Thresholds",
    "UnknownKeyError",
    "VaultTransitKey",
    "WeakParameterError",
    "WrappedKey",
    "WrongPasswordError",
    "agree_key",
    "approval_message",
    "check_hmac_key",
    "combine_shares",
    "constant_time_equal",
    "copy_store",
    "decrypt_key_from",
    "derive_key",
    "derive_subkey",
    "encrypt_key_for",
    "erase_file",
    "find_envelopes",
    "generate_key",
    "generate_nonce",
    "generate_private_key",
    "generate_salt",
    "generate_secret",
    "load_key",
    "needs_rehash",
    "read_header",
    "seal_to",
    "split_key",
    "unrecorded",
    "unwrap_key",
    "upgrade_store",
    "verify",
    "verify_certificate",
    "wipe",
    "wrap_key",
]
