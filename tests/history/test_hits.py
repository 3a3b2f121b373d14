"""Which hits of triage are looked at in past versions."""

from __future__ import annotations

import pytest

from keyaudit.history.hits import may_hold_keys, worth_a_look

NAME, TOKEN = "KeywordDetector", "GitHubTokenDetector"
HEX, BASE64 = "HexHighEntropyString", "Base64HighEntropyString"


def test_randomness_counts_where_a_name_calls_it_a_secret() -> None:
    assert worth_a_look(b"password = 'a'", [NAME]) == [NAME, BASE64, HEX]
    assert worth_a_look(b"x = 'b'", [HEX]) == []


def test_long_lines_count_for_tokens_only() -> None:
    assert worth_a_look(b"x" * 501, [NAME, TOKEN]) == [TOKEN]
    assert worth_a_look(b"x" * 500, [NAME, TOKEN]) == [TOKEN, NAME, BASE64, HEX]


def test_what_is_not_generic_stays() -> None:
    assert worth_a_look(b"a", ["material", "suppression"]) == ["material", "suppression"]


@pytest.mark.parametrize(("kind", "kept"), [("CERTIFICATE", False), ("PRIVATE KEY", True)])
def test_public_material_is_left_out(kind: str, kept: bool) -> None:
    assert may_hold_keys(b"-----" + f"BEGIN {kind}-----\n".encode()) is kept
