"""What stands around a value and says that it is an example, or for trials."""

from __future__ import annotations

import random
import string

import pytest

from keyaudit.core.levels import Severity
from tests.secrets.support import findings


def _made_up(seed: int, size: int = 40, letters: str = string.ascii_letters + string.digits) -> str:
    source = random.Random(seed)
    return "".join(source.choice(letters) for _ in range(size))


def _severities(text: str, path: str) -> list[Severity]:
    return [finding.severity for finding in findings(text, path)]


def test_a_server_s_answer_in_a_page_is_an_example() -> None:
    answer = (
        "HTTP/1.1 200 OK\n\n{\n"
        f'    "access_token": "{_made_up(1)}",\n    "expires_in": 3600,\n'
        f'    "refresh_token": "{_made_up(2)}",\n    "scope": null,\n'
        '    "token_type": "bearer"\n}\n'
    )
    assert set(_severities(answer, "help/api.html.twig")) == {Severity.NOTE}
    # Kept by a program, it opens what it opened when it was given.
    assert max(_severities(answer, "var/session.json")) > Severity.NOTE


def test_what_a_reader_fills_in_stands_beside_an_example() -> None:
    secret = f"    client_secret={_made_up(3)} \\\n"
    told = f"http POST /oauth/v2/token \\\n{secret}    username=yourUsername\n"
    assert set(_severities(told, "help/howto.html.twig")) == {Severity.NOTE}
    assert max(_severities(told, "bin/login.sh")) > Severity.NOTE
    other = f"http POST /oauth/v2/token \\\n{secret}    username=clerk\n"
    assert max(_severities(other, "help/howto.html.twig")) > Severity.NOTE


def _settings(*stages: str) -> str:
    base = "abcdef0123456789"
    return "".join(
        f"{stage}:\n  # Keep it.\n  secret_key_base: {_made_up(at, 128, base)}\n\n"
        for at, stage in enumerate(stages)
    )


def test_parts_of_settings_for_tests_and_development() -> None:
    text = _settings("development", "test", "staging")
    assert _severities(text, "config/secrets.yml")[:2] == [Severity.NOTE] * 2
    assert _severities(text, "config/secrets.yml")[2] > Severity.NOTE


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (_settings("test"), "config/secrets.yml"),  # may be the job of a pipeline
        (_settings("test", "production"), "config/secrets.conf"),
        (_settings("test", "production").replace("test:\n", "test:\nother:\n"), "config/a.yml"),
        (_settings("test", "production").replace("\n  secret", "\nsecret", 1), "config/a.yml"),
    ],
)
def test_what_is_no_part_for_tests(text: str, path: str) -> None:
    assert _severities(text, path)[0] > Severity.NOTE
