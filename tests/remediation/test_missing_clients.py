"""Services whose client is not installed: an error that says what brings it."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from keyaudit.remediation import (
    AzureKeyVaultKey,
    GoogleKmsKey,
    KeyringKey,
    MissingBackendError,
    Pkcs11Token,
    SecureKey,
    VaultTransitKey,
)

NAME = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
URL = "https://made-up.vault.azure.net/keys/k"


def _wrap_by_google() -> None:
    with SecureKey.generate() as key:
        GoogleKmsKey(NAME, client=object()).wrap(key, {})


@pytest.mark.parametrize(
    ("module", "extra", "use"),
    [
        ("azure.identity", "azure", lambda: AzureKeyVaultKey(URL)),
        ("azure.keyvault.keys", "azure", lambda: AzureKeyVaultKey(URL)),
        ("google.cloud", "google", lambda: GoogleKmsKey(NAME)),
        ("google_crc32c", "google", _wrap_by_google),
        ("hvac", "vault", lambda: VaultTransitKey("k")),
        ("keyring", "keyring", lambda: KeyringKey.open("app", "k")),
        ("pkcs11", "pkcs11", lambda: Pkcs11Token.open("module.so", "token", "")),
    ],
)
def test_the_error_names_the_extra(
    module: str, extra: str, use: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # an import of it fails
    with pytest.raises(MissingBackendError, match=rf"pip install 'keyaudit\[{extra}\]'"):
        use()
