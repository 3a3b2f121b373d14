"""Requests in comments and texts of usage are told from what a program runs with."""

from __future__ import annotations

import random
import string

import pytest

from keyaudit.core.levels import Severity
from keyaudit.secrets.values.shown_texts import in_comments, of_usage
from tests.secrets.support import findings

_RANDOM = random.Random(14)
VALUE = "".join(_RANDOM.choices(string.ascii_letters + string.digits, k=20))
TICK = "`"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("# POST /login\n# {}\nx = 1", {1, 2}),
        ("x = 1\n# Example request:\n#\n#   { }\n\n# other", {2, 3, 4}),
        ("/*\n curl -u a:b https://api.example.com/x\n */\nx", {1, 2, 3}),
        ("// Response:\n// {}", {1, 2}),
        ("/**\n * Example: {}\n */", {1, 2, 3}),
        ("// what it expires_in\n// x", set()),
        ("# posts are got from /login\n# x", set()),
        ("# curl -u a:b https://intranet.acme.io/x", set()),
        ('x = "POST /login"', set()),
        ("# " + "curl http:" * 40_000, set()),
    ],
)
def test_requests_in_comments(text: str, lines: set[int]) -> None:
    assert in_comments(text.split("\n")) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("var loginExample = `a\nb\nc`\nd", {1, 2, 3}),
        ("\tExample: `a\nb`,\nc", {1, 2}),
        ('const usage = "a"\nb', {1}),
        ('String HELP = """\na\n""";\nb', {1, 2, 3}),
        (".epilog('a')", {1}),
        ("var login = `a\nb`", set()),
        ("var helpless = `a\nb`", set()),
        ("var example = `never closed\nb", {1}),
    ],
)
def test_texts_of_usage(text: str, lines: set[int]) -> None:
    assert of_usage(text.split("\n")) == lines


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("api/login.py", f'# POST /api/login\n# {{"user": "jo", "password": "{VALUE}"}}\n'),
        ("api/login.go", f"const loginExample = {TICK}app login --password {VALUE}{TICK}\n"),
        ("api/login.yaml", f'# Example request:\n#   {{"client_secret": "{VALUE}"}}\na: 1\n'),
    ],
)
def test_what_is_shown_is_a_note(path: str, text: str) -> None:
    assert {f.severity for f in findings(text, path)} <= {Severity.NOTE}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("api/login.py", f'# POST /api/login\n\npassword = "{VALUE}"\n'),
        ("api/login.go", f"const login = {TICK}app login --password {VALUE}{TICK}\n"),
        ("api/login.yaml", f'# requests are signed\nclient_secret: "{VALUE}"\n'),
        ("api/login.py", f'# password = "{VALUE}"\n'),
    ],
)
def test_what_is_run_is_none(path: str, text: str) -> None:
    assert max(f.severity for f in findings(text, path)) > Severity.LOW
