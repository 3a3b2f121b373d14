"""What one module passes into functions of another is reported where it is passed."""

from __future__ import annotations

from textwrap import dedent

import pytest

from keyaudit.code.engine import analyze, analyze_calls
from keyaudit.core.document import Document
from keyaudit.core.finding import Finding
from tests.code.support import CATALOGUE, Files

POLICY = CATALOGUE.policies["default"]
CRYPTO = """\
import lib

def seal(data, key):
    return lib.use(key)

def twice(data, key):
    return seal(seal(data, key), key)

class Vault:
    def __init__(self, key, label="x"):
        self._key = key

    def open(self):
        lib.use(self._key)

def _seal(data, key):
    return lib.use(key)

class Box:
    def shut(self, data, key):
        return self._shut(data, key)

    def _shut(self, data, key):
        return lib.use(key)

    @classmethod
    def made(cls, key):
        lib.use(key)

def fixed():
    lib.use(b"inside")
"""


def across(source: str, crypto: str = CRYPTO, path: str = "app/crypto.py") -> list[Finding]:
    files = Files({path: crypto, "app/__init__.py": ""})
    data = files.read(path)
    assert data is not None
    first = analyze(Document(path, data), CATALOGUE, POLICY, files)
    document = Document("orders.py", dedent(source).encode())
    return list(
        analyze_calls(document, CATALOGUE, POLICY, files, {path: first.exports}, {}).findings
    )


CALLS = {
    "function": 'from app.crypto import seal\nseal(1, b"literal")',
    "by keyword": 'from app.crypto import seal\nseal(key=b"literal", data=1)',
    "alias": 'from app.crypto import seal as s\ns(1, b"literal")',
    "module": 'import app.crypto\napp.crypto.seal(1, b"literal")',
    "module alias": 'from app import crypto\ncrypto.seal(1, b"literal")',
    "two levels": 'from app.crypto import twice\ntwice(1, b"literal")',
    "constructor": 'from app.crypto import Vault\nv = Vault(b"literal")',
    "private": 'from app.crypto import _seal\n_seal(1, b"literal")',
    "method": 'from app.crypto import Box\ndef f(data):\n    Box().shut(data, b"literal")',
    "method of an attribute": "from app.crypto import Box\nclass A:\n    def __init__(self):\n"
    '        self.box = Box()\n    def f(self, data):\n        self.box.shut(data, b"literal")',
    "private method": "from app import crypto\nclass Mine(crypto.Box):\n    def f(self, data):\n"
    '        self._shut(data, b"literal")',
    "class method": 'from app.crypto import Box\nBox.made(b"literal")',
    "through a variable": 'from app.crypto import seal\nK = b"literal"\ndef f():\n    seal(1, K)',
}


@pytest.mark.parametrize("source", CALLS.values(), ids=CALLS.keys())
def test_a_literal_passed_to_another_module(source: str) -> None:
    (finding,) = across(source)
    assert finding.path == "orders.py"
    assert finding.rule_id == "T1"
    assert finding.span.line == source.count("\n") + 1
    assert {step.path for step in finding.steps} == {"orders.py", "app/crypto.py"}
    assert finding.steps[0].path == "orders.py"
    assert finding.steps[-1].path == "app/crypto.py"
    assert "literal" not in finding.code


SILENT = {
    "unknown value": "from app.crypto import seal\ndef f(k):\n    seal(1, k)",
    "random": "import os\nfrom app.crypto import seal\nseal(1, os.urandom(16))",
    "another function of that name": 'from other import seal, crypto\nseal(1, b"literal")',
    "what the other module does itself": "from app.crypto import fixed\nfixed()",
    "another parameter": 'import os\nfrom app.crypto import Vault\nVault(os.urandom(9), "name")',
}


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT.keys())
def test_silent(source: str) -> None:
    assert across(source) == []


def test_exports_name_only_what_matters() -> None:
    result = analyze(Document("app/crypto.py", CRYPTO.encode()), CATALOGUE, POLICY, Files({}))
    assert result.exports == {"seal", "twice", "Vault", "_seal", "shut", "_shut", "made"}
    assert [finding.span.line for finding in result.findings] == [31]


def test_what_its_name_calls_a_tests_value_is_a_note() -> None:
    found = across('from app.crypto import seal\ntest_key = b"literal"\nseal(1, test_key)')
    assert [finding.severity.name for finding in found] == ["NOTE"]
    found = across('from app.crypto import seal\nlatest_key = b"literal"\nseal(1, latest_key)')
    assert [finding.severity.name for finding in found] == ["HIGH"]
