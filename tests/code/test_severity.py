"""Severity follows what a value is used for, not what it looks like."""

from __future__ import annotations

from textwrap import dedent

import pytest

from keyaudit.code.engine import analyze
from keyaudit.core.document import Document
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Severity
from tests.caches import shipped

CATALOGUE = shipped()
CASES = [
    ("KA403", 'AESGCM(key).encrypt(b"\\x00" * 12, data, b"v1")'),
    ("KA106", 'hashlib.pbkdf2_hmac("sha256", password, b"salt", 600_000)'),
    ("KA301", 'hmac.new(b"k" * 32, data, "sha256").digest()'),
    ("KA301", 'AESGCM(b"0123456789abcdef").encrypt(nonce, data, b"v1")'),
    ("KA312", 'jwt.encode({"sub": data}, "secret", algorithm="HS256")'),
    ("KA311", 'hmac.new(os.environ.get("KEY", "changeme").encode(), data, "sha256").digest()'),
    ("KA117", 'jwt.encode({"sub": data}, "secret", algorithm="HS256")'),
]
HEAD = """
import hashlib, hmac, os
import jwt
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

def use(key, nonce, data, password):
    return """


def of(rule: str, source: str, path: str = "app/seal.py") -> Finding:
    document = Document(path, dedent(source).encode())
    found = analyze(document, CATALOGUE, CATALOGUE.policies["default"]).findings
    return next(f for f in found if f.rule_id == rule)


@pytest.mark.parametrize(("rule", "call"), CASES)
def test_a_value_that_is_used_is_as_bad_as_it_is_easily_guessed(rule: str, call: str) -> None:
    assert of(rule, HEAD + call).severity > Severity.NOTE


@pytest.mark.parametrize(("rule", "call"), CASES)
def test_in_a_test_it_is_a_note(rule: str, call: str) -> None:
    finding = of(rule, HEAD + call, "tests/test_seal.py")
    assert finding.severity is Severity.NOTE
    assert finding.lowered_from is not None
    assert finding.lowered_from > Severity.NOTE


def test_the_message_says_that_it_is_easily_guessed() -> None:
    guessed = of("KA301", HEAD + 'hmac.new(b"k" * 32, data, "sha256").digest()')
    assert guessed.message.endswith("anybody can guess its value")
    random = HEAD + 'hmac.new(b"v8Kq2Lx7Wb4Nz9Tf1Hj6Pc3Ry5Gm0Sd", data, "sha256").digest()'
    assert "guess" not in of("KA301", random).message


@pytest.mark.parametrize("value", ["${HMAC_KEY}", "{{ hmac_key }}", "%(hmac_key)s", "@HMAC_KEY@"])
def test_what_something_else_takes_the_place_of_is_a_note(value: str) -> None:
    source = HEAD + f'hmac.new("{value}".encode(), data, "sha256").digest()'
    assert of("KA301", source).severity is Severity.NOTE


def test_what_nothing_replaces_is_the_key() -> None:
    source = HEAD + 'hmac.new("<hmac key>".encode(), data, "sha256").digest()'
    assert of("KA301", source).severity > Severity.NOTE


def test_what_a_branch_for_development_takes_is_a_note() -> None:
    source = """
    from flask import Flask
    import settings

    app = Flask(__name__)
    if settings.DEBUG:
        app.secret_key = "dev"
    else:
        app.secret_key = settings.load_key()
    """
    assert of("KA312", source).severity is Severity.NOTE
    assert of("KA312", source.replace("if settings.DEBUG", "if settings.WEB")).severity > 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [("TestingConfig", 0), ("DevConfig", 0), ("Config", 3), ("LatestConfig", 3), ("Devices", 3)],
)
def test_settings_for_tests_and_development(name: str, expected: int) -> None:
    source = f"import flask\nclass {name}:\n    SECRET_KEY = 'AAAAAAAAAAAA'\n"
    assert of("KA312", source, "app/config.py").severity == expected


def test_what_is_logged_in_a_branch_for_development_counts() -> None:
    source = """
    import logging, os
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    def seal(data, debug):
        key = os.urandom(32)
        if debug:
            logging.info("key %s", key)
        return AESGCM(key).encrypt(os.urandom(12), data, b"v1")
    """
    assert of("KA401", source).severity > Severity.NOTE
