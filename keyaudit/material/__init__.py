"""Key material: reads keys, key stores and certificates, and finds what is wrong with them.

`read` finds the key material in bytes. `look` analyzes one document: it reports the private keys in
it (KA303) and keeps facts about all its key material. `judge` analyzes the facts of all documents:
weak and repeated keys, certificates that have expired or are valid too long. Secret parts are never
kept, shown or hashed; a key is identified by the SHA-256 of its public half.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keyaudit.material.document_analysis import look
    from keyaudit.material.reading import read
    from keyaudit.material.scan_analysis import judge

# Where key material may stand in a text, for the triage pass.
PATTERN = (
    r"-----BEGIN [A-Z0-9. ]{0,30}(?:KEY|KEY BLOCK|CERTIFICATE|REQUEST|D(?:H|SA) PARAMETERS"
    r"|PKCS7|PKCS12|CMS)-----"
    r"|-----BEGIN PKCS #7 SIGNED DATA-----"
    r"|PuTTY-User-Key-File-[123]"
    r"|(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp(?:256|384|521)|@openssh\.com)[ \t]+AAAA"
    r"|[\"']kty\\?[\"']"
    r"|\((?:protected-)?private-key\s"
    r"|LS0tLS1CRUdJTi[A-Za-z0-9+/]{40}"
)

__all__ = ["PATTERN", "judge", "look", "read"]


def __getattr__(name: str) -> object:
    # Whoever only wants the pattern does not load cryptography.
    if name == "read":
        from keyaudit.material.reading import read

        return read
    if name == "look":
        from keyaudit.material.document_analysis import look

        return look
    if name == "judge":
        from keyaudit.material.scan_analysis import judge

        return judge
    raise AttributeError(name)
