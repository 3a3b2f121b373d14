"""A library that is known by its model's file alone is held to the rules that were there before."""

from __future__ import annotations

import pytest

from tests.accuracy.measure import Program, analyze

_BAD = {
    "KA301": "symmetric.aes_cbc_pkcs7_encrypt(b'9f3Kq0ZbV7xT2mLw', data, util.rand_bytes(16))",
    "KA403": "symmetric.aes_cbc_pkcs7_encrypt(key, data, iv=b'q8Zr7TyBxK9pQ2vL')",
    "KA409": "symmetric.aes_cbc_no_padding_encrypt(key, data, util.rand_bytes(16))",
    "KA116": "symmetric.rc4_encrypt(key, data)",
    "KA104": "kdf.pbkdf2('sha256', password, util.rand_bytes(16), 10_000, 32)",
    "KA105": "kdf.pbkdf2('md5', password, util.rand_bytes(16), 2_000_000, 32)",
    "KA106": "kdf.pbkdf2('sha256', password, b'xK9pQ2vLm4Zr7TyB', 700_000, 32)",
    "KA107": "kdf.pbkdf2('sha256', password, util.rand_bytes(4), 700_000, 32)",
    "KA412": "asymmetric.rsa_pkcs1v15_encrypt(certificate, data)",
}
_GOOD = [
    "kdf.pbkdf2('sha256', password, util.rand_bytes(16), 700_000, 32)",
    "asymmetric.rsa_oaep_encrypt(certificate, data)",
    "symmetric.aes_cbc_pkcs7_decrypt(key, data, data[:16]) if util.constant_compare(a, b) else 0",
]


def _rules(expression: str) -> frozenset[str]:
    text = (
        "from oscrypto import asymmetric, kdf, symmetric, util\n\n"
        f"def f(key, data, password, certificate, a, b):\n    return {expression}\n"
    )
    return analyze(Program("", "oscrypto", "argument", bad=False, text=text)).found


@pytest.mark.parametrize("rule", _BAD)
def test_its_misuse_is_found(rule: str) -> None:
    assert rule in _rules(_BAD[rule])


@pytest.mark.parametrize("expression", _GOOD)
def test_its_right_use_is_silent(expression: str) -> None:
    assert _rules(expression) == frozenset()
