"""Which files and pieces are read because a secret may be told there."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.code.selection.secret_uses import may_reveal_secret, pieces
from keyaudit.code.selection.stretches import reads_secret
from keyaudit.code.semantics.module import SourceModule

_TOLD = [
    'log.debug("got %s", password)',
    'print(f"token: {user.token}")',
    'raise ValueError("bad " + self.api_key)',
    'logger.info("started with %s", config["client_secret"])',
    'text = f"{user}:{password}"\nlog.info(text)',
    'settings = {\n    "token": read("API_TOKEN"),\n}\nprint(settings)',
    'url = "https://api.example.com?apikey=%s" % key\nopen_it(url)',
    'subprocess.run(["mysql", "-p", db_password])',
    'requests.get(url, params={"api_key": self.api_key})',
]
_NOT_TOLD = [
    'log.debug("the password is wrong")',
    'print("token count", token_count)',
    "def check(password):\n    return store.check(password)",
    'raise ValueError(f"no {secret_name}")',
    'parser.add_argument("--password", help="the password")',
    '"""Sends the password, the secret and the token."""\nlog.info("started")',
    "log.info(name, key=1)",
    "",
]


@pytest.mark.parametrize("source", _TOLD)
def test_where_a_secret_may_be_told_is_read(source: str) -> None:
    assert may_reveal_secret("app/run.py", source.encode())
    assert pieces(SourceModule("app/run.py", "app.run", source.encode()))


@pytest.mark.parametrize("source", _NOT_TOLD)
def test_what_only_speaks_of_secrets_is_not_read(source: str) -> None:
    assert not may_reveal_secret("app/run.py", source.encode())
    assert not pieces(SourceModule("app/run.py", "app.run", source.encode()))


def test_only_the_pieces_that_tell_are_read() -> None:
    source = dedent("""\
        import logging

        def check(password):
            return len(password)

        def tell(password):
            logging.info(password)
        """)
    module = SourceModule("run.py", "run", source.encode())
    (number,) = pieces(module)
    assert module.pieces[number].kind == "compound"
    assert "tell" in source[module.pieces[number].start : module.pieces[number].end]


def test_tests_are_left_out() -> None:
    assert not may_reveal_secret("tests/test_login.py", _TOLD[0].encode())


@given(st.text(alphabet="passwordtoken_key.(){}[]\"'=,#\\ \nf%", max_size=120))
def test_any_text_can_be_looked_at(text: str) -> None:
    reads_secret(text)
    may_reveal_secret("run.py", text.encode())
    pieces(SourceModule("run.py", "run", text.encode()))
