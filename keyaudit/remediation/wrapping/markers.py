"""How values begin that are encrypted under managed keys and are no envelopes."""

from __future__ import annotations

LOOKUP = b"KAES\x01"
"""Of a value of `LookupCipher`: name and version of the format."""
LOOKUP_TOKEN_BYTES = 8
"""What follows: it names the key version, whose id ends in it (in hex)."""
SEALED = b"KASL\x01"
"""Of a message of `seal_to`: name and version of the format."""
SEALED_FINGERPRINT_BYTES = 16
"""What follows: the fingerprint of the public key."""
