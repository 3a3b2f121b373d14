"""A built wheel and an editable install carry the rules, in an environment of their own.

The build back end runs offline, and what keyaudit depends on comes from the environment of the
tests by a path entry, so that only keyaudit itself is installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from keyaudit import __version__

ROOT = Path(__file__).resolve().parents[2]

# A key that is made up, and looks it.
BAD = (
    "from cryptography.fernet import Fernet\n"
    'Fernet(b"q7XvT2mLzR9wKc4Nf8sYdHg3PJb6AeUo1RiXtQvM5Wk=")\n'
)


@dataclass(frozen=True)
class Environment:
    """A virtual environment without pip; the tests' own pip installs into it."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def packages(self) -> Path:
        variables = {"base": str(self.folder), "platbase": str(self.folder)}
        return Path(sysconfig.get_path("purelib", "venv", variables))

    def install(self, *arguments: str | Path) -> None:
        run(
            sys.executable, "-m", "pip", "--python", self.python, "--disable-pip-version-check",
            "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", *arguments,
        )  # fmt: skip

    def rules(self, folder: Path) -> dict[str, str]:
        """Every rule's id and file, as the installed keyaudit loads them from `folder`."""
        code = (
            "from keyaudit.catalogue import load\n"
            "for rule in load(()).rules.values(): print(rule.id, rule.file)"
        )
        lines = run(self.python, "-c", code, folder=folder).stdout.splitlines()
        return dict(line.split(" ", 1) for line in lines)


def run(
    *command: str | Path, folder: Path = ROOT, expect: int = 0
) -> subprocess.CompletedProcess[str]:
    """The finished command; its output is shown when its exit status is another."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [*map(str, command)], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == expect, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def build(kind: str, source: Path, folder: Path) -> Path:
    run(sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", folder, folder=source)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    made = Environment(tmp_path / "venv")
    venv.create(made.folder, with_pip=False, symlinks=True)
    # A path entry named in a .pth file brings packages, but not the .pth files beside them:
    # the keyaudit of the tests' own editable install stays out of sight.
    (made.packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return made


def rule_files() -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in (ROOT / "rules").rglob("*.yaml")}


def test_the_wheel_holds_the_package_and_every_rule_file(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"keyaudit/{name}" for name in rule_files()} <= names
    assert "keyaudit/py.typed" in names
    assert any(name.startswith("keyaudit/catalogue/schemas/") for name in names)
    outside = {name.split("/")[0] for name in names} - {"keyaudit"}
    assert outside == {f"keyaudit-{__version__}.dist-info"}


def test_a_wheel_built_from_the_source_archive_is_the_same(wheel: Path, tmp_path: Path) -> None:
    archive = build("sdist", ROOT, tmp_path / "sdist")
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    again = build("wheel", source, tmp_path / "again")
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(again) as second:
        assert sorted(first.namelist()) == sorted(second.namelist())


def test_the_installed_wheel_scans_with_the_rules_it_carries(
    wheel: Path, environment: Environment, tmp_path: Path
) -> None:
    environment.install(wheel)
    target = tmp_path / "target"
    target.mkdir()
    (target / "app.py").write_text(BAD)

    rules = environment.rules(target)
    assert rules
    shipped = environment.packages / "keyaudit" / "rules"
    assert len(list(shipped.rglob("*.yaml"))) == len(rule_files())

    # What is released was checked when it was made; a user's rules are checked all the same.
    code = "import sys; from keyaudit.catalogue import load; load(()); print(*sys.modules)"
    loaded = run(environment.python, "-c", code, folder=target).stdout.split()
    assert not {"jsonschema", "yaml"} & set(loaded)
    (compiled,) = shipped.glob("*.json")
    kept = compiled.read_bytes()
    # Where it is damaged or another release's, the rules are read from where they stand.
    for damaged in (b"{", b"[]", kept.replace(b'{"version":"', b'{"version":"0')):
        compiled.write_bytes(damaged)
        loaded = run(environment.python, "-c", code, folder=target).stdout.split()
        assert "yaml" in loaded
    compiled.write_bytes(kept)
    (target / "own").mkdir()
    (target / "own" / "own.yaml").write_text("id: KA999\n")

    command = environment.folder / "bin" / "keyaudit"
    refused = run(command, "scan", "--rules", "own", ".", folder=target, expect=2)
    assert "own/own.yaml:1" in refused.stderr
    done = run(command, "scan", "--no-cache", ".", folder=target, expect=1)
    assert "KA301" in done.stdout
    assert run(command, "--version", folder=target).stdout.strip().endswith(__version__)


def test_an_editable_install_reads_the_rules_of_the_checkout(
    environment: Environment, tmp_path: Path
) -> None:
    environment.install("--editable", ROOT)
    assert not (environment.packages / "keyaudit").exists()
    (tmp_path / "elsewhere").mkdir()

    assert "KA301" in environment.rules(tmp_path / "elsewhere")
    code = "import keyaudit; print(keyaudit.__file__)"
    done = run(environment.python, "-c", code, folder=tmp_path / "elsewhere")
    assert Path(done.stdout.strip()) == ROOT / "keyaudit" / "__init__.py"
