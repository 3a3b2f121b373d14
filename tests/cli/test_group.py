"""What goes wrong is one line on stderr and an exit status; no traceback reaches a user."""

from __future__ import annotations

import sys
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from keyaudit import __version__
from keyaudit.cli import main
from keyaudit.cli.group import Commands
from keyaudit.core.errors import KeyauditError

# Put together here: a traceback shows the source lines of the program itself.
_SCANNED = "-".join(("xoxb", "the", "scanned", "text"))


@click.command()
@click.argument("how")
def fail(how: str) -> None:
    """Fails in a way."""
    if how == "user":
        raise KeyauditError("is not valid\x1b[2J\nTOML", where="a.toml:3", hint="mend it")
    if how == "interrupt":
        raise KeyboardInterrupt
    if how == "deep":
        raise RecursionError(_SCANNED)
    raise ValueError(_SCANNED)


def invoke(*arguments: str, **options: Any) -> Result:
    group = Commands("keyaudit", subcommands={"fail": "tests.cli.test_group:fail"})
    return CliRunner().invoke(group, arguments, **options)


def test_a_users_mistake_is_one_line_and_2() -> None:
    done = invoke("fail", "user")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr == ("keyaudit: error: a.toml:3: is not valid\ufffd[2J TOML; mend it\n")


@pytest.mark.parametrize("how", ["value", "deep"])
def test_a_fault_of_keyaudit_is_one_line_and_3_and_quotes_nothing(how: str) -> None:
    done = invoke("fail", how)
    assert done.exit_code == 3
    (line,) = done.stderr.splitlines()
    assert f"internal error in keyaudit {__version__}" in line
    assert "Error" in line
    assert "please report" in line
    assert "xoxb" not in line


def test_the_traceback_is_there_for_those_who_ask_and_quotes_nothing() -> None:
    done = invoke("fail", "value", env={"KEYAUDIT_DEBUG": "1"})
    assert done.exit_code == 3
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert "test_group.py" in done.stderr
    assert "xoxb" not in done.stderr


def test_ctrl_c_is_130() -> None:
    done = invoke("fail", "interrupt")
    assert done.exit_code == 130
    assert done.stderr.strip() == "keyaudit: error: interrupted; nothing was written"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frob"], "no such command 'frob'"),
        (["scan", "--frob"], "no such option"),
        (["scan", "--format", "xml"], "'xml' is not one of"),
        (["scan", "--jobs", "-1"], "invalid value for '--jobs'"),
        (["scan", "--severity", "severe"], "invalid value for '--severity'"),
        (["explain"], "missing argument 'RULE'"),
    ],
)
def test_wrong_use_is_one_line_that_names_the_help(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert said in line
    assert line.endswith("--help`")


def test_every_command_has_its_help() -> None:
    for command in [[], ["scan"], ["explain"], ["rules"], ["rules", "list"], ["rules", "test"],
                    ["baseline"], ["baseline", "create"], ["baseline", "update"]]:  # fmt: skip
        done = CliRunner().invoke(main, [*command, "--help"])
        assert done.exit_code == 0, done.output
        assert done.stdout.startswith("Usage: ")
        assert "Show this message and exit." in done.stdout


def test_a_missing_command_shows_the_help() -> None:
    done = CliRunner().invoke(main, ["baseline"])
    assert done.exit_code == 2
    assert "create" in done.output
    assert "update" in done.output


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(main, ["--version"]).stdout == f"keyaudit {__version__}\n"


def test_the_commands_are_imported_late() -> None:
    import subprocess

    code = (
        "import sys, keyaudit.cli;"
        "print([m for m in sys.modules if m.startswith('keyaudit.') and m.count('.') > 1])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "keyaudit.cli.scan" not in done.stdout
    assert "keyaudit.cli.group" in done.stdout
