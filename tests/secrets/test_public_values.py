"""Values that a name calls secret, and that what stands around them says are none."""

from __future__ import annotations

import random
import string

import pytest

from keyaudit.secrets.noise import (
    BY_NAME,
    Weight,
    is_in_block,
    is_loose,
    is_said_for_tests,
    weigh,
)

_NAMED = frozenset({BY_NAME})
_LETTERS = string.ascii_letters + string.digits
# The same in every process of a run, as the values are in the names of tests.
_RANDOM = random.Random(41)


def _random(length: int) -> str:
    return "aB3" + "".join(_RANDOM.choice(_LETTERS) for _ in range(length - 3))


SITE_KEY = "6L" + _random(38)
ADDRESS = "1" + "".join(_RANDOM.choice("abcdefgh234567JKLMN") for _ in range(33))


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (f'RECAPTCHA_KEY = "{SITE_KEY}"', SITE_KEY),
        (f'SIGNING_KEYS = ("{ADDRESS}",)', ADDRESS),
        ("'The Admin Password': 'Mot de passe admin2',", "Mot de passe admin2"),
        ("'web2py Admin Password': 'web2py Admin Password',", "web2py Admin Password"),
        ("if name in ['change_password', 'upgrade_web2py']:", "upgrade_web2py"),
        ('"Sha256HmacKey2019": "sec:Sha256HmacKey2019",', "sec:Sha256HmacKey2019"),
    ],
)
def test_what_is_no_secret(line: str, value: str) -> None:
    assert weigh(_NAMED, value, line, "app/settings.py") is Weight.NONE


def test_what_may_be_one() -> None:
    other = _random(40)
    for line, value in (
        (f'RECAPTCHA_KEY = "{other}"', other),
        (f'RECAPTCHA_SECRET_KEY = "{SITE_KEY}"', SITE_KEY),
        (f'"signing_key": "{other}"', other),
    ):
        assert weigh(_NAMED, value, line, "app/settings.py") is Weight.STRONG


def test_an_example_in_the_description_of_an_interface() -> None:
    token = _random(60)
    assert is_loose("JwtTokenDetector", token, f'  "example" : "{token}",')
    assert not is_loose("JwtTokenDetector", token, f'  "token" : "{token}",')


def test_the_name_of_an_argument_further_on_the_left_says_nothing() -> None:
    digest = f"{_RANDOM.getrandbits(160):040x}"
    found = frozenset({"HexHighEntropyString"})
    assert (
        weigh(found, digest, f'check("password", "salt", 1, 20, "{digest}")', "a.py") is Weight.NONE
    )
    for line in (f'set("secret_key", "{digest}")', f'login(password, "{digest}")'):
        assert weigh(found, digest, line, "a.py") is Weight.WEAK


def test_the_fingerprint_of_a_key_for_signatures() -> None:
    fingerprint = f"{_RANDOM.getrandbits(160):040X}"
    for value, weight in ((fingerprint, Weight.NOISE), (fingerprint.lower(), Weight.STRONG)):
        assert weigh(_NAMED, value, f"SIGNING_KEY={value}", "Makefile") is weight


def test_a_piece_of_armor_is_no_token() -> None:
    lines = [_random(64), _random(64), _random(40), "", _random(64), "", f"token={_random(64)}"]
    assert is_in_block(lines[0][:60], lines, 1)
    assert is_in_block(lines[1][2:50], lines, 2)
    assert not is_in_block(lines[1], lines, 2)
    assert not is_in_block(lines[4][:60], lines, 5)
    assert not is_in_block(lines[6][6:], lines, 7)
    block = [_random(68)[4:] for _ in range(3)]
    assert is_in_block(block[1], block, 2)
    tokens = ["AKC" + line[3:] for line in block]
    assert not is_in_block(tokens[1], tokens, 2)


def test_a_comment_says_that_a_value_is_for_tests() -> None:
    assert is_said_for_tests("x1", 'pin = "x1"  # nosec B105 # used for testing')
    assert is_said_for_tests("x1", 'pin = "x1"  # test only')
    assert not is_said_for_tests("x1", 'pin = "x1"  # the latest')
    assert not is_said_for_tests("x1", '# for testing: pin = "x1"')
