"""Algorithms and curves by object identifier, in hexadecimal as DER encodes it.

The tables include those that libraries no longer read or do not read yet: audited keys are often
old, and a private key must be reported whatever its algorithm.
"""

from __future__ import annotations

_SLH_DSA = tuple(
    f"SLH-DSA-{digest}-{size}{variant}"
    for digest in ("SHA2", "SHAKE")
    for size in (128, 192, 256)
    for variant in "sf"
)
ALGORITHMS = {
    # RFC 8017, plain, OAEP and PSS; X.509's own.
    "55080101": "RSA",
    "2a864886f70d010101": "RSA", "2a864886f70d010107": "RSA", "2a864886f70d01010a": "RSA",
    # RFC 5480 2.1.1 and 2.1.2; RFC 3279 2.3; OIW's DSA; RFC 2631's Diffie-Hellman.
    "2a8648ce3d0201": "EC", "2b8104010c": "EC", "2b8104010d": "EC",
    "2a8648ce380401": "DSA", "2b0e03020c": "DSA",
    "2a864886f70d010301": "DH", "2a8648ce3e0201": "DH",
    # RFC 8410.
    "2b656e": "X25519", "2b656f": "X448", "2b6570": "Ed25519", "2b6571": "Ed448",
    # RFC 4491 2.3, RFC 9215 3.
    "2a8503020213": "GOST R 34.10-2001",
    "2a85030701010101": "GOST R 34.10-2012", "2a85030701010102": "GOST R 34.10-2012",
    # FIPS 203 to 205, by NIST's register of algorithms (CSOR).
    "608648016503040311": "ML-DSA-44", "608648016503040312": "ML-DSA-65",
    "608648016503040313": "ML-DSA-87",
    "608648016503040401": "ML-KEM-512", "608648016503040402": "ML-KEM-768",
    "608648016503040403": "ML-KEM-1024",
    **{f"6086480165030403{20 + number:02x}": name for number, name in enumerate(_SLH_DSA)},
}  # fmt: skip

# SEC 2 (versions 1 and 2), ANSI X9.62, WAP's WTLS, RFC 5639 and SM2, with the bits of their order,
# by which NIST SP 800-57 Part 1 (Table 2) knows a curve's strength.
CURVES = {
    "2b81040006": ("secp112r1", 112), "2b81040007": ("secp112r2", 110),
    "2b8104001c": ("secp128r1", 128), "2b8104001d": ("secp128r2", 126),
    "2b81040009": ("secp160k1", 161), "2b81040008": ("secp160r1", 161),
    "2b8104001e": ("secp160r2", 161), "2b8104001f": ("secp192k1", 192),
    "2b81040020": ("secp224k1", 225), "2b81040021": ("P-224", 224),
    "2b8104000a": ("secp256k1", 256), "2b81040022": ("P-384", 384), "2b81040023": ("P-521", 521),
    "2a8648ce3d030101": ("P-192", 192), "2a8648ce3d030102": ("prime192v2", 192),
    "2a8648ce3d030103": ("prime192v3", 192), "2a8648ce3d030104": ("prime239v1", 239),
    "2a8648ce3d030105": ("prime239v2", 239), "2a8648ce3d030106": ("prime239v3", 239),
    "2a8648ce3d030107": ("P-256", 256), "2b81040004": ("sect113r1", 113),
    "2b81040005": ("sect113r2", 113), "2b81040016": ("sect131r1", 131),
    "2b81040017": ("sect131r2", 131), "2b81040001": ("sect163k1", 163),
    "2b81040002": ("sect163r1", 162), "2b8104000f": ("sect163r2", 163),
    "2b81040018": ("sect193r1", 193), "2b81040019": ("sect193r2", 193),
    "2b8104001a": ("sect233k1", 232), "2b8104001b": ("sect233r1", 233),
    "2b81040003": ("sect239k1", 238), "2b81040010": ("sect283k1", 281),
    "2b81040011": ("sect283r1", 282), "2b81040024": ("sect409k1", 407),
    "2b81040025": ("sect409r1", 409), "2b81040026": ("sect571k1", 570),
    "2b81040027": ("sect571r1", 570), "2a8648ce3d030001": ("c2pnb163v1", 163),
    "2a8648ce3d030002": ("c2pnb163v2", 162), "2a8648ce3d030003": ("c2pnb163v3", 162),
    "2a8648ce3d030004": ("c2pnb176v1", 161), "2a8648ce3d030005": ("c2tnb191v1", 191),
    "2a8648ce3d030006": ("c2tnb191v2", 190), "2a8648ce3d030007": ("c2tnb191v3", 189),
    "2a8648ce3d03000a": ("c2pnb208w1", 193), "2a8648ce3d03000b": ("c2tnb239v1", 238),
    "2a8648ce3d03000c": ("c2tnb239v2", 237), "2a8648ce3d03000d": ("c2tnb239v3", 236),
    "2a8648ce3d030010": ("c2pnb272w1", 257), "2a8648ce3d030011": ("c2pnb304w1", 289),
    "2a8648ce3d030012": ("c2tnb359v1", 353), "2a8648ce3d030013": ("c2pnb368w1", 353),
    "2a8648ce3d030014": ("c2tnb431r1", 418), "672b010401": ("wap-wsg-idm-ecid-wtls1", 112),
    "672b010403": ("wap-wsg-idm-ecid-wtls3", 163), "672b010404": ("wap-wsg-idm-ecid-wtls4", 113),
    "672b010405": ("wap-wsg-idm-ecid-wtls5", 163), "672b010406": ("wap-wsg-idm-ecid-wtls6", 112),
    "672b010407": ("wap-wsg-idm-ecid-wtls7", 161), "672b010408": ("wap-wsg-idm-ecid-wtls8", 113),
    "672b010409": ("wap-wsg-idm-ecid-wtls9", 161), "672b01040a": ("wap-wsg-idm-ecid-wtls10", 232),
    "672b01040b": ("wap-wsg-idm-ecid-wtls11", 233), "672b01040c": ("wap-wsg-idm-ecid-wtls12", 224),
    "2b2403030208010101": ("brainpoolP160r1", 160), "2b2403030208010102": ("brainpoolP160t1", 160),
    "2b2403030208010103": ("brainpoolP192r1", 192), "2b2403030208010104": ("brainpoolP192t1", 192),
    "2b2403030208010105": ("brainpoolP224r1", 224), "2b2403030208010106": ("brainpoolP224t1", 224),
    "2b2403030208010107": ("brainpoolP256r1", 256), "2b2403030208010108": ("brainpoolP256t1", 256),
    "2b2403030208010109": ("brainpoolP320r1", 320), "2b240303020801010a": ("brainpoolP320t1", 320),
    "2b240303020801010b": ("brainpoolP384r1", 384), "2b240303020801010c": ("brainpoolP384t1", 384),
    "2b240303020801010d": ("brainpoolP512r1", 512), "2b240303020801010e": ("brainpoolP512t1", 512),
    "2a811ccf5501822d": ("SM2", 256),
}  # fmt: skip
