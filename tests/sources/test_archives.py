"""What archives, databases and PDF hold is scanned under its own name, within bounds."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.core.levels import Severity
from keyaudit.core.report import Report
from keyaudit.core.text import decode, is_binary
from keyaudit.scanning import Request, scan
from keyaudit.scanning.settings import Settings
from keyaudit.sources.archives import Bounds, Member, members
from tests import caches
from tests.caches import shipped
from tests.planted.passwords import password

_PASSWORD = password(random.Random(5), 3)[0]
_LINE = f'db_password = "{_PASSWORD}"\n'.encode()


def _zip(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _tar(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def _database(rows: list[tuple[str, str]]) -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE login (user TEXT, password TEXT)")
    connection.executemany("INSERT INTO login VALUES (?, ?)", rows)
    connection.execute("CREATE VIEW everyone AS SELECT load_extension('x') FROM login")
    connection.commit()
    return connection.serialize()


def _pdf(text: str) -> bytes:
    shown = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    content = zlib.compress(f"BT /F1 12 Tf ({shown}) Tj ET".encode())
    return b"%PDF-1.7\n1 0 obj\n<</Filter/FlateDecode>>\nstream\n" + content + b"\nendstream\n"


_IMAGE = _tar({
    "manifest.json": json.dumps([{"Config": "c.json", "Layers": ["layer/layer.tar"]}]).encode(),
    "c.json": json.dumps({"config": {"Env": [f"DB_PASSWORD={_PASSWORD}"]}}).encode(),
    "layer/layer.tar": gzip.compress(_tar({"srv/app.py": _LINE})),
})  # fmt: skip
_CASES = {
    "a.zip": (_zip({"conf/b.py": _LINE}), ["a.zip!/conf/b.py"]),
    "a.whl": (_zip({"pkg/b.py": _LINE, "pkg/c.txt": b"nothing"}), ["a.whl!/pkg/b.py"]),
    "a.tar.gz": (gzip.compress(_tar({"b.py": _LINE})), ["a.tar.gz!/a.tar!/b.py"]),
    "b.py.bz2": (bz2.compress(_LINE), ["b.py.bz2!/b.py"]),
    "b.py.xz": (lzma.compress(_LINE), ["b.py.xz!/b.py"]),
    "a.tar": (_tar({"x.zip": _zip({"b.py": _LINE})}), ["a.tar!/x.zip!/b.py"]),
    "app.db": (_database([("app", _PASSWORD)]), ["app.db!/login"]),
    "page.pdf": (_pdf(f"password = {_PASSWORD}"), ["page.pdf!/text"]),
    "image.tar": (
        _IMAGE,
        ["image.tar!/c.json", "image.tar!/layer/layer.tar!/layer.tar!/srv/app.py"],
    ),
}


def _scan(*paths: Path) -> Report:
    return scan(Request(paths, Settings(jobs=1)), shipped())


@pytest.fixture(autouse=True)
def _caches(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", caches.of_run(tmp_path_factory))


def test_members_are_scanned_under_their_names(tmp_path: Path) -> None:
    for name, (data, _) in _CASES.items():
        (tmp_path / name).write_bytes(data)
    report = _scan(tmp_path)
    assert report.complete
    found = sorted(finding.path for finding in report.findings)
    assert found == sorted(path for _, paths in _CASES.values() for path in paths)
    assert {f.severity for f in report.findings} == {Severity.MEDIUM}
    assert _PASSWORD not in repr(report)


def test_what_was_not_read_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(_zip({"b.py": _LINE * 50})[:90])
    deep = tmp_path / "deep.tar"
    deep.write_bytes(_tar({"1.tar": _tar({"2.tar": _tar({"3.tar": _tar({"b.py": _LINE})})})}))
    report = _scan(tmp_path)
    told = {skip.path: (skip.reason, skip.detail) for skip in report.skipped}
    assert told["broken.zip"][0] == "unread-member"
    assert told["deep.tar!/1.tar!/2.tar!/3.tar"] == ("unread-member", "is an archive in 3 others")
    assert report.exit_status == 0
    assert _scan(broken).exit_status == 3


def _read(data: bytes, **bounds: int) -> list[Member]:
    return list(members("a", data, Bounds(**bounds)))


def test_bounds() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    (only,) = _read(bomb, total=1_000_000)
    assert only.unread == "holds more than is unpacked (over 1,000,000 bytes)"
    many = _read(_zip({str(number): b"x" for number in range(9)}), members=4)
    assert [member.unread for member in many] == ["", "", "", "", many[-1].unread]
    assert "too many members" in many[-1].unread
    (large,) = _read(_zip({"b": bytes(5000)}), each=1000)
    assert (large.path, large.unread) == ("a!/b", "has 5,000 bytes")


def test_names_of_members_lead_nowhere() -> None:
    paths = [member.path for member in _read(_zip({"/etc/x": b"a", "..\\y\n": b"b"}))]
    assert paths == ["a!/etc/x", "a!/../y?"]


@given(st.sampled_from(sorted(_CASES)), st.data())
def test_damaged_archives_raise_nothing(name: str, data: st.DataObject) -> None:
    whole = bytearray(_CASES[name][0])
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(1, len(whole)))
    for member in members(name, bytes(whole[:end]), Bounds(total=5_000_000)):
        assert member.path.startswith(name)


# --- text that is no UTF-8, or nearly text ---


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be",
                                      "utf-16", "utf-32", "utf-8-sig", "utf-8"])  # fmt: skip
def test_text_in_any_unicode_encoding(encoding: str) -> None:
    text = _LINE.decode() + "# naïve\n"
    data = text.encode(encoding)
    assert not is_binary(data)
    assert decode(data) == text


def test_a_stray_nul_byte_makes_no_binary(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_bytes(b"# begin\0\n" + _LINE)
    (finding,) = _scan(file).findings
    assert (finding.path, finding.span.line) == ("app.py", 2)


@pytest.mark.parametrize(
    "data",
    [b"\x7fELF\2\1\1\0\0\0", b"\0" * 64, bytes(range(256)), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"],
)
def test_binary_stays_binary(data: bytes) -> None:
    assert is_binary(data)


def test_named_files_over_the_limit_are_scanned(tmp_path: Path) -> None:
    file = tmp_path / "large.py"
    file.write_bytes(b"x = 1\n" * 400_000 + _LINE)
    assert [finding.span.line for finding in _scan(file).findings] == [400_001]
    report = _scan(tmp_path)
    assert [(skip.path, skip.reason) for skip in report.skipped] == [("large.py", "too-large")]
    assert report.exit_status == 0
