"""Finds passwords and keys that everybody tries first, where a program is set up with them: as the
default of a parameter, an option or a setting, in an assignment, in the environment of a service.

Other detectors look for values that somebody made up. These nobody has to find: `admin`, `changeme`
and `123456` are tried by every program that tries any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from keyaudit.core.context import (
    is_copied_sample,
    is_placeholder,
    is_template,
    is_test_path,
    is_unfilled,
)
from keyaudit.core.paths import name as file_name
from keyaudit.core.paths import suffix
from keyaudit.core.patterns import regex
from keyaudit.secrets.detection import KNOWN_DEFAULT, Detection
from keyaudit.secrets.detectors import deploy_files
from keyaudit.secrets.judgement.known_defaults import is_known_default
from keyaudit.secrets.judgement.names import snake_case, strictness
from keyaudit.secrets.judgement.own_keys import is_own_key_name, is_service_password_name
from keyaudit.secrets.judgement.values import is_no_secret_value, is_secret

_CODE = frozenset(
    {".py", ".pyw", ".php", ".js", ".ts", ".mjs", ".cjs", ".rb", ".go", ".java", ".cs"}
)
_SCRIPTS = frozenset({".sh", ".bash"})
_SETTINGS = frozenset({".yaml", ".yml", ".ini", ".cfg", ".conf", ".toml", ".json", ".env",
                       ".properties", ".cf", ".cnf", ".ext"})  # fmt: skip
_LONGEST = 400
_AROUND = 4  # lines
_NAME = (
    r"[\w.-]{0,40}?(?:passw(?:or)?d|passphrase|passwd|pwd|secret|(?:api|auth|private|priv)_?key"
    r"|_(?:pass|pw)(?![a-z]))[\w-]{0,24}"
)
# After a name in code: `=`, `: str =`, `:` in a dict, `,` in `.get("name", …)`, `, default=`, `or`.
_SIGN = (
    r"(?::\s*[\w.|\[\] ]{1,40}?)?=(?!=)|:|\)?\s*or\b"
    r"|,(?:[^()\"'\n]{0,40}(?:[\"'][^\"']{0,80}[\"'],?\s*)?(?:[a-z_]+=[\w.]+,\s*){0,3}default\s*=)?"
)
_IN_CODE = regex(
    rf"(?P<name>{_NAME})(?P<close>[\"'\])]{{0,3}})\s*(?P<sign>{_SIGN})\s*"
    r"(?:(?:Field|field|Form|Option|Query|Body)\(\s*(?:default\s*=\s*)?)?"
    r"b?(?P<quote>[\"'])(?P<value>[^\"'\\\n{}]{3,60})(?P=quote)(?!\s*[:%+.\[]|\s*in\b)",
    re.IGNORECASE,
)
# In settings: `name: value`, `name=value`, `"name": "value"`.
_VALUE = r"(?P<quote>[\"']?)(?P<value>[^\s\"'\\{}$<>]{3,60})(?P=quote)\s*,?\s*(?:[#;].*)?$"
_IN_SETTINGS = regex(
    rf"\s*(?:-\s+)?(?:export\s+)?[\"']?(?P<name>{_NAME})[\"']?\s*(?P<sign>[:=])\s*{_VALUE}",
    re.IGNORECASE,
)
_IN_SCRIPT = regex(
    rf"\s*(?:(?:export|local|readonly)\s+)?(?P<name>{_NAME})(?P<sign>=)"
    r"(?P<quote>[\"']?)(?P<value>[^\s\"'\\{}$<>;&|`()]{3,60})(?P=quote)\s*;?\s*(?:#.*)?$",
    re.IGNORECASE,
)
_IN_DOCKERFILE = regex(
    rf"\s*(?:ENV|ARG)\s+(?P<name>{_NAME})(?P<sign>=|\s)\s*{_VALUE}", re.IGNORECASE
)
_LOGIN = regex(
    r"(?i)(?:^|[^a-z])(?:\w*_?user(?:_?name)?|\w*_?host(?:_?name)?|\w*_?login|\w*_?port|database"
    r"|db_?\w*|dsn|server|bind_?dn|\w*_uris?)[\"']?\s*[:=,)]"
)
# Who logs in, and with which name.
_USER = regex(r"(?i)user(?:_?name)?[\"'\])]{0,3}\s*[:=,]\s*[\"']?([\w.@-]{3,60})\b(?!\s*[\[(|])")
# What may have the same value as the two.
_ALSO = regex(r"(?i)user|login|passw|pwd|pass$|name|db|database|schema|role|owner|account|cred")
_GIVEN = r"([\w.-]+)[\"'\])]{{0,3}}\s*[:=,]\s*[\"']?{}(?![\w.@-])"
# A database's settings, in which `password` is no name of a field.
_DATABASE = regex(r"django\.db\.backends")
_ROOT = regex(r"(?i)user(?:_?name)?[\"']?\s*[:=]\s*[\"']?(?:root|postgres|admin|sa|mysql)\b")
# A setting that falls back to such a value: the code says more of it (KA311).
_FROM_OUTSIDE = regex(r"\s*\w+\s*(?::[^=\n]{1,40})?=[^\n]*(?:getenv\(|environ(?:\.get\(|\[))")
_FIRST = regex(r"\(\s*[rbu]?[\"'](?:-\w[\"'],\s*[\"'])?-{0,2}\Z")
_COMMENT = ("#", "//", ";", "--", "*")
_TEXTS = regex(
    r"(?i)(?:^|/)(?:translations?|locales?|locali[sz]ations?|l10n|i18n|intl|langs?|languages?|strings)(?:/|\.json$)|package(?:-lock)?\.json$"
    r"|(?:^|/)(?-i:[a-z]{2}[-_][A-Z]{2})\.[a-z]{2,5}$"
)
_SAMPLE = regex(
    r"(?i)\.(?:example|sample|dist|template|tmpl)(?:\.|$)"
    r"|(?:^|[/._-])(?:example|sample|template)s?(?:[/._-]|$)"
)
# What builds need and nobody logs in with.
_FOR_BUILDS = regex(r"(?i)dummy|fake|build|not.?used|unused|ignored|test")
# What a description of fields has in the place of each value.
_FIELDS = frozenset({"string", "str", "text", "required", "optional", "username", "user", "value",
                     "bytes", "unset", "char", "varchar", "hidden", "undefined"})  # fmt: skip
# What the name of a sample has after that of what it is a sample of: `config.py.prod.example`.
_SAMPLE_ENDING = regex(
    r"(?i)(?:\.(?:example|sample|dist|template|tmpl|prod|production|dev|local))+\Z"
)
_ASKING = regex(r"(?i)please|choose|replace|default")
# The number that opens a device in which keys are, by what stands around it.
_PIN = regex(
    r"\s*(?:-\s+)?[\"']?(?P<name>(?:(?:\w*hsm|pkcs_?11|token|slot|device|card|user|so|piv|yubikey|crypto|softtoken)[_.-]?){0,3}pin)[\"']?\s*[:=]\s*"
    r"(?P<quote>[\"']?)(?P<value>[0-9]{4,16})(?P=quote)\s*,?\s*(?:[#;].*)?$",
    re.IGNORECASE,
)
_DEVICE = regex(r"(?i)(?<![a-z])(?:soft)?hsm|pkcs_?11|smart_?card|yubi|so[_-]pin|cryptoki")
_SWITCHES = frozenset({"true", "false", "yes", "no", "none", "null"})


def find(
    path: str, lines: Sequence[str], numbers: Sequence[int], *, judged: str
) -> Iterator[Detection]:
    """The detections in the lines (from 1) that triage points at; none in a test. `judged` is the
    path by which the file is judged to be one."""
    sample = is_copied_sample(judged)
    aside = (is_test_path(judged) or _SAMPLE.search(judged) is not None) and not sample
    form = None if aside else _form(_SAMPLE_ENDING.sub("", path) if sample else path, sample=sample)
    if form is None:
        return
    place = deploy_files.kind_of(path)
    deploys = place in (deploy_files.IMAGE, deploy_files.COMPOSE)
    code = form is _IN_CODE
    for number in numbers:
        line = lines[number - 1] if number <= len(lines) else ""
        if len(line) > _LONGEST or line.lstrip().startswith(_COMMENT):
            continue
        if _FROM_OUTSIDE.match(line):
            continue
        for found in form.finditer(line) if code else filter(None, [form.match(line)]):
            own = (sample or not code) and _is_own_key(found["name"], found["value"])
            if own or _counts(found, lines, number, deploys=deploys, code=code, sample=sample):
                yield Detection(KNOWN_DEFAULT, number, found["value"], False, line)


def pins(
    path: str, lines: Sequence[str], numbers: Sequence[int], *, judged: str
) -> Iterator[Detection]:
    """The numbers, in the lines (from 1) that triage points at, that open a device in which keys
    are; none in a test."""
    if is_test_path(judged) and not is_copied_sample(judged):
        return
    for number in numbers:
        line = lines[number - 1] if number <= len(lines) else ""
        found = _PIN.match(line) if len(line) <= _LONGEST else None
        near = lines[max(0, number - 2 * _AROUND) : number + 2 * _AROUND] if found else []
        if found is not None and any(map(_DEVICE.search, near)):
            yield Detection(KNOWN_DEFAULT, number, found["value"], False, line)


def may_hold(line: str) -> bool:
    """Whether a line may have such a value, in a file of whatever kind."""
    if len(line) > _LONGEST:
        return False
    settings = _IN_SETTINGS.match(line) or _IN_DOCKERFILE.match(line)
    return settings is not None or _IN_CODE.search(line) is not None


def _form(path: str, *, sample: bool = False) -> re.Pattern[str] | None:
    """How a name and its value are written in a file; None where such values say nothing."""
    ending = suffix(path).lower()
    if _TEXTS.search(path) or path.startswith((".github/", ".travis/", ".circleci/")):
        return None
    if ending in _CODE:
        return _IN_CODE
    if deploy_files.is_dockerfile(path):
        return _IN_DOCKERFILE
    if deploy_files.kind_of(path) == deploy_files.PIPELINE:
        return None  # services for a build, which end with it
    if ending in _SCRIPTS:
        return _IN_SCRIPT
    if sample and ending in ("", ".txt"):
        return _IN_SETTINGS
    settings = ending in _SETTINGS or file_name(path).startswith(".env")
    return _IN_SETTINGS if settings else None


def _counts(
    found: re.Match[str],
    lines: Sequence[str],
    number: int,
    *,
    deploys: bool,
    code: bool,
    sample: bool = False,
) -> bool:
    name, value = found["name"], found["value"]
    level = strictness(name)
    if level is None or is_secret(value, level):
        return False  # none, or one that is told as a secret that somebody made up
    near = lines[max(0, number - 1 - _AROUND) : number + _AROUND]
    if not deploys and (
        _is_as_user(value, near)
        or _is_of_database(name, value, near, lines[max(0, number - 2) : number + 1])
    ):
        return True
    if snake_case(name) in (snake_case(value), f"{snake_case(value)}s") or value == "SECRET":
        return False
    if value.lower() == "pass" and level != "password":
        return False
    if value.isupper() and value.isalpha() and strictness(value) is not None:
        return False  # to be filled in: `DOCKER_PASSWORD=PASS`
    if code and found["sign"] == ":" and name[:1].isupper() and value.istitle():
        return False  # a word for people and what it is in their language: `'Password': 'Passwort'`
    if found["sign"].startswith(",") and not _FIRST.search(found.string, 0, found.start()):
        return False  # one of a list
    if deploys:
        return _is_set(value)
    if sample and _ASKING.search(value):
        return False  # who copies it is told to replace it
    if sample and value.lower() == "password" and is_service_password_name(name):
        return True
    in_dict = code and found["sign"] == ":" and bool(found["close"])
    login = any(map(_LOGIN.search, near)) if in_dict or not code else True
    return is_known_default(value, beside_login=login)


def _is_own_key(name: str, value: str) -> bool:
    """Whether a key that the program itself uses is what somebody was to replace."""
    if not is_own_key_name(name) or is_template(value) or value.lower() in _SWITCHES:
        return False
    if _FOR_BUILDS.search(value):
        return False
    if snake_case(name) == snake_case(value) or (value.isupper() and "_" in value):
        return False  # a variable's name
    return (is_placeholder(value) or is_unfilled(value)) and not re.search(r"[/\\]", value)


def _is_as_user(value: str, near: Sequence[str]) -> bool:
    """Whether a password is the name of its user, and no word that stands in every field."""
    if is_unfilled(value) or value.lower() in _SWITCHES or not re.fullmatch(r"[\w.@-]+", value):
        return False
    if not any(user[1] == value for line in near for user in _USER.finditer(line)):
        return False
    if value.lower() in _FIELDS:
        return False
    given = re.compile(_GIVEN.format(re.escape(value)))
    return all(_ALSO.search(field[1]) for line in near for field in given.finditer(line))


def _is_of_database(name: str, value: str, near: Sequence[str], beside: Sequence[str]) -> bool:
    """Whether the password of a database's user is `password`."""
    if value.lower() != "password" or snake_case(name) not in ("password", "passwd", "db_password"):
        return False
    return any(map(_DATABASE.search, near)) or any(map(_ROOT.search, beside))


def _is_set(value: str) -> bool:
    """Whether a service gets a value as it stands here."""
    known = is_known_default(value, beside_login=True)
    if known or value.lower() in ("password", "example"):
        return True
    if is_unfilled(value) or _FOR_BUILDS.search(value) or "/" in value:
        return False
    return value.lower() not in _SWITCHES and (value.isdigit() or not is_no_secret_value(value))
