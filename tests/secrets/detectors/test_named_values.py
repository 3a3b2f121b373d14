"""Values that their names call secret, in the forms that keyaudit's own detector adds."""

from __future__ import annotations

import base64
import random
import string
import uuid
from dataclasses import asdict
from itertools import zip_longest

import pytest

from keyaudit.core.levels import Severity
from tests.secrets.plants import ALNUM, HEX, _Maker
from tests.secrets.support import findings

_MAKER = _Maker(11)
_PASSWORD = _MAKER.varied(ALNUM, 14, 10)
_TOKEN = _MAKER.varied(ALNUM, 32, 18)
_KEY = _MAKER.varied(HEX, 32, 12)
# In files that build or deploy another rule says more of it.
_DEPLOYED = {
    "Dockerfile": ("KA313", Severity.HIGH),
    "build/Dockerfile": ("KA313", Severity.HIGH),
    "compose.yaml": ("KA313", Severity.MEDIUM),
    ".github/workflows/ci.yml": ("KA313", Severity.MEDIUM),
}


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("export DB_PASSWORD={}", "deploy.sh"),
        ("ENV DB_PASSWORD={}", "Dockerfile"),
        ("ENV DB_PASSWORD {}", "Dockerfile"),
        ("ARG NPM_TOKEN={}", "build/Dockerfile"),
        ("      - DB_PASSWORD={}", "compose.yaml"),
        ("DB_PASS={}", ".env.production"),
        ("ACCESS_TOKEN={}", ".env"),
        ("    run: deploy --password {} --force", ".github/workflows/ci.yml"),
        ("mysql --password={} shop", "backup.sh"),
        ("ngrok --authtoken {}", "tunnel.sh"),
        ('curl -H "Authorization: Bearer {}" https://api.acme.com', "call.sh"),
        ('headers = {{"Authorization": "Bearer {}"}}', "a.py"),
        ("curl 'https://api.acme.com/v1/x?access_token={}&page=2'", "call.sh"),
        ("<password>{}</password>", "settings.xml"),
        ('auth_token = "{}"', "a.py"),
        ('ENCRYPTION_KEY = b"{}"', "a.py"),
        ('store.set("api_token", "{}")', "a.py"),
        ('"accessToken": "{}",', "conf.json"),
        ("const sessionToken = '{}';", "a.js"),
        ("machine api.acme.com login shop password {}", ".netrc"),
        ('passphrase: "{}"', "conf.yaml"),
    ],
)
def test_forms(line: str, path: str) -> None:
    text = f"# settings\n{line.format(_TOKEN)}\n"
    (finding,) = findings(text, path)
    assert (finding.rule_id, finding.severity) == _DEPLOYED.get(path, ("KA316", Severity.MEDIUM))
    assert finding.span.line == 2
    begin, end = finding.span.column - 1, finding.span.end_column - 1
    assert text.split("\n")[1][begin:end] == _TOKEN
    assert _TOKEN not in str(asdict(finding))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('auth_token = (\n    "{}"\n)', "a.py"),
        ('AUTH_TOKEN = \\\n    b"{}"', "a.py"),
        ("deploy_token: >-\n  {}\n", "a.yaml"),
        ("api_token: |\n  {}", "a.yaml"),
        ("TOKEN=\\\n{}", "a.sh"),
    ],
)
def test_value_in_the_next_line(text: str, path: str) -> None:
    (finding,) = findings(text.format(_TOKEN), path)
    assert (finding.rule_id, finding.span.line) == ("KA316", 2)


def test_a_uuid_by_which_a_request_proves_who_asks() -> None:
    token = str(uuid.UUID(int=random.Random(7).getrandbits(128), version=4))
    for line, path in (
        ('curl -H "Authorization: Bearer {}" https://api.acme.com', "call.sh"),
        ("headers = {{'Authorization': 'Token {}'}}", "a.py"),
    ):
        (finding,) = findings(line.format(token), path)
        assert (finding.rule_id, finding.severity) == ("KA316", Severity.MEDIUM)
    for line in ("# a token {}", "Idempotency-Token: {}", 'token_id = "{}"'):
        assert findings(line.format(token)) == []


def test_a_uuid_that_its_name_calls_a_secret() -> None:
    token = str(uuid.UUID(int=random.Random(8).getrandbits(128), version=4))
    for line in ('auth_token = "{}"', 'clientSecret: "{}"', 'API_KEY="{}"'):
        (finding,) = findings(line.format(token), "settings.ts")
        assert (finding.rule_id, finding.severity) == ("KA316", Severity.LOW)
    made = str(uuid.UUID(int=random.Random(8).getrandbits(128), version=1))  # of time and host
    assert findings(f'auth_token = "{made}"') == []


@pytest.mark.parametrize("line", ["# AUTH_TOKEN = {}", "retries = 3  # auth_token: {}"])
def test_comments_in_code(line: str) -> None:
    assert len(findings(line.format(_TOKEN))) == 1


@pytest.mark.parametrize(
    ("line", "path"),
    [
        # Names of other things, and of what everybody may know.
        ('csrf_token = "{}"', "a.py"),
        ('<input type="hidden" name="authenticity_token" value="{}" />', "a.html"),
        ('next_page_token = "{}"', "a.py"),
        ('public_key = "{}"', "a.py"),
        ('primary_key = "{}"', "a.py"),
        ('{{"unique_key": "{}"}}', "a.json"),
        ('token_url = "{}"', "a.py"),
        ('api_key_id = "{}"', "a.py"),
        ('"clientRequestToken": "{}"', "a.json"),
        ('etag_token = "{}"', "a.py"),
        ("TOKEN_HASH={}", ".env"),
        # Code: what stands bare is a name.
        ("token = {}", "a.py"),
        ("token: {},", "a.ts"),
        ("password = make_{}(1)", "a.sh"),
    ],
)
def test_what_is_no_secret_by_its_name(line: str, path: str) -> None:
    found = findings(line.format(_TOKEN), path)
    assert [finding for finding in found if finding.severity > Severity.NOTE] == []


@pytest.mark.parametrize(
    "value",
    [
        "${API_TOKEN_1}",
        "{{ vault_token_1 }}",
        "$TOKEN_FROM_CI_1",
        "<your-token-12345>",
        "changeme-your-token",
        "xxxxxxxx-xxxx-1234-xxxx-xxxxxxxxxxxx",
        "b8a1e4f2-0c3d-1e5f-8a9b-0c1d2e3f4a5b",
        "/run/secrets/token-1",
        "https://acme.com/token/12345678",
        "arn:aws:iam::123456789012:role/deploy-1",
        "prod-eu-west-1-main-token-2",
        "acme.auth.tokens.Token2",
        "2001-10-26T13:15:33",
        "tokens-2.4.1.tar.gz",
        "0123456789abcdef0123",
        "deploy@acme-1.com",
        "k9Q2xVw7LzTm4RbNc7Yd...",
    ],
)
@pytest.mark.parametrize("line", ['auth_token = "{}"', "AUTH_TOKEN={}", "password: {}"])
def test_what_is_no_secret_by_its_value(value: str, line: str) -> None:
    path = "a.yaml" if ":" in line[:10] else ".env"
    found = findings(line.format(value), path)
    assert [finding for finding in found if finding.severity > Severity.NOTE] == []


def test_lock_files_and_minified_files_are_left_out() -> None:
    for path in ("poetry.lock", "pnpm-lock.yaml", "static/app.min.js", "go.sum"):
        assert findings(f'token = "{_TOKEN}"', path) == []


def test_scripts_of_other_people_give_notes() -> None:
    for path in ("static/vendor/x.js", "node_modules/x/index.js"):
        (finding,) = findings(f'token = "{_TOKEN}"', path)
        assert finding.severity is Severity.NOTE


def test_passwords_may_be_shorter_than_keys() -> None:
    assert findings(f"DB_PASSWORD={_PASSWORD}", "a.sh")
    assert not findings("API_TOKEN=k9Q2xVw", "a.sh")
    assert findings(f"SIGNING_KEY={_KEY}", "a.sh")


def test_what_makes_a_key_another_thing_makes_no_password_one() -> None:
    for line in (
        f'EMAIL_HOST_PASSWORD = "{_PASSWORD}"',
        f'REDIS_CACHE_PASSWORD = "{_PASSWORD}"',
        f'SITE_SECRET = "{_TOKEN}"',
        f'primary_access_key = "{_TOKEN}"',
        f'page_access_token = "{_TOKEN}"',
    ):
        (finding,) = findings(line, "app/settings.py")
        assert finding.severity is Severity.MEDIUM, line
    (finding,) = findings(f"MYAPP_UPLOAD_STORE_PASSWORD={_PASSWORD}", "gradle.properties")
    assert finding.severity is Severity.MEDIUM
    for name in ("primary_key", "cacheKey", "HOST_KEY", "site_key", "next_page_token", "sync_token",
                 "upload_token", "MIXPANEL_TOKEN", "test_password", "no_password"):  # fmt: skip
        found = findings(f'{name} = "{_TOKEN}"', "app/settings.py")
        assert all(finding.severity is Severity.NOTE for finding in found), name


def test_a_key_in_base64_ends_in_its_padding() -> None:
    for size in (31, 32):
        value = base64.b64encode(random.Random(size).randbytes(size)).decode()
        value = value.translate(str.maketrans("+/", "aB"))
        (finding,) = findings(f'admin_token = "{value}"', "garage.toml")
        assert finding.severity is Severity.MEDIUM


def test_allowlist_comment_suppresses() -> None:
    (finding,) = findings(f"export TOKEN={_TOKEN}  # pragma: allowlist secret\n", "a.sh")
    assert finding.suppression is not None
    (finding,) = findings(f"# pragma: allowlist nextline secret\nexport TOKEN={_TOKEN}\n", "a.sh")
    assert finding.suppression is not None


def test_what_standards_print_is_a_note() -> None:
    # The access token of RFC 6749, 5.1.
    value = "2YotnFZFEjr1" + "zCsicMWpAA"
    (finding,) = findings(f'access_token = "{value}"')
    assert finding.severity is Severity.NOTE


def test_signs_in_a_password_and_tokens_of_small_letters() -> None:
    assert findings(f"DB_PASSWORD={_PASSWORD[:6]}**{_PASSWORD[6:]}", "a.sh")
    assert not findings(f'auth_token = "**/{_TOKEN}"', "a.py")
    source = random.Random(8)
    for _ in range(20):
        letters = "".join(source.choices(string.ascii_lowercase, k=23))
        value = "".join(a + b for a, b in zip_longest(letters, "4172863", fillvalue=""))
        (finding,) = findings(f"pushover_api_token={value}", "a.sh")
        assert finding.subject.startswith("pushover-token:")


def test_a_token_without_a_digit_at_its_beginning() -> None:
    value = "pa-KQmrtwxxviKGQrQBdHpN_AYvHOpUEjHRqZ_nBCwGfDUC"[:46]
    (finding,) = findings(f'  "voyage_api_token": "{value}",', "a.json")
    assert finding.subject.startswith("voyage-api-key:")


@pytest.mark.parametrize(
    "line",
    [
        '<input type="password" class="form-control" id="{}" name="new_password">',
        '<tb-api-keys [active]="{}.isActive" [userId]="entity.id"></tb-api-keys>',
        '   (matChipInputTokenEnd)="{}($event)"',
        '<Label for="password" :value="$t(\'{}\')" />',
        '<Login v-model="{}" password="" />',
    ],
)
def test_attributes_of_markup_name_their_own_value_only(line: str) -> None:
    for path in ("form.html", "form.vue", "form.twig"):
        assert findings(line.format(_PASSWORD) + "\n", path) == []


@pytest.mark.parametrize(
    "line",
    [
        '<input type="password" name="pw" value="{}">',
        '<env name="DB_PASSWORD" value="{}"/>',
        '<Login user="shop" password="{}" />',
        'Map<String> password = "{}";',
        'my ($password) = "{}";',
        '  [password]="{}"',
    ],
)
def test_attributes_and_brackets_that_hold_a_secret(line: str) -> None:
    for path in ("form.html", "form.vue", "conf.xml"):
        (finding,) = findings(line.format(_PASSWORD) + "\n", path)
        assert finding.rule_id == "KA316"
