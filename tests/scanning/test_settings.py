"""Configuration files: where they are looked for, what they may say, and what is said of faults."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from keyaudit.core.errors import KeyauditError
from keyaudit.core.levels import Severity
from keyaudit.scanning.settings import Settings, load, suggestion
from tests.sources.support import write


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Path:
    """A project that nothing above says anything about."""
    made = tmp_path / "project"
    (made / ".git").mkdir(parents=True)
    return made


def test_without_a_file_the_defaults_hold(folder: Path) -> None:
    assert load(folder) == Settings()


def test_everything_can_be_set(folder: Path) -> None:
    file = write(
        folder,
        "keyaudit.toml",
        """
        select = ["KA3"]
        ignore = ["KA301"]
        severity = "High"
        policy = "owasp"
        rules = ["own/rules"]
        exclude = ["vendor/"]
        baseline = "known.json"
        max-file-size = "5 MB"
        jobs = 3
        [per-path-ignores]
        "tests/**" = ["KA302"]
        [limits]
        pbkdf2.iterations = 1_000_000
        """,
    )
    settings = load(folder)
    assert settings.file == file
    assert (settings.select, settings.ignore) == (("KA3",), ("KA301",))
    assert (settings.severity, settings.policy) == (Severity.HIGH, "owasp")
    assert settings.rules == (folder / "own/rules",)
    assert settings.baseline == folder / "known.json"
    assert (settings.exclude, settings.max_file_size, settings.jobs) == (("vendor/",), 5_000_000, 3)
    assert settings.per_path_ignores == {"tests/**": ("KA302",)}
    assert settings.limits == {"pbkdf2": {"iterations": 1_000_000}}
    assert settings.where("policy") == f"{file}: policy"


@pytest.mark.parametrize(
    ("text", "size"),
    [("100", 100), ('"100"', 100), ('"1kb"', 1000), ('"2 MiB"', 2 << 20), ('" 3 KiB "', 3 << 10)],
)
def test_sizes(folder: Path, text: str, size: int) -> None:
    write(folder, "keyaudit.toml", f"max-file-size = {text}\n")
    assert load(folder).max_file_size == size


def test_the_nearest_file_counts_up_to_the_top_of_the_repository(folder: Path) -> None:
    write(folder.parent, "keyaudit.toml", "jobs = 9\n")
    inner = folder / "a/b"
    inner.mkdir(parents=True)
    assert load(inner).file is None
    write(folder, "pyproject.toml", "[tool.keyaudit]\njobs = 1\n")
    assert load(inner).jobs == 1
    write(folder, "a/pyproject.toml", "[tool.other]\njobs = 2\n")
    assert load(inner).jobs == 1
    write(folder, "a/pyproject.toml", "[tool.keyaudit]\njobs = 2\n")
    assert load(inner).jobs == 2
    write(folder, "a/keyaudit.toml", "jobs = 3\n")
    assert load(inner).jobs == 3


def test_a_named_file_counts_alone(folder: Path) -> None:
    write(folder, "keyaudit.toml", "jobs = 1\n")
    other = write(folder, "other/my.toml", "severity = 'high'\nrules = ['r']\n")
    settings = load(folder, other)
    assert (settings.jobs, settings.severity) == (0, Severity.HIGH)
    assert settings.rules == (folder / "other/r",)


def test_options_of_the_command_line_go_over_the_file(folder: Path) -> None:
    write(folder, "keyaudit.toml", "policy = 'owasp'\njobs = 1\n")
    settings = load(folder).override(policy="default", severity=None)
    assert (settings.policy, settings.jobs, settings.severity) == ("default", 1, Severity.LOW)
    assert settings.where("policy") == "--policy"
    assert settings.where("jobs").endswith("keyaudit.toml: jobs")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("jobs = \n", "keyaudit.toml:1: is not valid TOML"),
        ("jobs = 1\njobs = 2\n", "keyaudit.toml:2: is not valid TOML"),
        ("job = 1\n", "unknown key 'job'; did you mean 'jobs'?"),
        ("jobs = -1\n", "jobs: must be a whole number"),
        ("jobs = true\n", "jobs: must be a whole number"),
        ("jobs = '2'\n", "jobs: must be a whole number"),
        ("severity = 'hihg'\n", "severity: 'hihg' is no severity; did you mean 'high'?"),
        ("severity = 3\n", "severity: must be a text"),
        ("policy = ''\n", "policy: must be a text"),
        ("select = 'KA3'\n", "select: must be a list of texts"),
        ("select = [3]\n", "select: must be a list of texts"),
        ("rules = [['a']]\n", "rules: must be a list of texts"),
        ("per-path-ignores = ['a']\n", "per-path-ignores: must be a table"),
        ("per-path-ignores = {'a/' = 'KA1'}\n", "per-path-ignores.'a/': must be a list"),
        ("limits = 3\n", "limits: must be a table"),
        ("max-file-size = 0\n", "max-file-size: must be a number of bytes"),
        ("max-file-size = '2 lots'\n", "max-file-size: must be a number of bytes"),
        ("max-file-size = true\n", "max-file-size: must be a number of bytes"),
    ],
)
def test_a_fault_names_file_key_and_remedy(folder: Path, text: str, fault: str) -> None:
    write(folder, "keyaudit.toml", text)
    with pytest.raises(KeyauditError) as caught:
        load(folder)
    assert fault in caught.value.line()
    assert str(folder) in caught.value.line()


def test_a_broken_pyproject_is_named(folder: Path) -> None:
    write(folder, "pyproject.toml", "[tool.keyaudit\n")
    with pytest.raises(KeyauditError, match=r"pyproject\.toml:1: is not valid TOML"):
        load(folder)
    write(folder, "pyproject.toml", b"[tool.keyaudit]\npolicy = '\xff'\n")
    with pytest.raises(KeyauditError, match="is not UTF-8"):
        load(folder)
    write(folder, "pyproject.toml", "tool = 3\n")
    assert load(folder).file is None
    write(folder, "pyproject.toml", "[tool]\nkeyaudit = 3\n")
    with pytest.raises(KeyauditError, match=r"tool\.keyaudit must be a table"):
        load(folder)


def test_a_named_file_must_be_a_configuration(folder: Path) -> None:
    with pytest.raises(KeyauditError, match="there is no such configuration file"):
        load(folder, folder / "none.toml")
    with pytest.raises(KeyauditError, match="is no file"):
        load(folder, folder)
    os.mkfifo(folder / "pipe.toml")
    with pytest.raises(KeyauditError, match="is no file"):
        load(folder, folder / "pipe.toml")
    with pytest.raises(KeyauditError, match="has no table"):
        load(folder, write(folder, "sub/pyproject.toml", "[tool.other]\n"))


def test_suggestions() -> None:
    assert suggestion("KA30", ["KA301", "KA999"]) == "did you mean 'KA301'?"
    assert suggestion("zzz", ["b", "a"]) == "choose from: a, b"
    assert suggestion("zzz", [f"KA{n}" for n in range(30)]) == "`keyaudit rules list` shows all"
