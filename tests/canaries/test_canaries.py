"""No secret that stands anywhere in a tree is seen in anything that a command writes.

`make canaries` draws twenty thousand values; here one tree must do.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from keyaudit.cli import group
from tests.canaries.__main__ import leaks
from tests.canaries.alphabets import ALPHABETS, canary
from tests.canaries.contexts import CONTEXTS
from tests.canaries.search import Search
from tests.canaries.tree import plant
from tests.cli.support import error_line, run


def test_no_command_shows_a_value(tmp_path: Path) -> None:
    count, seen = leaks(7, tmp_path, own_rules=False)
    assert count > 400
    assert seen == []


def test_the_contexts_are_many() -> None:
    assert len(CONTEXTS) >= 140
    assert len({context.file for context in CONTEXTS}) >= 60


def test_eight_digits_of_a_digest_are_none_of_a_value() -> None:
    value = "ae8de7e95b9860e1221b7d4ba33ef83917fa8"
    search = Search([value])
    assert not search.found(b'"15caad24ba33ef8fc56ff63a2a0270ff691153ae"')
    assert not search.found(b'"2ca74ba33ef8e45bf5015b64"')
    assert search.found(b'"4ba33ef8..."')
    assert search.found(b'"2ca74ba33ef83917fa8b5015b64"')
    assert not Search(["99026238888888"]).found(b"\x00./01238888888888")
    assert search.found(value[:32].encode())
    assert search.found(f"{value}abc".encode())


def test_the_search_finds_every_value_that_stands_in_a_file(tmp_path: Path) -> None:
    planted = plant(tmp_path, random.Random(3), packed=False)
    search = Search(planted.values)
    written = b"\n".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    found = {value for _, value in search.found(written)}
    assert {v for v, context in planted.values.items() if context in CONTEXTS} <= found
    assert {context.file for context in planted.values.values()} == {
        context.file for v, context in planted.values.items() if v in found
    }


@pytest.mark.parametrize(
    "line",
    [
        'severity = "{}"',
        'policy = "{}"',
        'select = ["{}"]',
        'ignore = ["{}"]',
        'max-file-size = "{}"',
        'exclude = ["[{}"]',
        'per-path-ignores = {{ "src/**" = ["{}"] }}',
        'limits = {{ "{}" = 3 }}',
        '"{}" = 1',
        "jobs = {}",
        "{}",
        'rules = ["a", "b"]\nrules = "{}"',
    ],
)
@pytest.mark.parametrize("letters", ALPHABETS)
def test_an_error_in_a_configuration_shows_none(tmp_path: Path, line: str, letters: str) -> None:
    source = random.Random(line + letters)
    value = "".join(source.choice(ALPHABETS[letters]) for _ in range(30))
    value = value.replace('"', "x").replace("\\", "x").replace("\n", "x").strip().ljust(16, "x")
    (tmp_path / "pyproject.toml").write_text("[tool.keyaudit]\n" + line.format(value) + "\n")
    done = run("scan", folder=tmp_path)
    assert Search([value]).found((done.stdout + done.stderr).encode()) == []


def test_an_internal_error_shows_none(capsys: pytest.CaptureFixture[str],
                                      monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    value = canary(random.Random(1))
    monkeypatch.setenv("KEYAUDIT_DEBUG", "1")
    try:
        try:
            raise ValueError(value)
        except ValueError as error:
            raise KeyError(f"about {value}") from error
    except KeyError as error:
        with pytest.raises(SystemExit):
            group._crash(error)
    written = capsys.readouterr().err
    assert "ValueError" in written
    assert "KeyError" in written
    assert "test_canaries.py" in written
    assert Search([value]).found(written.encode()) == []


def test_an_error_still_says_what_was_wrong(tmp_path: Path) -> None:
    (tmp_path / "keyaudit.toml").write_text('severity = "hihg"\n')
    assert "'hihg' is no severity; did you mean 'high'?" in error_line(run("scan", folder=tmp_path))
    (tmp_path / "keyaudit.toml").write_text('select = ["KA3O1"]\n')
    assert "there is no rule 'KA3O1'" in error_line(run("scan", folder=tmp_path))
