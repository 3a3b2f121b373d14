"""Terraform's names: what they stand for, and what nobody can know before it runs."""

from __future__ import annotations

import pytest

from tests.configs.support import analyze, found

KEY = 'resource "aws_kms_key" "k" {{\n  enable_key_rotation = {}\n}}\n'


@pytest.mark.parametrize("expression", [
    "false", "var.off", "local.off", "!var.on", "var.on ? false : true", "local.map.off",
    'local.map["off"]', "local.list[0]", "tobool(\"false\")", "try(local.map.off, true)",
    'lookup(local.map, "off", true)', "var.on && local.off", "length([]) > 0", "1 == 2",
    "merge(local.map, {x = 1}).off", "contains([\"a\"], \"b\")", "coalesce(null, local.off)",
    "{for k, v in local.map : k => v}.off", "[for v in [false] : v][0]", "null",
    "var.unknown ? false : local.off",
])  # fmt: skip
def test_what_is_known_to_be_off(expression: str) -> None:
    names = """
    variable "off" { default = false }
    variable "on" { default = true }
    variable "unknown" {}
    locals {
      off  = false
      map  = { off = false }
      list = [false]
    }
    """
    assert ("KA501", 2) in found({"a.tf": KEY.format(expression), "b.tf": names}) or (
        "KA501",
        1,
    ) in found({"a.tf": KEY.format(expression), "b.tf": names})


@pytest.mark.parametrize("expression", [
    "true", "var.unknown", "var.nowhere", "local.circle", "data.x.y.z", "module.m.out",
    "each.value.rotate", "var.unknown ? true : false", "tobool(var.unknown)", "!var.unknown",
    "lookup(var.unknown, \"x\", false)", "f(1)", "merge(var.unknown, {}).off",
    "[for v in var.unknown : v][0]", "\"${var.unknown}\"",
])  # fmt: skip
def test_what_only_the_run_knows(expression: str) -> None:
    names = 'variable "unknown" {}\nlocals {\n  circle = local.round\n  round = local.circle\n}\n'
    assert found({"a.tf": KEY.format(expression), "b.tf": names}) == []


def test_given_values_go_over_defaults() -> None:
    files = {
        "a.tf": KEY.format("var.rotate"),
        "b.tf": 'variable "rotate" { default = true }\n',
        "terraform.tfvars": "rotate = false\n",
    }
    assert found(files) == [("KA501", 2)]
    (finding,) = analyze(files).findings
    assert finding.steps[0].path == "terraform.tfvars"


def test_each_item_of_for_each_is_looked_at() -> None:
    text = """
    resource "aws_kms_key" "k" {
      for_each            = { a = true, b = false }
      enable_key_rotation = each.value
    }
    """
    assert found({"a.tf": text}) == [("KA501", 4)]


def test_a_dynamic_block_may_be_there() -> None:
    text = """
    resource "azurerm_key_vault_key" "k" {
      dynamic "rotation_policy" {
        for_each = var.policies
        content {
          expire_after = rotation_policy.value
        }
      }
    }
    """
    assert ("KA501", 2) not in found({"a.tf": text})


def test_policies_in_heredocs_files_and_functions() -> None:
    everybody = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*"}]}'
    quoted = everybody.replace('"', '\\"')
    for expression in (
        f"<<-EOF\n{everybody}\n  EOF",
        'file("p.json")',
        'file("${path.module}/p.json")',
        'templatefile("p.json", {})',
        f'jsonencode(jsondecode("{quoted}"))',
    ):
        text = KEY.format("true").replace("}", f"  policy = {expression}\n}}")
        rules = [rule for rule, _ in found({"a.tf": text, "p.json": everybody})]
        assert "KA410" in rules, expression


def test_nothing_is_read_outside_of_the_tree() -> None:
    text = 'resource "aws_kms_key" "k" {\n  policy = file("../../../etc/passwd")\n}\n'
    result = analyze({"a/b.tf": text})
    assert all(not path.startswith((".", "/")) for path, _ in result.dependencies)


def test_modules_that_call_each_other_end() -> None:
    files = {
        "a/main.tf": 'module "b" {\n  source = "../b"\n  x = false\n}\n',
        "b/main.tf": 'module "a" {\n  source = "../a"\n}\nvariable "x" {}\n' + KEY.format("var.x"),
    }
    assert found(files) == [("KA501", 3)]
    assert found(files, "b/main.tf") == []


def test_a_module_with_several_callers_is_reported_where_it_is_wrong() -> None:
    files = {
        "good.tf": 'module "k" {\n  source = "./m"\n  x = true\n}\n',
        "bad.tf": 'module "l" {\n  source = "./m"\n  x = false\n}\n',
        "m/main.tf": 'variable "x" {}\n' + KEY.format("var.x"),
    }
    assert found(files, "good.tf") == []
    assert found(files, "bad.tf") == [("KA501", 3)]
    assert found(files, "m/main.tf") == []


def test_another_file_of_the_module_is_a_dependency() -> None:
    files = {"m/a.tf": KEY.format("var.x"), "m/b.tf": 'variable "x" {}\n'}
    dependencies = dict(analyze(files).dependencies)
    assert set(dependencies) == {"m/*", "m/a.tf", "m/b.tf"}
    more = dict(analyze({**files, "m/c.tf": ""}).dependencies)
    assert more["m/*"] != dependencies["m/*"]


def test_broken_terraform_is_reported_and_read_as_far_as_it_goes() -> None:
    result = analyze({"a.tf": KEY.format("false") + "\n)))\n"})
    assert [finding.rule_id for finding in result.findings] == ["KA501"]
    (notice,) = result.notices
    assert notice.kind == "parse-error"
    assert notice.span is not None
    assert notice.span.line == 5
