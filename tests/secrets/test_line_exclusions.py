"""What a line alone rules out is nothing that a whole text has."""

from __future__ import annotations

import base64
import random
import secrets as randomness
from functools import cache

import pytest

from keyaudit import secrets, triage
from keyaudit.catalogue.types import Catalogue
from keyaudit.core.document import Document
from keyaudit.secrets.detection import BY_ENTROPY, BY_NAMES
from keyaudit.secrets.line_exclusions import possible_tags
from keyaudit.triage import Triage
from tests.caches import shipped

NAMES = (
    "password", "DB_PASSWORD", "secret_key", "apiToken", "client_secret", "auth_token", "passwd",
    "aws_secret_access_key", "DATADOG_API_KEY", "linkedin_client_secret", "pusher_secret",
    "credential", "bearer", "private_key", "username", "key_id", "passwordField",
)  # fmt: skip
FORMS = (
    "{n} = \"{v}\"", "{n}={v}", "{n}: {v}", "{n}: '{v}'", "  - {n}: {v}", "export {n}={v}",
    "<{n}>{v}</{n}>", "set_{n}(\"{v}\")", "--{n} {v}", "?{n}={v}&a=b", "{{\"{n}\": \"{v}\"}}",
    "name: {n}, value: {v}", "Authorization: Bearer {v}", "if {n} == \"{v}\":", "ENV {n} {v}",
    "{n} := `{v}`", "'{n}' => '{v}',", "from {n} import {v}", "{n}=={v}", "# {n} {v}",
    "x = {n}[\"{v}\"]", "{n} != '{v}'", "{n} = (\"{v}\")", "define('{n}', '{v}');",
)  # fmt: skip
APART = (
    "{n} = (\n    \"{v}\"\n)", "{n} = \\\n  '{v}'", "{n} =\n  {v}", "name: {n}\nvalue: {v}",
    "variable \"{n}\" {{\n  default = \"{v}\"\n}}", "{n}: |\n  {v}",
)  # fmt: skip


@cache
def _catalogue() -> Catalogue:
    return shipped()


@cache
def _triage() -> Triage:
    return triage.build((), secrets.patterns_for(_catalogue()))


def _made_up(source: random.Random) -> str:
    return source.choice([
        randomness.token_hex(16), randomness.token_urlsafe(24), randomness.token_hex(10),
        base64.b64encode(randomness.token_bytes(30)).decode(),
        "Tr0ub4dor" + randomness.token_hex(2), "3.3.1", "changeme", "get_password", "12.4.0rc1",
    ])  # fmt: skip


def _findings(path: str, text: str, *, alone: bool) -> list[object]:
    hits = dict(_triage().scan(text.encode()))
    lines = text.split("\n")
    if alone:
        tags: dict[int, list[str]] = {}
        for tag, numbers in hits.items():
            for number in numbers:
                tags.setdefault(number, []).append(tag)
        hits = {}
        for number, found in tags.items():
            for tag in possible_tags(lines[number - 1], found, _catalogue()):
                hits.setdefault(tag, []).append(number)
    document = Document(path, text.encode())
    return list(secrets.analyze(document, hits, _catalogue(), _triage().scan).findings)


@pytest.mark.parametrize("path", ["a.py", "a.yaml", "a.ini", ".env", "a.json", "a.tf", "a.go"])
@pytest.mark.parametrize("form", [*FORMS, *APART])
def test_no_finding_is_lost(path: str, form: str) -> None:
    source = random.Random(f"{path} {form}")
    for name in NAMES:
        text = form.format(n=name, v=_made_up(source)) + "\n"
        assert _findings(path, text, alone=True) == _findings(path, text, alone=False)


@pytest.mark.parametrize(
    "line",
    [
        "from app.models import password_reset_form",
        "    return self.secret_manager.get_secret(name)",
        "secretstorage==3.3.3",
        "sshpubkeys==3.3.1  # via moto",
        "def check_password(self, password, hashed):",
        "The password of a client is kept by the server.",
    ],
)
def test_names_without_a_place_for_a_value_are_left_out(line: str) -> None:
    tags = list(_triage().scan(line.encode()))
    assert tags
    assert possible_tags(line, tags, _catalogue()) == []


def test_only_guesses_are_left_out() -> None:
    tags = [*sorted(BY_NAMES | BY_ENTROPY), "material", "JwtTokenDetector"]
    assert possible_tags("x", tags, _catalogue()) == ["material", "JwtTokenDetector"]
