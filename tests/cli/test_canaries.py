"""No secret that a scan meets is written anywhere: report, error, baseline, cache."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from keyaudit.reports import FORMATS
from tests.cli.support import SECRET, run

# Made up, each in the form of a kind of secret.
CANARIES = {
    "aws": "AKIA" + "Q3ZJ7XKD5WVN2RTB",
    "github": "ghp_" + "k3Jd9sLq7Zx1Vb5Nm8Ht2Rf6Wc4Yp0GaTe",
    "url": "Vr7pK2mZq9",
    "password": "tR4!nQ8z@Lw2",
    "key": SECRET,
    "bytes": "w8Zq3Nf6Lk1Tj9Xd5Rv2Hb7Gm4Pc0Sy",
}
SOURCE = f'''\
import logging
import jwt
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

AWS_ACCESS_KEY_ID = "{CANARIES["aws"]}"
token = "{CANARIES["github"]}"
URL = "postgres://app:{CANARIES["url"]}@db.example.org/app"
password = "{CANARIES["password"]}"
KEYS = {{"main": "{CANARIES["key"]}", "other": b"{CANARIES["bytes"]}"}}


def seal(nonce, data):
    # old key: {CANARIES["key"]}
    logging.info("key %s", KEYS["main"])
    AESGCM(KEYS["other"]).encrypt(nonce, data, b"{CANARIES["key"]}")
    jwt.encode({{}}, "{CANARIES["password"]}", "HS256")
    return AESGCM(KEYS["main"].encode()).encrypt(nonce, data, None)
'''


def forms(value: str) -> list[bytes]:
    """The value as it is and encoded; and every eighth of it that is long enough to matter."""
    data = value.encode()
    parts = [data[i : i + 9] for i in range(4, len(data) - 8)] or [data[4:]]
    return [data, base64.b64encode(data)[:-2], data.hex().encode(), *parts]


def leaks(written: bytes) -> list[str]:
    return [name for name, value in CANARIES.items() for form in forms(value) if form in written]


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    folder = tmp_path / "planted"
    folder.mkdir()
    (folder / "app.py").write_text(SOURCE)
    (folder / ".env").write_text("".join(f"SECRET_{k}={v}\n" for k, v in CANARIES.items()))
    (folder / "old.py").write_text(f"print 'x'\npassword = '{CANARIES['password']}'\n")
    return folder


def test_no_format_shows_a_secret(planted: Path) -> None:
    for format in FORMATS:
        done = run("scan", "--severity", "note", "--format", format, folder=planted, expect=1)
        assert "KA301" in done.stdout
        assert leaks(done.stdout.encode() + done.stderr.encode()) == []


def test_neither_baseline_nor_cache_holds_one(planted: Path) -> None:
    cache = {"XDG_CACHE_HOME": str(planted.parent / "cache")}
    run("baseline", "create", "--severity", "note", folder=planted, env=cache, expect=0)
    run("scan", "--severity", "note", folder=planted, env=cache, expect=1)
    assert leaks((planted / ".keyaudit-baseline.json").read_bytes()) == []
    kept = [path for path in (planted.parent / "cache").rglob("*") if path.is_file()]
    assert kept, "the cache is where it was looked for"
    for path in kept:
        assert leaks(path.read_bytes()) == [], path


def test_the_search_would_find_one() -> None:
    assert leaks(SOURCE.encode()) != []
    assert leaks(SOURCE.replace(SECRET, SECRET[10:]).encode()) != []
