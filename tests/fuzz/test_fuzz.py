"""No document makes an analyzer fail. `make fuzz` tries many more."""

from __future__ import annotations

import pytest

from tests.fuzz.harness import Harness, fuzz


@pytest.fixture(scope="module")
def harness() -> Harness:
    return Harness()


def test_changed_documents_are_analyzed(harness: Harness) -> None:
    assert list(fuzz(11, 400, harness)) == []


_ARMOR = "-----BEGIN {0}-----\n{1}\n-----END {0}-----\n"


# Each made an analyzer fail.
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.pem", _ARMOR.format("ENCRYPTED PRIVATE KEY", "MAYwAAQCAAA=")),
        ("a.json", '{"a": "\'kty\': \'oct\', ", "k": "AyM1SysPpbyDfgZld3umj1qzKObw"}\n'),
        ("a.yaml", "\x85password: {a: x8Fk2Lq9Zt7Vb3Nw}"),
        ("a.yaml", "a: b\x85\u2028\npassword: {secret:\n x8Fk2Lq9Zt7Vb3Nw}\n"),
        ("a.yaml", "!!map \x85\ufeffa: {password: x8Fk2Lq9Zt7Vb3Nw\n}"),
    ],
)  # fmt: skip
def test_what_made_one_fail(harness: Harness, path: str, text: str) -> None:
    assert harness.why(path, text.encode()) == ""


def test_a_failure_is_seen(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise IndexError

    monkeypatch.setattr("keyaudit.secrets.analyze", fail)
    why = harness.why("a.env", b"password=x8Fk2Lq9Zt7Vb3Nw\n")
    assert why.startswith("the analyzer of secrets failed (IndexError")
