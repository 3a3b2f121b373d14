"""What the names of files and of variables with paths say."""

import pytest

from keyaudit.core.secret_file_names import (
    BARE_TOKENS,
    KEYS,
    NOTHING,
    SECRETS,
    SESSION,
    keeps_secret,
    names_secret_file,
)


@pytest.mark.parametrize(
    ("name", "is_file", "said"),
    [
        ("token.json", True, BARE_TOKENS),
        ("access_token.txt", True, SECRETS),
        ("credentials", True, SECRETS),
        (".netrc", True, SECRETS),
        ("cookies.txt", True, SECRETS),
        ("aws-credentials.ini", True, SECRETS),
        ("session.json", True, SESSION),
        ("credentials_file", False, SECRETS),
        ("tokenCachePath", False, BARE_TOKENS),
        ("get_session_path", False, SESSION),
        ("cookie_path", False, SECRETS),
        ("key_file", False, KEYS),
        ("private_key_path", False, KEYS),
        # A value and no file, what is about secrets, and what everybody may have.
        ("access_token", False, NOTHING),
        ("tokenizer.json", True, NOTHING),
        ("special_tokens.json", True, NOTHING),
        ("password_report.json", True, NOTHING),
        ("credentials.example.json", True, NOTHING),
        ("encrypted_token.json", True, NOTHING),
        ("public_key.json", True, NOTHING),
        ("settings.json", True, NOTHING),
        ("config_file", False, NOTHING),
    ],
)
def test_names(name: str, is_file: bool, said: str) -> None:
    assert names_secret_file(name, is_file=is_file) == said


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("store_token", BARE_TOKENS),
        ("save_key", KEYS),
        ("writeKeys", KEYS),
        ("_save_cookies_to_file", SECRETS),
        ("writeCredentials", SECRETS),
        ("save_session", SESSION),
        ("save_token_count", NOTHING),
        ("load_token", NOTHING),
        ("save_encrypted_token", NOTHING),
        ("save", NOTHING),
    ],
)
def test_functions(function: str, said: str) -> None:
    assert keeps_secret(function) == said
