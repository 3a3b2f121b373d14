"""What comes out: rule, place, severity, and no secret."""

from __future__ import annotations

import base64
import json
import random
import string
from dataclasses import asdict

import pytest

from keyaudit.core.finding import Suppression
from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span
from tests.secrets.plants import ALNUM, DETECTORS, UPPER, _Maker, plant, private_key
from tests.secrets.support import findings

_MAKER = _Maker(7)
_PASSWORD = _MAKER.varied(ALNUM, 14, 10)
_NOTE = (Severity.NOTE, Confidence.LOW)
_AWS_ID = "AKIA" + _MAKER.text(UPPER, 16)


def test_a_finding_in_full() -> None:
    (finding,) = findings(f'\nDEBUG = 0\n    aws = "{_AWS_ID}"  # mine\n')
    assert finding.rule_id == "KA302"
    assert finding.path == "app/keys.py"
    assert finding.span == Span(3, 12, 3, 32)
    assert finding.message == "AWS access key in the source"
    assert (finding.severity, finding.confidence) == (Severity.HIGH, Confidence.HIGH)
    assert finding.code == '    aws = "AKIA…"  # mine'
    assert finding.preview == "AKIA…"
    assert finding.scope == ""
    assert finding.subject.startswith("AWSKeyDetector:")
    assert finding.suppression is None


def test_subject_tells_values_apart_and_stays_where_lines_move() -> None:
    one, two = (plant("GitHubTokenDetector", seed).line for seed in (1, 2))
    (first,) = findings(one)
    (moved,) = findings(f"\n\nx = 1\n  {one}")
    (other,) = findings(two)
    assert first.subject == moved.subject != other.subject


@pytest.mark.parametrize(
    "text",
    [
        'key = "{}"',
        "key = '{}'",
        "key={}",
        "# {}\n",
        "x = 1;\r\ny = 2\r\n  token: {}\r\n",
        "naïve — {}",
        "a\rb\r{}\rc",
    ],
)
@pytest.mark.parametrize("path", ["a.py", "a.txt", "a.yaml", ".env"])
def test_span_covers_the_secret(text: str, path: str) -> None:
    token = plant("GitHubTokenDetector", 3).secret
    text = text.format(token)
    (finding,) = findings(text, path)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    span = finding.span
    assert span.line == span.end_line
    assert lines[span.line - 1][span.column - 1 : span.end_column - 1] == token


def test_line_is_right_where_detect_secrets_counts_on() -> None:
    text = f"a: {{b: c, d: e}}\nf: {{g: h, i: j}}\nk: {{password: {_PASSWORD}}}\n"
    (finding,) = findings(text, "a.yaml")
    assert finding.span == Span(3, 15, 3, 15 + len(_PASSWORD))


def test_value_over_several_lines_has_its_line() -> None:
    (finding,) = findings(f"[a]\npassword =\n    {_PASSWORD}\n", "a.ini")
    assert finding.span == Span(3, 5, 3, 5 + len(_PASSWORD))


def test_a_url_in_documentation_has_an_example_for_a_password_that_nobody_would_choose() -> None:
    shown = 'def add(url):\n    """\n    >>> add("{0}")\n    """\n'
    (finding,) = findings(shown.format("http://i:P%40ss%3A@host.com/"))
    assert (finding.severity, finding.lowered_from) == (Severity.NOTE, Severity.MEDIUM)
    for text in (
        shown.format(f"http://aa:{_PASSWORD}@acme.org/"),
        'url = "http://i:P%40ss%3A@host.com/"',
    ):
        (finding,) = findings(text)
        assert finding.severity is Severity.MEDIUM


# --- one finding a secret ---


def test_one_finding_where_several_plugins_find_the_same() -> None:
    token = plant("GitHubTokenDetector", 1).secret
    (finding,) = findings(f'password = "{token}"')
    assert finding.rule_id == "KA302"
    assert finding.message.startswith("GitHub personal access token in the source; revoke it at ")


def test_two_secrets_in_a_line_are_two_findings() -> None:
    tokens = [plant("GitHubTokenDetector", seed).secret for seed in (1, 2)]
    found = findings(f'rotate("{tokens[0]}", "{tokens[1]}")')
    assert [finding.span.column for finding in found] == [9, 53]
    assert len({finding.subject for finding in found}) == 2
    assert all(token[8:] not in finding.code for token in tokens for finding in found)


# --- severity ---


@pytest.mark.parametrize(
    ("text", "path", "severity", "confidence"),
    [
        (f'password = "{_PASSWORD}"', "a.py", Severity.MEDIUM, Confidence.MEDIUM),
        ('password = "kp7-mq2"', "a.py", Severity.LOW, Confidence.LOW),
        ('password_field = "t4Kq9xVw2LzT"', "a.py", Severity.NOTE, Confidence.LOW),
        ('m = "^{m}" if self.pass_raw else "t4Kq9xVw2LzT"', "a.py", None, None),
        ('m = password if raw else "t4Kq9xVw2LzT"', "a.py", Severity.MEDIUM, Confidence.MEDIUM),
        ('RESET = "password_reset_sent"', "a.py", None, None),
        ('PASSWORD_RESET = "password_reset_sent"', "a.py", None, None),
        ('password = "changeme1"', "tests/a.py", None, None),
        ('password = "changeme1"', "a.py", Severity.LOW, Confidence.MEDIUM),
        (f'password = "{_PASSWORD}"', "tests/a.py", Severity.NOTE, Confidence.MEDIUM),
        (f'aws = "{_AWS_ID}"', "tests/a.py", Severity.NOTE, Confidence.HIGH),
        ('aws = "AKIAIOSFODNN7EXAMPLE"', "a.py", Severity.NOTE, Confidence.LOW),
        (f'wasm = "Zq0xW{_AWS_ID}xT4vBn"', "a.js", Severity.NOTE, Confidence.LOW),
        (f'topic = "arn:aws:sns:eu:1111{"2" * 8}:{"vault-notice" * 4}"', "a.json", None, None),
        (f'api_key = "{"this-is-not-so-good-" * 3}"'[:58] + '"', "a.py", *_NOTE),
        ('u = "mysql://app:t4Kq9xVw2L@db.acme.com/x"', "a.py", Severity.HIGH, Confidence.MEDIUM),
        ('u = "mysql://app:t4Kq9xVw2L@localhost/x"', "a.py", Severity.NOTE, Confidence.LOW),
        ('u = "mysql://app:t4Kq9xVw2L@db:3306/x"', "a.py", Severity.NOTE, Confidence.LOW),
        (plant("HexHighEntropyString", 1).line, "a.py", Severity.NOTE, Confidence.LOW),
        (
            plant("HexHighEntropyString", 1).line.replace("thing", "signing_key"),
            "a.py",
            Severity.MEDIUM,
            Confidence.MEDIUM,
        ),
        (
            plant("HexHighEntropyString", 1).line.replace("thing", "secret"),
            "a.py",
            Severity.MEDIUM,
            Confidence.MEDIUM,
        ),
        (
            plant("Base64HighEntropyString", 1).line.replace("thing", "integrity"),
            "a.html",
            None,
            None,
        ),
    ],
)
def test_severity_by_what_stands_around(
    text: str, path: str, severity: Severity | None, confidence: Confidence | None
) -> None:
    found = findings(text, path)
    if severity is None:
        assert found == []
    else:
        (finding,) = found
        assert (finding.severity, finding.confidence) == (severity, confidence)


# --- private keys ---


def test_private_key() -> None:
    text = f'x = 1\nKEY = """{private_key(1)}"""\n'
    (finding,) = findings(text)
    assert finding.rule_id == "KA303"
    assert finding.message == "Private key in the source"
    assert finding.severity is Severity.CRITICAL
    assert finding.span == Span(2, 10, 2, 41)
    assert finding.code == 'KEY = """-----BEGIN RSA PRIVATE KEY-----'
    assert finding.preview == "-----BEGIN RSA PRIVATE KEY-----…"


def test_private_keys_are_told_apart_by_the_key() -> None:
    (one,), (two,) = (findings(private_key(seed), "id_rsa") for seed in (1, 2))
    assert one.subject != two.subject


def test_private_key_in_one_line_is_masked() -> None:
    key = private_key(1).replace("\n", "\\n")
    (finding,) = findings(f'KEY = "{key}"')
    assert finding.severity is Severity.CRITICAL
    body = key.split("\\n")[2]
    assert not any(body[at : at + 5] in finding.code for at in range(len(body) - 5))


@pytest.mark.parametrize(
    "text",
    [
        private_key(1).replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n\n", 1),
        private_key(1, "ENCRYPTED "),
    ],
)
def test_encrypted_private_key_is_less(text: str) -> None:
    (finding,) = findings(text, "deploy/key.pem")
    assert finding.message == "Encrypted private key in the source"
    assert finding.severity is Severity.LOW


def test_header_without_a_key_is_a_note() -> None:
    (finding,) = findings('if b"BEGIN RSA PRIVATE KEY" in data:\n    raise ValueError("no keys")\n')
    assert (finding.severity, finding.confidence) == (Severity.NOTE, Confidence.LOW)


def test_public_key_and_certificate_are_none() -> None:
    text = private_key(1).replace("RSA PRIVATE KEY", "PUBLIC KEY")
    assert findings(text, "key.pem") == []
    assert findings(text.replace("PUBLIC KEY", "CERTIFICATE"), "key.pem") == []


# --- the allowlist ---


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('aws = "{}"  # pragma: allowlist secret', "a.py"),
        ('aws = "{}"  # pragma: whitelist secret', "a.py"),
        ('# pragma: allowlist nextline secret\naws = "{}"', "a.py"),
        ('var aws = "{}";  // pragma: allowlist secret', "a.js"),
        ("<a>{}</a> <!-- pragma: allowlist secret -->", "a.html"),
        ("aws: {}  # pragma: allowlist secret", "a.yaml"),
    ],
)
def test_allowed_secrets_are_suppressed_findings(text: str, path: str) -> None:
    (finding,) = findings(text.format(_AWS_ID), path)
    assert finding.suppression == Suppression("inline", "pragma: allowlist secret")


def test_comment_that_allows_nothing_suppresses_nothing() -> None:
    (finding,) = findings(f'# pragma: allowlist secret\naws = "{_AWS_ID}"')
    assert finding.suppression is None


# --- canaries ---


@pytest.mark.parametrize("path", ["a.py", "a.yaml", "a.ini", ".env", "a.json", "tests/a.py"])
@pytest.mark.parametrize("detector", DETECTORS)
def test_no_secret_leaves(detector: str, path: str) -> None:
    for seed in range(4):
        planted = plant(detector, 100 + seed)
        lines = ["[a]", "x = 1", planted.line, f"# was {planted.secret}", planted.line * 2]
        found = findings("\n".join(lines), path)
        quiet = path.startswith("tests/") and detector.endswith("EntropyString")
        assert any(finding.span.line == 3 for finding in found) or quiet
        written = json.dumps([asdict(finding) for finding in found], ensure_ascii=False)
        body = planted.secret
        shown = {finding.preview or "" for finding in found}
        for start in range(len(body) - 5):
            stretch = body[start : start + 6]
            if stretch not in planted.line.replace(body, "") and not any(
                stretch in preview for preview in shown
            ):
                assert stretch not in written


def test_no_private_key_leaves() -> None:
    text = private_key(5)
    for form in (text, text.replace("\n", "\\n"), text.replace("\n", " "), f"key: |\n  {text}"):
        for path in ("a.py", "a.yaml", "a.pem"):
            written = json.dumps([asdict(finding) for finding in findings(form, path)])
            assert "PRIVATE KEY" in written
            for line in text.splitlines()[1:-1]:
                assert not any(line[at : at + 5] in written for at in range(len(line) - 5))


def test_examples_in_documentation_are_notes() -> None:
    line = '    password: "n7Kq2xVw9LzT"\n'
    code = f'"""Logs in.\n\n{line}"""\n'
    assert [f.severity for f in findings(code)] == [Severity.NOTE]
    assert [f.severity for f in findings(f'EXAMPLES = r"""\n{line}"""\n')] == [Severity.NOTE]
    settings = f'SETTINGS = """\n{line}"""\n'
    assert [f.severity for f in findings(settings)] != [Severity.NOTE]


def test_base64_of_a_value_that_stands_there_too_is_no_second_secret() -> None:
    value = "".join(random.Random(5).choices(string.ascii_letters + string.digits, k=24))
    encoded = base64.b64encode(value.encode()).decode()
    both = findings(f"API_SECRET={value}\nAPI_SECRET_BASE64={encoded}\n", "deploy/prod.env")
    assert [finding.span.line for finding in both] == [1]
    alone = findings(f"API_SECRET_BASE64={encoded}\n", "deploy/prod.env")
    assert [finding.span.line for finding in alone] == [1]


@pytest.mark.parametrize("path", [".gitleaks.toml", ".gitallowed", ".secretlintrc.json"])
def test_what_scanners_pass_over_is_a_note(path: str) -> None:
    token = "".join(random.Random(6).choices(string.ascii_uppercase + "234567", k=16))
    assert {f.severity for f in findings(f"AKIA{token}\n", path)} == {Severity.NOTE}
    assert {f.severity for f in findings(f"AKIA{token}\n", "leaks.toml")} != {Severity.NOTE}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("secretNamespace: default\nhost: a\n", False),
        ("adminSecretAccount: admin\nhost: a\n", False),
        ("apiSecretOwner: {value}\n", False),
        ("adminPassword: admin\nhost: a\n", True),
        ("accountSecret: {value}\n", True),
    ],
)
def test_names_of_what_belongs_to_a_secret(text: str, told: bool) -> None:
    value = "".join(random.Random(7).choices(string.ascii_letters + string.digits, k=24))
    found = findings(text.format(value=value), "deploy/app.yaml")
    assert any(f.severity > Severity.NOTE for f in found) is told


def test_who_gets_a_password_is_no_password() -> None:
    value = "svc" + "".join(random.Random(8).choices(string.ascii_letters + string.digits, k=16))
    assert not findings(f'set_password("{value}", password)\n', "app/users.py")
    assert findings(f'user.set_password("{value}")\n', "app/users.py")


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        ("public/country/ru-RU.json", '"PW": "\\u041f\\u0430\\u043b\\u0430\\u0443",\n', False),
        ("public/app.json", '"PW": "\\u041f\\u0430\\u043b\\u0430\\u0443",\n', False),
        ("public/messages/de-DE.json", '"user": "a",\n"password": "Passwort",\n', False),
        ("deploy/my-db.yaml", "user: a\npassword: {value}\n", True),
        ("deploy/app.json", '"password": "k9\\u0026{value}",\n', True),
        ("app/form.tsx", 'placeholder: "gloas-{digest}",\n', False),
        ("app/form.tsx", 'clientSecret: "gloas-{digest}",\n', True),
    ],
)
def test_texts_for_people_are_none(path: str, text: str, told: bool) -> None:
    value = "".join(random.Random(9).choices(string.ascii_letters + string.digits, k=20))
    digest = "".join(random.Random(9).choices("0123456789abcdef", k=64))
    found = findings(text.replace("{value}", value).replace("{digest}", digest), path)
    assert any(f.severity > Severity.NOTE for f in found) is told


@pytest.mark.parametrize(
    "text",
    [
        'export PGPASSWORD=$PASSWORD; psql -p {{ include "postgresql.v1.service.port" . }}\n',
        "# would still pass `.strict()` in the end\n",
        "apiKey: $.Values.engine.vllmApiKey2\n",
    ],
)
def test_names_of_programs_are_none(text: str) -> None:
    assert not any(f.severity > Severity.NOTE for f in findings(text, "charts/app/NOTES.txt"))


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        (".env.example", Severity.LOW),
        ("deploy/shop.cfg.sample", Severity.LOW),
        ("docs/.env.example", Severity.NOTE),
        ("tests/shop.cfg.sample", Severity.NOTE),
        (".env", Severity.MEDIUM),
    ],
)
def test_a_random_key_in_settings_that_everybody_copies(path: str, severity: Severity) -> None:
    line = f"SECRET_KEY={_MAKER.varied(ALNUM, 64, 20)}\n"
    assert [finding.severity for finding in findings(line, path)] == [severity]
    commented = findings(f"# {line}", path)
    assert all(
        finding.severity is Severity.NOTE
        for finding in commented
        if severity is not Severity.MEDIUM
    )
