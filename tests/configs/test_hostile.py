"""What is made to be endless or huge ends, and what was not looked at is told."""

from __future__ import annotations

import pytest

from tests.configs.support import analyze

ITEMS = "[" + ",".join(["1"] * 100) + "]"
KEY = 'resource "aws_kms_key" "k" {\n  policy = %s\n}\n'


@pytest.mark.parametrize("text", [
    KEY % ("[" * 3000 + "]" * 3000),
    KEY % ("merge(" * 3000 + ")" * 3000),
    'resource "aws_kms_key" "k" {\n' + "a {\n" * 3000 + "}\n" * 3000 + "}\n",
    "locals {\n"
    + "".join(f'  a{n} = "${{local.a{n + 1}}}${{local.a{n + 1}}}"\n' for n in range(60))
    + '  a60 = "xxxxxxxxxx"\n}\n' + KEY % "local.a0",
    "locals {\n"
    + "".join(f"  a{n} = {{x = local.a{n + 1}, y = local.a{n + 1}}}\n" for n in range(40))
    + "  a40 = [1]\n}\n" + KEY % "jsonencode(local.a0)",
], ids=["lists", "calls", "blocks", "texts", "objects"])  # fmt: skip
def test_terraform_that_unfolds_without_end(text: str) -> None:
    assert "KA501" in {finding.rule_id for finding in analyze({"a.tf": text}).findings}


def test_loops_in_loops_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    loops = f"[for a in {ITEMS} : [for b in {ITEMS} : [for c in {ITEMS} : a]]]"
    from keyaudit.configs.resolving import terraform

    monkeypatch.setattr(terraform.Module, "spend", _spender(3000))
    monkeypatch.setattr(terraform.Module, "is_spent", True)
    notices = analyze({"loops.tf": KEY % loops}).notices
    assert [notice.kind for notice in notices] == ["limit"]


def _spender(most: int) -> object:
    left = [most]

    def spend(_self: object) -> bool:
        left[0] -= 1
        return left[0] >= 0

    return spend


@pytest.mark.parametrize("text", [
    "apiVersion: v1\nkind: Secret\n" + "{{" * 20_000,
    "apiVersion: v1\nkind: Secret\ndata: " + "{a: " * 3000 + "1" + "}" * 3000,
    "apiVersion: v1\nkind: Secret\na: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12)
    ),
], ids=["actions", "mappings", "aliases"])  # fmt: skip
def test_yaml_that_unfolds_without_end_is_told_of(text: str) -> None:
    (notice,) = analyze({"a.yaml": text}).notices
    assert notice.kind == "parse-error"


def test_templates_on_one_line() -> None:
    text = "apiVersion: v1\nkind: Secret\nstringData: {" + "a: {{ .x }}, " * 5_000 + "}\n"
    assert analyze({"a.yaml": text}).findings == ()


def test_braces_without_end_in_nginx() -> None:
    assert analyze({"nginx.conf": "ssl_x {" * 20_000}).notices


def test_filters_without_end_in_a_role() -> None:
    chain = "{{ x " + "| d(a) " * 40 + "! }}"
    task = f'- name: a\n  get_url:\n    url: https://a\n    validate_certs: "{chain}"\n'
    files = {"r/tasks/main.yml": task, "r/defaults/main.yml": "x: false\n"}
    assert analyze(files).findings == ()
