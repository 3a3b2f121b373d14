"""Secrets in base64 and hexadecimal, one level deep."""

from __future__ import annotations

import base64
import json
import textwrap
from dataclasses import asdict

import pytest

from keyaudit.core.levels import Severity
from keyaudit.secrets.values.decoding import from_base64
from tests.secrets.plants import ALNUM, _Maker, plant, private_key
from tests.secrets.support import findings

_PASSWORD = _Maker(12).varied(ALNUM, 14, 10)
_TOKEN = plant("GitHubTokenDetector", 5).secret
_HIDDEN = {
    "token": (_TOKEN, "KA302"),
    "settings": (f"DEBUG=0\nDB_PASSWORD={_PASSWORD}\n", "KA316"),
    "json": (json.dumps({"user": "shop", "password": _PASSWORD}), "KA316"),
    "key": (private_key(3), "KA303"),
    "url": (f"postgres://shop:{_PASSWORD}@db.acme.com/shop", "KA302"),
}


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("kind", _HIDDEN)
@pytest.mark.parametrize(
    ("line", "path"),
    [
        ('data = "{}"', "a.py"),
        ("  config: {}", "secret.yaml"),
        ("CONFIG_B64={}", ".env"),
        ("echo {} | base64 -d > conf", "run.sh"),
        ('{{"a": 1, "blob": "{}"}}', "a.json"),
    ],
)
def test_base64(kind: str, line: str, path: str) -> None:
    text, rule = _HIDDEN[kind]
    form = _base64(text)
    (finding,) = findings("x: 1\n" + line.format(form), path)
    assert finding.rule_id == rule
    assert "(in base64) in the source" in finding.message
    assert finding.severity >= Severity.MEDIUM
    assert (finding.span.line, finding.span.end_line) == (2, 2)
    start = line.format(form).index(form)
    assert (finding.span.column, finding.span.end_column) == (start + 1, start + len(form) + 1)
    written = json.dumps(asdict(finding))
    assert not any(form[at : at + 12] in written for at in range(4, len(form) - 12))


def test_url_safe_and_unpadded() -> None:
    text = f"# ?>~?>~?>\npassword={_PASSWORD}"
    form = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    assert "_" in form or "-" in form
    (finding,) = findings(f'x = "{form}"')
    assert finding.rule_id == "KA316"


@pytest.mark.parametrize("kind", ["token", "settings", "json"])
def test_hexadecimal(kind: str) -> None:
    text, rule = _HIDDEN[kind]
    (finding,) = findings(f'blob = "{text.encode().hex()}"')
    assert finding.rule_id == rule
    assert "(in hexadecimal)" in finding.message


@pytest.mark.parametrize(
    ("before", "path"), [("key: |\n", "a.yaml"), ("", "key.b64"), ('K = """\n', "a.py")]
)
def test_wrapped_lines_are_one(before: str, path: str) -> None:
    body = "\n".join(f"  {line}" for line in textwrap.wrap(_base64(private_key(4)), 76))
    (finding,) = findings(f"{before}{body}\n", path)
    assert finding.rule_id == "KA303"
    assert finding.span.line == before.count("\n") + 1


def test_a_word_in_the_next_line_is_no_part_of_it() -> None:
    text = json.dumps({"user": "app", "password": _PASSWORD})
    form = _base64(text + " " * (-len(text) % 3))
    assert len(form) > 48
    assert not form.endswith("=")
    (finding,) = findings(f'    PAYLOAD = "{form}"\n    pass\n')
    assert finding.rule_id == "KA316"


@pytest.mark.parametrize(
    "text",
    [
        "Hello, this is a text in which nobody hides anything at all.",
        '{"alg": "HS256", "typ": "JWT", "kid": "2024-06"}',
        "password=${DB_PASSWORD}\nuser=shop\n",
        '{"password": "changeme", "token": "<your-token>"}',
        "<svg xmlns='http://www.w3.org/2000/svg' width='16' height='16'></svg>",
        base64.b64encode(_TOKEN.encode()).decode(),  # two levels
    ],
)
def test_what_hides_nothing(text: str) -> None:
    assert findings(f'data = "{_base64(text)}"') == []
    assert findings(f'data = "{text.encode().hex()}"') == []


def test_stand_in_under_a_secrets_name_is_a_note() -> None:
    text = f"kind: Secret\ndata:\n  password: {_base64('changeme1234')}\n"
    assert [finding.severity for finding in findings(text, "secret.yaml")] == [Severity.NOTE]


def test_binary_data_is_not_text() -> None:
    assert from_base64(base64.b64encode(bytes(range(64))).decode()) is None
    assert from_base64("a") is None
    assert from_base64("x" * 100_001) is None


def test_two_encoded_texts_in_a_line() -> None:
    forms = [_base64(plant("GitHubTokenDetector", seed).secret) for seed in (6, 7)]
    found = findings(f'rotate("{forms[0]}", "{forms[1]}")')
    assert [finding.span.column for finding in found] == [9, 9 + len(forms[0]) + 4]
