"""Passwords that everybody tries first."""

import pytest

from keyaudit.secrets.judgement.known_defaults import is_known_default


@pytest.mark.parametrize(
    "value",
    ["changeme", "change-me", "CHANGE_ON_INSTALL", "123456", "1111", "password123", "admin123",
     "please_choose_a_strong_password", "strong_default_password_for_admin",
     "p@ssw0rd", "s3cr3t-k3y", "super-secret-key", "raspberry", "letmein!"],
)  # fmt: skip
def test_tried_wherever_they_stand(value: str) -> None:
    assert is_known_default(value, beside_login=False)


@pytest.mark.parametrize("value", ["admin", "root", "guest", "pass", "postgres"])
def test_words_only_where_somebody_logs_in(value: str) -> None:
    assert is_known_default(value, beside_login=True)
    assert not is_known_default(value, beside_login=False)


@pytest.mark.parametrize(
    "value",
    ["password", "password1", "Admin", "your-password", "${PASSWORD}", "********", "none", "str",
     "xk29fLq8vTz", "reset", "<secret>", "field_name", "", "a"],
)  # fmt: skip
def test_no_password_or_nobody_guesses_it(value: str) -> None:
    assert not is_known_default(value, beside_login=True)
