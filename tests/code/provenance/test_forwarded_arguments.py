"""The object of a call and its arguments come from the same caller."""

from __future__ import annotations

from keyaudit.code.engine import analyze
from keyaudit.core.document import Document
from tests.code.support import CATALOGUE, Files

SEAL = "import lib, os\ndef seal(box, nonce):\n    box.seal(nonce)\n"


def lines(calls: str) -> list[int]:
    document = Document("app.py", (SEAL + calls).encode())
    found = analyze(document, CATALOGUE, CATALOGUE.policies["default"], Files({})).findings
    return [finding.span.line for finding in found if finding.rule_id == "T2"]


def test_what_another_caller_passes_with_another_object_does_not_count() -> None:
    assert lines("seal(lib.Box(k), os.urandom(9))\nseal(other(), b'fixed nonce')") == []


def test_what_the_same_caller_passes_counts() -> None:
    assert lines("seal(lib.Box(k), b'fixed nonce')\nseal(other(), os.urandom(9))") == [3]


def test_an_object_made_on_the_spot_goes_with_every_caller() -> None:
    source = "import lib\ndef seal(nonce):\n    lib.Box(k).seal(nonce)\nseal(b'fixed nonce')\n"
    document = Document("app.py", source.encode())
    found = analyze(document, CATALOGUE, CATALOGUE.policies["default"], Files({})).findings
    assert [finding.rule_id for finding in found] == ["T2"]
