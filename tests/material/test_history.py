"""Key stores and keys in past versions: what is removed is leaked."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.material import keys
from tests.scanning.support import ROOT, Project
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
