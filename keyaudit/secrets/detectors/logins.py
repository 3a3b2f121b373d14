"""Logins: passwords that a command, a call or a header takes by position, without a name.

Command lines (`curl -u user:…`, `sshpass -p …`), SQL (`IDENTIFIED BY '…'`), PowerShell's
`ConvertTo-SecureString`, HTTP Basic in base64 (RFC 7617), files of logins (`.pgpass`), and calls
that take a password at a known position.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from keyaudit.core.paths import name as file_name
from keyaudit.core.patterns import regex
from keyaudit.secrets.detection import BASIC_LOGIN, NAMED, Detection
from keyaudit.secrets.detectors import literals
from keyaudit.secrets.judgement.values import is_secret
from keyaudit.secrets.values.decoding import from_base64
from keyaudit.secrets.values.long_lines import parts_of

_LONGEST_LINE = 20_000
_LONGEST_COMMAND = 4_000  # what is searched at once
# A word of a command line: quoted in either way, or bare.
_ARGUMENT = (
    r"(?:\"(?P<double>(?:[^\"\\]|\\.)+)\"|'(?P<single>[^']+)'"
    r"|(?P<bare>(?:[^\s\"'`\\;&|<>()]|\\.)+))"
)
_PAIR = r"(?P<q>[\"']?)[^\s:\"'/]{1,64}:(?P<paired>[^\s]+?)(?P=q)(?=\s|$|[,;)\]])"


def _option(commands: str, options: str, *, glued: bool = False) -> re.Pattern[str]:
    """A password that follows one of some options, at once or after a space or `=`."""
    between = "" if glued else r"(?:\s*=\s*|\s+|(?<=-p))"
    return re.compile(
        rf"(?<![\w-])(?:{commands})\s(?:.*?\s)?[\"']?(?:{options}){between}{_ARGUMENT}"
    )


_COMMANDS = (
    regex(
        r"(?<![\w-])(?:curl|http|https|xh|wget)\s(?:.*?\s)?"
        rf"(?:-[a-zA-Z]*u|--user|--proxy-user|-U|-a|--auth)[ =]?\s*{_PAIR}"
    ),
    _option("sshpass", "-p"),
    _option(r"(?:mysql|mariadb)[\w-]*", "-p", glued=True),
    _option(
        r"(?:docker|podman|nerdctl|buildah|skopeo|oras|crane|helm|registry|npm|cf|oc|az|vsts|nuget|gcloud"
        r"|ibmcloud|argocd|bw|svn|heroku)\s(?:.*\s)?login",
        "-p|--password",
    ),
    _option(r"ldap\w+", "-w"),
    _option("redis-cli", r"-a|--pass"),
    _option(
        r"keytool|jarsigner|apksigner|zipalign",
        r"-{1,2}(?:(?:src|dest|ks|key)?(?:store|key)?-?pass|new)(?:\s+pass:)?",
    ),
    _option(r"sqlcmd|bcp|osql|isql|tsql|psexec\w*|plink|pscp|psftp|zip|unzip", "-P|-pw|-p"),
    _option(
        r"mongo\w*|influx|arangosh|cqlsh|clickhouse-client|beeline|vault|expect", r"-p|--password"
    ),
    _option(r"7z[ar]?|unrar|rar", "-p|-hp", glued=True),
    _option(r"openssl", r"-k|-K|-passin\s+pass:|-passout\s+pass:|-pass\s+pass:", glued=False),
    regex(rf"(?<![\w-])openssl\s.*?-pass(?:in|out)?\s+[\"']?pass:{_ARGUMENT}"),
    _option(r"snmp\w+", "-A|-X"),
    # The data source name of Go's driver for MySQL: `user:…@tcp(host:3306)/name`.
    regex(r"(?<![\w.-])[\w.-]{1,64}:(?P<bare>[^\s\"'`]{4,100})@(?:tcp|unix)\("),
    # What a command is handed that asks for a password: `echo … | docker login --password-stdin`.
    regex(
        rf"\b(?:echo|printf)\s+(?:-[neE]+\s+|[\"']%s(?:\\n)?[\"']\s+)?{_ARGUMENT}\s*\|"
        r"[^|]{0,80}?\s(?:--password-stdin|--stdin|--with-token|--passphrase-fd\s+0|sudo\s+-S|kinit"
        r"|passin\s+stdin)\b"
    ),
    # Each line user and password (chpasswd(8)).
    regex(rf"\becho\s+(?:-[neE]+\s+)?{_PAIR}\s*\|\s*(?:sudo\s+)?(?:/usr/sbin/)?chpasswd\b"),
    regex(rf"\brabbitmqctl\s+(?:add_user|change_password)\s+\S+\s+{_ARGUMENT}"),
    regex(rf"\bsmbclient\s.*?-U\s+[\"']?[^\s%\"']+%{_ARGUMENT}"),
    regex(
        r"\b[sS]ecure[sS]tring\s+(?:-[sS]tring\s+)?(?:\"(?P<double>[^\"]+)\"|'(?P<single>(?:[^']|'')+)')"
    ),
    regex(
        r"(?i:\bIDENTIFIED\s+(?:WITH\s+\S+\s+)?(?:BY|AS)\s+(?:PASSWORD\s+|VALUES\s+)?|\bPASSWORD\s+)"
        r"(?:'(?P<single>(?:[^'\\]|''|\\.)+)'|\"(?P<double>[^\"]+)\")"
    ),
)
_COMMAND_WORDS = regex(
    r"sshpass|mysql|mariadb|login|ldap|redis-cli|keytool|jarsigner|apksigner|zipalign|sqlcmd|bcp|[oit]sql"
    r"|mongo|influx|arangosh|cqlsh|clickhouse|beeline|vault|expect|openssl|7z|rar|zip|smbclient|rabbitmqctl"
    r"|@tcp\(|@unix\(|psexec|plink|pscp|psftp|curl|chpasswd|stdin|sudo\s+-S|kinit|with-token|passphrase-fd|https?\s|xh\s|wget|snmp|[sS]ecure[sS]tring"
    r"|(?i:identified|password\s+['\"])"
)
_BASIC = regex(
    r"(?:(?<![A-Za-z])[Bb]asic\s+|(?<![A-Za-z])_?auth[\"']?\s*[:=]\s*[\"']?)"
    r"(?P<login>[A-Za-z0-9+/_-]{8,}={0,2})(?![A-Za-z0-9+/_=-])"
)
_USER = regex(r"[^\s:\"'<>{}$]{1,100}")
_PGPASS = regex(r"[^#:\s][^:\s]*:(?:\d{2,5}|\*):[^:]{1,64}:[^:]{1,64}:(?P<password>.+)")


def find(path: str, lines: Sequence[str], numbers: Sequence[int]) -> Iterator[Detection]:
    """The detections in the lines (from 1) that triage points at."""
    of_logins = "pgpass" in file_name(path).lower()
    for number in numbers:
        line = lines[number - 1] if number <= len(lines) else ""
        parts = list(parts_of(line, _LONGEST_LINE))
        for value in sorted({value for part in parts for value in logins_in(part)}):
            yield Detection(NAMED, number, value, False, line)
        for value in sorted({value for part in parts for value in basic_logins(part)}):
            yield Detection(BASIC_LOGIN, number, value, False, line)
        login = _PGPASS.fullmatch(line.rstrip()) if of_logins else None
        if login is not None and is_secret(login["password"], "password"):
            yield Detection(NAMED, number, login["password"], False, line)


def logins_in(line: str) -> Iterator[str]:
    """The passwords in a line, by their position in commands, statements and calls."""
    is_command = _COMMAND_WORDS.search(line) is not None
    for part in parts_of(line, _LONGEST_COMMAND) if is_command else ():
        if _COMMAND_WORDS.search(part) is not None:
            yield from _of_commands(part)
    yield from (value for value, _ in literals.secret_literals(line))


def _of_commands(line: str) -> Iterator[str]:
    for command in _COMMANDS:
        for found in command.finditer(line):
            groups = found.groupdict()
            value = next(
                v for v in map(groups.get, ("paired", "double", "single", "bare")) if v is not None
            )
            if is_secret(_unquoted(value), "password"):
                yield value


def basic_logins(line: str) -> Iterator[str]:
    """The texts in a line that are user and password in base64, as HTTP's Basic scheme has them
    (RFC 7617, 2)."""
    for found in _BASIC.finditer(line):
        user, colon, password = (from_base64(found["login"]) or "").partition(":")
        password = password.rstrip("\n")
        if colon and _USER.fullmatch(user) and is_secret(password, "password"):
            yield found["login"]


def may_hold(line: str) -> bool:
    """Whether a line may have a login, in a file of whatever kind."""
    parts = list(parts_of(line, _LONGEST_LINE))
    return (
        any(True for part in parts for _ in logins_in(part))
        or any(True for part in parts for _ in basic_logins(part))
        or _PGPASS.fullmatch(line.rstrip()) is not None
    )


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value).replace("''", "'")
