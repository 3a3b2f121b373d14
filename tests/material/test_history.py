"""Key stores and keys in past versions: what is removed is leaked."""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
import sys
from pathlib import Path

from tests.history.support import days_ago, history, new_repo
from tests.material import keys
from tests.scanning.support import ROOT, Project
from tests.secrets.detectors.tokens.generator import plant
from tests.sources.support import Repo


def test_removed_key_stores(project: Project, repo: Repo) -> None:
    files = {
        "tls.p12": keys.store("ec", None),
        "app.jks": keys.java_store("x7Gq2Lp", "rsa"),
        "key.der": keys.private("ed25519", der=True),
    }
    for name, data in files.items():
        project.write(name, data)
    repo.commit()
    for name in files:
        (project.folder / name).unlink()
    project.write("notes.txt", "moved to the vault\n")
    repo.commit()
    command = [sys.executable, "-m", "keyaudit", "history", ".", "--format", "json", "--exit-zero"]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True
    )
    found = json.loads(done.stdout)["findings"]
    assert {(f["rule_id"], f["path"], f["severity"]) for f in found} == {
        ("KA507", "app.jks", "low"),
        ("KA507", "key.der", "critical"),
        ("KA507", "tls.p12", "critical"),
    }


def test_private_keys_have_their_own_period_in_whatever_form(tmp_path: Path) -> None:
    """900 days: more than a secret's 730, fewer than a private key's 1,095."""
    repo = new_repo(tmp_path / "repo")
    repo.day = days_ago(900)
    source = random.Random(3)
    age, token = (plant(kind, source) for kind in ("age-secret-key", "github-pat"))
    symmetric = base64.urlsafe_b64encode(source.randbytes(32)).decode().rstrip("=")
    files = {
        "app.jks": keys.java_store("x7Gq2Lp", "rsa"),
        "tls.key": keys.private("ec"),
        "key.der": keys.private("ed25519", der=True),
        "age.txt": f"{age.text}\n".encode(),
        "token.py": token.assigned().encode(),
        "hmac.json": json.dumps({"kty": "oct", "k": symmetric}).encode(),
    }
    for name, data in files.items():
        (repo.path / name).write_bytes(data)
    repo.commit()
    report, _ = history(repo.path, tmp_path / "cache", status=1)
    found = report["findings"]
    assert {f["path"] for f in found if f["rule_id"] != "KA506"} == set(files)
    assert {f["path"] for f in found if f["rule_id"] == "KA506"} == {"hmac.json", "token.py"}
