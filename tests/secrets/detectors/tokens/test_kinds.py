"""Every kind of token of the catalogue: found once and by name, wherever it stands; not shown."""

from __future__ import annotations

import json
import random
import re

import pytest

from keyaudit.catalogue import vocabulary
from keyaudit.core.levels import Severity
from keyaudit.secrets.detectors.token_checksums import CHECKS
from tests.secrets.detectors.tokens.generator import Planted, broken, kinds, plant
from tests.secrets.support import findings

KINDS = sorted(kinds())
_SUMS = {"crc32-base62", "crc32-hex", "bech32", "base58check"}
CHECKSUMS = [k for k in KINDS if kinds()[k].check in _SUMS]


def _planted(kind: str, count: int) -> list[Planted]:
    source = random.Random(kind)
    return [plant(kind, source) for _ in range(count)]


def _found(text: str, path: str) -> list[str]:
    shown = (f for f in findings(text, path) if f.severity > Severity.NOTE)
    return [finding.subject.partition(":")[0] for finding in shown]


@pytest.mark.parametrize("kind", KINDS)
def test_three_examples_are_found_once_each_and_not_shown(kind: str) -> None:
    for planted in _planted(kind, 3):
        (finding,) = findings(f"import os\n\n{planted.assigned()}\n", "app/settings.py")
        assert finding.subject.partition(":")[0] == kind
        assert finding.rule_id == "KA302"
        assert finding.span.line == 3
        assert finding.severity is kinds()[kind].severity
        assert finding.message.lower().startswith(kinds()[kind].title.lower())
        assert kinds()[kind].revoke in finding.message
        # All but a public prefix and four more characters stays hidden.
        written = repr(finding)
        assert planted.secret not in written
        assert not any(part in written for part in re.findall(r".{12}", planted.secret)[1:])


@pytest.mark.parametrize("kind", KINDS)
def test_in_files_of_all_kinds(kind: str) -> None:
    (planted,) = _planted(kind, 1)
    name = planted.name or "endpoint"
    for path, text in (
        ("deploy/values.yaml", f"app:\n  - x\n  {name}: {planted.text}\n"),
        (".env", f"A=1\n{name}={planted.text}\n"),
        ("config.json", json.dumps({"a": {name: planted.text}})),
        ("notes.txt", f"Take {name}: {planted.text}\n"),
    ):
        if kind.startswith("wireguard") and path.endswith("json"):
            continue  # a label of its own stands before the value
        assert _found(text, path) == [kind], path


@pytest.mark.parametrize("kind", CHECKSUMS)
def test_a_wrong_checksum_is_no_token(kind: str) -> None:
    for planted in _planted(kind, 3):
        wrong = broken(planted)
        assert wrong is not None
        names = (planted.name,) if planted.name else ("endpoint", "github_token", "api_key")
        for name in names:
            assert findings(f'{name} = "{wrong.text}"\n', "app/settings.py") == []


@pytest.mark.parametrize("kind", [k for k in KINDS if kinds()[k].names])
def test_kinds_without_a_form_of_their_own_want_their_vendors_name(kind: str) -> None:
    (planted,) = _planted(kind, 1)
    assert kind not in _found(f'endpoint = "{planted.text}"\n', "app/settings.py")
    # A name that says it is no secret, and a file in which random text is of another kind.
    text = f'{kinds()[kind].names[0]}_public_key_id = "{planted.text}"\n'
    assert kind not in _found(text, "app/settings.py")
    assert kind not in _found(planted.assigned(), "static/app.min.js")


@pytest.mark.parametrize("kind", [k for k in KINDS if kinds()[k].names][::4])
def test_the_name_may_stand_at_the_end_of_the_line_before(kind: str) -> None:
    (planted,) = _planted(kind, 1)
    for path, text in (
        ("app/settings.py", f'{planted.name} = (\n    "{planted.text}"\n)\n'),
        ("app/setup.cfg", f"[x]\n{planted.name} =\n    {planted.text}\n"),
        ("app/values.yaml", f"{planted.name}: |\n  {planted.text}\n"),
        ("run.sh", f"{planted.name}=\\\n{planted.text}\n"),
    ):
        assert _found(text, path) == [kind], path
    # Not when something else stands between them, or the name is that of another thing.
    for text in (f'{planted.name} = (\n\n"{planted.text}")\n', f'url = (\n"{planted.text}")\n'):
        assert kind not in _found(text, "app/settings.py")


@pytest.mark.parametrize("kind", KINDS)
def test_stand_ins_are_silent(kind: str) -> None:
    (planted,) = _planted(kind, 1)
    head = planted.secret[: 4 if len(planted.secret) > 12 else 0]
    body = planted.secret[len(head) :]
    same = head + re.sub(r"[A-Za-z0-9]", "x", body)
    said = f"{head}EXAMPLE{body[7:]}"
    for value in (same, said, f"<{head}your-token>", f"${{{head.strip('.-_')}TOKEN}}"):
        if "key=" in planted.secret and value is said:
            continue  # a URL with names of its own in it
        text = planted.assigned().replace(planted.secret, value)
        assert _found(text, "app/settings.py") == [], text


def test_brands_are_written_as_they_write_themselves() -> None:
    for kind, words in (
        ("npm-token", "npm access token in the source"),
        ("github-pat-fine-grained", "Fine-grained GitHub personal access token in the source"),
        ("aws-access-key-id", "AWS access key of account "),
    ):
        (planted,) = _planted(kind, 1)
        (finding,) = findings(planted.assigned(), "app/a.py")
        assert finding.message.startswith(words)


def test_the_name_of_a_gitlab_instance_may_stand_before_its_tokens() -> None:
    for kind in ("gitlab-pat", "gitlab-deploy-token", "gitlab-agent-token"):
        (planted,) = _planted(kind, 1)
        assert _found(f'x = "ACME-{planted.text}"', "app/a.py") == [kind]
    (planted,) = _planted("github-pat", 1)
    assert "github-pat" not in _found(f'x = "ACME-{planted.text}"', "app/a.py")


def test_asanas_tokens_are_told_by_their_build() -> None:
    secret = "9f3c2ab41d7e0886" + "5c1b7fa0d3e2946b"
    for value in (f"1/1203216604170451:{secret}", f"2/1203216604170451/1206375764716005:{secret}"):
        assert _found(f"curl -H 'Authorization: Bearer {value}'\n", "run.sh") == ["asana-pat"]
    assert _found(f"object 1/1203216604170451:{secret}07e3a91c\n", "run.sh") == []  # SHA-1


def test_tokens_in_tests_are_notes() -> None:
    (planted,) = _planted("linear-api-key", 1)
    (finding,) = findings(planted.assigned(), "tests/test_login.py")
    assert finding.severity is Severity.NOTE


def test_a_right_checksum_is_no_sample() -> None:
    (planted,) = _planted("github-pat", 1)
    (elsewhere,) = findings(planted.assigned(), "app/login.py")
    for path in ("tests/test_login.py", "docs/setup.md", "examples/login.py"):
        (finding,) = findings(planted.assigned(), path)
        assert finding.severity == elsewhere.severity - 1
        assert finding.lowered_from is elsewhere.severity


def test_an_allowlisted_token_is_suppressed() -> None:
    (planted,) = _planted("linear-api-key", 1)
    (finding,) = findings(planted.assigned() + "  # pragma: allowlist secret", "app/a.py")
    assert finding.suppression is not None


def test_two_in_a_line_are_two() -> None:
    one, other = _planted("github-pat", 2)
    assert _found(f'x = ["{one.text}", "{other.text}"]', "a.py") == ["github-pat"] * 2


def test_a_development_services_password_is_a_note() -> None:
    password = "t4Kq9" + "xVw2L"
    for host in ("localhost", "db", "127.0.0.1"):
        assert _found(f'u = "postgresql://app:{password}@{host}:5432/x"', "a.py") == []


def test_checks_that_may_be_named_are_there() -> None:
    assert frozenset(CHECKS) == vocabulary.TOKEN_CHECKS


def test_there_are_many_kinds_and_each_says_what_to_do() -> None:
    assert len(KINDS) >= 120
    for kind in kinds().values():
        assert kind.opens
        assert kind.title
        assert kind.revoke.startswith("https://") or " " in kind.revoke
