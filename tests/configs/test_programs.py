"""Programs that declare resources: Pulumi and the AWS CDK, judged by the rules for both kinds."""

from __future__ import annotations

from tests.configs.support import analyze

HEAD = """\
import json
import pulumi
import pulumi_aws as aws
import pulumi_gcp as gcp
from aws_cdk import aws_kms as kms, aws_rds as rds, Duration, RemovalPolicy
"""


def rules(body: str) -> list[tuple[str, int]]:
    """The findings in a program: rule and line, of which the first after the imports is 1."""
    head = HEAD.count("\n")
    findings = analyze({"stack.py": HEAD + body}).findings
    return sorted((f.rule_id, f.span.line - head) for f in findings)


def test_pulumi_is_read_as_terraform() -> None:
    body = 'key = gcp.kms.CryptoKey("data", key_ring=ring.id)\n'
    assert ("KA501", 1) in rules(body)
    rotated = 'key = gcp.kms.CryptoKey("d", key_ring=ring.id, rotation_period="7776000s")\n'
    assert "KA501" not in {rule for rule, _ in rules(rotated)}


def test_the_cdk_is_read_as_cloudformation() -> None:
    body = 'rds.CfnDBInstance(stack, "db", master_user_password="winter-Harbour-71")\n'
    assert ("KA330", 1) in rules(body)
    kept = "storage_encrypted=True, kms_key_id=key, master_user_password=secret.value"
    assert rules(f'rds.CfnDBInstance(stack, "db", {kept})\n') == []


def test_constructs_of_the_cdk_have_defaults_of_their_own() -> None:
    kept = 'kms.Key(stack, "K", enable_key_rotation=True)\n'
    assert "KA710" not in {rule for rule, _ in rules(kept)}
    short = "pending_window=Duration.days(7), removal_policy=RemovalPolicy.DESTROY"
    body = f'kms.Key(stack, "K", {short})\n'
    assert {"KA704", "KA710"} <= {rule for rule, _ in rules(body)}


def test_options_are_where_terraform_has_them() -> None:
    body = 'gcp.kms.CryptoKey("d", rotation_period="7776000s"%s)\n'
    assert ("KA710", 1) in rules(body % "")
    assert rules(body % ", opts=pulumi.ResourceOptions(protect=True)") == []


def test_names_that_are_bound_once_are_followed() -> None:
    body = 'PASSWORD = "winter-Harbour-71"\naws.rds.Instance("db", password=PASSWORD)\n'
    assert ("KA330", 2) in rules(body)
    twice = body.replace("\n", "\nPASSWORD = read()\n", 1)
    assert "KA330" not in {rule for rule, _ in rules(twice)}


def test_a_policy_in_json_is_read() -> None:
    statement = '{"Effect": "Allow", "Principal": "%s", "Action": "kms:*", "Resource": "*"}'
    body = 'aws.kms.Key("k", policy=json.dumps({"Statement": [' + statement + "]}))\n"
    assert ("KA410", 1) in rules(body % "*")
    assert "KA410" not in {rule for rule, _ in rules(body % "arn:aws:iam::111122223333:root")}


def test_settings_that_are_spread_are_not_missing() -> None:
    assert rules('gcp.kms.CryptoKey("d", **settings)\n') == []


def test_what_is_no_program_is_passed_over() -> None:
    assert not analyze({"stack.py": "import pulumi_aws\nprint 'old'\n"}).findings
    deep = "import pulumi_aws\n" + "(" * 400 + ")" * 400
    assert not analyze({"stack.py": deep}).findings
