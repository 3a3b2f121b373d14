"""What is worth reading, and what is a checksum, a name or a text."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keyaudit.secrets.judgement.noise import Weight, weigh
from keyaudit.secrets.judgement.url_logins import is_example_login, is_local_login, is_public_login

_NAME = frozenset({"KeywordDetector"})
_HEX = frozenset({"HexHighEntropyString"})
_BASE64 = frozenset({"Base64HighEntropyString"})
_SHA = "5feac65e442c91f557fc90069ce6efc4d346ab51"
_RANDOM = "q7XvT2mLzR9wKc4Nf8sYdHg3PJb6AeUo1RiXtQvM5Wk2"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('PASSWORD_RESET = "password_reset_sent"', "password_reset_sent"),
        ("secrets: inherit", "inherit"),
        ("KRB5_PASSWORD_ENV = 'KRB5_PASSWORD'", "KRB5_PASSWORD"),
        ('SET_PASSWORD_DEFAULT_SUBJECT = "Come and join us"', "Come and join us"),
        ('if db_key == "id":', "id"),
        ('CUSTOMER_PASSWORD_RESET = "password_reset"', "password_reset"),
        ('"private_key": "private_key"', "private_key"),
        ('password = "someone@acme.com"', "someone@acme.com"),
        (":type new_password: `str`", "str"),
        ("'password': 'New account password'", "New account password"),
        (
            'secret_arn = "arn:aws:secretsmanager:eu:1:secret:x-9kQ2"',
            "arn:aws:secretsmanager:eu:1:secret:x-9kQ2",
        ),
        ('password_label = "Your new password"', "Your new password"),
        ('secret_name = "prod/db-7/main"', "prod/db-7/main"),
        ('private_key = "/etc/ssl/k3y5/tls.key"', "/etc/ssl/k3y5/tls.key"),
        ('secret = "app.settings.SECRET"', "app.settings.SECRET"),
        ('password = "%s-9xQ2"', "%s-9xQ2"),
        ("api_key_url: https://a.io/k3y", "https://a.io/k3y"),
        ('"reset_password": "20/m/ip,5/m/key"', "20/m/ip,5/m/key"),
        # Codecov encrypted it.
        ('url: "secret:k9Xq2mLr8TzW4vBn+/=="', "k9Xq2mLr8TzW4vBn+/=="),
    ],
)
def test_names_that_hold_no_secret(line: str, value: str) -> None:
    assert weigh(_NAME, value, line, "app/a.py") is Weight.NONE


@pytest.mark.parametrize(
    ("line", "value", "path"),
    [
        ('password_hash = "9f2c7a41d0b8"', "9f2c7a41d0b8", "a.py"),
        ('password = "$2b$12$K9xQv2Lr7TzWm4KbNc8Yd"', "$2b$12$K9xQv2Lr7TzWm4KbNc8Yd", "a.py"),
        ('password: "Gyf4Kq9x"', "Gyf4Kq9x", "locale/de.yaml"),
        ("POSTGRES_PASSWORD: lemur", "lemur", "compose.yaml"),
    ],
)
def test_names_that_may_hold_one(line: str, value: str, path: str) -> None:
    assert weigh(_NAME, value, line, path) is Weight.NOISE


@pytest.mark.parametrize("value", ["password", "changeme1", "hunter2", "letmein"])
def test_tests_have_passwords_that_open_nothing(value: str) -> None:
    assert weigh(_NAME, value, f'password="{value}"', "tests/test_login.py") is Weight.NONE


@pytest.mark.parametrize(
    "value",
    [
        "ENC[AES256_GCM,data:a8Kq2xVw]",
        "{cipher}a8Kq2xVw9LzTm4Rb",
        "gAAAAA" + "Bk3Vx9QmZ2rLt7WbN5cYdHfa8Kq2xVw9LzTm4RbNc7YdHf3PgJs6AeUo1RiXtQvM5W",
        "AQICAH" + "hk3Vx9QmZ2rLt7WbN5cYdHfa8Kq2xVw9LzTm4RbNc7YdHf",
    ],
)
def test_encrypted_values_are_none(value: str) -> None:
    assert weigh(_NAME | _BASE64, value, f'password: "{value}"', "a.yaml") is Weight.NONE


def test_names_that_hold_one() -> None:
    assert weigh(_NAME, "n7Kq2xVw9LzT", 'password = "n7Kq2xVw9LzT"', "a.py") is Weight.STRONG
    assert weigh(_NAME, "kq7-zx", 'password = "kq7-zx"', "a.py") is Weight.WEAK
    both = _NAME | _HEX
    assert weigh(both, "9f2c7a41d0b8", 'secret = "9f2c7a41d0b8"', "a.py") is Weight.STRONG


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (f'"integrity": "{_SHA}"', "a.json"),
        (f'checksum = "{_SHA}"', "a.py"),
        (f"    rev: {_SHA}", "a.yaml"),
        (f"uses: actions/checkout@{_SHA}", "a.yml"),
        (f'assert sha1 == "{_SHA}"', "a.py"),
        (f'token = "{_SHA}"', "locale/de/x.json"),
        (f'token = "{_SHA}"', "static/app.min.js"),
        (f'token = "{_SHA}"', ".pre-commit-config.yaml"),
        (f'token = "{_SHA}"' + " " * 500, "a.js"),
        (f'"NextToken": "{_SHA}"', "a.py"),
        (f'{{"id": "{_SHA}"}}', "a.json"),
        (f'{{"password": "x", "id": "{_SHA}"}}', "a.json"),
    ],
)
def test_random_looking_text_that_is_no_secret(line: str, path: str) -> None:
    assert weigh(_HEX, _SHA, line, path) is Weight.NONE


def test_random_looking_text_of_no_name_is_at_most_a_note() -> None:
    assert weigh(_HEX, _SHA, f'x = "{_SHA}"', "a.py") is Weight.NOISE
    assert weigh(_HEX, _SHA, f'x = "{_SHA}"', "tests/test_hashes.py") is Weight.NONE
    assert weigh(_HEX, _SHA, f'    "{_SHA}",', "a.py") is Weight.NONE


def test_random_looking_text_with_a_telling_name() -> None:
    assert weigh(_BASE64, _RANDOM, f'session_token = "{_RANDOM}"', "a.py") is Weight.WEAK
    assert weigh(_HEX, _SHA, f'ENCRYPTION_KEY = "{_SHA}"', "a.py") is Weight.WEAK


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("127.0.0.1:5432", True),
        ("db", True),
        ("redis:6379", True),
        ("host.example.com", True),
        ("mq.test", True),
        ("172.17.0.2:5672", True),
        ("172.18.0.2:5672", False),
        ("db.acme.com", False),
        ("10.0.0.5", False),
        ("db.acme.com:5432", False),
    ],
)
def test_hosts_of_development(host: str, local: bool) -> None:
    assert is_local_login(f'url = "amqp://app:pw@{host}/v"', "pw") is local


def test_logins_that_are_examples() -> None:
    login = "smb://acme:k3Jx9Qp@10.10.10.2/c"
    assert is_example_login(f"help='The server. Example: \"{login}\"'", "k3Jx9Qp")
    assert is_example_login(f"an address, e.g. {login}", "k3Jx9Qp")
    assert is_example_login(f"Something like {login}", "k3Jx9Qp")
    assert is_example_login("# amqp://sally:k3Jx9Qp@mq.acme.com:99999/shop", "k3Jx9Qp")
    assert is_example_login("redis://shop:k3Jx9Qp@redis.url:port", "k3Jx9Qp")
    assert not is_example_login("# amqp://sally:k3Jx9Qp@mq.acme.com:5672/shop", "k3Jx9Qp")
    assert not is_example_login(f'url = "{login}"', "k3Jx9Qp")
    assert not is_example_login(f'example_url = "{login}"', "k3Jx9Qp")


def test_public_keys_are_no_secrets() -> None:
    keys = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(65537, 2048),
    )
    for key in keys:
        der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        text = base64.b64encode(der).decode()
        assert weigh(_BASE64, text, f'_TOKEN = "{text}"', "a.py") is Weight.NONE


def test_logins_that_everybody_has() -> None:
    assert is_public_login("ftp://anonymous:a@b.org@ftp.acme.com/x", "a@b.org")
    # An issuer and an account, by which an app names a one-time password.
    assert is_public_login("motp://SecureSite:alice@acme.com?secret=x", "alice")
    assert not is_public_login("ftp://backup:k3Jx9Qp@ftp.acme.com/x", "k3Jx9Qp")
