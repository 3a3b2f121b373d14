"""What names call their values. The lists are of names as they stand in code of all kinds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.core.secret_names import (
    ABOUT,
    BARE_TOKEN,
    KEY,
    NEUTRAL,
    PASSWORD,
    SECRET,
    SECRETS,
    TOKEN,
    reading,
    reading_of_function,
    reading_of_prompt,
)

_READINGS = {
    PASSWORD: "password userPassword db_pass SMTP_PASSWORD passphrase new_password password2 pws "
    "sockspassword user_pin root_pw password_confirm wifiPassword admin-passwd",
    TOKEN: "access_token accessToken globalaccesstoken API_TOKEN resetToken bearer_token "
    "session_tokens ws_token",
    BARE_TOKEN: "token Token _token token_value token_for_user",
    KEY: "private_pem ca_priv_der api_key apiKey X-Api-Key APIKEY private_key privateKeyPem "
    "AWS_SECRET_ACCESS_KEY shared_key_private key_private_pem rsa_key_priv "
    "signing_key session_key encryptionKey authkey passkey master_key_hex",
    SECRET: "secret client_secret APP_SECRET credentials webhookSecret oauth_token_secret",
    ABOUT: "password_hash passwordFile token_count next_page_token csrf_token secret_name "
    "has_password masked_token public_key encrypted_password token_type private_key_path "
    "key_private_path has_key_private "
    "secret_id max_tokens reset_password password_length access_token_url eval_password",
    NEUTRAL: "key keys tokens name user monkey bypass primary_key cache_key first_pass pass1 "
    "session_id client_id tokenizer hotkey x total_tokens author passkeys",
}
_CASES = [(name, said) for said, names in _READINGS.items() for name in names.split()]


@pytest.mark.parametrize(("name", "said"), _CASES)
def test_names(name: str, said: str) -> None:
    assert reading(name) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("get_password", PASSWORD),
        ("getApiKey", KEY),
        ("create_access_token", TOKEN),
        ("prowl_apikey", KEY),
        ("check_password", NEUTRAL),
        ("verify_bearer_token", NEUTRAL),
        ("hash_password", NEUTRAL),
        ("get_token_count", NEUTRAL),
        ("pwd", NEUTRAL),
    ],
)
def test_functions_by_what_they_give(name: str, said: str) -> None:
    assert reading_of_function(name) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Enter your password: ", PASSWORD),
        ("API key (hidden)? ", KEY),
        ("Please enter your Plex token", TOKEN),
        ("Name of the secret: ", NEUTRAL),
        ("How many? ", NEUTRAL),
    ],
)
def test_prompts(text: str, said: str) -> None:
    assert reading_of_prompt(text) == said


@given(st.text(max_size=100))
def test_every_name_can_be_read(name: str) -> None:
    assert reading(name) in SECRETS | {ABOUT, NEUTRAL}
    assert reading_of_function(name) in SECRETS | {NEUTRAL}
    reading_of_prompt(name)


@given(st.sampled_from([name for name, said in _CASES if said in SECRETS and "_for_" not in name]))
def test_what_is_about_a_secret_is_none(name: str) -> None:
    for word in ("id", "hash", "length", "expires_at", "file"):
        assert reading(f"{name}_{word}") not in SECRETS
