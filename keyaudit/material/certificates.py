"""Reads certificates (RFC 5280) and certificate requests (RFC 2986).

cryptography reads them first; what it refuses is read by its DER elements, since it is stricter
than OpenSSL and many servers, so that certificates it refuses are in use.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from keyaudit.core.patterns import regex
from keyaudit.material import der
from keyaudit.material.asn1 import (
    BIT_STRING,
    BOOLEAN,
    GENERALIZED_TIME,
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    UTC_TIME,
    children,
    encode,
)
from keyaudit.material.types import MaterialError, PublicKey, Validity

_VERSION, _EXTENSIONS, _ATTRIBUTES = 0xA0, 0xA3, 0xA0
_BASIC_CONSTRAINTS, _SUBJECT_NAMES = b"\x55\x1d\x13", b"\x55\x1d\x11"
_EXTENDED_USE = b"\x55\x1d\x25"
_SERVER_USE = bytes.fromhex("06082b06010505070301")  # 1.3.6.1.5.5.7.3.1, as an element
_HOST_NAME = 0x82  # dNSName among the GeneralNames
_TIME = regex(
    rb"(?P<digits>\d{10,14})(?:[.,]\d{1,9})?(?:Z|(?P<sign>[+-])(?P<hours>\d\d)(?P<minutes>\d\d))"
)


def certificate(data: bytes) -> tuple[PublicKey, Validity | None]:
    """The public key and the validity of a certificate in DER.

    A malformed key gives an empty PublicKey, malformed times give None. Raises MaterialError for
    anything that is no certificate.
    """
    try:
        with der.guarded():
            read = x509.load_der_x509_certificate(data)
            times = (read.not_valid_before_utc, read.not_valid_after_utc)
            begins, ends = (int(time.timestamp()) for time in times)
            return _key(read.tbs_certificate_bytes), _uses(read, begins, ends)
    except MaterialError:
        return _by_parts(data)


def request(data: bytes) -> PublicKey:
    """The public key of a certificate request in DER. Raises MaterialError for anything else."""
    try:
        with der.guarded():
            return _key(x509.load_der_x509_csr(data).tbs_certrequest_bytes)
    except MaterialError:
        nodes = children(_signed(data), whole=False)
        tags = [tag for tag, _ in nodes]
        if tags[:3] != [INTEGER, SEQUENCE, SEQUENCE] or tags[3:] not in ([], [_ATTRIBUTES]):
            raise
        return _key(_signed(data, whole=True))


def _uses(read: x509.Certificate, begins: int, ends: int) -> Validity:
    try:
        with der.guarded():
            extensions = list(read.extensions)
    except MaterialError:
        return _uses_by_parts(read.tbs_certificate_bytes, begins, ends)
    values = [extension.value for extension in extensions]
    constraints = next((v for v in values if isinstance(v, x509.BasicConstraints)), None)
    # Version 1 has no extensions, so one that is its own issuer may well be an authority.
    authority = constraints.ca if constraints else not values and read.issuer == read.subject
    names = next((v for v in values if isinstance(v, x509.SubjectAlternativeName)), None)
    uses = next((v for v in values if isinstance(v, x509.ExtendedKeyUsage)), ())
    server = ExtendedKeyUsageOID.SERVER_AUTH in uses or bool(
        names and names.get_values_for_type(x509.DNSName)
    )
    return Validity(begins, ends, authority, server)


def _key(signed: bytes) -> PublicKey:
    """The key in what is signed of a certificate or a request; an empty one if it is malformed."""
    try:
        for tag, value in children(signed):
            inner = children(value, whole=False) if tag == SEQUENCE else []
            if [t for t, _ in inner] == [SEQUENCE, BIT_STRING]:
                return der.public_key(encode(SEQUENCE, value))
    except MaterialError:
        pass
    return PublicKey()


def _signed(data: bytes, *, whole: bool = False) -> bytes:
    """What is signed: the first of three members. Raises MaterialError."""
    nodes = children(data)
    if [tag for tag, _ in nodes] != [SEQUENCE, SEQUENCE, BIT_STRING]:
        raise MaterialError("is not signed")
    return encode(*nodes[0]) if whole else nodes[0][1]


def _by_parts(data: bytes) -> tuple[PublicKey, Validity | None]:
    members = [(t, v) for t, v in children(_signed(data), whole=False) if t != _VERSION]
    tags = [tag for tag, _ in members]
    # Its number, the algorithm, the issuer, the times, the subject, the key (RFC 5280 4.1).
    if tags[:6] != [INTEGER] + [SEQUENCE] * 5:
        raise MaterialError("is no certificate")
    signed = _signed(data, whole=True)
    times = [_time(tag, value) for tag, value in children(members[3][1], whole=False)]
    if len(times) != 2:
        raise MaterialError("is no certificate")
    begins, ends = times
    if begins is None or ends is None:
        return _key(signed), None
    return _key(signed), _uses_by_parts(signed, begins, ends)


def _uses_by_parts(signed: bytes, begins: int, ends: int) -> Validity:
    """By the extensions as they stand; one without any may be an authority, as in version 1."""
    found: dict[bytes, bytes] = {}
    for tag, value in children(signed):
        if tag != _EXTENSIONS:
            continue
        for _, extension in children(value):
            parts = children(extension, whole=False)
            if len(parts) > 1 and parts[-1][0] == OCTET_STRING:
                found[parts[0][1]] = parts[-1][1]
    names = found.get(_SUBJECT_NAMES, b"\x30\x00")
    hosts = any(tag == _HOST_NAME for tag, _ in children(names))
    constraints = children(found.get(_BASIC_CONSTRAINTS, b"\x30\x00"))
    authority = not found or (BOOLEAN, b"\xff") in constraints
    return Validity(begins, ends, authority, hosts or _SERVER_USE in found.get(_EXTENDED_USE, b""))


def _time(tag: int, value: bytes) -> int | None:
    """Seconds since 1970; None for what is no time (RFC 5280 4.1.2.5, and X.690's older forms)."""
    match = _TIME.fullmatch(value)
    if match is None or tag not in (UTC_TIME, GENERALIZED_TIME):
        return None
    digits = match["digits"].decode()
    if tag == UTC_TIME:
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    try:
        time = datetime.strptime(digits.ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    if match["sign"]:
        ahead = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"]))
        time += -ahead if match["sign"] == b"+" else ahead
    return int(time.timestamp())
