"""What is read of keys and certificates, in each form they are written in."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from keyaudit.material import read
from keyaudit.material.types import Kind, Material, describe
from tests.material import keys

_WRAPPINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "python": lambda text: f'KEY = """{text}"""',
    "escaped": lambda text: 'KEY = "' + text.replace("\n", "\\n") + '"',
    "escaped twice": lambda text: 'KEY = "' + text.replace("\n", "\\\\n") + '"',
    "json": lambda text: json.dumps({"key": text}).replace("/", "\\/"),
    "windows": lambda text: text.replace("\n", "\r\n"),
    "yaml": lambda text: "key: |\n" + "".join(f"    {line}\n" for line in text.splitlines()),
    "pieces": lambda text: (
        "KEY = (\n" + "".join(f'    "{line}\\n"\n' for line in text.splitlines()) + ")"
    ),
    "bytes": lambda text: "KEY = " + " \\\n    ".join(f"b'{x}\\n'" for x in text.splitlines()),
    "javascript": lambda text: "key = " + " +\n".join(f"'{line}\\n'" for line in text.splitlines()),
    "comment": lambda text: "".join(f"# {line}\n" for line in text.splitlines()),
    "spaces": lambda text: text.replace("\n", " "),
    "html": lambda text: text.replace("\n", "&#10;"),
    "base64": lambda text: "tls.key: " + base64.b64encode(text.encode()).decode(),
}
_KINDS = [
    ("rsa", "traditional"), ("rsa", "pkcs8"), ("rsa", "openssh"), ("ec", "traditional"),
    ("ec", "pkcs8"), ("ed25519", "pkcs8"), ("ed25519", "openssh"), ("dsa", "traditional"),
]  # fmt: skip


def _one(data: bytes) -> Material:
    found = read(data)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("wrapping", _WRAPPINGS)
@pytest.mark.parametrize(("kind", "form"), _KINDS)
def test_private_keys_in_text(kind: str, form: str, wrapping: str) -> None:
    text = _WRAPPINGS[wrapping](keys.private(kind, form).decode())
    found = _one(text.encode())
    assert found.kind is Kind.PRIVATE
    assert found.key.identity == keys.identity(kind)
    assert not found.encrypted
    if wrapping != "base64":
        assert text[found.start : found.end].startswith("-----BEGIN ")


@pytest.mark.parametrize("kind", ["rsa", "ec", "ed25519", "dsa"])
def test_private_keys_in_der(kind: str) -> None:
    found = _one(keys.private(kind, der=True))
    assert (found.kind, found.form) == (Kind.PRIVATE, "DER")
    assert found.key.identity == keys.identity(kind)


@pytest.mark.parametrize("der", [False, True])
def test_encrypted_keys_tell_only_that(der: bool) -> None:
    first = _one(keys.private("rsa", encrypted=True, der=der))
    assert first.encrypted
    assert first.key.algorithm == ""
    assert first.identity == first.sealed != ""
    assert first.identity != _one(keys.private("ec", encrypted=True, der=der)).identity


@pytest.mark.parametrize(
    "wrapping", [name for name in _WRAPPINGS if name not in ("base64", "spaces")]
)
@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_traditional_encryption(kind: str, wrapping: str) -> None:
    text = _WRAPPINGS[wrapping](keys.private(kind, "traditional", encrypted=True).decode())
    found = _one(text.encode())
    assert found.encrypted
    assert found.key.algorithm == kind.upper()


def test_public_keys_certificates_and_requests_are_of_their_private_key() -> None:
    for kind in ("rsa", "ec", "ed25519"):
        assert _one(keys.public(kind)).identity == keys.identity(kind)
        line = b"ops@host " + keys.public(kind, Encoding.OpenSSH) + b" comment"
        found = _one(line)
        assert (found.kind, found.form, found.start) == (Kind.PUBLIC, "OpenSSH", 9)
        assert found.identity == keys.identity(kind)
    for encoding in (Encoding.PEM, Encoding.DER):
        found = _one(keys.written(keys.certificate("ec"), encoding))
        assert found.kind is Kind.CERTIFICATE
        assert found.identity == keys.identity("ec")
        assert found.validity is not None
        assert found.validity.ends - found.validity.begins == 365 * 86_400
        assert found.validity.server
        assert not found.validity.authority
    found = _one(keys.request("ec"))
    assert (found.kind, found.identity) == (Kind.REQUEST, keys.identity("ec"))


def test_several_in_one_text_have_their_places() -> None:
    text = "".join(f"{part.decode()}\nnotes\n" for part in (
        keys.private("ec"), keys.written(keys.certificate("ec")), keys.public("rsa"),
    ))  # fmt: skip
    found = read(text.encode())
    assert [material.kind for material in found] == ["private", "certificate", "public"]
    assert [text[material.start :][:27].split("-----")[1] for material in found] == [
        "BEGIN PRIVATE KEY", "BEGIN CERTIFICATE", "BEGIN PUBLIC KEY",
    ]  # fmt: skip


@pytest.mark.parametrize("bits", [256, 384, 512])
def test_rsa_that_libraries_refuse(bits: int) -> None:
    modulus = (1 << bits) - 189
    found = _one(keys.pem_of((modulus, 3)).encode())
    assert (found.key.algorithm, found.key.bits, found.key.exponent) == ("RSA", bits, 3)


def test_rsa_has_one_identity_in_every_form() -> None:
    numbers = keys.key("rsa").public_key().public_numbers()
    assert _one(keys.pem_of((numbers.n, numbers.e)).encode()).identity == keys.identity("rsa")


# --- stores ---


@pytest.mark.parametrize(
    ("password", "encrypted"),
    [(None, False), (b"changeit", False), (b"password", False), (keys.PASSWORD, True)],
)
def test_pkcs12(password: bytes | None, encrypted: bool) -> None:
    found = read(keys.store("rsa", password))
    private = [material for material in found if material.kind is Kind.PRIVATE]
    assert [material.encrypted for material in private] == [encrypted]
    assert private[0].form == "PKCS #12 key store"
    if not encrypted:
        assert [material.identity for material in found] == [keys.identity("rsa")] * 2


@pytest.mark.parametrize(("password", "encrypted"), [("changeit", False), ("Qz7rT0pL", True)])
def test_java_key_stores(password: str, encrypted: bool) -> None:
    found = read(keys.java_store(password, "rsa", "ec"))
    private = [material for material in found if material.kind is Kind.PRIVATE]
    assert [material.identity for material in private] == [
        keys.identity("rsa"), keys.identity("ec")
    ]  # fmt: skip
    assert {material.encrypted for material in private} == {encrypted}
    assert sum(material.kind is Kind.CERTIFICATE for material in found) == 2


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(("password", "encrypted"), [("changeit", False), ("Qz7rT0pL", True)])
def test_key_stores_of_bouncy_castle(password: str, encrypted: bool, version: int) -> None:
    found = read(keys.bouncy_store(password, version, "rsa", "ed25519"))
    private = [material for material in found if material.kind is Kind.PRIVATE]
    assert [(m.identity, m.encrypted) for m in private] == [
        (keys.identity("rsa"), encrypted), (keys.identity("ed25519"), encrypted)
    ]  # fmt: skip
    assert [m.identity for m in found if m.kind is Kind.CERTIFICATE] == [
        keys.identity("rsa"), keys.identity("ed25519"), keys.identity("ec")
    ]  # fmt: skip
    assert {material.form for material in found} == {"BouncyCastle key store"}


def test_plain_keys_in_a_store_of_bouncy_castle() -> None:
    found = read(keys.bouncy_store("Qz7rT0pL", 2, "ec", plain=True))
    (private,) = [material for material in found if material.kind is Kind.PRIVATE]
    assert (private.identity, private.encrypted) == (keys.identity("ec"), False)


@pytest.mark.parametrize("label", ["PKCS7", "CMS", "PKCS #7 SIGNED DATA"])
def test_bundles_of_certificates(label: str) -> None:
    kinds = ("rsa", "ec", "ed25519")
    expected = [(Kind.CERTIFICATE, keys.identity(kind)) for kind in kinds]
    text = keys.bundle(*kinds, encoding=Encoding.PEM).decode().replace("PKCS7", label)
    for data in (keys.bundle(*kinds), text.encode()):
        found = read(data)
        assert sorted((m.kind, m.identity) for m in found) == sorted(expected)


def test_key_stores_of_the_jdk(tmp_path: Path) -> None:
    keytool = shutil.which("keytool")
    if keytool is None:
        pytest.skip("needs keytool, of a Java runtime")
    for kind in ("JKS", "PKCS12"):
        file = tmp_path / kind
        subprocess.run(
            [keytool, "-genkeypair", "-keystore", file, "-storetype", kind, "-storepass",
             "changeit", "-keypass", "changeit", "-alias", "tls", "-dname", "CN=example.org",
             "-keyalg", "EC", "-groupname", "secp256r1"],
            check=True, capture_output=True,
        )  # fmt: skip
        found = read(file.read_bytes())
        assert [material.kind for material in found] == ["private", "certificate"]
        assert found[0].key.curve == "P-256"
        assert found[0].identity == found[1].identity
        assert not found[0].encrypted


# --- OpenSSH, PuTTY ---


@pytest.mark.parametrize("passphrase", ["", "a pass phrase"])
@pytest.mark.parametrize("kind", ["ed25519", "ecdsa"])
def test_keys_of_ssh_keygen(tmp_path: Path, kind: str, passphrase: str) -> None:
    keygen = shutil.which("ssh-keygen")
    if keygen is None:
        pytest.skip("needs ssh-keygen")
    file = tmp_path / "id"
    subprocess.run([keygen, "-q", "-t", kind, "-a", "1", "-N", passphrase, "-f", file], check=True)
    private, public = _one(file.read_bytes()), _one((tmp_path / "id.pub").read_bytes())
    assert private.kind is Kind.PRIVATE
    assert private.encrypted == bool(passphrase)
    assert private.identity == public.identity != ""


def _putty(version: int, encryption: str, kind: str = "ed25519") -> str:
    """As PuTTY writes it (its manual, appendix C); the private half is of no key."""
    name, blob = keys.public(kind, Encoding.OpenSSH).split()[:2]
    public = [blob[n : n + 64].decode() for n in range(0, len(blob), 64)]
    private = base64.b64encode(bytes(range(36))).decode()
    derivation = "Key-Derivation: Argon2id\nArgon2-Memory: 8192\n" if version == 3 else ""
    return (
        f"PuTTY-User-Key-File-{version}: {name.decode()}\nEncryption: {encryption}\n"
        f"Comment: ops 2024\nPublic-Lines: {len(public)}\n" + "\n".join(public) + "\n"
        f"{derivation}Private-Lines: 1\n{private}\nPrivate-MAC: {'0' * 40}\n"
    )


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("encryption", ["none", "aes256-cbc"])
@pytest.mark.parametrize("version", [1, 2, 3])
def test_putty(version: int, encryption: str, ending: str) -> None:
    text = _putty(version, encryption).replace("\n", ending)
    found = _one(text.encode())
    assert (found.kind, found.form) == (Kind.PRIVATE, "PuTTY")
    assert found.encrypted == (encryption != "none")
    assert found.identity == keys.identity("ed25519")
    assert text[: found.end] == f"PuTTY-User-Key-File-{version}: ssh-ed25519"


@pytest.mark.parametrize("passphrase", ["", "a pass phrase"])
@pytest.mark.parametrize("version", ["2", "3"])
def test_keys_of_puttygen(tmp_path: Path, version: str, passphrase: str) -> None:
    puttygen = shutil.which("puttygen")
    if puttygen is None:
        pytest.skip("needs puttygen")
    (tmp_path / "id").write_bytes(keys.private("ed25519", "openssh"))
    (tmp_path / "phrase").write_text(passphrase)
    subprocess.run(
        [puttygen, tmp_path / "id", "-O", "private", "-o", tmp_path / "id.ppk",
         "--new-passphrase", tmp_path / "phrase",
         "--ppk-param", f"version={version},passes=1,memory=8"],
        check=True, capture_output=True,
    )  # fmt: skip
    found = _one((tmp_path / "id.ppk").read_bytes())
    assert (found.form, found.encrypted) == ("PuTTY", bool(passphrase))
    assert found.identity == keys.identity("ed25519")


# --- OpenPGP ---


@pytest.fixture(scope="session")
def gnupg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., bytes]]:
    program, control = shutil.which("gpg"), shutil.which("gpgconf")
    if program is None or control is None:
        pytest.skip("needs gpg")
    home = tmp_path_factory.mktemp("gnupg", numbered=True)
    home.chmod(0o700)

    def run(*arguments: str) -> bytes:
        command = [program, "--homedir", str(home), "--batch", "--quiet", "--no-tty",
                   "--pinentry-mode", "loopback", *arguments]  # fmt: skip
        return subprocess.run(command, check=True, capture_output=True).stdout

    for passphrase, kind, name in (("", "rsa1024", "open"), ("phrase", "ed25519", "closed")):
        run("--passphrase", passphrase, "--quick-generate-key", f"{name}@example.org", kind,
            "sign", "never")  # fmt: skip
    yield run
    subprocess.run([control, "--homedir", str(home), "--kill", "all"], check=False)


def test_openpgp_keys(gnupg: Callable[..., bytes]) -> None:
    exports = {
        "open": (("RSA", 1024), False),
        "closed": (("EdDSA", 256), True),
    }
    for name, (described, encrypted) in exports.items():
        phrase = "phrase" if encrypted else ""
        for armour in ("--armor", "--no-armor"):
            public = _one(gnupg(armour, "--export", f"{name}@example.org"))
            export = ("--passphrase", phrase, "--export-secret-keys", f"{name}@example.org")
            private = _one(gnupg(armour, *export))
            assert (public.kind, private.kind) == (Kind.PUBLIC, Kind.PRIVATE)
            assert (private.key.algorithm, private.key.bits) == described
            assert private.encrypted == encrypted
            assert private.identity == public.identity


def test_a_gnupg_stub_is_no_private_key() -> None:
    modulus = (1 << 1023) + 9
    number = b"\x04\x00" + modulus.to_bytes(128, "big") + b"\x00\x11\x01\x00\x01"
    stub = b"\xff\x00\x65\x00GNU\x01"
    body = b"\x04" + bytes(4) + b"\x01" + number + stub
    found = _one(b"\x95" + len(body).to_bytes(2, "big") + body)
    assert found.kind is Kind.PUBLIC


# --- JSON Web Keys ---


def _b64(number: int) -> str:
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _jwk(kind: str, *, private: bool) -> dict[str, str]:
    made = keys.key(kind)
    if isinstance(made, rsa.RSAPrivateKey):
        numbers = made.private_numbers()
        found = {"kty": "RSA", "n": _b64(numbers.public_numbers.n), "e": "AQAB"}
        return {**found, "d": _b64(numbers.d), "p": _b64(numbers.p)} if private else found
    if kind == "ec":
        values = made.private_numbers()
        point = values.public_numbers
        found = {"kty": "EC", "crv": "P-256", "x": _b64(point.x), "y": _b64(point.y)}
        return {**found, "d": _b64(values.private_value)} if private else found
    raw = base64.urlsafe_b64encode(made.public_key().public_bytes_raw()).rstrip(b"=").decode()
    found = {"kid": "one", "kty": "OKP", "crv": "Ed25519", "x": raw}
    secret = base64.urlsafe_b64encode(made.private_bytes_raw()).rstrip(b"=").decode()
    return {**found, "d": secret} if private else found


def _pieces(name: str, value: str) -> str:
    """A member whose value is put together from texts in lines of their own."""
    lines = [f'"{value[n : n + 58]}"' for n in range(0, len(value), 58)]
    return f'"{name}": ' + "\n     ".join(lines)


@pytest.mark.parametrize("written", ["json", "indented", "python", "escaped", "pieces"])
@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("kind", ["rsa", "ec", "ed25519"])
def test_json_web_keys(kind: str, private: bool, written: str) -> None:
    jwk = _jwk(kind, private=private)
    text = {
        "json": json.dumps({"keys": [jwk]}),
        "indented": json.dumps({"keys": [jwk]}, indent=2),
        "python": f"KEY = {jwk!r}",
        "escaped": f"KEY = {json.dumps(json.dumps(jwk))}",
        "pieces": "KEY = {" + ", ".join(_pieces(*item) for item in jwk.items()) + "}",
    }[written]
    found = _one(text.encode())
    assert found.kind == (Kind.PRIVATE if private else Kind.PUBLIC)
    assert found.identity == keys.identity(kind)
    assert all(secret[:20] in text for secret in found.hidden)
    assert bool(found.hidden) == private


def test_symmetric_json_web_keys() -> None:
    secret = base64.urlsafe_b64encode(bytes(range(100, 132))).decode().rstrip("=")
    found = _one(json.dumps({"kty": "oct", "k": secret}).encode())
    assert (found.kind, found.key.bits, found.hidden) == (Kind.SYMMETRIC, 256, (secret,))
    assert found.identity == ""
    assert read(json.dumps({"kty": "oct", "k": "abc"}).encode()) == ()


# --- what is none ---


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n" + "QUJD" * 20 + "\n-----END PRIVATE KEY-----",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "if line.startswith('-----BEGIN RSA PRIVATE KEY-----'): pass",
        "ssh-rsa AAAA",
        "ssh-rsa " + "A" * 60,
        '{"kty": "RSA"}',
        '{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}',
        "PuTTY-User-Key-File-3: ssh-ed25519",
    ],
)
def test_talk_of_keys_is_none(text: str) -> None:
    assert read(text.encode()) == ()


def test_words() -> None:
    assert describe(_one(keys.private("rsa"))) == "RSA private key of 2048 bits"
    assert describe(_one(keys.private("ec"))) == "EC private key on P-256"
    assert describe(_one(keys.private("ed25519"))) == "Ed25519 private key"
    assert describe(_one(keys.private("rsa", encrypted=True))) == "encrypted private key"
    made = _one(keys.written(keys.certificate("rsa")))
    assert describe(made) == "certificate with an RSA key of 2048 bits"
