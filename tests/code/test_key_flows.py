"""What is asked of a file alone is answered as the whole engine answers it."""

from __future__ import annotations

import pytest

from keyaudit.catalogue.types import Catalogue, Example
from keyaudit.code import analyze_flows
from keyaudit.code.engine import analyze
from keyaudit.core.document import Document
from keyaudit.history.versions.key_lines import literals_only
from tests.caches import shipped

_RULES = ("KA301", "KA311", "KA312")


@pytest.fixture(scope="module", name="shipped")
def _shipped() -> Catalogue:
    return shipped()


def _only(shipped: Catalogue, *names: str) -> Catalogue:
    rules = {name: shipped.rules[name] for name in names}
    return shipped._replace(rules=rules, digest=f"{shipped.digest} {names}")


def _examples(shipped: Catalogue) -> list[Example]:
    return [example for name in _RULES for example in shipped.rules[name].examples]


def test_all_findings_are_those_of_the_engine(shipped: Catalogue) -> None:
    asked = literals_only(shipped)
    policy = shipped.policies["default"]
    found = 0
    for example in _examples(shipped):
        document = Document(example.path, example.text.encode())
        expected = analyze(document, asked, policy).findings
        assert analyze_flows(document, asked, policy) == expected
        found += len(expected)
    assert found > len(_RULES)


@pytest.mark.parametrize(
    "call",
    [
        "Cipher.new(KEY, Cipher.MODE_GCM)",
        "make(KEY, 1)",
        "Box().cipher(KEY, 1)",
        "Box().open(KEY)",
        "partial(Cipher.new, KEY)(1)",
        "seal(KEY)",
    ],
)
def test_a_call_is_found_by_any_name_it_has(shipped: Catalogue, call: str) -> None:
    text = f"""
from functools import partial
from Crypto.Cipher import AES as Cipher

KEY = {"".join(map(chr, range(ord("A"), ord("A") + 16)))!r}.encode()
make = Cipher.new

class Box:
    cipher = Cipher.new
    def open(self, key):
        return self.cipher(key, Cipher.MODE_GCM)

def seal(key):  # by Cipher
    return make(key, 2)

class Safe:
    # It keeps with Cipher.

    def close(self, data):
        try:
            print(len(data), data.strip())
        finally:
            made = {call}
        return made
"""
    asked = literals_only(shipped)
    policy = shipped.policies["default"]
    document = Document("app.py", text.encode())
    expected = analyze(document, asked, policy).findings
    assert expected
    assert analyze_flows(document, asked, policy) == expected


def test_a_file_that_is_no_text_or_no_python_has_nothing(shipped: Catalogue) -> None:
    asked = literals_only(shipped)
    for data in (
        b"# coding: utf-8\nkey = '\xff'\n",
        b"from Crypto.Cipher import AES\nAES.new('a' 1\n",
    ):
        assert analyze_flows(Document("a.py", data), asked, shipped.policies["default"]) == ()


@pytest.mark.parametrize("name", ["KA104", "KA201", "KA301"])
def test_rules_that_look_at_more_than_a_value_are_refused(shipped: Catalogue, name: str) -> None:
    with pytest.raises(ValueError, match=r"more than values and calls|the rest of the file"):
        analyze_flows(Document("a.py", b""), _only(shipped, name), shipped.policies["default"])
