"""Fixes that call keyaudit.remediation, and what the project then says it needs."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from keyaudit.catalogue.types import Catalogue
from keyaudit.fixes.examples import fix_files
from keyaudit.fixes.outcome import Outcome

ERASE = (
    "import os\n\n\ndef replace_key(store, new):\n"
    '    store(new)\n    os.remove("/srv/server.key")\n'
)
COMPARE = (
    "import hashlib\nimport hmac\n\n\ndef valid(key: bytes, body: bytes, given: str) -> bool:\n"
    "    return hmac.new(key, body, hashlib.sha256).hexdigest() == given\n"
)
WIPE = (
    "import os\nfrom cryptography.hazmat.primitives.ciphers.aead import AESGCM\n\n\n"
    "def seal(nonce, data):\n    key = bytearray(os.urandom(32))\n"
    '    return AESGCM(key).encrypt(nonce, data, b"v1")\n'
)

Run = Callable[..., Outcome]


@pytest.fixture
def fixed(rules: Catalogue, kept: Path) -> Run:
    def run(
        rule: str, files: dict[str, str], style: str | None = None, allow: bool = False
    ) -> Outcome:
        return fix_files(
            {path: text.encode() for path, text in files.items()}, rules, rules.policies["default"],
            rule=rule, cache_folder=kept, style=style, allow_dependency=allow,
        )  # fmt: skip

    return run


def _texts(outcome: Outcome) -> dict[str, str]:
    return {path: data.decode() for path, data in outcome.changed().items()}


def test_without_leave_no_dependency_is_added(fixed: Run) -> None:
    outcome = fixed("KA703", {"app.py": ERASE, "requirements.txt": "flask\n"})
    assert not outcome.changed()
    assert "--allow-dependency" in outcome.declined[0][1]
    outcome = fixed("KA413", {"app.py": COMPARE, "requirements.txt": "flask\n"}, "remediation")
    assert not outcome.changed()
    assert "--allow-dependency" in outcome.declined[0][1]


def test_the_style_follows_the_project(fixed: Run) -> None:
    inline = _texts(fixed("KA413", {"app.py": COMPARE, "requirements.txt": "flask\n"}))
    assert set(inline) == {"app.py"}
    assert "hmac.compare_digest(" in inline["app.py"]
    called = _texts(fixed("KA413", {"app.py": COMPARE, "requirements.txt": "keyaudit>=0.1\n"}))
    assert set(called) == {"app.py"}
    assert "from keyaudit.remediation import constant_time_equal\n" in called["app.py"]
    assert "constant_time_equal(" in called["app.py"]
    assert ".encode()" not in called["app.py"]
    asked = fixed("KA413", {"app.py": COMPARE, "requirements.txt": "keyaudit>=0.1\n"}, "inline")
    assert "compare_digest" in _texts(asked)["app.py"]


def test_a_key_is_wiped_by_the_library(fixed: Run) -> None:
    files = {"app.py": WIPE, "requirements.txt": "cryptography\n"}
    changed = _texts(fixed("KA701", files, "remediation", allow=True))
    assert "    finally:\n        wipe(key)\n" in changed["app.py"]
    assert changed["requirements.txt"] == "cryptography\nkeyaudit>=0.1\n"


# By name: the file, and what it is before and after.
_ADDED = {
    "a line of requirements": (
        "requirements.txt",
        """
        flask==3.1
        """,
        """
        flask==3.1
        keyaudit>=0.1
        """,
    ),
    "a list on one line": (
        "pyproject.toml",
        """
        [project]
        name = "shop"
        dependencies = ["flask>=3"]  # few

        [tool.x]
        a = 1
        """,
        """
        [project]
        name = "shop"
        dependencies = ["flask>=3", "keyaudit>=0.1"]  # few

        [tool.x]
        a = 1
        """,
    ),
    "an empty list": (
        "pyproject.toml",
        """
        [project]
        dependencies = []
        """,
        """
        [project]
        dependencies = ["keyaudit>=0.1"]
        """,
    ),
    "a list of several lines, with a comment": (
        "pyproject.toml",
        """
        [project]
        dependencies = [
          'flask[async]>=3',  # a ] in a comment
        ]
        """,
        """
        [project]
        dependencies = [
          'flask[async]>=3',  # a ] in a comment
          'keyaudit>=0.1',
        ]
        """,
    ),
    "a list without a last comma": (
        "pyproject.toml",
        """
        [project]
        dependencies = [
            "flask"
        ]
        """,
        """
        [project]
        dependencies = [
            "flask",
            "keyaudit>=0.1"
        ]
        """,
    ),
    "a table of Poetry": (
        "pyproject.toml",
        """
        [tool.poetry.dependencies]
        python = "^3.11"
        flask = "^3"

        [build-system]
        """,
        """
        [tool.poetry.dependencies]
        python = "^3.11"
        flask = "^3"
        keyaudit = ">=0.1"

        [build-system]
        """,
    ),
    "setup.cfg": (
        "setup.cfg",
        """
        [metadata]
        name = shop
        [options]
        install_requires =
            flask
            click
        packages = find:
        """,
        """
        [metadata]
        name = shop
        [options]
        install_requires =
            flask
            click
            keyaudit>=0.1
        packages = find:
        """,
    ),
}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", _ADDED)
def test_the_dependency_is_added_with_the_code(fixed: Run, name: str, end: str) -> None:
    path, *texts = _ADDED[name]
    before, after = (dedent(text).lstrip().replace("\n", end) for text in texts)
    outcome = fixed("KA703", {"shop/app.py": ERASE, path: before}, allow=True)
    changed = _texts(outcome)
    assert changed[path] == after
    assert 'erase_file("/srv/server.key")' in changed["shop/app.py"]
    assert [sorted(group) for group in outcome.file_groups()] == [sorted([path, "shop/app.py"])]
    if path.endswith(".toml"):
        tomllib.loads(after)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "it is not known where"),
        ({"requirements.txt": "flask==3.1 --hash=sha256:00\n"}, "it is not known where"),
        (
            {"pyproject.toml": '[project]\nrequires-python = ">=3.8"\ndependencies = []\n'},
            "runs on older",
        ),
        ({"pyproject.toml": '[project]\ndynamic = ["dependencies"]\n'}, "it is not known where"),
        ({"pyproject.toml": '[project]\nname = "a"\n[x]\ndependencies = []\n'}, "it is not known"),
    ],
)
def test_where_it_cannot_be_added_nothing_is_changed(
    fixed: Run, files: dict[str, str], reason: str
) -> None:
    outcome = fixed("KA703", {"app.py": ERASE, **files}, allow=True)
    assert not outcome.changed()
    assert reason in outcome.declined[0][1]


def test_two_fixes_share_the_dependency(fixed: Run) -> None:
    files = {"app.py": ERASE, "web/b.py": ERASE, "requirements.txt": "flask\n"}
    changed = _texts(fixed("KA703", files, allow=True))
    assert changed["requirements.txt"] == "flask\nkeyaudit>=0.1\n"
    assert set(changed) == set(files)
