"""What `keyaudit keys` does not do, what it says then, and how it ends."""

from __future__ import annotations

import gzip
import os
import pty
import select
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

from keyaudit.cli.keys import clock
from keyaudit.remediation import KeyStateError
from tests.cli.keys.support import PASSPHRASE, Operator
from tests.cli.support import environment, run

DANGEROUS = (
    ("suspend", "orders", "2", "--why", "w"),
    ("deactivate", "orders", "2", "--why", "w"),
    ("compromise", "orders", "2", "--why", "w"),
    ("archive", "orders", "1", "--why", "w"),
    ("schedule-destruction", "orders", "1", "--why", "w", "--no-envelopes"),
    ("destroy", "orders", "1", "--no-envelopes"),
)


@pytest.fixture(scope="module")
def rotated_store(made_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rotated")
    shutil.copytree(made_store, folder, dirs_exist_ok=True)
    operator = Operator(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "SOURCE", operator.now)
        operator("generate", "orders")
        operator("rotate", "orders")
        operator.approve(1, by="bob")
    return folder


@pytest.fixture
def rotated(operator: Operator, rotated_store: Path) -> Operator:
    """Key `orders` with version 1 out of use and 2 primary; the destruction of 1 is approved."""
    shutil.copytree(rotated_store, operator.folder, dirs_exist_ok=True)
    return operator


@pytest.mark.parametrize("verb", DANGEROUS, ids=lambda verb: verb[0])
def test_what_is_dangerous_is_not_done_unasked(verb: tuple[str, ...], rotated: Operator) -> None:
    before = rotated.json("audit", "list")
    done = rotated(*verb, expect=2)
    assert f"version {verb[2]} of orders will" in done.stderr
    assert "--yes" in done.stderr
    assert rotated.json("audit", "list") == before


def test_no_is_an_answer(rotated: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    from keyaudit.cli.keys import session

    monkeypatch.setattr(session, "at_terminal", lambda: True)
    monkeypatch.setattr("click.confirm", lambda *_, **__: False)
    done = rotated(*DANGEROUS[3], expect=1)
    assert "refused: nothing was done" in done.stderr
    monkeypatch.setattr("click.confirm", lambda *_, **__: True)
    rotated(*DANGEROUS[3], expect=0)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("rotate", "none"), 2, "no key 'none'"),
        (("rotate",), 2, "--due"),
        (("generate", "orders"), 2, "already"),
        (("generate", "Orders!"), 2, "is no name"),
        (("generate", "mail", "--cryptoperiod", "731"), 2, "731"),
        (("archive", "orders", "2", "--why", "w", "--yes"), 1, "rotate it out of use"),
        (("archive", "orders", "1", "--why", " ", "--yes"), 2, "say why"),
        (("archive", "orders", "1", "--yes"), 2, "--why"),
        (("reactivate", "orders", "1", "--for", "2h"), 2, "--purpose"),
        (("reactivate", "orders", "1", "--purpose", "p"), 2, "--for or --until"),
        (("reactivate", "orders", "1", "--purpose", "p", "--for", "2w"), 2, "30m, 2h or 7d"),
        (("reactivate", "orders", "1", "--purpose", "p", "--for", "8d"), 2, "up to 7 days"),
        (("reactivate", "orders", "1", "--purpose", "p", "--for", "2h"), 1, "not archived"),
        (("reactivate", "orders", "1", "--purpose", "p", "--until", "2020-01-01"), 2, "7 days"),
        (("end-reactivation", "orders", "1"), 1, "not reactivated"),
        (("schedule-destruction", "orders", "1", "--why", "w", "--yes"), 2, "--no-envelopes"),
        ((*DANGEROUS[4], "--days", "6", "--yes"), 2, "7 to 30 days"),
        ((*DANGEROUS[4], "--days", "31", "--yes"), 2, "7 to 30 days"),
        (("schedule-destruction", "orders", "1", "--why", "w", "--envelopes", "gone", "--yes"),
         2, "gone: is not there"),
        (("cancel", "orders", "1"), 1, "no destruction"),
        ((*DANGEROUS[5], "--yes"), 1, "no destruction"),
        (("certificate", "write", "orders", "1", "c.json"), 1, "is not destroyed"),
        (("certificate", "verify", "gone.json"), 2, "gone.json"),
        (("certificate", "verify", "root.json", "--public-key", "ab"), 2, "no Ed25519 key"),
        (("list", "--store", ""), 2, "KEYAUDIT_STORE"),
        (("certificate", "verify", "root.json"), 2, "no certificate"),
        (("audit", "verify", "--anchor", "junk"), 2, "is no anchor"),
        (("list", "--root", "other.json"), 2, "no such key file"),
        (("list", "--store", "other.db"), 2, "other.db"),
        (("list", "--store", "root.json"), 3, "no key store"),
        (("list", "--store", "postgresql://ann:made-up@%2Fnowhere/keys"), 2, "~/.pgpass"),
        (("list", "--store", "postgresql://%2Fnowhere/keys?password=made-up"), 2, "~/.pgpass"),
        (("list", "--store", "postgresql://ann@%2Fnowhere/keys"), 3, "nowhere"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)  # fmt: skip
def test_refusals_and_wrong_use(
    arguments: tuple[str, ...], status: int, words: str, rotated: Operator
) -> None:
    done = rotated(*arguments, expect=status)
    assert words in done.stderr
    assert done.stderr.count("\n") <= 3
    assert "Traceback" not in done.stderr
    assert "made-up" not in done.stderr


def test_the_audit_log_is_verified(rotated: Operator, tmp_path: Path) -> None:
    whole = rotated.json("audit", "verify")
    assert (whole["whole"], whole["records"]) == (True, 5)
    rotated("rotate", "orders")
    assert "holds record 5 as noted" in (
        rotated("audit", "verify", "--anchor", whole["anchor"]).stdout
    )
    connection = sqlite3.connect(tmp_path / "keys.db")
    connection.executescript(
        "DROP TRIGGER audit_is_not_changed; UPDATE audit SET actor = 'eve' WHERE sequence = 3"
    )
    connection.close()
    broken = rotated.json("audit", "verify", expect=1)
    assert broken == {
        "refused": "the audit log was changed at or before record 3", "reasons": [], "record": 3,
    }  # fmt: skip


def test_a_log_cut_short_is_told_by_the_anchor(rotated: Operator, tmp_path: Path) -> None:
    anchor = rotated.json("audit", "verify")["anchor"]
    connection = sqlite3.connect(tmp_path / "keys.db")
    connection.executescript("DROP TRIGGER audit_is_not_cut; DELETE FROM audit WHERE sequence = 5")
    connection.close()
    cut = rotated("audit", "verify", "--anchors", "-", expect=1)
    assert "cut short" in cut.stderr
    cut = rotated("audit", "verify", "--anchor", anchor, expect=1)
    assert "no longer holds the anchored record 5" in cut.stderr


def test_a_store_put_back_to_an_older_state_is_told(rotated: Operator, tmp_path: Path) -> None:
    older = (tmp_path / "keys.db").read_bytes()
    rotated("compromise", "orders", "2", "--why", "lost", "--yes")
    (tmp_path / "keys.db").write_bytes(older)
    for command in (("list",), ("audit", "verify"), ("rotate", "orders")):
        assert "put back to an older state" in rotated(*command, expect=1).stderr
    assert rotated.json("list", "--anchors", "-")[0]["key"] == "orders"


def test_every_outcome_is_json_when_that_is_asked_for(rotated: Operator) -> None:
    for status, arguments in (
        (2, ("rotate", "none")),
        (2, ("rotate",)),
        (2, ("generate",)),
        (2, ("no-such-command",)),
        (2, ("list", "--passphrase-file", "gone")),
        (1, ("archive", "orders", "2", "--why", "w", "--yes")),
        (3, ("list", "--store", "postgresql://ann@%2Fnowhere/keys")),
    ):
        answer = rotated.json(*arguments, expect=status)
        assert answer.get("error") or answer.get("refused")


def test_a_certificate_that_was_changed_is_refused(rotated: Operator, tmp_path: Path) -> None:
    rotated(*DANGEROUS[4], "--days", "7", "--yes", by="ann")
    rotated.move(days=8)
    rotated(*DANGEROUS[5], "--certificate", "c.json", "--yes", by="ann")
    (tmp_path / "c.json").write_text((tmp_path / "c.json").read_text().replace('"ann"', '"eve"'))
    assert "was changed" in rotated("certificate", "verify", "c.json", expect=1).stderr


def test_nothing_is_destroyed_when_the_certificate_has_no_place(rotated: Operator) -> None:
    rotated(*DANGEROUS[4], "--days", "7", "--yes", by="ann")
    rotated.move(days=8)
    for file in ("root.json", "gone/c.json"):
        rotated(*DANGEROUS[5], "--certificate", file, "--yes", expect=2)
    assert rotated.json("show", "orders")["versions"][0]["state"] == "deactivated"


@pytest.mark.parametrize("content", ["a wrong passphrase\n", "\n", "", "\udcff\n"])
def test_a_wrong_or_missing_passphrase(content: str, operator: Operator, tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_bytes(content.encode(errors="surrogateescape"))
    done = operator("list", expect=2)
    assert "pass" in done.stderr
    assert "wrong passphrase" not in done.stderr


def test_a_passphrase_from_a_descriptor(operator: Operator) -> None:
    reading, writing = os.pipe()
    os.write(writing, f"{PASSPHRASE}\nand more".encode())
    os.close(writing)
    try:
        assert "no keys" in operator("list", "--passphrase-fd", str(reading)).stdout
    finally:
        os.close(reading)
    assert "cannot be read" in operator("list", "--passphrase-fd", "999", expect=2).stderr


def test_a_new_passphrase_is_not_short(tmp_path: Path) -> None:
    (tmp_path / "short").write_text("hunter2\n")
    options = ("--store", "keys.db", "--root", "root.json", "--passphrase-file", "short")
    done = run("keys", "init", *options, folder=tmp_path, expect=2)
    assert "can be read by others; chmod 600" in done.stderr
    (tmp_path / "short").chmod(0o600)
    assert "15 or more" in run("keys", "init", *options, folder=tmp_path, expect=2).stderr
    (tmp_path / "short").write_text("correct horse battery staple\n")
    done = run("keys", "init", *options, folder=tmp_path, expect=2)
    assert "is commonly used" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["short"]


def test_the_terminal_is_asked(tmp_path: Path) -> None:
    """At a real terminal: a passphrase twice, which is not shown, and a question."""
    program = [sys.executable, "-m", "keyaudit", "keys"]
    env = environment(KEYAUDIT_STORE="keys.db", KEYAUDIT_ROOT="root.json")
    shown = at_terminal([*program, "init"], tmp_path, env, [PASSPHRASE, PASSPHRASE])
    assert "Repeat for confirmation" in shown
    assert "made the store keys.db" in shown
    assert PASSPHRASE not in shown
    at_terminal([*program, "generate", "orders"], tmp_path, env, [PASSPHRASE])
    shown = at_terminal(
        [*program, "deactivate", "orders", "1", "--why", "w"], tmp_path, env, [PASSPHRASE, "n"]
    )
    assert "nothing was done" in shown


def at_terminal(command: list[str], folder: Path, env: dict[str, str], answers: list[str]) -> str:
    """Run a command at a terminal, giving an answer to each prompt (a line that ends in `: `)."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execve(command[0], command, env)
    shown, answered = "", 0
    while select.select([terminal], [], [], 120)[0]:
        try:
            part = os.read(terminal, 1024)
        except OSError:  # the end, on Linux
            break
        if not part:
            break
        shown += part.decode()
        if shown.count(": ", answered) and shown.endswith(": ") and answers:
            answered = len(shown)
            os.write(terminal, f"{answers.pop(0)}\n".encode())
    os.waitpid(child, 0)
    os.close(terminal)
    assert not answers, shown
    return shown


def test_an_older_store_is_brought_up_to_date(operator: Operator, tmp_path: Path) -> None:
    data = Path(__file__).parents[2] / "remediation" / "data" / "store-of-version-1.db.gz"
    (tmp_path / "keys.db").write_bytes(gzip.decompress(data.read_bytes()))
    assert "keyaudit keys upgrade" in operator("list", expect=3).stderr
    assert "--yes" in operator("upgrade", expect=2).stderr
    # Its root key is another one.
    assert "root key is" in operator("upgrade", "--yes", expect=2).stderr


def test_no_record_begins_another_line(rotated: Operator) -> None:
    refused = rotated("archive", "orders", "1", "--why", "one\n9  2026  eve  destroy", "--yes",
                      expect=2)  # fmt: skip
    assert "one line" in refused.stderr
    lines = rotated("audit", "list").stdout.splitlines()
    assert len(lines) == len(rotated.json("audit", "list"))


def test_what_was_refused_during_the_wait_is_shown(rotated: Operator) -> None:
    rotated(*DANGEROUS[4], "--days", "7", "--yes", by="ann")
    with rotated.manager() as manager:
        version = manager.version("orders", 1)
        for _ in range(3):
            with pytest.raises(KeyStateError):
                manager._to_open("orders", version.id, "AES-256-GCM")
    assert "refused to 3 times" in rotated("show", "orders").stdout
    rotated.move(days=8)
    done = rotated(*DANGEROUS[5], "--yes", by="ann")
    assert "was asked to open data 3 times while it was not to" in done.stderr
