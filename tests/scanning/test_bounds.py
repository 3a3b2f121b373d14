"""What is beyond a bound of the work on one file is said in the report."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.scanning.support import Project


def _notices(project: Project, kind: str) -> list[str]:
    return [n.message for n in project.scan(project.folder).notices if n.kind == kind]


def test_more_keys_than_are_looked_into(project: Project) -> None:
    public = Ed25519PrivateKey.generate().public_key()
    line = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    project.write("authorized_keys", f"{line}\n" * 1_000)
    assert not _notices(project, "limit")
    project.write("authorized_keys", f"{line}\n" * 1_001)
    assert _notices(project, "limit") == [
        "1,001 keys and certificates, of which 1,000 were looked into"
    ]


def test_a_script_longer_than_is_read(project: Project) -> None:
    last = "openssl genrsa -out key.pem 512\n"
    project.write("build.sh", "a=1\n" + "true\n" * 20_000 + last)
    assert project.scan(project.folder).findings
    project.write("build.sh", "a=1\n" + "true\n" * 50_001 + last)
    assert any("longer than scripts are read" in text for text in _notices(project, "parse-error"))
