"""Which hits of triage are looked at in past versions."""

from __future__ import annotations

import pytest

from keyaudit.catalogue.types import Catalogue
from keyaudit.history.versions.triage_hits import may_hold_keys, worth_scanning
from tests.caches import shipped

NAME, TOKEN = "KeywordDetector", "GitHubTokenDetector"
LOGIN = "Login"
HEX, BASE64 = "HexHighEntropyString", "Base64HighEntropyString"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return shipped()


def test_randomness_counts_where_a_name_calls_it_a_secret(catalogue: Catalogue) -> None:
    assert worth_scanning("password = 'a'", [NAME], catalogue) == [NAME, BASE64, HEX]
    assert worth_scanning("x = 'b'", [HEX], catalogue) == []


def test_long_lines_count_for_tokens_only(catalogue: Catalogue) -> None:
    line = "password = 'a'  # "
    assert worth_scanning(line.ljust(501, "x"), [NAME, TOKEN], catalogue) == [TOKEN]
    assert worth_scanning(line.ljust(500, "x"), [NAME, TOKEN], catalogue) == [
        TOKEN,
        NAME,
        BASE64,
        HEX,
    ]


@pytest.mark.parametrize(("path", "kept"), [("a.min.js", []), ("deploy.sh", [LOGIN])])
def test_logins_count_but_in_minified_code(
    catalogue: Catalogue, path: str, kept: list[str]
) -> None:
    line = "curl -u deploy:n7Kq2xVw9LzT https://api.example.com # "
    assert worth_scanning(line.ljust(501, "x"), [LOGIN], catalogue, path) == kept
    assert worth_scanning(line, [LOGIN], catalogue, path) == [LOGIN]
    assert worth_scanning("curl -u $LOGIN $URL", [LOGIN], catalogue, path) == []


def test_compact_data_counts_but_in_minified_code(catalogue: Catalogue) -> None:
    line = '{"password": "n7Kq2xVw9LzT"}'.ljust(501)
    assert NAME in worth_scanning(line, [NAME], catalogue, "settings.json")
    assert worth_scanning(line, [NAME], catalogue, "a.min.js") == []


def test_what_is_not_generic_stays(catalogue: Catalogue) -> None:
    kept = worth_scanning("a", ["material", "suppression"], catalogue)
    assert kept == ["material", "suppression"]


def test_names_with_no_place_for_a_value_are_left_out(catalogue: Catalogue) -> None:
    assert worth_scanning("from app import password_form", [NAME], catalogue) == []
    # There may be two lines in one.
    two = "import password_form\rpassword_form"
    assert worth_scanning(two, [NAME], catalogue) == [NAME, BASE64, HEX]


@pytest.mark.parametrize(("kind", "kept"), [("CERTIFICATE", False), ("PRIVATE KEY", True)])
def test_public_material_is_left_out(kind: str, kept: bool) -> None:
    assert may_hold_keys(b"-----" + f"BEGIN {kind}-----\n".encode()) is kept
