"""Values that a name calls secret, and that what stands around them says are none."""

from __future__ import annotations

import base64
import json
import random
import string

import pytest

from keyaudit.core.levels import Severity
from keyaudit.secrets.detection import BY_NAME
from keyaudit.secrets.judgement.chance_matches import is_chance_match, is_in_encoded_block
from keyaudit.secrets.judgement.noise import Weight, is_commented_as_test, weigh
from tests.secrets.plants import plant
from tests.secrets.support import findings

_NAMED = frozenset({BY_NAME})
_LETTERS = string.ascii_letters + string.digits
# The same in every process of a run, as the values are in the names of tests.
_RANDOM = random.Random(41)


def _random(length: int) -> str:
    return "aB3" + "".join(_RANDOM.choice(_LETTERS) for _ in range(length - 3))


SITE_KEY = "6L" + _random(38)
PAGE_TOKEN = _random(32)
ADDRESS = "1" + "".join(_RANDOM.choice("abcdefgh234567JKLMN") for _ in range(33))


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (f'RECAPTCHA_KEY = "{SITE_KEY}"', SITE_KEY),
        (f'SIGNING_KEYS = ("{ADDRESS}",)', ADDRESS),
        ("'The Admin Password': 'Mot de passe admin2',", "Mot de passe admin2"),
        ("'web2py Admin Password': 'web2py Admin Password',", "web2py Admin Password"),
        ("if name in ['change_password', 'upgrade_web2py']:", "upgrade_web2py"),
        ('"client_token": "hmac-sha256:3f9a1c"', "hmac-sha256:3f9a1c"),
        ('"Sha256HmacKey2019": "sec:Sha256HmacKey2019",', "sec:Sha256HmacKey2019"),
        # What Rails does at a path, what a database calls an index, what a page tells its readers.
        ('  get "/login/forgot_password" => "login#forgot_password",', "login#forgot_password"),
        ('# get "/login/set_password" => "login#set_password",', "login#set_password"),
        ("post '/secret', to: 'admin/secret#set_token'", "admin/secret#set_token"),
        ("renameIndex('access_tokens', 'IDX_368A4209A76ED395')", "IDX_368A4209A76ED395"),
        ("rename('access_tokens', 'FK_entry_tokens_9f2c', 'x')", "FK_entry_tokens_9f2c"),
        (f'<input type="hidden" name="token" value="{PAGE_TOKEN}" />', PAGE_TOKEN),
        (f'<input id="a" name="form_token" type="hidden" value="{PAGE_TOKEN}">', PAGE_TOKEN),
        (f"FB.init( {{ apiKey: '{PAGE_TOKEN}', xfbml: true }} );", PAGE_TOKEN),
    ],
)
def test_what_is_no_secret(line: str, value: str) -> None:
    assert weigh(_NAMED, value, line, "app/settings.py") is Weight.NONE


def test_what_may_be_one() -> None:
    other = _random(40)
    for line, value in (
        (f'RECAPTCHA_KEY = "{other}"', other),
        (f'RECAPTCHA_SECRET_KEY = "{SITE_KEY}"', SITE_KEY),
        (f'"signing_key": "{other}"', other),
        (f'<input type="hidden" name="api_token" value="{other}" />', other),
        (f'<input type="password" name="token" value="{other}" />', other),
        (f"Shop.init({{ apiKey: '{other}' }});", other),
        ('admin_password = "xQ4#vault"', "xQ4#vault"),
        (f'db_password = "fk{other}"', f"fk{other}"),
    ):
        assert weigh(_NAMED, value, line, "app/settings.py") is Weight.STRONG


def test_an_example_in_the_description_of_an_interface() -> None:
    token = _random(60)
    assert is_chance_match("JwtTokenDetector", token, f'  "example" : "{token}",')
    assert not is_chance_match("JwtTokenDetector", token, f'  "token" : "{token}",')


def test_a_piece_of_a_long_number_is_no_id() -> None:
    digits = f"{_RANDOM.getrandbits(1024):0256X}"
    id_ = "ACCA" + digits[100:116]
    for line in (f"(n #00{digits[:90]}{id_}{digits[120:]}#)", f"{id_}{digits[20:]}"):
        assert findings(line, path="keys/0123.key") == [], line
    # Of a number that is no longer than an id and what may stand beside it, it is told.
    assert findings(f"id {id_}", path="keys/0123.key") != []
    assert findings(f"{digits} {id_}", path="keys/0123.key") != []


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ('SECRET = "arn:aws:secretsmanager:eu-west-1:{}:{}"', "app/keys.py"),
        ('  "Resource": "arn:aws:iam::{}:{}",', "policy.json"),
        ("topic: arn:aws-cn:sns:cn-north-1:{}:{}", "deploy.yaml"),
        ("TOPIC=arn:aws:logs:eu-west-1:1:log-group:{}:{}", ".env"),
    ],
)
def test_account_and_name_of_a_resource_are_no_token(line: str, path: str) -> None:
    account, name = f"{_RANDOM.randrange(10**11, 10**12)}", "prod-" * 6 + "orders"
    assert findings(line.format(account, name) + "\n", path) == []
    bot = plant("TelegramBotTokenDetector", 5)
    (finding,) = findings(f'arn = "arn:aws:sns:::x"; {bot.line}\n')
    assert finding.rule_id == "KA302"
    assert finding.severity is Severity.HIGH


def test_the_name_of_an_argument_further_on_the_left_says_nothing() -> None:
    digest = f"{_RANDOM.getrandbits(160):040x}"
    found = frozenset({"HexHighEntropyString"})
    assert (
        weigh(found, digest, f'check("password", "salt", 1, 20, "{digest}")', "a.py") is Weight.NONE
    )
    for line in (f'set("secret_key", "{digest}")', f'login(password, "{digest}")'):
        assert weigh(found, digest, line, "a.py") is Weight.WEAK


def test_the_fingerprint_of_a_key_for_signatures() -> None:
    fingerprint = f"{_RANDOM.getrandbits(160):040X}"
    for value, weight in ((fingerprint, Weight.NOISE), (fingerprint.lower(), Weight.STRONG)):
        assert weigh(_NAMED, value, f"SIGNING_KEY={value}", "Makefile") is weight


def test_a_code_is_no_key() -> None:
    code = f"{_RANDOM.getrandbits(256):064x}"
    found = frozenset({"HexHighEntropyString"})
    assert weigh(found, code, f'<a data-click-hmac="{code}">', "a.html") is Weight.NONE
    assert weigh(found, code, f'hmac_key = "{code}"', "a.py") is not Weight.NONE


def test_a_piece_of_armor_is_no_token() -> None:
    lines = [_random(64), _random(64), _random(40), "", _random(64), "", f"token={_random(64)}"]
    assert is_in_encoded_block(lines[0][:60], lines, 1)
    assert is_in_encoded_block(lines[1][2:50], lines, 2)
    assert not is_in_encoded_block(lines[1], lines, 2)
    assert not is_in_encoded_block(lines[4][:60], lines, 5)
    assert not is_in_encoded_block(lines[6][6:], lines, 7)
    block = [_random(68)[4:] for _ in range(3)]
    assert is_in_encoded_block(block[1], block, 2)
    tokens = ["AKC" + line[3:] for line in block]
    assert not is_in_encoded_block(tokens[1], tokens, 2)


def test_a_comment_says_that_a_value_is_for_tests() -> None:
    assert is_commented_as_test("x1", 'pin = "x1"  # nosec B105 # used for testing')
    assert is_commented_as_test("x1", 'pin = "x1"  # test only')
    assert not is_commented_as_test("x1", 'pin = "x1"  # the latest')
    assert not is_commented_as_test("x1", '# for testing: pin = "x1"')


def _web_token(ends: int) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": "ada", "iat": 1_500_000_000, "exp": ends})
    text = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )
    return f"{text}.{_random(43)}"


def test_a_token_whose_time_is_over_opens_nothing() -> None:
    for ends, severity in ((1_600_000_000, Severity.NOTE), (32_000_000_000, Severity.MEDIUM)):
        for name in ("response", "id_token"):
            (finding,) = findings(f'{name} = "{_web_token(ends)}"', "app/log.txt")
            assert (finding.rule_id, finding.severity) == ("KA302", severity)


def test_names_of_what_is_made_with_a_token() -> None:
    value = _random(40)
    for name in ("tokenSignature", "BeeTokenAddress"):
        found = findings(f'const {name} = "{value}"', "app/a.ts")
        assert {finding.severity for finding in found} <= {Severity.NOTE}
    (finding,) = findings(f'const addressToken = "{value}"', "app/a.ts")
    assert finding.severity is Severity.MEDIUM


def test_the_half_of_a_login_that_everybody_knows() -> None:
    url = "https://{}:{}@git.acme.com/shop.git"
    (finding,) = findings(url.format("{token}", "x-access-token"), "a.tmpl")
    assert finding.severity is Severity.NOTE
    (finding,) = findings(url.format("x-access-token", _random(20)), "a.sh")
    assert finding.severity is Severity.MEDIUM


def test_a_password_of_a_url_is_looked_for_in_the_url() -> None:
    password = "most" + _random(4)
    text = (
        f"steps:\n  - run: |\n      ldapadd -w {password}\n"
        f"      start postgres://shop:{password}@db.acme.com/shop\n"
    )
    found = [f for f in findings(text, ".circleci/config.yml") if "URL" in f.message]
    assert [f.span.line for f in found] == [4]


def test_a_hash_beside_its_salt() -> None:
    value = base64.b64encode(random.Random(2).randbytes(64)).decode()
    line = '"secretData" : "{{\\"value\\":\\"{}\\",\\"{}\\":\\"{}\\"}}",'
    assert findings(line.format(value, "salt", value[:20]), "realm.json") == []
    assert findings(line.format(value, "counter", value[:20]), "realm.json")


def test_a_name_in_camel_case_is_no_token_of_artifactory() -> None:
    for name in ("APFollowers", "APDownloadAlgorithm", "APCleanupAlgorithm2"):
        line = f'\tTAG = "{name}";'
        assert all(f.severity is Severity.NOTE for f in findings(line, "a.java"))
    (finding,) = findings(f'\tTAG = "{"AKC" + _random(70)}"', "a.java")
    assert finding.severity > Severity.NOTE


def test_the_fingerprint_of_a_key_of_packages() -> None:
    value = "".join(random.Random(3).choices("0123456789ABCDEF", k=40))
    for line in (f'MONGO_APT_KEY: "{value}"', f"key='{value}'; \\", f"gpg --recv-keys {value}"):
        assert all(f.severity is Severity.NOTE for f in findings(line, "a.yaml"))
    (finding,) = findings(f'SIGNING_SECRET: "{value}"', "a.yaml")
    assert finding.severity > Severity.NOTE


def test_what_packages_name_is_of_others() -> None:
    line = f'DEFAULT_TOKEN = "{_random(30)}"'
    (finding,) = findings(line, "env/lib/python3.6/site-packages/acme/codes.py")
    assert finding.severity is Severity.NOTE
    assert findings("INVALID_PASSWORD = '28P01'", "app/codes.py") == []


def test_a_hash_with_the_name_before_it() -> None:
    value = "shop:" + "$apr1$" + _random(8) + "$" + _random(22)
    assert all(f.severity is Severity.NOTE for f in findings(f'htpasswd: "{value}"', "a.py"))


@pytest.mark.parametrize(
    "line",
    [
        'digest = sha1(password.encode("utf-16-be") + salt)',
        "var token = $('input[name=csrfmiddlewaretoken]').val();",
        'NAMES = {"app.passphrases": ("Passphrase", "PassphraseFile")}',
    ],
)
def test_what_a_call_or_a_list_of_names_holds_is_no_secret(line: str) -> None:
    assert findings(line.encode(), "app/names.py") == []
