"""What must be left as it is, and what a fixer must not fall over."""

from __future__ import annotations

from pathlib import Path

import pytest

from keyaudit.catalogue.types import Catalogue
from keyaudit.fixes.examples import fix_files
from tests.fixes.traps_programs import TRAPS
from tests.fixes.wider_programs import WIDER


@pytest.mark.parametrize("name", TRAPS)
def test_it_is_left_as_it_is(name: str, rules: Catalogue, kept: Path) -> None:
    rule, text = TRAPS[name]
    files = {"app.py": text.encode()}
    if name == "a module of the project has the name":
        files["secrets.py"] = b"PASSWORDS = []\n"
    policy = rules.policies["default"]
    outcome = fix_files(files, rules, policy, rule=rule, cache_folder=kept)
    assert not outcome.changed(), [one.title for one in outcome.applied]
    told = {finding.rule_id for finding in outcome.report.findings}
    if rule in told:
        assert outcome.declined, "it is said why"
        assert all(reason for _, reason in outcome.declined)


@pytest.mark.parametrize("name", WIDER)
def test_what_other_files_rely_on_is_left_as_it_is(name: str, rules: Catalogue, kept: Path) -> None:
    rule, texts, unsafe = WIDER[name]
    files = {path: text.encode() for path, text in texts.items()}
    policy = rules.policies["default"]
    outcome = fix_files(files, rules, policy, rule=rule, unsafe=unsafe, cache_folder=kept)
    assert not outcome.changed(), [one.title for one in outcome.applied]
    assert any(finding.rule_id == rule for finding in outcome.report.findings)
    assert outcome.declined, "it is said why"


@pytest.mark.parametrize(
    "data",
    [
        b"import requests\rrequests.get('https://x', verify=False)\r",
        b"# coding: klingon\nimport requests\nrequests.get('https://x', verify=False)\n",
        b"import requests\nrequests.get('https://x', verify=False)\nprint 'old'\n",
        b"import requests; requests.get('https://x', verify=False) if 1 else \xff\n",
        b"import requests\nrequests.get('https://x', verify=False\n",
    ],
    ids=["lone carriage returns", "unknown encoding", "Python 2", "no text", "no Python"],
)
def test_a_file_that_cannot_be_read_is_left_alone(
    data: bytes, rules: Catalogue, kept: Path
) -> None:
    outcome = fix_files({"app.py": data}, rules, rules.policies["default"], cache_folder=kept)
    assert not outcome.changed()


def test_thousands_of_findings_in_a_file(rules: Catalogue, kept: Path) -> None:
    count = 3_000
    text = "import requests\n" + "requests.get('https://example.org', verify=False)\n" * count
    files = {"app.py": text.encode()}
    outcome = fix_files(files, rules, rules.policies["default"], rule="KA204", cache_folder=kept)
    assert len(outcome.applied) == count
    assert b"verify" not in outcome.changed()["app.py"]


def test_no_secret_is_in_what_is_added(rules: Catalogue, kept: Path) -> None:
    secret = "n7Kq2xVw9LzTm4RbNc7YdHf3PgJs6AeU"
    text = (
        f"import hashlib\nimport hmac\n\nSIGNING_KEY = '{secret}'\n\n\ndef sign(data):\n"
        "    return hmac.new(SIGNING_KEY.encode(), data, hashlib.sha256).digest()\n"
    )
    outcome = fix_files(
        {"app.py": text.encode()}, rules, rules.policies["default"], cache_folder=kept
    )
    assert set(outcome.changed()) == {".env.example", "app.py"}
    from keyaudit.fixes.listing import render
    from keyaudit.fixes.plan import render as plan

    shown = render(outcome, rules.rules, color=False, quiet=False, written=False)
    assert "SIGNING_KEY" in shown
    assert secret not in shown + plan(outcome, rules.rules)
    assert secret.encode() not in b"".join(outcome.changed().values())
