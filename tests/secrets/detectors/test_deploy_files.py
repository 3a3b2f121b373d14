"""Secrets in files that build and deploy: one finding each, by the rule that knows most of it."""

from __future__ import annotations

import base64
import json
import random

import pytest

from keyaudit.core.levels import Severity
from tests.secrets.detectors.tokens.generator import plant
from tests.secrets.plants import ALNUM, _Maker
from tests.secrets.support import findings

_MAKER = _Maker(23)
_PASSWORD = _MAKER.varied(ALNUM, 16, 10)
_DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nspec:\n"
_ENV = f"{_DEPLOYMENT}  env:\n"
_DB = "services:\n  db:\n    environment:\n"


def _told(text: str, path: str) -> list[tuple[str, int]]:
    shown = [f for f in findings(text, path) if f.severity > Severity.NOTE]
    assert all(_PASSWORD not in repr(finding) for finding in shown)
    return [(finding.rule_id, finding.span.line) for finding in shown]


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("FROM x\nENV A=1 DB_PASSWORD={}\n", "build/Dockerfile.prod", ("KA313", 2)),
        ("FROM x\nRUN mysql --password={}\n", "app.dockerfile", ("KA313", 2)),
        ("FROM x\n# ENV DB_PASSWORD={}\n", "Dockerfile", ("KA316", 2)),
        (_DB + "      - DB_PASSWORD={}\n", "docker-compose.yml", ("KA313", 4)),
        ("a:\n  environment:\n    DB_PASSWORD: {}\n", "deploy/values.yaml", ("KA316", 3)),
        (_ENV + "    - name: DB_PASSWORD\n      value: {}\n", "a.yaml", ("KA313", 6)),
        (_ENV + '    - {{name: DB_PASSWORD, value: "{}"}}\n', "a.yaml", ("KA313", 5)),
        ('[{{"name": "DB_PASSWORD",\n  "value": "{}"}}]\n', "task.json", ("KA316", 2)),
        ('env {{\n  name  = "DB_PASSWORD"\n  value = "{}"\n}}\n', "main.tf", ("KA313", 3)),
        ('variable "db_password" {{\n  default = "{}"\n}}\n', "variables.tf", ("KA313", 2)),
        ('db_password = "{}"\n', "prod.tfvars", ("KA313", 1)),
        ("job:\n  variables:\n    DB_PASSWORD: {}\n", ".gitlab-ci.yml", ("KA313", 3)),
    ],
)  # fmt: skip
def test_one_finding(text: str, path: str, expected: tuple[str, int]) -> None:
    assert _told(text.format(_PASSWORD), path) == [expected]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("FROM x\nENV DB_PASSWORD=${DB_PASSWORD}\nRUN make\n", "Dockerfile"),
        (_DB + "      DB_PASSWORD: ${P:?}\n", "compose.yaml"),
        (_ENV + "    - name: DB_PASSWORD\n      valueFrom: {}\n", "a.yaml"),
        (_ENV + "    - name: TOKEN_URL\n      value: {}\n", "a.yaml"),
        ('variable "db_password_length" {{\n  default = "{}"\n}}\n', "variables.tf"),
        (
            'variable "db_password" {{\n}}\n\nvariable "a" {{\n  default = "{}"\n}}\n',
            "variables.tf",
        ),
        ("kind: Secret\nstringData:\n  password: {{{{ .Values.password }}}}\n", "secret.yaml"),
    ],
)
def test_silence(text: str, path: str) -> None:
    assert _told(text.replace("{}", _PASSWORD).replace("{{{{", "{{"), path) == []


def test_what_its_issuer_tells_is_named_by_that() -> None:
    token = plant("github-pat", random.Random(5))
    for path in ("Dockerfile", "compose.yaml", ".github/workflows/a.yml"):
        (finding,) = findings(f"FROM x\nENV: GITHUB_TOKEN={token.text}\n", path)
        assert finding.rule_id == "KA302"
    named = plant("datadog-api-key", random.Random(6))
    text = f"{_DEPLOYMENT}  env:\n  - name: {named.name}\n    value: {named.text}\n"
    (finding,) = findings(text, "deploy/agent.yaml")
    assert (finding.rule_id, finding.span.line) == ("KA302", 6)
    assert finding.message.startswith("Datadog API key")


def test_a_registry_login_in_a_secret_is_read() -> None:
    login = {"auths": {"registry.acme.com": {"username": "ci", "password": _PASSWORD}}}
    encoded = base64.b64encode(json.dumps(login).encode()).decode()
    text = f"kind: Secret\ndata:\n  .dockerconfigjson: {encoded}\n"
    (finding,) = [f for f in findings(text, "pull.yaml") if f.severity > Severity.NOTE]
    assert (finding.rule_id, finding.span.line) == ("KA313", 3)
    assert "(in base64)" in finding.message


# --- build arguments ---


def _arguments(text: str, path: str = "Dockerfile") -> list[int]:
    return [line for rule, line in _told(text, path) if rule == "KA313"]


def test_arguments_that_the_history_of_an_image_keeps() -> None:
    assert _arguments("FROM x\nARG NPM_TOKEN\nRUN npm ci\n") == [2]
    assert _arguments('FROM x\nARG A=1 NPM_TOKEN=""\nRUN npm \\\n  ci\n') == [2]
    assert _arguments("FROM x\nARG API_TOKEN\nENV API_TOKEN=${API_TOKEN}\n") == [2]
    # The last stage is built on one of the others.
    assert _arguments("FROM x AS base\nARG NPM_TOKEN\nRUN a\nFROM base\nCOPY . .\n") == [2]


def test_arguments_that_it_does_not() -> None:
    for text in (
        "FROM x AS build\nARG NPM_TOKEN\nRUN npm ci\nFROM y\nCOPY --from=build /a /a\n",
        "FROM x\nRUN npm ci\nARG NPM_TOKEN\n",
        "FROM x\nARG TOKEN_FILE\nARG PUBLIC_KEY\nARG TOKENIZERS\nRUN a\n",
        "FROM x\n# ARG NPM_TOKEN\nRUN a\n",
        "FROM a AS b\nFROM b AS a\nRUN x\n",
    ):
        assert _arguments(text) == [], text
    assert _arguments("FROM x\nARG NPM_TOKEN\nRUN npm ci\n", "notes.txt") == []
    assert _arguments("FROM x\nARG NPM_TOKEN\nRUN npm ci\n", "tests/Dockerfile") == []
