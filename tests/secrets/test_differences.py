"""Where keyaudit and detect-secrets differ, on purpose: see docs/secrets.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.secrets.plants import plant
from tests.secrets.support import findings, inside, ours, theirs

_PLANT = plant("GitHubTokenDetector", 1)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> Iterator[None]:
    with inside(tmp_path):
        yield


def _write(data: bytes, path: str) -> bytes:
    Path(path).write_bytes(data)
    return data


def test_addresses_are_no_secrets() -> None:
    from detect_secrets.plugins.ip_public import IPPublicDetector

    line = 'host = "185.199.108.153"'
    assert IPPublicDetector().analyze_line(filename="a.py", line=line)
    assert findings(line) == []


@pytest.mark.parametrize(
    "data",
    [
        _PLANT.line.encode("utf-16"),
        b"# caf\xe9\n" + _PLANT.line.encode(),
    ],
    ids=["utf-16", "latin-1"],
)
def test_files_that_are_no_utf8_are_read(data: bytes) -> None:
    _write(data, "a.py")
    assert theirs("a.py") == set()
    assert "GitHubTokenDetector" in {found.detector for found in ours(data, "a.py")}


def test_letters_and_digits_of_other_scripts_do_not_count() -> None:
    # A long s is an s by Unicode's rules of case; Arabic digits are digits.
    for line in (
        'pa\u017f\u017fword = "n7Kq2xVw9LzT"',
        "bot = '" + "\u0663" * 9 + ":" + "a1B2c" * 7 + "'",
    ):
        data = _write(line.encode(), "a.py")
        assert len(theirs("a.py")) == 1
        assert ours(data, "a.py") == set()


def test_files_at_which_detect_secrets_fails_are_read() -> None:
    data = _write(b"day: 2001-99-99\npassword: n7Kq2xVw9LzT\n", "a.yaml")
    with pytest.raises(ValueError, match="month must be"):
        theirs("a.yaml")
    assert [found.value for found in ours(data, "a.yaml")] == ["n7Kq2xVw9LzT"]


@pytest.mark.parametrize(
    "text",
    [
        "a0: &a0 [x, x]\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
        + "password: n7Kq2xVw9LzT\n",
        "a: &a [*a]\npassword: n7Kq2xVw9LzT\n",
    ],
    ids=["multiplies", "turns in a circle"],
)
def test_aliases_without_end_are_read_as_text(text: str) -> None:
    # detect-secrets follows them, and does not come back.
    found = ours(text.encode(), "a.yaml")
    assert [one.value for one in found] == ["n7Kq2xVw9LzT"]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a: on the left\n# was {}\n", "a.yaml"),
        ("a: on the left\nb: 3  # {}\n", "a.yaml"),
        ("a: on the left\nvariables:\n  - TOKEN={}\n", "a.yaml"),
        ("[a]\nb = 1\n; was {}\n", "a.ini"),
    ],
)
def test_what_the_readers_of_settings_drop_is_found(text: str, path: str) -> None:
    data = _write(text.format(_PLANT.secret).encode(), path)
    assert theirs(path) == set()
    (finding,) = findings(data, path)
    assert finding.message.startswith("GitHub personal access token in the source")


def test_encrypted_private_keys_of_pkcs8_are_found() -> None:
    data = _write(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "a.pem")
    assert theirs("a.pem") == set()
    assert [finding.rule_id for finding in findings(data, "a.pem")] == ["KA303"]
