"""Which hits of triage are looked at in past versions."""

from __future__ import annotations

from keyaudit.history.hits import worth_a_look

NAME, TOKEN = "KeywordDetector", "GitHubTokenDetector"
HEX, BASE64 = "HexHighEntropyString", "Base64HighEntropyString"


def test_randomness_counts_where_a_name_calls_it_a_secret() -> None:
    data = b"password = 'a'\nx = 'b'\n"
    assert worth_a_look(data, {NAME: [1], HEX: [1, 2]}) == {NAME: [1], HEX: [1], BASE64: [1]}
    assert worth_a_look(data, {HEX: [1, 2]}) == {}


def test_long_lines_count_for_tokens_only() -> None:
    data = b"x" * 501 + b"\n" + b"y" * 500
    hits = {NAME: [1, 2], TOKEN: [1]}
    assert worth_a_look(data, hits) == {NAME: [2], HEX: [2], BASE64: [2], TOKEN: [1]}
    assert worth_a_look(data, {NAME: [1]}) == {}


def test_public_material_is_left_out() -> None:
    begin = "-----BEGIN "
    for text, kept in ((f"{begin}CERTIFICATE-----", False), (f"{begin}PRIVATE KEY-----", True)):
        hits = worth_a_look(text.encode(), {"material": [1]})
        assert ("material" in hits) is kept
    assert "material" in worth_a_look(b"\x30\x82", {"material": ()})


def test_what_is_not_generic_stays() -> None:
    assert worth_a_look(b"a\n", {"code": [1], "suppression": ()}) == {
        "code": [1],
        "suppression": (),
    }
