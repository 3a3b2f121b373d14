"""On the same files, the same secrets as detect-secrets finds. docs/secrets.md says what is not."""

from __future__ import annotations

import email
import http
import json
import urllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import keyaudit
from tests.secrets.plants import DETECTORS, plant, private_key
from tests.secrets.support import inside, ours, theirs

_HERE = Path(keyaudit.__file__).parent.parent

_PATHS = (
    "a.py", "a.yaml", "a.yml", "a.eyaml", "a.ini", "a.cfg", "a.conf", "a.toml", "a.properties",
    ".env", "a.json", "a.txt", "a.md", "a.sh", "Dockerfile", "a.go", "a.js", "a.c", "a.cpp", "a.tf",
    "a.example", "a.lock", "a.svg", "yarn.lock", "package-lock.json", "swagger/a.json",
    "a.html", "a.pem",
)  # fmt: skip
_SECRETS = st.builds(plant, st.sampled_from(DETECTORS), st.integers(0, 10_000))
_NAMES = st.sampled_from(
    ["password", "db_password", "api_key", "secret", "token", "user_id", "id", "name", "x", "key",
     "aws_secret_access_key", "my-secret", "passwd_file", "PWD", "private_key", "checksum"]
)  # fmt: skip
_PLAIN = st.sampled_from(
    ["hunter2", "n7Kq2xVw9LzT", "hello", "true", "1234567890", "abcdef", "$HOME", "${SECRET}",
     "{{ vault }}", "<value>", "get_password()", 'os.environ["X"]', "a: b", "it's", 'say "hi"', "é",
     "5feac65e442c91f557fc90069ce6efc4d346ab51", "b8a1e4f2-0c3d-4e5f-8a9b-0c1d2e3f4a5b",
     "/usr/lib/python3/dist-packages/Zope", "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789", "p@ss w0rd", ""]
)  # fmt: skip
_VALUES = st.one_of(_PLAIN, _SECRETS.map(lambda planted: planted.secret))


@st.composite
def _lines(draw: st.DrawFn) -> str:
    """A line or two as they stand in code and in configuration."""
    name, value = draw(_NAMES), draw(_VALUES)
    form = draw(
        st.sampled_from(
            [
                '{n} = "{v}"', "{n} = '{v}'", "{n}={v}", "{n}: {v}", '{n}: "{v}"', "{n}: '{v}'",
                "  {n}: {v}", "- {n}: {v}", '"{n}": "{v}",', "{n}:\t{v}", "{n} := `{v}`", "{n}:",
                "{n} =\n    {v}", "{n}:\n  {v}", "{n}: |\n  {v}", "{n}: >-\n  {v}\n  {v}",
                "{n}: &a {v}\nother: *a", '{n}: !str "{v}"', "? {n}\n: {v}", "{{{n}: {v}, b: c}}",
                "[{n}]", "[section]", "# {n} {v}", "; {n} = {v}", "// {v}", "", " ", "{v}", "'{v}'",
                'if "{v}" == {n}:', "{n} => '{v}'", '{n} "{v}";', "f({n}='{v}')", "--{n} {v}",
                '{n} = "{v}"  # pragma: allowlist secret', "{n}: {v}  # pragma: whitelist secret",
                "# pragma: allowlist nextline secret\n{n} = '{v}'", "{n} = \"\"\"{v}", "---", "...",
                "; pragma: allowlist nextline secret\n{n} = {v}", "- {v}", "- '{v}'",
                "{n}[] = @\"{v}\";", "{{a: b, {n}: {v}}}",
                "{n}: !!binary |\n  {v}\n  {v}", "%{n}% = %({v})s", "export {n}={v}",
            ]
        )
    )  # fmt: skip
    return form.format(n=name, v=value)


@st.composite
def _texts(draw: st.DrawFn) -> str:
    parts = draw(
        st.lists(
            st.one_of(
                _lines(),
                _lines(),
                _SECRETS.map(lambda planted: planted.line),
                st.builds(private_key, st.integers(0, 99)),
                st.text(max_size=20),
            ),
            max_size=8,
        )
    )
    if draw(st.booleans()):
        parts.insert(0, "[section]")
    return draw(st.sampled_from(["\n", "\n", "\r\n", "\r"])).join(parts)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with inside(tmp_path_factory.mktemp("same")):
        yield Path()


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(text=_texts(), path=st.sampled_from(_PATHS))
@example(text="password:\n  n7Kq2xVw9LzT\n", path="a.yaml")
@example(text="[a]\npassword =\n    n7Kq2xVw9LzT\n    9LzTn7Kq2xVw\n", path="a.ini")
@example(text="password=n7Kq2xVw9LzT\n", path=".env")
@example(text="x=1\npassword=n7Kq2xVw9LzT\nno delimiter\n", path=".env")
@example(text="a\rpassword = 'n7Kq2xVw9LzT'\rb\nsecret = 'n7Kq2xVw9LzT'", path="a.py")
@example(text="\x0cpassword = 'n7Kq2xVw9LzT'\x0b\n", path="a.py")
@example(text="", path="a.py")
@example(text="[a]\n", path="a.py")
def test_on_generated_files(folder: Path, text: str, path: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    file = folder / path
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)
    try:
        expected = theirs(path)
    except ValueError:
        return  # see test_differences
    assert ours(data, path) == expected


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize("path", ["a.py", "a.yaml", "a.ini", ".env", "a.json"])
def test_on_each_kind_of_secret(folder: Path, detector: str, path: str) -> None:
    for seed in range(3):
        data = f"[a]\nx = 1\n{plant(detector, seed).line}\n".encode()
        (folder / path).write_bytes(data)
        assert ours(data, path) == theirs(path)


def _files(top: Path) -> list[str]:
    return sorted(
        str(path.relative_to(top))
        for path in top.rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".hs"}
    )


@pytest.mark.parametrize("package", [email, http, json, urllib], ids=lambda module: module.__name__)
def test_on_the_standard_library(package: ModuleType) -> None:
    assert package.__file__ is not None
    _compare(Path(package.__file__).parent)


@pytest.mark.parametrize("name", ["rules/models", "rules/storage", "tests/secrets", "docs"])
def test_on_this_project(name: str) -> None:
    _compare(_HERE / name)


def _compare(top: Path) -> None:
    paths = _files(top)
    assert paths
    with inside(top):
        for path in paths:
            assert ours(Path(path).read_bytes(), path) == theirs(path), path
