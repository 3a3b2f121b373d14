"""Scans of projects with keys in them: what is found, said, kept and skipped."""

from __future__ import annotations

import base64
import os
import signal
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from keyaudit.core.finding import Finding
from keyaudit.core.levels import Severity
from keyaudit.core.report import Report
from keyaudit.material import shared_primes, weak
from keyaudit.scanning import run, whole_scan
from tests.material import keys
from tests.scanning.support import Project, essence, found
from tests.sources.support import Repo


class _Clock:
    """Stands for the module `time`. Certificates are judged on the day they are made for."""

    def __init__(self) -> None:
        self.now = keys.NOW

    def time(self) -> float:
        return self.now.timestamp()

    def perf_counter(self) -> float:
        return 0.0


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    made = _Clock()
    monkeypatch.setattr(run, "time", made)
    return made


def _only(report: Report, rule: str) -> Finding:
    (finding,) = [finding for finding in report.findings if finding.rule_id == rule]
    return finding


# --- KA303 ---


def test_private_keys(project: Project) -> None:
    rsa_key, ec_key = "RSA private key of 2048 bits", "EC private key on P-256"
    pkcs12 = "PKCS #12 key store with a private key"
    cases = {
        "a/id": (keys.private("rsa", "openssh"), rsa_key, "critical"),
        "b/tls.key": (keys.private("ec"), ec_key, "critical"),
        "c/tls.key": (keys.private("ec", encrypted=True), "Encrypted private key", "low"),
        "d/tls.der": (keys.private("ec", der=True), ec_key, "critical"),
        "e/any.bin": (keys.private("rsa", der=True), rsa_key, "critical"),
        "f/tls.p12": (keys.store("ec", b"changeit"), pkcs12, "critical"),
        "g/tls.pfx": (keys.store("ec", keys.PASSWORD), f"Encrypted {pkcs12}", "low"),
        "h/app.jks": (keys.java_store("x7Gq2Lp", "ec", "rsa"),
                      "Encrypted Java key store with 2 private keys", "low"),
        "tests/tls.p12": (keys.store("ec", None), pkcs12, "note"),
    }  # fmt: skip
    for path, (data, _, _) in cases.items():
        project.write(path, data)
    report = project.scan(".")
    assert {
        # After it, what is said of how its password is stretched.
        f.path: (f.message.split(";")[0], f.severity.label, f.span.line)
        for f in report.findings
        if f.rule_id == "KA303"
    } == {
        path: (f"{words} in the source", severity, 1)
        for path, (_, words, severity) in cases.items()
    }


def test_a_key_of_random_bytes_is_told_by_its_name_and_size(project: Project) -> None:
    drawn = bytes(range(0x90, 0x90 + 32))
    project.write("a/server.key", drawn)
    project.write("b/aes-key.bin", drawn[:16])
    for other in ("b/data.bin", "b/public.key", "c/server.crt"):
        project.write(other, drawn)
    project.write("d/short.key", drawn[:20])
    project.write("e/empty.key", bytes(32))
    project.write("f/word.key", b"correct horse battery staple 123")
    report = project.scan(".")
    told = {f.path: f.message for f in report.findings if f.rule_id == "KA303"}
    assert told == {
        "a/server.key": "Symmetric key of 256 bits in the source",
        "b/aes-key.bin": "Symmetric key of 128 bits in the source",
    }


def test_a_key_in_code_is_found_once_and_described(project: Project) -> None:
    body = keys.private("ec").decode().replace("\n", "\\n")
    project.write("app.py", f'NAME = "x"\nKEY = "{body}"\n')
    finding = _only(project.scan("."), "KA303")
    assert finding.message == "EC private key on P-256 in the source"
    assert finding.span.line == 2
    assert finding.preview == "-----BEGIN PRIVATE KEY-----…"


def test_public_halves_and_stores_without_keys_are_no_private_keys(project: Project) -> None:
    project.write("a.pub", keys.public("ec"))
    project.write("b.crt", keys.written(keys.certificate("ec"), Encoding.DER))
    project.write("c.csr", keys.request("ec"))
    assert not found(project.scan("."), "KA303", "KA118", "KA309")


def test_other_binary_files_are_skipped_as_before(project: Project) -> None:
    project.write("logo.png", b"\x89PNG\r\n\0\0")
    project.write("tls.key", b"\0\1\2 no key")
    project.write("large.der", b"\x30\x84" + (1 << 20).to_bytes(4, "big") + bytes(1 << 20))
    report = project.scan(".")
    assert [(skip.path, skip.reason) for skip in report.skipped] == [
        ("large.der", "binary"), ("logo.png", "binary"), ("tls.key", "binary"),
    ]  # fmt: skip
    assert not report.findings


def test_where_the_certificate_of_a_key_stands(project: Project) -> None:
    project.write("deploy/tls.key", keys.private("ec"))
    project.write("deploy/tls.crt", keys.written(keys.certificate("ec")))
    finding = _only(project.scan("."), "KA303")
    assert [step.path for step in finding.steps] == ["deploy/tls.key", "deploy/tls.crt"]
    assert "valid until 2026-12-02" in finding.steps[1].text


def test_nothing_of_a_key_is_shown_or_kept(project: Project) -> None:
    project.write("a.pem", keys.private("rsa"))
    project.write("b.py", f"KEY = {keys.private('ec')!r}\n")
    project.write("c/tls.p12", keys.store("rsa", None))
    project.write("d/secret.yaml", b"key: " + base64.b64encode(keys.private("ed25519")))
    report = project.scan(".")
    assert len(found(report, "KA303")) == 4
    written = repr(report).encode() + project.cached
    for kind in ("rsa", "ec", "ed25519"):
        body = b"".join(keys.private(kind).splitlines()[1:-1])
        twice = base64.b64encode(keys.private(kind))
        for text in (body, twice):
            assert not any(text[n : n + 12] in written for n in range(60, len(text) - 12, 6))


# --- KA118 ---


def test_short_keys(project: Project) -> None:
    project.write("a/own.key", keys.private("short"))
    project.write("a/own.crt", keys.written(keys.certificate("short")))
    project.write("b/dsa.pub", keys.public("dsa"))
    project.write("c/fine.key", keys.private("rsa"))
    prime = (1 << 1024) - 105  # of the size of one
    integers = keys.element(2, b"\0" + prime.to_bytes(128, "big")) + keys.element(2, b"\2")
    body = base64.encodebytes(keys.element(0x30, integers)).decode()
    label = "DH PARAMETERS-----"
    project.write("d/dh.pem", f"-----BEGIN {label}\n{body}-----END {label}\n")
    findings = {f.path: f for f in project.scan(".").findings if f.rule_id == "KA118"}
    assert sorted(findings) == ["a/own.crt", "a/own.key", "b/dsa.pub", "d/dh.pem"]
    assert findings["d/dh.pem"].message.startswith("Weak DH parameters of 1024 bits: ")
    assert findings["a/own.key"].message == (
        "Weak RSA private key of 1024 bits: policy default asks for 2,048 bits or more"
    )
    assert findings["a/own.crt"].severity is Severity.HIGH  # its private key is here
    assert findings["b/dsa.pub"].severity is Severity.MEDIUM  # somebody else's


def test_a_key_and_its_certificate_in_one_file_are_weak_once(project: Project) -> None:
    written = keys.written(keys.certificate("short")) + keys.private("short")
    project.write("tls.pem", keys.public("rsa") + written)
    assert len(found(project.scan("."), "KA118")) == 1


def test_keys_with_a_prime_in_common(project: Project) -> None:
    p, q, other = (rsa.generate_private_key(65537, 2048).private_numbers().p for _ in range(3))
    project.write("a.pem", keys.pem_of((p * q, 65537)))
    project.write("b.pem", keys.pem_of((p * other, 65537)))
    project.write("c.pem", keys.public("rsa"))
    findings = [f for f in project.scan(".").findings if f.rule_id == "KA118"]
    assert [(f.path, f.severity.label) for f in findings] == [
        ("a.pem", "critical"), ("b.pem", "critical"),
    ]  # fmt: skip
    assert "a prime in common with the key in b.pem:1" in findings[0].message
    assert [step.path for step in findings[0].steps] == ["a.pem", "b.pem"]


def test_a_bound_on_the_search_for_primes_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_primes, "most_bits", lambda: 2048)
    project.write("a.pem", keys.public("rsa"))
    project.write("b.pem", keys.public("rsa-other"))
    (notice,) = project.scan(".").notices
    assert notice.kind == "limit"
    assert "only 1 of 2 RSA keys were compared" in notice.message


def test_many_keys_are_compared_in_a_process_of_their_own(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_primes, "are_few", lambda _: False)
    p, q, other = (rsa.generate_private_key(65537, 2048).private_numbers().p for _ in range(3))
    project.write("a.pem", keys.pem_of((p * q, 65537)))
    project.write("b.pem", keys.pem_of((p * other, 65537)))
    assert {f.path for f in project.scan(".").findings if f.rule_id == "KA118"} == {
        "a.pem", "b.pem",
    }  # fmt: skip
    # What ends that process is told, and the scan is not whole.
    monkeypatch.setattr(shared_primes, "partners", lambda _: os.kill(os.getpid(), signal.SIGPROF))
    report = project.scan(".")
    assert not report.complete
    (skip,) = report.skipped
    assert skip.detail == "comparing 2 RSA keys for primes in common: took more than 20 s"
    assert not [f for f in report.findings if f.rule_id == "KA118"]


def test_small_exponents_are_the_policy_s_matter(project: Project) -> None:
    modulus = keys.key("rsa").public_key().public_numbers().n
    project.write("a.pem", keys.pem_of((modulus, 3)))
    finding = _only(project.scan("."), "KA118")
    assert finding.severity is Severity.LOW
    assert "its exponent is 3, where policy default asks for 65,537 or more" in finding.message


def test_published_keys(project: Project) -> None:
    """The key of RFC 8037 A.1, put together from the seed of RFC 8032 7.1, test 1."""
    seed = "nWGxne_9WmC6hEr0kuwsxERJxWl7Mmk" + "ZcDusAxyuf2A"
    made = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(seed + "="))
    public = made.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    project.write("deploy/authorized_keys", b"restrict " + public + b" ops\n")
    written = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    project.write("deploy/id", written)
    assert {(f.path, f.rule_id): f.severity.label for f in project.scan(".").findings} == {
        ("deploy/authorized_keys", "KA118"): "high",
        ("deploy/id", "KA118"): "medium",
        ("deploy/id", "KA303"): "note",
    }
    project.write("deploy/copy", written)
    assert _only(project.scan("."), "KA309").severity is Severity.NOTE


def test_damaged_numbers_are_no_weak_key(project: Project) -> None:
    numbers = keys.key("short").private_numbers()
    project.write("a.pem", keys.pem_of((numbers.p * numbers.q * 15, 65537)))
    assert not project.scan(".").findings


def test_keys_in_documentation_are_examples(project: Project) -> None:
    text = keys.private("short", "traditional").decode()
    project.write("a.py", f'"""Loads keys.\n\n{text}"""\n')
    assert {f.severity for f in project.scan(".").findings} == {Severity.NOTE}


# --- KA309 ---


def test_one_key_in_several_forms_and_environments(project: Project) -> None:
    project.write("deploy/dev/tls.p12", keys.store("ec", None))
    project.write("deploy/prod/tls.key", keys.private("ec", "openssh"))
    project.write("deploy/prod/other.key", keys.private("ed25519"))
    finding = _only(project.scan("."), "KA309")
    assert finding.path == "deploy/dev/tls.p12"
    assert finding.severity is Severity.HIGH
    assert "development and production: also in deploy/prod/tls.key:1" in finding.message
    assert keys.identity("ec") in finding.steps[0].text


@pytest.mark.parametrize(
    ("paths", "severity"),
    [
        (("a/tls.key", "b/tls.key"), "medium"),
        (("a/tls.key", "tests/tls.key"), "low"),
        (("tests/a.key", "tests/b.key"), "note"),
    ],
)
def test_copies(project: Project, paths: tuple[str, ...], severity: str) -> None:
    for path in paths:
        project.write(path, keys.private("ec"))
    finding = _only(project.scan("."), "KA309")
    assert (finding.path, finding.severity.label) == (paths[0], severity)


def test_copies_of_an_encrypted_key(project: Project) -> None:
    for path in ("a/tls.key", "b/tls.key"):
        project.write(path, keys.private("ec", "openssh"))
    written = keys.private("rsa", encrypted=True)
    for path in ("c/tls.key", "d/tls.key"):
        project.write(path, written)
    findings = [f for f in project.scan(".").findings if f.rule_id == "KA309"]
    assert [(f.path, f.severity.label) for f in findings] == [
        ("a/tls.key", "medium"), ("c/tls.key", "low"),
    ]  # fmt: skip


# --- KA508 ---


def test_certificates_in_time(project: Project) -> None:
    cases = {
        "old.crt": ((-400, 365, False, True), "expired on 2025-11-27"),
        "old-authority.crt": ((-400, 365, True, False), "expired on 2025-11-27"),
        "year.crt": ((-30, 398, False, True), ""),
        "long.crt": ((-30, 3650, False, True), "is valid for 3,650 days, until 2035-11-30; policy"
                     " default allows 398"),
        "authority.crt": ((-30, 3650, True, True), ""),
        "client.crt": ((-30, 3650, False, False), ""),
    }  # fmt: skip
    for path, ((begins, days, authority, host), _) in cases.items():
        made = keys.certificate("ec", begins=begins, days=days, authority=authority, host=host)
        project.write(path, keys.written(made))
    assert {f.path: f.message for f in project.scan(".").findings} == {
        path: f"Certificate with an EC key on P-256 {said}"
        for path, (_, said) in cases.items()
        if said
    }


def test_bundles_of_authorities_are_not_judged(project: Project) -> None:
    old = keys.written(keys.certificate("short", begins=-4000, days=3000, authority=True))
    project.write("certs/bundle.pem", old * 6)
    project.write("certs/4e1295a3.0", old)
    assert not project.scan(".").findings


# --- through the cache, and with what is muted ---


def test_a_certificate_expires_though_its_file_is_in_the_cache(
    project: Project, clock: _Clock
) -> None:
    project.write("tls.crt", keys.written(keys.certificate("ec")))
    assert not project.scan(".").findings
    clock.now += timedelta(days=400)
    assert found(project.scan("."), "KA508")


def test_the_cache_changes_nothing(project: Project) -> None:
    project.write("a/tls.p12", keys.store("short", None))
    project.write("b/tls.key", keys.private("short"))
    project.write("c/notes.txt", keys.pem_of((keys.key("rsa").private_numbers().p * 3, 65537)))
    first = project.scan(".")
    assert (
        essence(project.scan(".")) == essence(first) == essence(project.scan(".", use_cache=False))
    )
    assert {finding.rule_id for finding in first.findings} == {"KA118", "KA303", "KA309"}


def test_findings_over_the_tree_can_be_muted(project: Project) -> None:
    comment = b"# keyaudit: ignore[KA118] the device has no more room\n"
    project.write("device.pub", comment + keys.public("short"))
    project.write("other.pub", b"# keyaudit: ignore[KA118] nothing here\n" + keys.public("rsa"))
    report = project.scan(".")
    assert not found(report, "KA118")
    assert [f.rule_id for f in report.suppressed] == ["KA118"]
    assert [(n.kind, n.path) for n in report.notices] == [("unused-suppression", "other.pub")]


def test_fingerprints_stay_when_a_file_moves(project: Project) -> None:
    file = project.write("a.key", keys.private("short"))
    before = {finding.fingerprint for finding in project.scan(".").findings}
    file.rename(file.with_name("b.key"))
    assert {finding.fingerprint for finding in project.scan(".").findings} == before
    assert len(before) == 2


def test_staged_key_stores(project: Project, repo: Repo) -> None:
    project.write("readme.txt", "notes\n")
    repo.commit()
    project.write("tls.p12", keys.store("ec", None))
    repo.git("add", "tls.p12")
    assert found(project.scan(staged=True), "KA303") == [("KA303", "tls.p12", 1)]


def test_nothing_is_judged_without_facts(project: Project) -> None:
    project.write("a.py", "x = 1\n")
    judged = whole_scan.judged(None, (), {}, project.catalogue, None, 0.0)  # type: ignore[arg-type]
    assert judged == ({}, [])
    assert not project.scan(".").findings


def test_keys_that_were_not_looked_up_are_told_of(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("a.pub", keys.public("rsa"))
    project.write("tests/a.key", keys.private("rsa"))
    project.write("b.key", keys.private("ec"))
    monkeypatch.setattr(weak, "knows_public_keys", lambda: False)
    assert project.scan(".").notices == ()
    project.write("a.key", keys.private("rsa"))
    (notice,) = project.scan(".").notices
    assert notice.message.startswith("a private RSA key was not looked up")
    monkeypatch.setattr(weak, "knows_public_keys", lambda: True)
    assert project.scan(".").notices == ()


def test_the_example_of_a_field_is_lowered(project: Project) -> None:
    shown = '{"kty": "oct", "k": "dTZqakF5TnZKb0JIRTU1UDVaZnZYNDlt"}'
    project.write("app/a.py", f"key = Dict(metadata={{\n  'example': {shown},\n}})\n")
    project.write("app/b.json", f'{{"examples": [\n {shown}]}}\n')
    project.write("app/c.py", f"key = {{\n  'current': {shown.replace('dTZ', 'eTZ')},\n}}\n")
    levels = {f.path: f.severity.name for f in project.scan("app").findings if f.rule_id == "KA303"}
    assert levels == {"app/a.py": "NOTE", "app/b.json": "NOTE", "app/c.py": "CRITICAL"}
