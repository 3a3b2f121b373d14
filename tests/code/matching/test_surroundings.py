"""What stands around a place says how it is meant."""

from __future__ import annotations

from textwrap import dedent

import pytest

from keyaudit.code.engine import analyze
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.semantics.module import SourceModule
from keyaudit.code.semantics.scopes import nested_scopes
from keyaudit.core.document import Document
from tests.caches import shipped
from tests.code.support import Files

CATALOGUE = shipped()
ECB = "import os\nfrom Crypto.Cipher import AES\n"


def levels(source: str, rule: str, path: str = "app.py") -> list[str]:
    """The severities of a rule's findings in a file."""
    document = Document(path, dedent(source).encode())
    policy = CATALOGUE.policies["default"]
    found = analyze(document, CATALOGUE, policy, Files({})).findings
    return [finding.severity.label for finding in found if finding.rule_id == rule]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ('os.environ.get("APP_TESTONLY_KDF")', "note"),
        ("settings.TESTING", "note"),
        ("not settings.TESTING", "high"),
        ("settings.LATEST", "high"),
        ("attested", "high"),
    ],
)
def test_a_value_of_a_branch_for_tests(test: str, expected: str) -> None:
    source = f"""\
        import hashlib, os
        def derive(password, salt, settings, attested, rounds=600_000):
            if {test}:
                rounds = 1
            return hashlib.pbkdf2_hmac("sha256", password, salt, rounds)
    """
    assert levels(source, "KA104") == [expected]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("self_test", "note"), ("_selftest", "note"), ("test_encrypt", "note"), ("attest", "high")],
)
def test_a_function_that_tests_the_module(name: str, expected: str) -> None:
    source = f"{ECB}def {name}(key):\n    return AES.new(key, AES.MODE_ECB).encrypt(b'x' * 64)\n"
    assert levels(source, "KA408") == [expected]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("try:\n    AES.new(b'k' * 16, AES.MODE_ECB)\nexcept ValueError:\n    pass\n", []),
        ("AES.new(b'k' * 16, AES.MODE_ECB)\n", ["high"]),
        ("try:\n    send(AES.new(b'k' * 16, AES.MODE_ECB))\nexcept OSError:\n    pass\n", ["high"]),
        (
            "try:\n    AES.new(b'k' * 16, AES.MODE_ECB).encrypt(b'')\nexcept OSError:\n    pass\n",
            ["high"],
        ),
    ],
)
def test_a_cipher_that_is_only_tried(body: str, expected: list[str]) -> None:
    assert levels(ECB + body, "KA408") == expected


def test_where_an_alternative_holds() -> None:
    plain = "def f(key, data):\n    return AES.new(key, AES.MODE_ECB).encrypt(data)\n"
    assert levels(ECB + plain, "KA408") == ["high"]
    assert levels(ECB + plain, "KA408", "lib/my_gcm.py") == ["note"]
    xored = plain.replace("\n    return", "\n    xor = os\n    return")
    assert levels(ECB + xored, "KA408") == ["note"]
    beside = plain + "\ndef xor(a, b):\n    return a ^ b\n"
    assert levels(ECB + beside, "KA408") == ["high"]


def test_the_text_of_a_function_ends_with_it() -> None:
    source = dedent('''\
        class A:
            def f(
                self,
            ):
                """Text
        of it."""
                return 1

            def g(self):
                return 2
        x = 3
    ''')
    module = SourceModule("a.py", "a", source.encode())
    scopes = {scope.name: scope for scope in nested_scopes(module.scope(0))}
    assert source_of(scopes["g"]) == "g(self):\n        return 2\n"
    assert "return 1" not in source_of(scopes["g"])
    assert "g(self)" not in source_of(scopes["f"])
    assert source_of(module.scope(0)) == ""


def test_the_source_of_a_function_goes_on_after_an_empty_line_of_windows() -> None:
    text = (
        "def first():\r\n    one = 1\r\n\r\n    return one\r\n\r\n\r\ndef second():\r\n    pass\r\n"
    )
    module = SourceModule("lines.py", "lines", text.encode(), whole=True)
    found = [scope for scope in nested_scopes(module.scope(0)) if scope.name == "first"]
    assert source_of(found[0]).rstrip().endswith("return one")
