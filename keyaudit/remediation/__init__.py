"""The library of correct key handling: generation, wrapping, loading, use, rotation, archival and
destruction of cryptographic keys. It holds what code should call in place of the faults that a scan
reports.

Every public name is imported from its module on first use, so `import keyaudit.remediation` is
fast. Only pyca/cryptography is required; key services, tokens, databases and frameworks are extras
of the package. docs/remediation.md has worked examples.
"""

from __future__ import annotations

import importlib

# Module (below this package) to the public names it holds; `__init__.pyi` says the same to type
# checkers, and a test holds the two equal.
_PUBLIC = {
    "auditing.auditor": ("AuditEvent", "Auditor", "Sink", "Thresholds"),
    "auditing.callers": ("Caller", "ExpectedCallers"),
    "destruction.erase_file": ("Erasure", "erase_file"),
    "destruction.find_envelopes": ("EnvelopeScan", "NoEnvelopes", "find_envelopes"),
    "errors": (
        "AuditLogError",
        "BackendError",
        "ClockError",
        "ClosedKeyError",
        "DecryptionError",
        "EnvelopeFormatError",
        "KeyInUseError",
        "KeySourceError",
        "KeyStateError",
        "MissingBackendError",
        "PurposeError",
        "RateLimitError",
        "RecordFormatError",
        "RemediationError",
        "RootKeyError",
        "ScanError",
        "StoreError",
        "UnknownKeyError",
        "WeakParameterError",
        "WrongPasswordError",
    ),
    "generation.asymmetric": ("generate_private_key",),
    "generation.compare": ("constant_time_equal",),
    "generation.passphrases": (
        "Passphrase",
        "PassphraseDescriptor",
        "PassphraseFile",
        "SystemdCredential",
    ),
    "generation.passwords": ("DerivedKey", "derive_key", "needs_rehash", "verify"),
    "generation.stretching": ("Argon2id", "Pbkdf2", "Scrypt", "Stretching"),
    "generation.subkeys": ("derive_subkey",),
    "generation.symmetric": (
        "check_hmac_key",
        "generate_key",
        "generate_nonce",
        "generate_salt",
        "generate_secret",
    ),
    "integrations.asynchronous": ("AsyncCipher",),
    "lifecycle.agreement": ("AgreementKey", "ManagedAgreement"),
    "lifecycle.algorithms": ("KeyAlgorithm",),
    "lifecycle.anchors": ("AnchorFolder", "AnchorKeeper"),
    "lifecycle.audit_log": ("AuditRecord",),
    "lifecycle.aws": ("AwsKeyManager",),
    "lifecycle.aws_access": ("AwsKey",),
    "lifecycle.aws_trail": ("AwsKeyUse", "AwsTrail", "unrecorded"),
    "lifecycle.certificates": ("verify_certificate",),
    "lifecycle.clocks": ("SystemClock",),
    "lifecycle.copying": ("copy_store",),
    "lifecycle.lookup_cipher": ("LookupCipher",),
    "lifecycle.manager": ("KeyManager",),
    "lifecycle.per_process": ("PerProcess",),
    "lifecycle.records": ("KeyPolicy", "KeyUsage", "KeyVersion"),
    "lifecycle.reencryption": ("Reencryption", "ReencryptionJob"),
    "lifecycle.requests": ("ApprovalRequest", "approval_message"),
    "lifecycle.signing": ("ManagedSigner", "Signature"),
    "lifecycle.states": ("KeyState",),
    "lifecycle.upgrading": ("upgrade_store",),
    "loading.aws": ("AwsSecret", "AwsWrappedKey"),
    "loading.azure": ("AzureSecret",),
    "loading.google": ("GoogleSecret",),
    "loading.load_key": ("EphemeralKey", "KeyFile", "KeyProvider", "load_key"),
    "loading.wrapped": ("WrappedKey",),
    "memory.region": ("Protection",),
    "memory.wiping": ("wipe",),
    "providers.aws_kms": ("AwsKmsKey",),
    "providers.azure_key_vault": ("AzureKeyVaultKey",),
    "providers.google_kms": ("GoogleKmsKey",),
    "providers.keyring": ("KeyringKey",),
    "providers.pkcs11": ("Pkcs11Key",),
    "providers.pkcs11_token": ("Pkcs11Token",),
    "providers.vault_transit": ("VaultTransitKey",),
    "secure_key": ("SecureKey",),
    "shares": ("combine_shares", "split_key"),
    "usage.agreeing": ("agree_key",),
    "usage.purpose_key": ("Purpose", "PurposeKey"),
    "usage.rates": ("RateLimit",),
    "usage.sealing": ("seal_to",),
    "wrapping.any_of": ("AnyOf", "EscrowKey"),
    "wrapping.cache": ("DataKeyCache",),
    "wrapping.context": ("Context",),
    "wrapping.envelope": ("EnvelopeCipher", "read_header"),
    "wrapping.envelope_format": ("EnvelopeHeader",),
    "wrapping.kek": ("KeyChain", "KeyEncryptionKey", "KeySource"),
    "wrapping.key_wrap": ("unwrap_key", "wrap_key"),
    "wrapping.legacy": ("LegacyAwsKms", "LegacyFernet", "LegacyGcm", "LegacyReader"),
    "wrapping.local": ("LocalKey",),
    "wrapping.recipients": ("decrypt_key_from", "encrypt_key_for"),
}
_MODULE_OF = {name: module for module, names in _PUBLIC.items() for name in names}
__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> object:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(_MODULE_OF)
