"""A key's life, from its making to its certified end, by commands alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from keyaudit.cli.keys import clock
from keyaudit.remediation import agree_key, generate_private_key
from tests.cli.keys.support import Operator
from tests.cli.support import environment, run

CONTEXT = {"file": "export"}
YES = "--yes"


def test_a_store_and_its_root_key_are_made(tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text("a made-up passphrase\n")
    (tmp_path / "passphrase").chmod(0o600)
    options = ("--store", "keys.db", "--root", "root.json", "--passphrase-file", "passphrase")
    done = run("keys", "init", *options, "--format", "json", folder=tmp_path, expect=0)
    answer = json.loads(done.stdout)
    assert answer["root_made"] is True
    assert answer["root"].startswith("local:")
    assert (tmp_path / "root.json").stat().st_mode & 0o777 == 0o600
    assert "made-up" not in done.stdout + done.stderr
    other = [*options[:3], "other.json", *options[4:]]
    assert "a store already" in run("keys", "init", *other, folder=tmp_path, expect=2).stderr
    assert not (tmp_path / "other.json").exists()
    again = run("keys", "init", *options, folder=tmp_path, expect=2)
    assert "there is a store already" in again.stderr


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_whole_life(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = "keys.db" if kind == "sqlite" else str(request.getfixturevalue("database"))
    operator = Operator(tmp_path, place)
    monkeypatch.setattr(clock, "SOURCE", operator.now)
    operator.make()
    made = operator.json("generate", "orders", "--cryptoperiod", "90", by="ann")
    assert (made["key"], made["version"], made["state"]) == ("orders", 1, "active")
    with operator.manager() as manager:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "a.enc").write_bytes(manager.cipher("orders").encrypt(b"a", CONTEXT))

    operator.move(days=91)
    (listed,) = operator.json("list")
    assert listed["rotation_due"] == "2026-04-01T09:00:00Z"
    assert "(overdue)" in operator("list").stdout
    assert [v["version"] for v in operator.json("rotate", "--due", by="timer")] == [2]
    assert operator.json("rotate", "--due") == []
    assert operator.json("rotate", "orders", "--why", "drill", by="ann")[0]["version"] == 3

    archived = operator.json("archive", "orders", "1", "--why", "replaced", YES, by="ann")
    assert archived["archived"] == {"time": "2026-04-02T09:00:00Z", "by": "ann", "why": "replaced"}
    lit = operator.json("reactivate", "orders", "1", "--for", "2h", "--purpose", "ticket", by="bob")
    assert lit["reactivated_until"] == "2026-04-02T11:00:00Z"
    schedule = ("schedule-destruction", "orders", "1", "--why", "moved", YES)
    refused = operator.json(*schedule, "--envelopes", "data", expect=1, by="ann")
    assert refused["reasons"] == [
        "1 envelope is still encrypted under it",
        "it is reactivated until 2026-04-02T11:00:00.000000+00:00",
        "1 approval is missing",
    ]
    with operator.manager() as manager:
        file = tmp_path / "data" / "a.enc"
        rows = [(file, file.read_bytes(), CONTEXT)]

        def save(path: Path, old: bytes, new: bytes) -> bool:
            return path.read_bytes() == old and bool(path.write_bytes(new))

        assert manager.reencrypt("orders", rows, save, by="ann", job="data").moved == 1
    operator("end-reactivation", "orders", "1", by="bob")
    operator.approve(1, by="cyd")
    due = operator.json(*schedule, "--envelopes", "data", "--days", "7", by="ann")
    assert due["destruction"] == {"from": "2026-04-09T09:00:00Z", "by": "ann", "why": "moved"}
    operator("cancel", "orders", "1", by="bob")
    assert operator.json("requests", "orders") == []
    operator.approve(1, by="cyd")
    operator.json(*schedule, "--no-envelopes", "--days", "7", by="ann")
    destroy = ("destroy", "orders", "1", "--no-envelopes", YES)
    early = operator(*destroy, expect=1)
    assert "is destroyed on 2026-04-09" in early.stderr
    operator.move(days=7)
    done = operator(*destroy, by="dan")
    assert "certificate: orders-1.destroyed.json" in done.stdout
    facts = json.loads((tmp_path / "orders-1.destroyed.json").read_text())
    assert (facts["approved_by"], facts["destroyed_by"]) == (["cyd"], "dan")
    assert "genuine: orders version 1" in (
        operator("certificate", "verify", "orders-1.destroyed.json").stdout
    )
    again = operator.json("certificate", "write", "orders", "1", "again.json")
    assert again["certificate"] == facts
    assert again["public_key"] in done.stdout
    apart = ("--public-key", again["public_key"])
    alone = run("keys", "certificate", "verify", "again.json", *apart, folder=tmp_path, expect=0)
    assert "genuine" in alone.stdout
    shown = operator.json("show", "orders")["versions"]
    assert [v["state"] for v in shown] == ["destroyed", "deactivated", "active"]
    records = operator.json("audit", "list", "--key", "orders")
    actions = [record["action"] for record in records]
    assert actions.count("schedule-destruction") == 2
    assert actions[-1] == "destroy"
    assert records[-1]["actor"] == "dan"


def test_a_version_is_taken_in_and_out_of_use(operator: Operator) -> None:
    assert "is not in use yet" in operator("generate", "mail", "--inactive").stdout
    assert operator.json("list")[0]["versions"][0]["state"] == "pre-activation"
    assert "version 1 protects new data" in operator("activate", "mail", "1").stdout
    assert operator.json("suspend", "mail", "1", "--why", "odd", YES)["state"] == "suspended"
    assert operator.json("activate", "mail", "1")["primary"] is True
    done = operator.json("compromise", "mail", "1", "--why", "on a stick", YES)
    assert done["state"] == "compromised"
    shown = operator("show", "mail").stdout
    assert "version 2: active (primary)" in shown
    assert operator.json("deactivate", "mail", "2", "--why", "end", YES)["state"] == "deactivated"


def test_terms_and_second_names(operator: Operator) -> None:
    operator("generate", "mail", "--retain-until", "2030-01-01T00:00Z", "--approvals", "2")
    operator("alias", "post", "mail")
    shown = operator.json("show", "post")
    assert (shown["aliases"], shown["retain_until"]) == (["post"], "2030-01-01T00:00:00Z")
    assert shown["approvals_needed"] == 2
    eased = operator("policy", "mail", "--approvals", "1", expect=2)
    assert "easier to destroy" in eased.stderr
    less = ("--approvals", "0", "--no-retention", "--cryptoperiod", "30")
    refused = operator.json("policy", "mail", *less, YES, by="ann", expect=1)
    assert refused["reasons"] == ["2 approvals are missing"]
    asked = operator.json("request", "policy", "mail", *less, "--why", "it ends", by="ann")
    for who in ("bob", "cyd"):
        operator("approve", "mail", asked["request"], YES, by=who)
    (listed,) = operator.json("requests")
    assert listed["approved_by"] == ["bob", "cyd"]
    assert "approved by bob, cyd" in operator("show", "mail").stdout
    operator("withdraw", "mail", asked["request"], by="cyd")
    assert operator.json("policy", "mail", *less, YES, by="ann", expect=1)["reasons"] == [
        "1 approval is missing"
    ]
    operator("approve", "mail", asked["request"], YES, by="dan")
    changed = operator.json("policy", "mail", *less, YES, by="ann")
    assert (changed["approvals_needed"], changed["cryptoperiod_days"]) == (0, 30)
    assert changed["retain_until"] is None
    operator("alias", "post", "--remove")
    assert "no alias" in operator("alias", "post", "--remove", expect=2).stderr
    assert "no key 'post'" in operator("show", "post", expect=2).stderr


def test_who_acts_is_who_is_logged_in(operator: Operator) -> None:
    import os
    import pwd

    operator("generate", "mail")
    assert operator.json("audit", "list")[-1]["actor"] == pwd.getpwuid(os.getuid()).pw_name


def test_other_commands_load_nothing_of_it() -> None:
    program = (
        "import sys\nfrom keyaudit.cli import main\n"
        "main(['rules', 'list'], standalone_mode=False)\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    loaded = done.stderr.split()
    assert "keyaudit.cli.rules" in loaded
    kept_out = ("keyaudit.remediation", "keyaudit.cli.keys", "psycopg")
    assert not [name for name in loaded if name.startswith(kept_out)]


def test_a_signing_key_is_published_before_it_signs(operator: Operator) -> None:
    operator("generate", "tokens", "--algorithm", "Ed25519", "--when-over", "refuse")
    added = operator.json("add-version", "tokens", "--why", "yearly", by="ann")
    assert (added["version"], added["state"]) == (2, "pre-activation")
    keys = operator.json("jwks", "tokens")["keys"]
    assert [key["crv"] for key in keys] == ["Ed25519", "Ed25519"]
    assert keys[1]["kid"] == added["id"]
    assert operator.json("promote", "tokens", "2", "--why", "yearly")["primary"] is True
    shown = operator("show", "tokens").stdout
    assert "for Ed25519" in shown
    assert operator.json("show", "tokens")["when_over"] == "refuse"
    operator("generate", "orders")
    assert "is there for" in operator("jwks", "orders", expect=2).stderr


def test_an_archive_is_tested(operator: Operator) -> None:
    for name, algorithm in (("orders", "AES-256-GCM"), ("tokens", "ECDSA-P-256"),
                            ("mac", "HMAC-SHA256")):  # fmt: skip
        operator("generate", name, "--algorithm", algorithm)
        operator("rotate", name)
    assert operator.json("test-archive") == {"mac": [1], "orders": [1], "tokens": [1]}
    assert "orders: 1 versions out of use open" in operator("test-archive", "orders").stdout
    assert operator.json("audit", "list")[-1]["action"] == "test-archive"


def test_a_clock_that_had_run_ahead_is_accepted(operator: Operator) -> None:
    operator("generate", "orders", by="ann")
    operator.move(days=4000)
    operator("rotate", "orders", by="timer")
    operator.move(days=-4000)
    assert "accept-clock" in operator("rotate", "orders", expect=3, by="ann").stderr
    done = operator.json("accept-clock", "--why", "time server", "--yes", by="ann")
    assert done == {"time": operator.now().isoformat(), "ended": []}
    operator("rotate", "orders", by="ann")
    again = operator("accept-clock", "--why", "again", "--yes", expect=1, by="ann")
    assert "not behind" in again.stderr
    operator("audit", "verify")


def test_a_key_that_others_agree_with(operator: Operator) -> None:
    made = operator("generate", "partners", "--algorithm", "X25519", by="ann")
    assert made.stdout == "made key partners: version 1 agrees on keys\n"
    (first,) = operator.json("jwks", "partners")["keys"]
    assert (first["kty"], first["crv"], first["use"]) == ("OKP", "X25519", "enc")
    told = operator("rotate", "partners", by="ann").stdout
    assert told == (
        "partners: version 2 is the primary one; older ones agree on keys until they are "
        "deactivated\n"
    )
    assert len(operator.json("jwks", "partners")["keys"]) == 2
    operator("deactivate", "partners", "1", "--why", "all have the new one", "--yes", by="ann")
    (second,) = operator.json("jwks", "partners")["keys"]
    assert second["kid"] != first["kid"]
    with operator.manager() as manager:
        peer = generate_private_key("X25519")
        ours = manager.agreement("partners").public_key()
        with (
            manager.agreement("partners").agree(peer.public_key(), {"for": "x"}) as here,
            agree_key(peer, ours.value, {"for": "x"}) as there,
        ):
            assert here == there
    operator("generate", "orders", by="ann")
    wrong = operator("jwks", "orders", expect=2)
    assert "not to sign" in wrong.stderr
