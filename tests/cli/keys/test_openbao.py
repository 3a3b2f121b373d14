"""A store under a transit key of OpenBao itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.support import run
from tests.remediation import openbao

pytest.importorskip("hvac", reason="hvac is not installed")
PROGRAM = openbao.program()
if PROGRAM is None:
    pytest.skip("OpenBao's program is not installed", allow_module_level=True)


def test_a_store_under_a_key_of_openbao(tmp_path: Path) -> None:
    assert PROGRAM is not None
    (tmp_path / "bao").mkdir()
    with openbao.server(PROGRAM, tmp_path / "bao") as bao, pytest.MonkeyPatch.context() as patch:
        client = bao.client()
        client.sys.enable_secrets_engine("transit")
        client.secrets.transit.create_key("a")
        env = {"VAULT_ADDR": bao.url, "VAULT_TOKEN": openbao.token_of(client, openbao.POLICY),
               "KEYAUDIT_STORE": "keys.db", "KEYAUDIT_ROOT": "vault-transit:a",
               "KEYAUDIT_ANCHORS": "anchors"}  # fmt: skip
        for name, value in env.items():
            patch.setenv(name, value)
        run("keys", "init", "--by", "ann", folder=tmp_path, env=env, expect=0)
        run("keys", "generate", "orders", "--by", "ann", folder=tmp_path, env=env, expect=0)
        run("keys", "rotate", "orders", "--by", "ann", folder=tmp_path, env=env, expect=0)
        done = run("keys", "list", "--format", "json", folder=tmp_path, env=env, expect=0)
        versions = json.loads(done.stdout)[0]["versions"]
        assert [each["primary"] for each in versions] == [False, True]
        patch.setenv("VAULT_TOKEN", "made-up")
        env["VAULT_TOKEN"] = "made-up"
        failed = run("keys", "list", folder=tmp_path, env=env, expect=3)
        assert "permission denied" in failed.stderr
        assert "Traceback" not in failed.stderr
