"""`keyaudit inventory`: what it lists of a small project, in every form."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from keyaudit.cli import main
from keyaudit.inventory import bill, document, quantum, table
from keyaudit.inventory.collect import Inventory
from keyaudit.inventory.run import at_revision, of_request
from keyaudit.scanning.settings import Settings
from tests.caches import shipped

CODE = """\
import os
import boto3
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

KEY = AESGCM.generate_key(256)


def seal(data, context):
    nonce = os.urandom(12)
    return nonce + AESGCM(KEY).encrypt(nonce, data, context)


def make(password):
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    ec.generate_private_key(ec.SECP256R1())
    Fernet(Fernet.generate_key())
    return PBKDF2HMAC(hashes.SHA256(), 32, os.urandom(16), 600_000).derive(password)


boto3.client("kms").create_key(Description="orders")
"""
TERRAFORM = """\
resource "aws_kms_key" "data" {
  description             = "customer data"
  enable_key_rotation     = true
  deletion_window_in_days = 7
}
"""
CANARY = "winter-Harbour-71-cold"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "app.py").write_text(CODE)
    (folder / "keys.tf").write_text(TERRAFORM)
    text = f'resource "aws_db_instance" "x" {{\n  password = "{CANARY}"\n}}\n'
    (folder / "db.tf").write_text(text)
    key = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "tls.key").write_bytes(key)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *command],
            cwd=folder, check=True,
        )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def inventory(project: Path) -> Inventory:
    return of_request([project], Settings(), shipped())


def rows(found: Inventory) -> dict[str, dict[str, Any]]:
    """The assets as the JSON form has them, by kind and name."""
    return {f"{a['kind']} {a['name']}": a for a in document.as_data(found)["assets"]}


def test_every_kind_of_asset_is_there(inventory: Inventory) -> None:
    known = rows(inventory)
    for name in (
        "key KEY", "key customer data", "key-pair rsa key pair", "key-pair secp256r1 key pair",
        "key-pair EC private key on secp384r1", "algorithm aes", "algorithm fernet",
        "algorithm pbkdf2-sha256", "algorithm rsa",
    ):  # fmt: skip
        assert name in known or name.replace("secp384r1", "P-384") in known, name


def test_stages_have_places_or_say_that_nothing_was_found(inventory: Inventory) -> None:
    known = rows(inventory)
    stages = known["key KEY"]["stages"]
    assert [p["line"] for p in stages["generation"]] == [9]
    assert 14 in [p["line"] for p in stages["usage"]]
    assert stages["rotation"] == document.NOTHING
    configured = known["key customer data"]
    assert [p["line"] for p in configured["stages"]["rotation"]] == [3]
    assert [p["line"] for p in configured["stages"]["destruction"]] == [4]
    assert [f["rule"] for f in configured["findings"]] == ["KA704"]


def test_the_document_is_as_its_schema_says(inventory: Inventory) -> None:
    jsonschema.Draft202012Validator(document.schema()).validate(document.as_data(inventory))


@pytest.mark.parametrize("version", bill.VERSIONS)
def test_the_bill_has_algorithms_material_and_what_they_rest_on(
    inventory: Inventory, version: str
) -> None:
    made = json.loads(bill.render(inventory, version))  # which CycloneDX' schema has accepted
    assert made["specVersion"] == version
    parts = made["components"]
    assert {part["type"] for part in parts} == {"cryptographic-asset"}
    kinds = {part["cryptoProperties"]["assetType"] for part in parts}
    assert kinds >= {"algorithm", "related-crypto-material"}
    by_name = {part["name"]: part for part in parts}
    assert by_name["rsa"]["cryptoProperties"]["algorithmProperties"]["primitive"] == "pke"
    assert by_name["KEY"]["evidence"]["occurrences"]
    reference = by_name["customer data"]["bom-ref"]
    (rests,) = [d for d in made["dependencies"] if d["ref"] == reference]
    assert rests["dependsOn"]


def test_no_form_shows_a_secret(inventory: Inventory) -> None:
    for text in (
        table.render(inventory), document.render(inventory), bill.render(inventory, "1.6"),
    ):  # fmt: skip
        assert CANARY not in text
        assert "PRIVATE KEY-----" not in text


def test_the_table_fits_eighty_columns(inventory: Inventory) -> None:
    lines = table.render(inventory, 80).splitlines()
    assert max(map(len, lines[:-2])) <= 80
    assert "stages:" in lines[-1]


def test_what_a_change_adds_and_removes(project: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(project), str(clone)], check=True)
    (clone / "keys.tf").unlink()
    (clone / "more.py").write_text(
        "from cryptography.hazmat.primitives.asymmetric import rsa\n"
        "rsa.generate_private_key(public_exponent=65537, key_size=3072)\n"
    )
    made = CliRunner().invoke(main, ["inventory", str(clone), "--diff", "HEAD"])
    assert made.exit_code == 0, made.output
    lines = made.output.splitlines()
    assert "- key customer data (symmetric_default) at keys.tf:1" in lines
    assert any(line.startswith("+ key-pair rsa key pair") for line in lines)
    before = at_revision(clone, "HEAD", Settings(), shipped())
    assert any(asset.name == "customer data" for asset in before.assets)


@pytest.mark.parametrize(("algorithm", "size", "level"), [
    ("rsa", 2048, "vulnerable"), ("ecdsa", 0, "vulnerable"), ("secp256r1", 256, "vulnerable"),
    ("ed25519", 0, "vulnerable"), ("x25519", 0, "vulnerable"), ("aes", 256, "unaffected"),
    ("pbkdf2-sha256", 0, "unaffected"), ("hmac", 0, "unaffected"), ("ml-kem-768", 0, "ready"),
    ("slh-dsa-128s", 0, "ready"), ("md5", 0, "broken"), ("tripledes", 0, "broken"),
    ("", 0, "unknown"), ("symmetric_default", 0, "unaffected"),
])  # fmt: skip
def test_quantum_readiness(algorithm: str, size: int, level: str) -> None:
    assert quantum.readiness(algorithm, size).level == level


def test_small_rsa_is_deprecated_first() -> None:
    assert "2030" in quantum.readiness("rsa", 2048).text
    assert "2030" not in quantum.readiness("rsa", 3072).text
