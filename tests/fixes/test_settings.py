"""Fixes of configuration: one text is replaced or added, and every other byte stays."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from keyaudit.catalogue.types import Catalogue
from keyaudit.fixes.examples import fix_files

# By name: path, rule, the file before, and the lines that are new (in order) in place of others.
_CASES: dict[str, tuple[str, str, str, list[str]]] = {
    "an attribute among comments": (
        "keys.tf",
        "KA501",
        """
        # the key of all data
        resource "aws_kms_key" "data" {
          description             = "data" # of customers
          deletion_window_in_days = 30     /* days */

          tags = {
            team = "a"
          }
        }
        """,
        ["  enable_key_rotation     = true"],
    ),
    "a wider name begins a group": (
        "keys.tf",
        "KA501",
        """
        resource "aws_kms_key" "data" {
          policy = "p"
        }
        """,
        ["", "  enable_key_rotation = true"],
    ),
    "an empty block": (
        "keys.tf",
        "KA501",
        """
        resource "aws_kms_key" "data" {}
        """,
        ['resource "aws_kms_key" "data" {', "  enable_key_rotation = true", "}"],
    ),
    "an empty block of two lines": (
        "keys.tf",
        "KA501",
        """
        resource "aws_kms_key" "data" {
        }
        """,
        ["  enable_key_rotation = true"],
    ),
    "a block behind a heredoc": (
        "keys.tf",
        "KA501",
        """
        resource "aws_kms_key" "data" {
          policy = <<EOT
        {"Version": "2012-10-17"}
        EOT
        }
        """,
        ["", "  enable_key_rotation = true"],
    ),
    "only blocks": (
        "keys.tf",
        "KA501",
        """
        resource "aws_kms_key" "data" {
          lifecycle {
            prevent_destroy = true
          }
        }
        """,
        ["  enable_key_rotation = true"],
    ),
    "a lifecycle that is there": (
        "keys.tf",
        "KA710",
        """
        resource "google_kms_crypto_key" "data" {
          name            = "data"
          rotation_period = "7776000s"

          lifecycle {
            ignore_changes = [labels]
          }
        }
        """,
        ["", "    prevent_destroy = true"],
    ),
    "a template, in JSON": (
        "template.json",
        "KA501",
        """
        {
          "Resources": {
            "Key": {
              "Type": "AWS::KMS::Key",
              "DeletionPolicy": "Retain",
              "Properties": {
                "Description": "é"
              }
            }
          }
        }
        """,
        ['        "EnableKeyRotation": true,'],
    ),
    "a template without properties": (
        "template.yaml",
        "KA501",
        """
        Resources:
          Key:
            Type: AWS::KMS::Key   # ours
            DeletionPolicy: Retain
        Outputs: {}
        """,
        ["    Properties:", "      EnableKeyRotation: true"],
    ),
    "a mapping in braces": (
        "template.yaml",
        "KA501",
        """
        Resources:
          Key: {Type: AWS::KMS::Key, DeletionPolicy: Retain, Properties: {Description: x}}
        """,
        ["  Key: {Type: AWS::KMS::Key, DeletionPolicy: Retain, Properties: {EnableKeyRotation: true, Description: x}}"],
    ),
    "a long text in a mapping": (
        "template.yaml",
        "KA710",
        """
        Resources:
          Key:
            Type: AWS::KMS::Key
            Metadata:
              Note: |
                of many
                lines
            Properties:
              EnableKeyRotation: true
        """,
        ["    DeletionPolicy: Retain"],
    ),
    "a text in single quotes": (
        "template.yaml",
        "KA710",
        """
        Resources:
          Key:
            Type: AWS::KMS::Key
            DeletionPolicy: 'Delete'  # as before
            Properties:
              EnableKeyRotation: true
        """,
        ["    DeletionPolicy: 'Retain'  # as before"],
    ),
    "old versions only": (
        "nginx.conf",
        "KA230",
        """
        server {
            ssl_protocols  TLSv1   TLSv1.1;  # browsers of old
        }
        """,
        ["    ssl_protocols  TLSv1.2 TLSv1.3;  # browsers of old"],
    ),
    "PostgreSQL's floor": (
        "postgresql.conf",
        "KA230",
        """
        ssl = on
        ssl_min_protocol_version = 'TLSv1'\t# min
        """,
        ["ssl_min_protocol_version = 'TLSv1.2'\t# min"],
    ),
    "a variable of a list": (
        "compose.yaml",
        "KA313",
        """
        services:
          db:
            environment:
            - STAGE=prod
            - POSTGRES_PASSWORD=n7Kq2xVw9LzT  # of the pool
        """,
        ["    - POSTGRES_PASSWORD=${POSTGRES_PASSWORD:?set it}  # of the pool"],
    ),
}  # fmt: skip

# By name: path, rule, and a file that is left as it is.
_TRAPS: dict[str, tuple[str, str, str]] = {
    "a variable decides": (
        "keys.tf",
        "KA501",
        """
        variable "rotate" {
          default = false
        }
        resource "aws_kms_key" "data" {
          enable_key_rotation = var.rotate
        }
        """,
    ),
    "an anchor": (
        "template.yaml",
        "KA501",
        """
        Off: &off false
        Resources:
          Key:
            Type: AWS::KMS::Key
            DeletionPolicy: Retain
            Properties:
              EnableKeyRotation: *off
        """,
    ),
    "nothing to come first": (
        "encryption.yaml",
        "KA333",
        """
        apiVersion: apiserver.config.k8s.io/v1
        kind: EncryptionConfiguration
        resources:
          - resources: [secrets]
            providers:
              - identity: {}
        """,
    ),
    "a secret in a longer text": (
        "compose.yaml",
        "KA313",
        """
        services:
          app:
            command: run --password n7Kq2xVw9LzT
        """,
    ),
    "no variable of a workflow": (
        ".github/workflows/ci.yml",
        "KA313",
        """
        jobs:
          test:
            steps:
              - run: DB_PASSWORD=n7Kq2xVw9LzT make
        """,
    ),
    "a cron of rotation": (
        "keys.tf",
        "KA520",
        """
        resource "google_kms_crypto_key" "data" {
          rotation_period = join("", ["630720", "00s"])
        }
        """,
    ),
}

_SHAPES = {
    "plain": lambda text: text.encode(),
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "bom": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "no last line end": lambda text: text.rstrip("\n").encode(),
}


@pytest.mark.parametrize("shape", _SHAPES)
@pytest.mark.parametrize("name", _CASES)
def test_a_setting_is_mended_in_its_place(
    name: str, shape: str, rules: Catalogue, kept: Path
) -> None:
    path, rule, text, new = _CASES[name]
    text = dedent(text).lstrip("\n")
    before = _SHAPES[shape](text)
    policy = rules.policies["default"]
    outcome = fix_files({path: before}, rules, policy, rule=rule, cache_folder=kept)
    assert path in outcome.changed(), [reason for _, reason in outcome.declined]
    after = outcome.changed()[path]
    end = b"\r\n" if shape == "crlf" else b"\n"
    assert after.startswith(b"\xef\xbb\xbf") == before.startswith(b"\xef\xbb\xbf")
    assert (b"\r" in after) == (shape == "crlf")
    assert after.count(b"\n") == after.count(end)
    old_lines = text.split("\n")
    lines = after.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    assert _added(old_lines, lines) == new
    again = fix_files({path: after}, rules, policy, rule=rule, cache_folder=kept)
    assert not again.changed(), "a second run changes something"


def _added(old: list[str], new: list[str]) -> list[str]:
    """The lines from the first that differs to the last, without those that both have."""
    import difflib

    found = []
    for tag, _, _, start, end in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if tag in ("insert", "replace"):
            found += new[start:end]
    return found


@pytest.mark.parametrize("name", _TRAPS)
def test_what_is_set_elsewhere_is_left_as_it_is(name: str, rules: Catalogue, kept: Path) -> None:
    path, rule, text = _TRAPS[name]
    files = {path: dedent(text).lstrip("\n").encode()}
    outcome = fix_files(files, rules, rules.policies["default"], rule=rule, cache_folder=kept)
    assert not outcome.changed(), [one.title for one in outcome.applied]
