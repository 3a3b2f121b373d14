"""Configuration in a whole scan: once each, with code, in the cache, and within the tree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

from tests import caches

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  DbPassword:
    Type: String
    NoEcho: true
    Default: winter-Harbour-71
Resources:
  Database:
    Type: AWS::RDS::DBInstance
    Properties:
      StorageEncrypted: true
      KmsKeyId: !Ref Key
      MasterUserPassword: !Ref DbPassword
"""


def scan(folder: Path, files: dict[str, str], *arguments: str) -> list[dict[str, Any]]:
    """The findings of a scan of these files, as the JSON report has them."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text))
    made = subprocess.run(
        [sys.executable, "-m", "keyaudit", "scan", str(folder), "--format", "json",
         "--severity", "note", *arguments],
        env={**os.environ, "XDG_CACHE_HOME": str(caches.fill(folder.parent / "cache"))},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode in (0, 1), made.stderr
    findings: list[dict[str, Any]] = json.loads(made.stdout)["findings"]
    return findings


def told(findings: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Rule and file of each."""
    return sorted((f["rule_id"], f["path"]) for f in findings)


def test_a_default_that_is_a_password_is_told_once(tmp_path: Path) -> None:
    findings = scan(tmp_path, {"t.yaml": TEMPLATE})
    assert told(findings) == [("KA330", "t.yaml")]
    assert "winter" not in json.dumps(findings)


def test_a_token_is_told_as_a_token(tmp_path: Path) -> None:
    token = "ghp_" + "x7Qa2Lm9Zt4Wb8Rc5Vd1Ke6Nf3Pg0HsYu2iT"[:30]
    text = f'provider "github" {{\n  token = "{token}"\n}}\n'
    rules = {rule for rule, _ in told(scan(tmp_path, {"a.tf": text}))}
    assert len(rules) == 1


def test_terraform_that_rotates_settles_python_that_makes_a_key(tmp_path: Path) -> None:
    code = 'import boto3\n\nboto3.client("kms").create_key(Description="data")\n'
    key = 'resource "aws_kms_key" "k" {\n  enable_key_rotation = %s\n}\n'
    alone = scan(tmp_path / "a", {"app.py": code, "k.tf": key % "false"})
    assert ("KA501", "app.py") in told(alone)
    settled = scan(tmp_path / "b", {"app.py": code, "k.tf": key % "true"})
    assert ("KA501", "app.py") not in told(settled)


def test_the_cache_sees_another_file_of_a_module(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    key = 'resource "aws_kms_key" "k" {\n  enable_key_rotation = var.rotate\n}\n'
    assert told(scan(tree, {"k.tf": key})) == []
    assert told(scan(tree, {"v.tf": 'variable "rotate" {\n  default = false\n}\n'})) == [
        ("KA501", "k.tf")
    ]
    assert told(scan(tree, {"v.tf": 'variable "rotate" {\n  default = true\n}\n'})) == []


def test_a_suppression_in_terraform_counts(tmp_path: Path) -> None:
    text = """
    # keyaudit: ignore[KA501] rotated by hand, by policy
    resource "aws_kms_key" "k" {
    }
    """
    assert told(scan(tmp_path, {"a.tf": text})) == []


def test_a_key_whose_use_is_watched_elsewhere_in_the_tree(tmp_path: Path) -> None:
    code = 'import boto3\n\nboto3.client("kms").decrypt(CiphertextBlob=b"...")\n'
    account = 'provider "aws" {\n  region = "eu-central-1"\n}\n'
    rule = (
        'resource "aws_cloudwatch_event_rule" "r" {\n'
        "  event_pattern = jsonencode({source = [%s]})\n}\n"
    )
    alone = scan(
        tmp_path / "a",
        {"app.py": code, "infra/a.tf": account, "infra/r.tf": rule % '"aws.ec2"'},
    )
    assert ("KA433", "app.py") in told(alone)
    watched = scan(
        tmp_path / "b",
        {"app.py": code, "infra/a.tf": account, "infra/r.tf": rule % '"aws.kms"'},
    )
    assert "KA433" not in {found for found, _ in told(watched)}
    # An example's account is not the project's.
    library = scan(tmp_path / "c", {"app.py": code, "examples/a.tf": account})
    assert "KA433" not in {found for found, _ in told(library)}


def test_what_is_told_once_a_project_names_every_place(tmp_path: Path) -> None:
    key = 'resource "aws_kms_key" "k" {\n  enable_key_rotation = true\n}\n'
    files = {"a/k.tf": key, "b/k.tf": key, "b/main.tf": 'terraform {\n  backend "s3" {}\n}\n'}
    (found,) = [f for f in scan(tmp_path, files) if f["rule_id"] == "KA433"]
    assert (found["path"], [step["path"] for step in found["steps"]]) == ("a/k.tf", ["b/k.tf"])


def test_one_secret_in_two_environments_is_told_in_production(
    tmp_path: Path, monkeypatch: Any
) -> None:
    text = "DB_PASSWORD=mW7q2LzR9v-harbour-Tk4\n"
    files = {"deploy/dev/app.env": text, "deploy/prod/app.env": text}
    for _ in range(2):  # the second time from the cache
        findings = scan(tmp_path / "tree", files)
        assert ("KA339", "deploy/prod/app.env") in told(findings)
        assert "harbour" not in json.dumps(findings)
    muted = "# keyaudit: ignore[KA339] both are thrown away every night\n" + text
    findings = scan(tmp_path / "tree", {"deploy/prod/app.env": muted})
    assert "KA339" not in {rule for rule, _ in told(findings)}


def test_a_template_of_cloudformation_is_none_to_be_filled_in(tmp_path: Path) -> None:
    files = {"vault.template": TEMPLATE, "docs/vault.conf.template": "ssl_verify = false\n"}
    found = {f["path"]: f["lowered_from"] for f in scan(tmp_path, files)}
    assert found == {"vault.template": None, "docs/vault.conf.template": "low"}


def test_a_sample_that_is_copied_has_faults_at_low(tmp_path: Path) -> None:
    plain = "AUTH_LDAP_SERVER_URI=ldap://ad.corp.net\nAUTH_LDAP_BIND_PASSWORD=Zk8vQ2mT7xWp\n"
    files = {
        "conf/app.yaml.example": "ldap:\n  tls:\n    validate: none\n",
        "conf/app.example.yml": "ldap:\n  tls:\n    validate: none\n",
        "conf/production.env.dist": plain,
        "examples/app.yaml.sample": "ldap:\n  tls:\n    validate: none\n",
    }
    found = scan(tmp_path, files, "--severity", "note")
    levels = {(f["path"], f["rule_id"]): f["severity"] for f in found}
    assert levels["conf/app.yaml.example", "KA233"] == "low"
    assert levels["conf/app.example.yml", "KA233"] == "low"
    assert levels["examples/app.yaml.sample", "KA233"] == "note"
    assert levels["conf/production.env.dist", "KA232"] == "low"
    assert levels["conf/production.env.dist", "KA316"] == "low"  # random, so it is in force
