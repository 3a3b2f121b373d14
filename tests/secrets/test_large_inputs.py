"""Secrets far into a line, a file or an object, where a bound once ended the search unsaid."""

from __future__ import annotations

import base64
import json

import pytest

from keyaudit.core.levels import Severity
from tests.secrets.support import findings

_PASSWORD = "kV7rQ2mZx9Lt4W!8"
_FILLER = "lorem ipsum " * 11_000  # 132,000 characters
_DATADOG = "9f86d081884c7d659a2feaa0c55ad015"

_FORMS = {
    "a.json": json.dumps({"text": _FILLER, "password": _PASSWORD}),
    "b.json": json.dumps({"text": _FILLER, "datadog_api_key": _DATADOG}),
    "c.json": json.dumps(
        {"text": _FILLER, "environment": [{"name": "DB_PASSWORD", "value": _PASSWORD}]}
    ),
    "d.sh": f"echo {_FILLER}; curl -u bob:{_PASSWORD} https://api.acme.io/x\n",
    "e.sh": f"echo {_FILLER}; mysql -u bob -p{_PASSWORD} -h db.acme.io\n",
    "f.js": "var a=1;" * 60_000
    + f'var cfg={{password:"{_PASSWORD}"}};'
    + 'f(a,"k",{b:1});' * 3_000,
    "g.txt": f"{_FILLER} https://bob:{_PASSWORD}@db.acme.io/x\n",
}


@pytest.mark.parametrize("path", _FORMS)
def test_secrets_far_into_a_line(path: str) -> None:
    found = findings(_FORMS[path], path)
    assert len(found) == 1
    assert found[0].severity > Severity.NOTE or path.endswith(".js")  # a minified script
    assert found[0].span.column > len(_FILLER)


@pytest.mark.parametrize("before", range(99_960, 100_010, 7))
def test_no_secret_is_cut_in_two(before: int) -> None:
    """Lines are looked at in parts of 100,000 characters."""
    text = "x" * (before - 20) + f', password: "{_PASSWORD}", ' + "y " * 40_000
    assert any(f.severity > Severity.NOTE for f in findings(text, "a.json"))


def test_the_last_of_many_values_of_an_object() -> None:
    rows = "".join(f"  k{n}: {base64.b64encode(b'on').decode()}\n" for n in range(9_000))
    last = base64.b64encode(_PASSWORD.encode()).decode()
    text = f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\ndata:\n{rows}  zz: {last}\n"
    assert any(f.span.line == text.count("\n") for f in findings(text, "secret.yaml"))


def test_an_argument_far_into_an_image() -> None:
    text = "FROM a\n" + "RUN true\n" * 3_000 + "ARG DB_PASSWORD\nRUN x\n"
    assert [f.span.line for f in findings(text, "Dockerfile")] == [3_002]


def test_the_rows_of_a_table_are_not_read_together() -> None:
    rows = "".join(f'    {{"secret-{n}": ("token_{n}", {n})}},\n' for n in range(200))
    assert not findings(f"table = [\n{rows}]\n", "table.js")


def test_a_command_of_several_lines() -> None:
    text = f'login \\\n  --user bob \\\n  --password \\\n  "{_PASSWORD}" \\\n  --quiet\n'
    assert [f.span.line for f in findings(text, "login.sh")] == [4]
