"""Tests are told from products, and stand-ins from secrets."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.core.context import (
    is_copied_manual,
    is_copied_sample,
    is_named_as_made_up,
    is_placeholder,
    is_test_path,
    is_trial_path,
)


@pytest.mark.parametrize(
    "path",
    [
        "tests/keys.py",
        "app/src/androidTest/java/Keys.kt",
        "src/app/tests/unit/x.py",
        "pkg/test_keys.py",
        "conftest.py",
        "features/steps/login.py",
        "web/features/environment.py",
        "cookbook/.kitchen.yml",
        "cookbook/.kitchen.docker.yml",
        "pkg/keys_test.go",
        "web/login.spec.ts",
        "web/__tests__/login.js",
        "docs/setup.md",
        "_sources/setup.md.txt",
        "examples/encrypt.py",
        ".env.example",
        "config.sample.yaml",
        "settings.py.dist",
        "testdata/id_rsa",
        "tests-integration/a.py",
        "integration_tests/a.py",
        "spec/fixtures/cert.pem",
        "Tests/Upper.py",
        "tests.py",
        "data/sts/examples-1.json",
        "README.md",
        "tools/mailer/readme.rst",
        "lib/package-1.0.dist-info/METADATA",
        "app/fake_data.py",
        "keys/weak_sample_key.asc",
        "cmd/.snapshots/keys.json",
        "internal/testhelpers/keys.go",
        "api4/apitestlib.go",
        "store/key_test_helper.go",
        "acmetests/conf/id_rsa",
        "rfcs/rfc7009.txt",
        "api/openapi.yaml",
        "swagger-v2.json",
        "scripts/test_keys.sh",
        "tests/infra/prod.tf",
        "tests/.github/workflows/build.yml",
        "CHANGELOG.md",
        "website/content/en/start.md",
        "src/auth/LoginTest.java",
        "src/SetupDummyAccount.php",
        "app/MockServer.ts",
    ],
)
def test_test_paths(path: str) -> None:
    assert is_test_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "keys.py",
        "latest/keys.py",
        "latest_utils.py",
        "attestlib.go",
        ".github/keys.py",
        "contest.py",
        "attestation/sign.py",
        "src/protest/x.py",
        "src/protests/x.py",
        "app/openapi.py",
        "inspect.py",
        "specification.py",
        "docker/Dockerfile",
        "document.py",
        "src/testimony.py",
        "sampler.py",
        ".env",
        "deploy/id_rsa",
        "app/metadata.py",
        "app/token_spec.py",
        ".github/workflows/test.yml",
        "scripts/test_deploy.sh",
        "test-infra/prod.tf",
        "src/Latest.java",
        "src/TestConnection.java",
        "src/notes.md",
        "changes.py",
        "website/settings.py",
        "",
    ],
)
def test_product_paths(path: str) -> None:
    assert not is_test_path(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("config/development/app.env", True),
        ("molecule/upgrade/files/server.key", True),
        ("local_data/server.key", True),
        ("tests/keys.py", True),
        ("app/settings/local_dev.py", True),
        ("app/settings/ci.py", True),
        ("config/dev.exs", True),
        ("lib/dev.exs", False),
        ("app/settings/main.py", False),
        ("app/settings/dev.py", False),
        ("app/ci.py", False),
        ("deploy/dev/server.key", False),
        ("development.py", False),
        ("locals/server.key", False),
    ],
)
def test_paths_of_trials(path: str, *, expected: bool) -> None:
    assert is_trial_path(path) is expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "topSekr3t",
        "optional_passphrase_of_private_key",
        "p@ssw0rd",
        "x",
        "django-insecure-",
        "changeme",
        "replacemerandompassword",
        "CHANGE_ME",
        "change-this-please",
        "your-key-here",
        "YOUR_API_KEY",
        "<your key>",
        "${SECRET}",
        "prefix-${SECRET}",
        "{{ vault_password }}",
        "%(password)s",
        "$(cat key)",
        "$PASSWORD",
        "xxxx",
        "xxxx-xxxx-xxxx",
        "****************",
        "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "\0" * 16,
        "a" * 32,
        "abcabcabcabc",
        "deadbeef" * 4,
        bytes(range(16)).decode(),
        "0123456789abcdef",
        "0123456789ABCDEF0123456789ABCDEF",
        "1234567890123456",
        "12345678",
        "abcdefghijklmnop",
        "abcd1234",
        "qwertyuiop",
        "9876543210",
        "secret",
        "password",
        "my-secret-key",
        "super secret",
        "supersecretkey",
        "not-a-real-key",
        "insecure-dev-key-8f3",
        "test1234",
        "dummy-9f2c7a41",
        "fake_token_77",
        "Sixteen byte key",
        "foobar",
        "replace_me",
        "admin123",
        "None",
        "q7Xv9.....cK4R",
        "wJ8r…t2Qz",
        "xxxx-482915-mbvqk",
        "ch4n63m31fy0uc4n",
        "myApiKeyXXXX123456789",
        "yourPassw0rd",
        "FOOBAT01010101",
        "SUASENHAAQUI12",
    ],
)
def test_stand_ins(value: str) -> None:
    assert is_placeholder(value)


@pytest.mark.parametrize(
    "value",
    [
        "t4Kq9xVw2LzTm8Rb",
        "hunter2",
        "Tr0ub4dor&3",
        "9f2c7a41d0b85e36c4f17a92e8d3b605",
        "AKIAQ7MZ2XW5VLRT9CBD",
        "correct horse battery staple",
        "django-insecure-k3#vx9qm!z2rlt7wbn5cydhf@a8kq2xvw9lztm4",
        "n7Kq2xVw9LzT",
        "s3cr3t-9xQv",
        "ZmFzdGVyIHRoYW4gbGlnaHQ=",
        "contestant-9Q4zX",
        "8f14e45fceea167a5a36dedd4bea2543",
    ],
)
def test_values_that_may_be_real(value: str) -> None:
    assert not is_placeholder(value)


@given(st.binary(min_size=16, max_size=64))
def test_hardly_any_random_key_is_a_stand_in(data: bytes) -> None:
    # Generated bytes shrink to runs and repetitions, which are stand-ins indeed.
    if len(set(data)) >= 12 and max(data) - min(data) > 100:
        text = data.hex()
        steps = {b - a for a, b in pairwise(data)}
        assert len(steps) < 4 or not is_placeholder(text)


@given(st.text(max_size=300))
def test_any_text_can_be_asked(text: str) -> None:
    is_placeholder(text)
    is_test_path(text)


@pytest.mark.parametrize(
    ("before", "made_up"),
    [
        ('const TEST_FAKE_RSA_KEY_5: &str = "', True),
        ('val sampleKey = "', True),
        ("$config['dummy_key'] = '", True),
        ('const SIGNING_KEY: &str = "', False),
        ('exampled = "', False),
        ('sample_of(KEY, "', False),
    ],
)
def test_names_that_say_that_a_value_is_made_up(before: str, made_up: bool) -> None:
    assert is_named_as_made_up(before) is made_up


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".env.example", True),
        ("backend/.env.production.example", True),
        ("deploy/app.cfg.sample", True),
        ("web/settings.txt.sample", True),
        ("config/local_settings.example.py", True),
        (".env.dist", True),
        ("secrets-template.yaml", True),
        ("docs/.env.example", False),
        ("tests/credentials.conf.sample", False),
        (".env.testing.example", False),
        ("azure/function_template.json", False),
        ("app/example_view.html", False),
        (".env", False),
    ],
)
def test_samples_of_settings_that_are_copied(path: str, *, expected: bool) -> None:
    assert is_copied_sample(path) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("README.md", True),
        ("docs/guide/install.rst", True),
        ("backend/README.docker.md", True),
        ("CHANGELOG.md", False),
        ("CONTRIBUTING.rst", False),
        ("tests/README.md", False),
        ("docs/examples/login.md", False),
        ("docs/install.txt", False),
    ],
)
def test_the_commands_of_a_manual_are_copied(path: str, *, expected: bool) -> None:
    assert is_copied_manual(path) is expected
