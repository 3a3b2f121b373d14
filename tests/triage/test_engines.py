"""The native engine and the one in Python say the same of any bytes, and the truth."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keyaudit.core.text import as_utf8
from keyaudit.scanning import suppressions
from keyaudit.secrets import PATTERNS
from keyaudit.triage import CODE, Triage, build

pytest.importorskip("hyperscan")

WORDS = ("cryptography", "jwt", "Crypto.Cipher", "os", "os2")
ALL = {**PATTERNS, "suppression": suppressions.PATTERN}

_BOTH = {engine: build(WORDS, ALL, engine=engine) for engine in ("native", "python")}

# Pieces from which something near a match is put together.
_PIECES = [
    *WORDS, "import ", ".", " ", "\t", "\n", "\r\n", "\r", "\f", "\x0b", "\0", "\x85", "\u2028",
    "'", '"', "`", "=", ": ", ":=", "=>", "://", "@", "/", "_", "-", "é", "ñ", "Ñ", "\ufeff", "ſ",
    "password", "PassWord", "secret", "api_key", "contraseña", "aws_key", "key", "token", "pwd",
    "AKIA", "ASIAQ7MZ2XW5VLRT9CBD", "ghp_", "a" * 36, "Z9" * 20, "0123456789abcdef" * 4, "f" * 48,
    "eyJ", "a.b", "xoxb-", "12345-", "sk_live_", "SG.", "k" * 22, "AccountKey=", "A" * 88, "AKC",
    "AP5", "glpat-", "GR1348941", "npm_", "/:_authToken=", "T3BlbkFJ", "pypi-AgEIcHlwaS5vcmc",
    "-us1", "AC", "SK", "123456789:", "sq0csp-", "softlayer", "cloudant.com", "/soap/v3.1/",
    "-----BEGIN ", "RSA ", "PRIVATE KEY", "PuTTY-User-Key-File-2", "keyaudit: ignore", "hooks.slack"
    ".com/services/T", "M" * 24, "x" * 6, "y" * 27,
]  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=4)), max_size=30).map("".join)
encoded = st.one_of(
    texts.map(lambda text: text.encode("utf-8", "surrogatepass")),
    texts.map(lambda text: text.encode("utf-16", "surrogatepass")),
    texts.map(lambda text: b"\xfe\xff" + text.encode("utf-16-be", "surrogatepass")),
    texts.map(lambda text: text.encode("latin-1", "replace")),
    st.binary(max_size=200),
)


@given(encoded)
@example(b"")
@example(b"\n")
@example(b"secret")
@example(b"secret\n")
@example(b"\nsecret")
@example(b"secret\r\nsecret\r\nsecret")
@example(b"a\rsecret\nb")
@example(b"\x0cimport jwt\x0c\npassword")
@example(b"jwt\xff\njwt")
@example(b"\xff\xfej\0w\0t\0")
@example(b"\xff\xfej")
@example("password ".encode("utf-16"))
@example(b"cryptography" * 3)
@example(b"x" * 5000 + b" ghp_" + b"a" * 36)
@example(b"a" * 23 + b"\n" + b"-" * 70 + b"\n" + b"'" + b"f" * 9)
def test_engines_agree(data: bytes) -> None:
    assert _BOTH["native"].scan(data) == _BOTH["python"].scan(data)


@given(encoded)
def test_lines_are_those_the_expressions_match_in(data: bytes) -> None:
    """Said once more in the plainest way: each line on its own."""
    lines = as_utf8(data).split(b"\n")
    expected = {}
    expressions = {CODE: rb"\b(?:" + b"|".join(re.escape(w.encode()) for w in WORDS) + rb")\b"}
    expressions |= {tag: pattern.encode("latin-1") for tag, pattern in ALL.items()}
    for tag, expression in expressions.items():
        pattern = re.compile(expression, re.MULTILINE)
        numbers = [number for number, line in enumerate(lines, 1) if pattern.search(line)]
        if numbers:
            expected[tag] = numbers
    assert _BOTH["native"].scan(data) == expected


@pytest.mark.parametrize("engine", ["native", "python"])
class TestEach:
    def _triage(self, engine: str, patterns: dict[str, str] | None = None) -> Triage:
        return build(WORDS, patterns or {}, engine=engine)

    def test_words_are_whole_identifiers(self, engine: str) -> None:
        scan = self._triage(engine).scan
        assert scan(b"import jwt\n\nfrom jwt import encode\n") == {CODE: [1, 3]}
        assert scan(b"import jwts, my_jwt, jwt2, osx\n") == {}
        assert scan(b"Crypto.Cipher") == {CODE: [1]}
        assert scan(b"Crypto_Cipher CryptoxCipher") == {}

    def test_every_line_is_given_once(self, engine: str) -> None:
        scan = self._triage(engine).scan
        assert scan(b"jwt jwt jwt os\nx\nos\n" * 2) == {CODE: [1, 3, 4, 6]}

    def test_utf16_is_read_as_text(self, engine: str) -> None:
        text = "naïve\nimport jwt\n"
        scan = self._triage(engine).scan
        assert scan(text.encode("utf-16")) == {CODE: [2]}
        assert scan(b"\xfe\xff" + text.encode("utf-16-be")) == {CODE: [2]}
        assert scan(text.encode("utf-16-le")) == {CODE: [2]}  # told by its NUL bytes

    def test_survives_pickling(self, engine: str) -> None:
        import pickle

        triage = self._triage(engine, {"x": "yz"})
        assert triage.scan(b"jwt\nyz") == {CODE: [1], "x": [2]}
        again = pickle.loads(pickle.dumps(triage))
        assert again.scan(b"jwt\nyz") == {CODE: [1], "x": [2]}
        assert again.engine == engine

    def test_no_words_and_no_patterns_find_nothing(self, engine: str) -> None:
        assert build((), {"x": "yz"}, engine=engine).scan(b"jwt") == {}


def test_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="'rust' is none of: native, python"):
        build(WORDS, {}, engine="rust")


def test_pattern_hyperscan_has_not_is_refused() -> None:
    triage = build((), {"x": r"(?<=a)b"}, engine="native")
    with pytest.raises(ValueError, match="hyperscan does not take"):
        triage.prepare()


def test_native_is_chosen_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert build(WORDS, {}).engine == "native"
    monkeypatch.setattr("keyaudit.triage.scanner.find_spec", lambda name: None)
    assert build(WORDS, {}).engine == "python"


def test_patterns_keep_to_the_rules_for_patterns() -> None:
    for tag, pattern in ALL.items():
        compiled = re.compile(pattern.encode("latin-1"), re.MULTILINE)
        assert not compiled.search(b""), tag
        assert not compiled.search(b"\n\n"), tag
