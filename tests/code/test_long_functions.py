"""Functions and expressions of hundreds of parts are followed like short ones."""

from __future__ import annotations

from keyaudit.code.engine import analyze
from keyaudit.core.document import Document
from keyaudit.core.finding import Finding
from tests.caches import shipped
from tests.code.support import Files

CATALOGUE = shipped()
_IMPORTS = "import hashlib\nimport os\nimport random\nfrom cryptography.fernet import Fernet\n"
_MANY = 700


def found(source: str) -> list[Finding]:
    """The findings in a file, none of whose parts was given up."""
    document = Document("app.py", (_IMPORTS + source).encode())
    result = analyze(document, CATALOGUE, CATALOGUE.policies["default"], Files({}))
    assert not [notice for notice in result.notices if notice.kind == "parse-error"]
    return list(result.findings)


def test_the_last_of_hundreds_of_elifs_is_seen() -> None:
    arms = "".join(
        f"    elif kind == {number}:\n        key = os.urandom(32)\n" for number in range(_MANY)
    )
    source = f"def seal(kind, data):\n    if not kind:\n        return b''\n{arms}    else:\n"
    source += "        key = hashlib.sha256(str(random.random()).encode()).digest()\n"
    source += "        return Fernet(key).encrypt(data)\n    return Fernet(key).encrypt(data)\n"
    assert [finding.rule_id for finding in found(source)] == ["KA101"]


def test_an_elif_sees_what_the_test_before_it_bound() -> None:
    source = """
def seal(kind, data, key):
    if kind == 1:
        return Fernet(key).encrypt(data)
    elif (key := hashlib.sha256(str(random.random()).encode()).digest()) and kind == 2:
        return b""
    elif kind == 3:
        return Fernet(key).encrypt(data)
    return b""
"""
    places = [finding.span.line if finding.span else 0 for finding in found(source)]
    assert places == [12]


def test_a_sum_of_hundreds_of_parts_is_what_its_parts_are() -> None:
    parts = "".join(f"        + 'part {number}'\n" for number in range(_MANY))
    source = f"def seal(data):\n    key = (''\n{parts}    )\n"
    source += "    return Fernet(key.encode()).encrypt(data)\n"
    assert "KA301" in [finding.rule_id for finding in found(source)]
    random_part = source.replace("(''\n", "(os.urandom(32).hex()\n")
    assert found(random_part) == []


def test_a_hash_of_hashes_of_many_branches_ends() -> None:
    rounds = "".join(
        f"    if data[{number}]:\n        key = hashlib.sha256(key + data).digest()\n"
        for number in range(60)
    )
    source = f"def seal(data):\n    key = os.urandom(32)\n{rounds}    return Fernet(key)\n"
    assert found(source) == []


def test_a_state_made_from_the_state_in_many_branches_is_followed() -> None:
    arms = "".join(
        f"        if code == {number}:\n            key = key + b'{number}'\n"
        f"            data = Fernet(key).encrypt(data)\n"
        for number in range(10)
    )
    source = f"def run(codes, data):\n    key = b'sixteen byte key'\n    for code in codes:\n{arms}"
    assert {finding.rule_id for finding in found(source)} == {"KA301"}
