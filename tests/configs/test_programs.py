"""Programs that declare resources: Pulumi and the AWS CDK, judged by the rules for both kinds."""

from __future__ import annotations

import pytest

from tests.configs.support import analyze

HEAD = """\
import json
import pulumi
import pulumi_aws as aws
import pulumi_gcp as gcp
import pulumi_azure as azure
import pulumi_kubernetes as k8s
import pulumi_vault as vault
from pulumi_azure_native import keyvault, storage, web
import pulumi_azure as azure
import pulumi_azure_native as native
import pulumi_kubernetes as k8s
import pulumi_vault as vault
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


# What is wrong with one value and right with the other, whatever the provider of Pulumi's.
@pytest.mark.parametrize(
    ("rule", "program", "bad", "good"),
    [
        ("KA704", "aws.kms.Key('k', deletion_window_in_days={})", "7", "30"),
        ("KA711", "aws.secretsmanager.Secret('s', recovery_window_in_days={})", "0", "30"),
        ("KA330", "aws.secretsmanager.SecretVersion('v', secret_string={})",
         "'winter-Harbour-71'", "made.result"),
        ("KA340", "aws.rds.Instance('d', storage_encrypted={}, kms_key_id=key.arn)", "False",
         "True"),
        ("KA340", "aws.ec2.LaunchConfiguration('l', root_block_device=aws.ec2.DeviceArgs("
         "encrypted={}))", "False", "True"),
        ("KA230", "aws.apigateway.DomainName('d', security_policy={})", "'TLS_1_0'", "'TLS_1_2'"),
        ("KA501", "gcp.kms.CryptoKey('k', gcp.kms.CryptoKeyArgs(key_ring=ring{}))", "",
         ", rotation_period='7776000s'"),
        ("KA410", "gcp.kms.CryptoKeyIAMMember('m', crypto_key_id=key, role=role, member={})",
         "'allUsers'", "'user:ann@example.com'"),
        ("KA710", "azure.keyvault.KeyVault('v', purge_protection_enabled={})", "False", "True"),
        ("KA232", "azure.appservice.LinuxWebApp('w', https_only={})", "False", "True"),
        ("KA710", "keyvault.Vault('v', properties=keyvault.VaultPropertiesArgs("
         "enable_purge_protection={}))", "False", "True"),
        ("KA130", "keyvault.Key('k', properties={{'kty': 'RSA', 'key_size': {}}})", "1024", "4096"),
        ("KA230", "storage.StorageAccount('s', minimum_tls_version=storage.MinimumTlsVersion.{})",
         "TLS1_0", "TLS1_2"),
        ("KA232", "storage.StorageAccount('s', enable_https_traffic_only={})", "False", "True"),
        ("KA337", "web.WebApp('w', site_config=web.SiteConfigArgs(app_settings=["
         "web.NameValuePairArgs(name='DB_PASSWORD', value={})]))", "'winter-Harbour-71'",
         "'@Microsoft.KeyVault(SecretUri=https://v.example.net/s)'"),
        ("KA332", "k8s.core.v1.Secret('s', string_data={{'password': {}}})",
         "'winter-Harbour-71'", "made.result"),
        ("KA522", "vault.pkisecret.SecretBackendRole('r', max_ttl='{}h')", "87600", "72"),
        ("KA710", "vault.transit.SecretBackendKey('t', deletion_allowed={})", "True", "False"),
    ],
)  # fmt: skip
def test_resources_of_pulumi_are_those_of_their_clouds(
    rule: str, program: str, bad: str, good: str
) -> None:
    assert rule in {found for found, _ in rules(program.format(bad))}
    assert rule not in {found for found, _ in rules(program.format(good))}


def test_settings_without_a_name_count() -> None:
    assert rules('gcp.kms.CryptoKey("d", given)\n') == []
    options = 'gcp.kms.CryptoKey("d", pulumi.ResourceOptions(protect=True), rotation_period="90d")'
    assert "KA710" not in {rule for rule, _ in rules(options)}


def test_settings_that_are_spread_are_not_missing() -> None:
    assert rules('gcp.kms.CryptoKey("d", **settings)\n') == []


def test_what_is_no_program_is_passed_over() -> None:
    assert not analyze({"stack.py": "import pulumi_aws\nprint 'old'\n"}).findings
    deep = "import pulumi_aws\n" + "(" * 400 + ")" * 400
    assert not analyze({"stack.py": deep}).findings
