"""Tells a secret in plain text from a reference to where the secret is kept."""

from __future__ import annotations

import base64
import binascii
import re

from keyaudit.core.patterns import regex

# References to a store, to a file that is mounted, to another setting; and sealed values.
_ELSEWHERE = regex(
    r"""\$\{|\{\{|\$\(|^\$\w|^%\w+%$|^<[^>]*>$|^@\w+@?$
    |^(?:arn:|vault[:+]|ref\+|op://|ssm:|secretsmanager:|env[:.]|file:|keyvault:|gcp-?sm:|sm://
      |secret[:/]|awssecret|aws-ssm|aws-secret|doppler|bws:|infisical|akv:|valueFrom|sops:)
    |@Microsoft\.KeyVault\(|\.vault\.azure\.net/|^projects/[^/]+/secrets/
    |^ENC\[|^\$ANSIBLE_VAULT|^AgA|^AgB|^AgC|^kms:|^\{cipher\}|^ENC\(
    |^/(?:run|var|etc|mnt|opt|vault|secrets|home|usr|root|data|tmp|srv)/|^~/|^\./
    |^!\w+|^\[(?:parameters|variables|reference|concat|listKeys|createObject)\(""",
    re.VERBOSE | re.IGNORECASE,
)
_HASH = regex(r"\$(?:2[abxy]?|5|6|7|y|argon2\w*|pbkdf2\w*|scrypt|apr1|1)\$|\{(?:SSHA|SHA)",
                   re.IGNORECASE)  # fmt: skip
_PUBLIC = regex(r"-----BEGIN (?:PUBLIC KEY|CERTIFICATE|RSA PUBLIC)|^ssh-|^ecdsa-sha2-")
_NO_SECRETS = frozenset({"", "null", "none", "nil", "true", "false", "yes", "no", "default",
                         "undefined", "na", "n/a", "-"})  # fmt: skip


def is_written_down(text: str) -> bool:
    """Whether a text may be a secret itself: no reference, encrypted value, hash or public key."""
    stripped = text.strip()
    if stripped.lower() in _NO_SECRETS:
        return False
    return not (
        _ELSEWHERE.search(stripped[:4000]) or _HASH.match(stripped) or _PUBLIC.search(stripped)
    )


def decoded(text: str) -> str | None:
    """The text that is encoded in base64; None if it is no base64, or no UTF-8."""
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
        return data.decode()
    except (binascii.Error, ValueError):
        return None


def is_base64(text: str) -> bool:
    """Whether a text is valid base64, whatever it encodes."""
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
