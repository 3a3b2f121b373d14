"""Files of kinds of tokens: what is said of wrong ones, and what triage looks for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from keyaudit import catalogue
from keyaudit.catalogue import token_page
from keyaudit.catalogue.tokens import triage_pattern
from keyaudit.core.errors import KeyauditError
from keyaudit.core.levels import Severity

from .support import line_of, write

TOKENS = """\
tokens:
  - id: acme-key
    title: Acme API key
    vendor: Acme
    pattern: 'acme_[A-Za-z0-9]{32}'
    severity: high
    confidence: high
    opens: orders
    revoke: https://acme.example/keys
  - id: acme-secret
    title: Acme secret
    vendor: Acme
    pattern: '[0-9a-f]{32}'
    names: [acme]
    severity: medium
    confidence: low
    opens: more orders
    revoke: change it at Acme
"""

WRONG = {
    "unknown key": ("opens: orders", "opnes: orders", "did you mean `opens`?"),
    "missing key": ("    opens: orders\n", "", "lacks `opens`"),
    "unknown level": ("severity: high", "severity: hihg", "did you mean `high`?"),
    "unknown check": ("    opens: orders", "    check: crc32\n    opens: orders", "crc32"),
    "the same id": ("acme-secret", "acme-key", "the id of another kind above"),
    "bad regular expression": ("acme_[A", "acme_([A", "is no regular expression"),
    "lookahead": ("'acme_[", "'acme_(?=x)[", "which triage does not understand"),
    "flags": ("'acme_[", "'(?i)acme_[", "which triage does not understand"),
    "newline": ("acme_[A-Za-z0-9]", "acme_[^a-f]", "a newline is in"),
    "no form and no name": ("    names: [acme]\n", "", "give `names`"),
    "bad name": ("[acme]", "['Acme Key']", "names[1]"),
    "no list": ("tokens:\n", "tokens: 3\nx:\n", "is no key known here"),
}


@pytest.mark.usefixtures("small_shipped")
@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_with_its_place(case: str, tmp_path: Path) -> None:
    old, new, words = WRONG[case]
    text = TOKENS.replace(old, new, 1)
    assert text != TOKENS
    write(tmp_path / "mine", {"tokens/acme.yaml": text})
    with pytest.raises(KeyauditError) as caught:
        catalogue.load([tmp_path / "mine"])
    said = caught.value.line()
    assert words in said
    assert re.search(r"mine/tokens/acme\.yaml:\d+: tokens\[\d\]|acme\.yaml:\d+: x", said)
    if case == "unknown key":
        assert f"acme.yaml:{line_of(text, 'opnes')}:" in said


@pytest.mark.usefixtures("small_shipped")
@pytest.mark.parametrize(
    ("pattern", "is_told"),
    [
        ("[12]/[0-9]{13,17}(?:/[0-9]{13,17})?:[0-9a-f]{32}", True),
        ("[12]/[0-9]{13,17}:[0-9a-f]{12}", False),  # too short
        ("[0-9]{16}(?:/[0-9]{16})?:[0-9a-f]{32}", False),  # one sign may be missing
        ("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{20}", False),  # one sign
    ],
)
def test_two_signs_between_long_runs_are_a_form(
    pattern: str, is_told: bool, tmp_path: Path
) -> None:
    text = TOKENS.replace("acme_[A-Za-z0-9]{32}", pattern, 1)
    write(tmp_path / "mine", {"tokens/acme.yaml": text})
    if is_told:
        assert "acme-key" in catalogue.load([tmp_path / "mine"]).tokens
    else:
        with pytest.raises(KeyauditError, match="give `names`"):
            catalogue.load([tmp_path / "mine"])


@pytest.mark.usefixtures("small_shipped")
def test_kinds_of_a_folder_of_ones_own(tmp_path: Path) -> None:
    write(tmp_path / "mine", {"tokens/acme.yaml": TOKENS})
    loaded = catalogue.load([tmp_path / "mine"], cache_folder=tmp_path / "cache")
    again = catalogue.load([tmp_path / "mine"], cache_folder=tmp_path / "cache")
    assert loaded.tokens == again.tokens
    assert set(loaded.tokens) == {"acme-key", "acme-secret"}
    assert loaded.tokens["acme-key"].severity is Severity.HIGH
    assert loaded.tokens["acme-secret"].names == ("acme",)
    write(tmp_path / "mine", {"tokens/acme.yaml": TOKENS.replace("high", "low")})
    changed = catalogue.load([tmp_path / "mine"])
    assert changed.digest != loaded.digest
    page = token_page.page(loaded.tokens)
    assert "| `acme-key` | Acme API key | high | form |" in page
    assert "| name: acme |" in page


@pytest.mark.usefixtures("small_shipped")
def test_two_files_may_not_name_the_same_kind(tmp_path: Path) -> None:
    write(tmp_path / "mine", {"tokens/a.yaml": TOKENS, "tokens/b.yaml": TOKENS})
    with pytest.raises(KeyauditError, match=r"acme-key is a kind of .*a\.yaml as well"):
        catalogue.load([tmp_path / "mine"])


@pytest.mark.parametrize(
    ("pattern", "looser"),
    [
        ("acme_[A-Za-z0-9]{32}", "acme_[A-Za-z0-9]{8}"),
        ("acme_[a-z]{20,40}={0,2}", "acme_[a-z]{8}"),
        ("acme_[a-z]{4,8}", "acme_[a-z]{4}"),
        (r"acme_[a-z]{6}\.[a-z]{40}", r"acme_[a-z]{6}\.[a-z]{8}"),
        (r"acme://[a-z]{0,64}:[a-z]{4}", r"acme://"),
        (r"acme:[a-z]{3,200}[?]key=[a-z]{4}", r"acme:[a-z]{3}"),
        ("[0-9a-f]{32}-us[0-9]{1,2}", "[0-9a-f]{32}-us[0-9]{1}"),
        ("(?:acme|bcme)_[0-9]{20}", "(?:acme|bcme)_[0-9]{16}"),
        ("sk-[0-9]{40}", "sk-[0-9]{16}"),
        ("acme(?:[a-z]{20}|[0-9]{30})x", "acme(?:[a-z]{20}|[0-9]{30})x"),
        ("acme://(?P<secret>[a-z]{2,8})@", "acme://(?:[a-z]{2,8})@"),
    ],
)
def test_triage_looks_for_no_more_than_it_needs(pattern: str, looser: str) -> None:
    assert triage_pattern(pattern) == looser
