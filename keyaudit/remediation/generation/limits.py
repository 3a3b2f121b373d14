"""The minimum lengths and parameters that this package enforces, each with standard and section."""

from __future__ import annotations

OWASP_PASSWORDS = "OWASP Password Storage Cheat Sheet"
SYMMETRIC = "NIST SP 800-57 Part 1 Rev. 5, 5.6.1.1, Table 2: 128 bits of strength beyond 2030"
RSA = "NIST SP 800-57 Part 1 Rev. 5, 5.6.1.1, Table 2: RSA below 3072 bits ends with 2030"
CURVES = "NIST SP 800-186, 3.2.1, and SP 800-57 Part 1 Rev. 5, 5.6.1.1, Table 2"
HMAC = "RFC 2104, 3: no key shorter than the hash's output"
JWT = "RFC 7518, 3.2: a key of the hash's size or larger"
ONLY_FACTOR = "NIST SP 800-63B-4, 3.1.1.2: passwords that are the only factor"
SALT = "NIST SP 800-132, 5.1: at least 128 random bits"
DERIVED = "NIST SP 800-132, 5.3: at least 112 bits; here the 128 of SP 800-57 Part 1, Table 2"
HKDF = "RFC 5869, 2.3"

SYMMETRIC_BYTES = {
    "AES-128": 16,
    "AES-192": 24,
    "AES-256": 32,
    "CHACHA20-POLY1305": 32,
}
"""Algorithm to key length in bytes (FIPS 197, 1; RFC 8439, 2.8)."""

HMAC_BYTES = {"HMAC-SHA256": 32, "HMAC-SHA384": 48, "HMAC-SHA512": 64}
"""Algorithm to key length in bytes (RFC 2104, 3: the length of the hash's output)."""

JWT_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}
"""Algorithm to secret length in bytes of randomness (RFC 7518, 3.2)."""

NONCE_BYTES = {
    "AES-GCM": 12,
    "AES-GCM-SIV": 12,
    "AES-OCB3": 12,
    "AES-CCM": 12,
    "AES-CTR": 16,
    "AES-CBC": 16,
    "CHACHA20-POLY1305": 12,
}
"""Algorithm to nonce or IV length in bytes (SP 800-38D, 5.2.1.1 and 8.2; RFC 8452, 4; RFC 7253,
3.1; RFC 3610, 2.1 with L = 3; SP 800-38A, 5.3 and 6.5; RFC 8439, 2.8)."""

RSA_BITS = (3072, 4096)
RSA_EXPONENT = 65537
"""FIPS 186-5, A.1.1: odd, between 2^16 and 2^256."""

MIN_SALT_BYTES = 16
MIN_DERIVED_BYTES = 16
MIN_PASSPHRASE = 15
"""Characters (SP 800-63B-4, 3.1.1.2)."""

ARGON2ID_FLOORS = ((47104, 1), (19456, 2), (12288, 3), (9216, 4), (7168, 5))
"""(memory in KiB, iterations), each one enough, with 1 lane (OWASP cheat sheet, "Argon2id")."""

SCRYPT_FLOORS = ((2**17, 1), (2**16, 2), (2**15, 3), (2**14, 5), (2**13, 10))
"""(N, p), each one enough, with r = 8 (OWASP cheat sheet, "scrypt")."""

PBKDF2_FLOORS = {"sha256": 600_000, "sha512": 220_000}
"""HMAC digest to iterations (OWASP cheat sheet, "PBKDF2")."""
