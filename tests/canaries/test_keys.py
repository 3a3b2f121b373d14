"""No passphrase, and nothing of what is encrypted, is seen in what `keyaudit keys` writes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from keyaudit.cli.keys import keys
from keyaudit.remediation import KeyManager, LocalKey
from tests.canaries.alphabets import ALPHABETS
from tests.canaries.search import Search
from tests.cli.support import run
from tests.remediation.fast import FAST

# What each command is asked for, by the name of its argument or option.
_ASKED = {
    "name": "orders", "alias": "bills", "version": "1", "why": "because", "purpose": "audit",
    "job": "move", "id": "none", "target": "copy.db", "new": "new.json", "file": "record.json",
    "folder": "shares", "paths": "data", "files": "shares/1",
}  # fmt: skip
# Before all others: what they work on.
_FIRST = (["init"], ["generate", "orders"], ["rotate", "orders"])


def _commands() -> Iterator[list[str]]:
    """Every command of `keyaudit keys` with what it must be given."""
    yield from _FIRST
    yield from _below(keys, [])


def _below(command: click.Command, words: list[str]) -> Iterator[list[str]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            if (inner := command.get_command(context, name)) is not None:
                yield from _below(inner, [*words, name])
        return
    options = [p for p in command.params if isinstance(p, click.Option)]
    arguments = [_ASKED[p.name or ""] for p in command.params if isinstance(p, click.Argument)]
    given = [word for p in options if p.required for word in (p.opts[0], _ASKED[p.name or ""])]
    yes = ["--yes"] if any("--yes" in p.opts for p in options) else []
    yield [*words, *arguments, *given, *yes]


def _passphrase(letters: str, source: random.Random) -> str:
    value = "".join(source.choice(ALPHABETS[letters]) for _ in range(40))
    return value.replace("\n", "x").strip().ljust(40, "x")


def test_all_commands_are_tried() -> None:
    tried = [words[0] for words in _commands()]
    assert set(tried) == set(keys.list_commands(click.Context(keys)))


@pytest.mark.parametrize("letters", ["letters and digits", "punctuation", "other letters"])
def test_no_command_shows_a_passphrase(letters: str, tmp_path: Path) -> None:
    source = random.Random(letters)
    right, wrong, data = (_passphrase(letters, source) for _ in range(3))
    (tmp_path / "passphrase").write_text(right + "\n", "utf-8")
    (tmp_path / "wrong").write_text(wrong + "\n", "utf-8")
    for name in ("passphrase", "wrong"):
        (tmp_path / name).chmod(0o600)
    LocalKey.create(tmp_path / "root.json", right, parameters=FAST).close()
    written: list[tuple[str, bytes]] = []
    env = {"KEYAUDIT_STORE": "keys.db", "KEYAUDIT_ROOT": "root.json", "KEYAUDIT_ANCHORS": "anchors"}
    worked = 0
    for words in _commands():
        for file in ("wrong", "passphrase"):
            done = run("keys", *words, folder=tmp_path, expect=None,
                       env={**env, "KEYAUDIT_PASSPHRASE_FILE": file})  # fmt: skip
            assert "internal error" not in done.stderr, words
            assert done.returncode in (0, 1, 2, 3), words
            worked += file == "passphrase" and done.returncode == 0
            written.append((" ".join(words), (done.stdout + done.stderr).encode()))
        if words is _FIRST[-1]:
            _encrypt(tmp_path, right, data)
    assert worked > 12
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.name not in ("passphrase", "wrong"):
            written.append((path.name, path.read_bytes()))
    search = Search([right, wrong, data])
    assert [(where, search.found(text)) for where, text in written if search.found(text)] == []


def _encrypt(folder: Path, passphrase: str, data: str) -> None:
    """A file under the key that the commands work on."""
    (folder / "data").mkdir()
    with (
        LocalKey.open(folder / "root.json", passphrase) as root,
        KeyManager.open(str(folder / "keys.db"), root) as manager,
    ):
        sealed = manager.cipher("orders").encrypt(data.encode(), {"for": "test"})
        (folder / "data" / "orders.enc").write_bytes(sealed)
