"""No secret gets through the masks, and code stays readable behind them."""

from __future__ import annotations

import base64
import json
import re
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keyaudit.core.python_text import PythonText
from keyaudit.core.redact import MASK, mask_line, mask_quotes, preview

_TOKEN_LETTERS = string.ascii_letters + string.digits + "+/_-"
tokens = st.text(_TOKEN_LETTERS, min_size=8, max_size=60)
passwords = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=6, max_size=40)
values = st.one_of(tokens, passwords)

# Every way to write a value into a line; `{}` takes it.
_FRAMES = [
    'key = "{}"',
    "key = b'{}'",
    'f(x, key=rb"{}", mode="cbc")',
    'KEY = """{}',
    "{}'''",
    "PASSWORD={}",
    "export TOKEN={} && run",
    "  password: {}",
    "  password: {}  # the old one",
    "# the key was {} until May",
    "// {}",
    "url = 'https://user:{}@host.acme.com/'",
    'print(f"{{user}} uses {} here")',
    "<key>{}</key>",
    "({})",
    '    "{}" \\',
    "{}",
    "x = don't use {} any more",
]


def _forms(secret: str) -> list[str]:
    data = secret.encode()
    return [
        secret,
        repr(secret)[1:-1],
        repr(data)[2:-1],
        json.dumps(secret)[1:-1],
        "".join(f"\\x{byte:02x}" for byte in data),
        base64.b64encode(data).decode(),
        base64.urlsafe_b64encode(data).decode(),
        data.hex(),
    ]


def _stretches(text: str, length: int) -> set[str]:
    return {text[i : i + length] for i in range(len(text) - length + 1)}


@given(secret=values, frame=st.sampled_from(_FRAMES), form=st.integers(0, 7))
@example(secret="passwordpassword", frame="PASSWORD={}", form=0)
@example(secret="user:host", frame='key = "{}"', form=0)
def test_known_secret_is_masked_in_every_form(secret: str, frame: str, form: int) -> None:
    written = _forms(secret)[form]
    masked = mask_line(frame.format(written), [secret])
    # What the frame says itself, and what a preview may show, is no leak.
    innocent = _stretches(frame.format("\0"), 5)
    shown = preview(secret).removesuffix(MASK)
    for stretch in (_stretches(written, 5) | _stretches(secret, 5)) - innocent:
        if stretch not in shown:
            assert stretch not in masked


@given(secret=tokens, cut=st.integers(3, 50))
def test_parts_of_a_known_secret_are_masked(secret: str, cut: int) -> None:
    masked = mask_line(f'key = ("{secret[:cut]}" "{secret[cut:]}")', [secret])
    shown = preview(secret).removesuffix(MASK)
    assert not any(
        stretch in masked for stretch in _stretches(secret, 5) if stretch not in shown + "key ="
    )


@given(
    secret=st.text(string.ascii_letters + string.digits, min_size=16, max_size=64).filter(
        lambda text: len(re.findall(r"\d", text)) >= 3 and len(set(text)) > 9
    ),
    frame=st.sampled_from(_FRAMES),
)
def test_random_text_that_nobody_named_is_masked(secret: str, frame: str) -> None:
    masked = mask_line(frame.format(secret), [])
    assert secret not in masked
    assert secret[:12] not in masked


def in_python(line: str) -> tuple[tuple[int, int], ...]:
    """The stretches of a line of Python that are code."""
    return PythonText(line).code(0, len(line))


@given(data=st.binary(min_size=8, max_size=40))
def test_key_written_as_numbers_is_masked(data: bytes) -> None:
    for written in (", ".join(map(str, data)), ",".join(f"0x{byte:02X}" for byte in data)):
        line = f"key = bytes([{written}])"
        assert mask_line(line, [], code=in_python(line)) == f"key = bytes([{MASK}])"
        assert mask_line(f"bytes([{written}])", []) == f"bytes([{MASK}])"


@given(
    line=st.text(st.characters(exclude_characters="\n"), max_size=80),
    secrets=st.lists(st.text(max_size=20), max_size=3),
)
def test_any_line_can_be_masked(line: str, secrets: list[str]) -> None:
    masked = mask_line(line, secrets)
    assert "\n" not in masked
    for secret in secrets:
        if len(secret) >= 8 and MASK not in secret:
            assert secret not in masked.replace(preview(secret), "")


@pytest.mark.parametrize(
    "line",
    [
        'digest = hashlib.pbkdf2_hmac("sha256", password, salt, 1000)',
        'client = boto3.client("kms", region_name="eu-west-1")',
        'text = data.decode("utf-8")',
        'headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}',
        'from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # "AES/GCM"',
        'password = os.environ["DATABASE_PASSWORD"]',
        'raise ValueError("the key is too short; use 32 bytes or more")',
        'jwt.encode(claims, key, algorithm="HS256")',
        'log.warning("%s: cannot read key %d of %s", name, index, folder)',
        "def test_sha256_with_rsa_pss_2048(self) -> None:",
        'curve = ec.SECP256R1()  # "secp256r1"',
        'path = "/etc/ssl/private"',
        "    iterations: int = 600_000,",
        "-----BEGIN RSA PRIVATE KEY-----",
    ],
)
def test_plain_code_stays_readable(line: str) -> None:
    assert mask_line(line, [], code=in_python(line)) == line


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ('connect(user="app", password="letmein")', 'connect(user="app", password="…")'),
        ("DB_PASSWORD=Tr0ub4dor3", "DB_PASSWORD=…"),
        ('url = "amqp://app:rabbit@mq.acme.com/v"', 'url = "amqp://app:…"'),
        ("key = b'\\x8f\\x01'", "key = b'…'"),
        ('KEY = """MIIEowIBAAKCAQEAq7XvT2mLzR9wKc4Nf8', 'KEY = """…'),
        ("token: 'ab\\'cd9x8'", "token: '…'"),
    ],
)
def test_what_looks_like_a_secret_is_masked(line: str, masked: str) -> None:
    assert mask_line(line, []) == masked


def test_names_beside_the_value_stay() -> None:
    assert mask_line('password = "password"', ["password"]) == 'password = "…"'
    line = 'secret_key: str = "my-secret-key-5"'
    masked = mask_line(line, ["my-secret-key-5"], code=in_python(line))
    assert masked == 'secret_key: str = "…"'


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('with open(env_path, "wb") as file:', 'with open(env_path, "wb") as file:'),
        ('    os.open(name), "rb+"', '    os.open(name), "rb+"'),
        ("file = open(name, mode='at')", "file = open(name, mode='at')"),
        ('password = "wb"', 'password = "…"'),
        ('login("wb")', 'login("…")'),
        ('open("wb" "x9#")', 'open("…" "…")'),
        ('["wb", "r+", "ab"]', '["…", "…", "…"]'),
    ],
)
def test_how_a_file_is_opened_is_shown(line: str, shown: str) -> None:
    assert mask_line(line, ()) == shown


def test_kept_words_are_shown_in_quotes() -> None:
    line = 'AES.new(key, mode="m0de7x9")'
    assert mask_line(line, [], frozenset({"m0de7x9"})) == line
    assert mask_line(line, []) == 'AES.new(key, mode="…")'


def test_long_lines_are_cut() -> None:
    masked = mask_line("x = 1; " * 10_000, [])
    assert len(masked) < 1000
    assert masked.endswith(MASK)


def test_secret_across_the_cut_is_masked() -> None:
    for start in range(380, 520, 7):
        secret = "t4Kq9xVw2LzTm8Rb"
        masked = mask_line(" " * start + secret + " " * 400, [secret])
        assert not any(stretch in masked for stretch in _stretches(secret, 5))


# --- preview ---


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("AKIAQ7MZ2XW5VLRT9CBD", "AKIA…"),
        ("ghp_m4Zt8QxR2vKc7LbN1sWdYf6HgJp3AeUo9RiX", "ghp_m4Zt…"),
        ("glpat-9xQv2Lr7TzWm4KbNc8Yd", "glpat-…"),
        ("-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE", "-----BEGIN EC PRIVATE KEY-----…"),
        ("t4Kq9xVw2LzTm8RbNc7YdHf3", "t4Kq…"),
        ("hunter2", "…"),
        ("sk_live_", "…"),
        ("", "…"),
        ("ghp_\x1b[31mred" + "x" * 30, "ghp_…"),
    ],
)
def test_preview(value: str, shown: str) -> None:
    assert preview(value) == shown


@given(values)
def test_preview_shows_a_fifth_at_most(value: str) -> None:
    shown = preview(value)
    assert shown.endswith(MASK)
    body = shown.removesuffix(MASK)
    assert value.startswith(body)
    if not value.startswith(("AKIA", "ASIA", "eyJ", "SG.", "$2b$")):
        assert len(body) <= max(4, len(value) // 5)
    assert body.isprintable()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("the file's wdqjkxzw isn't there", "the file's wdqjkxzw isn't there"),
        ("the files' wdqjkxzw and 'qzxvkwjqpd'", "the files' wdqjkxzw and '…'"),
        ("it isn't 'qzxvkwjqpd', is it", "it isn't '…', is it"),
        ("a's 'qzxvkwjqpd' b's 'qzxvkwjqpd'", "a's '…' b's '…'"),
        ("no bytes: b'qzxvkwjqpd' rb'qzxvkwjqpd'", "no bytes: b'…' rb'…'"),
        ('key"qzxvkwjqpd"', 'key"…"'),
        ("('qzxvkwjqpd')", "('…')"),
        ("='qzxvkwjqpd", "='…"),
    ],
)
def test_an_apostrophe_opens_no_text(said: str, shown: str) -> None:
    assert mask_quotes(said) == shown


def test_what_is_to_be_unseen_has_no_preview() -> None:
    # The rest of a value whose first signs are shown: with its preview they would be eight.
    rest = "ezbmmu-x-wz/iaitwzezry_cxv_/sdxiprvfp"
    line = f"call()  # -ini-:{rest}"
    assert mask_line(line, [], unseen=[rest]) == "call()  # -ini-:…"
    assert mask_line(line, [rest]) == "call()  # -ini-:ezbm…"
    assert mask_line(f"said {rest[:12]}", [], unseen=[rest]) == "said …"


def test_signs_after_a_word_are_the_rest_of_what_is_hidden_before_it() -> None:
    assert mask_line('{"other": "x_%q)@z~w%x),xxx@*?~"}', []) == '{"other": "…xxx…"}'
    # Where nothing is hidden, they are of the line.
    assert mask_line('say "name"?!', []) == 'say "name"?!'
    assert mask_line("call('qzx9vkw', name),", []) == "call('…', name),"


@given(
    before=st.text(string.punctuation, min_size=4, max_size=9),
    word=st.sampled_from(["xxx", "key", "run"]),
    after=st.text(string.punctuation, max_size=12),
)
@example(before="*|._$", word="xxx", after="-?($@.")
def test_signs_around_a_short_word_are_not_shown_with_it(
    before: str, word: str, after: str
) -> None:
    value = f"{before}{word}{after}Qz7"
    shown = mask_line(f'f(x, "{value}")', [])
    pieces = {value[at : at + 8] for at in range(len(value) - 7)}
    assert not any(piece in shown for piece in pieces if word in piece)


@given(
    signs=st.text("@#%$^*-+.!?~|&/", min_size=3, max_size=6), words=st.permutations(["xxx", "key"])
)
@example(signs="@#-%)", words=["xxx", "xxx"])
def test_signs_between_two_short_words_are_not_shown_with_them(
    signs: str, words: list[str]
) -> None:
    value = f";{words[0]}{signs}{words[1]}-=*&q:@"
    shown = mask_line(f"$token = ''; $old = '{value}'; # said", [])
    pieces = {value[at : at + 8] for at in range(len(value) - 7)}
    assert not any(piece in shown for piece in pieces)
    assert mask_line('{"id":["on",{"to":"on"}]}', []) == '{"id":["on",{"to":"on"}]}'
