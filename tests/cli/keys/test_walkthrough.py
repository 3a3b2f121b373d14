"""The walk in docs/keys-command.md, command by command; and that its tables are complete."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from keyaudit.cli import main
from keyaudit.cli.keys import clock, keys, passphrase, session
from keyaudit.remediation import KeyManager, LocalKey
from keyaudit.remediation.generation import passwords
from tests.cli.keys.support import PASSPHRASE, Operator
from tests.cli.support import environment
from tests.remediation.fast import FAST

PAGE = Path(__file__).resolve().parents[3] / "docs" / "keys-command.md"
_STEP = re.compile(r"```console\n(?P<block>.*?)```|<!-- (?P<event>.*?) -->", re.S)
_VARIES = re.compile(r"\b[0-9a-f]{16,}\b")


def test_the_walk_is_what_keyaudit_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = Operator(tmp_path)
    monkeypatch.setattr(clock, "SOURCE", operator.now)
    monkeypatch.setattr(passwords, "best_available", lambda: FAST)
    monkeypatch.setattr(session, "at_terminal", lambda: True)
    monkeypatch.setattr(passphrase.PassphraseSource, "read", lambda *_, **__: PASSPHRASE)
    monkeypatch.chdir(tmp_path)
    env: dict[str, str] = environment()
    commands = 0
    for step in _STEP.finditer(PAGE.read_text("utf-8")):
        if step["event"]:
            happen(step["event"], operator)
            continue
        for part in step["block"].removeprefix("$ ").split("\n$ "):
            line, _, expected = part.rstrip().partition("\n")
            words = shlex.split(line)
            if words[0] == "export":
                env |= dict(word.split("=", 1) for word in words[1:])
                continue
            commands += 1
            assert words[:2] == ["keyaudit", "keys"]
            answers = "y\n" * expected.count("go on?")
            done = CliRunner().invoke(main, words[1:], env=env, input=answers)
            assert _VARIES.sub("…", done.output.rstrip()) == expected, line
            assert done.exit_code == (1 if "refused:" in expected else 0)
    assert commands > 15


def happen(event: str, operator: Operator) -> None:
    """What the page's comments say happens between commands."""
    if match := re.fullmatch(r"(\d+) days later", event):
        operator.move(days=int(match[1]))
        return
    assert event == "an application encrypts data/orders.enc under the context for=export"
    with (
        LocalKey.open("root.json", PASSPHRASE) as root,
        KeyManager.open("keys.db", root, clock=operator.now) as manager,
    ):
        Path("data").mkdir()
        Path("plain").write_text("orders")
        manager.cipher("orders").encrypt_file("plain", "data/orders.enc", {"for": "export"})


def test_every_command_and_shared_option_is_in_the_tables() -> None:
    text = PAGE.read_text("utf-8").partition("## The commands")[2]
    named = {words.split()[0] for words in re.findall(r"`([a-z][^`]*)`", text.split("\n## ")[0])}
    context = click.Context(keys)
    assert set(keys.list_commands(context)) <= named
    command = keys.get_command(context, "destroy")
    assert command is not None
    options = {name for parameter in command.params for name in parameter.opts if "--" in name}
    told = set(re.findall(r"--[a-z-]+", PAGE.read_text("utf-8")))
    assert options <= told | {"--certificate"}
