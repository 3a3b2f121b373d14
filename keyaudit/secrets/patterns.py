"""The triage patterns: where a plugin of detect-secrets or a detector of ours could find something.

A tag is the name of a plugin's class. Its pattern is derived from the plugin's own regular
expressions and matches in every line in which they do, and in some more: what hyperscan has not
(lookaround, back-references) is left out, and so is what only narrows. A test holds that for
every plugin. They are written down here, because asking detect-secrets for them would mean to
import it for every file that has nothing of the kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from keyaudit.catalogue.types import Catalogue

# detect-secrets' KeywordDetector: names of variables that hold secrets.
_KEYWORDS = (
    r"(?:api|auth|service|account|db|database|priv|private|client)_?key"
    r"|(?:db|database|key)_?pass|password|passwd|pwd|secret|contrase(?:\xc3[\xb1\x91]|n)a"
)
# The part between a name and its value in RegexBasedDetector.build_assignment_regex.
_ASSIGNED = r"[\"']?\]?[ \t]*(?:=>|:=|::|=|:|[ \t])[ \t]*[\"']?"
_DELIMITERS = r"[^:/?#\[\]@!$&'()*+,;=\s]"

PATTERNS: Mapping[str, str] = {
    "ArtifactoryDetector": r"(?:^|[^A-Za-z0-9\n])(?:AKC[A-Za-z0-9]{10}|AP[0-9A-F][A-Za-z0-9]{8})",
    "AWSKeyDetector": (
        r"(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{16}|[\"'][0-9A-Za-z/+]{40}[\"']"
    ),
    "AzureStorageKeyDetector": r"AccountKey=[A-Za-z0-9+/=]{88}",
    "BasicAuthDetector": rf"://{_DELIMITERS}+:{_DELIMITERS}+@",
    "CloudantDetector": (
        rf"(?i)cl(?:ou(?:dant)?)?[_-]?(?:api)?(?:key|pwd|pw|password|pass|token){_ASSIGNED}"
        r"[0-9a-z]{24}|cloudant\.com"
    ),
    "DiscordBotTokenDetector": (
        r"[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27}"
    ),
    "GitHubTokenDetector": r"gh[pousr]_[A-Za-z0-9_]{36}",
    "GitLabTokenDetector": (
        r"(?:gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)-|GR1348941)[A-Za-z0-9_-]{20}"
    ),
    # High entropy needs many different characters: 23 for base64, 9 for hexadecimal.
    "Base64HighEntropyString": r"(?:^|[^A-Za-z0-9+/\\_=\n-])[A-Za-z0-9+/\\_=-]{23}",
    "HexHighEntropyString": r"(?:^|[^A-Za-z0-9\n])[0-9a-fA-F]{9}",
    "IbmCloudIamDetector": rf"(?i)(?:key|pwd|password|pass|token){_ASSIGNED}[a-z0-9_-]{{44}}",
    "IbmCosHmacDetector": rf"(?i)secret[-_]?(?:access)?[-_]?key{_ASSIGNED}[a-f0-9]{{48}}",
    "JwtTokenDetector": r"eyJ[A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]",
    "KeywordDetector": rf"(?i){_KEYWORDS}",
    "MailchimpDetector": r"[0-9a-z]{32}-us[0-9]",
    "NpmDetector": r"/:_authToken=",
    "OpenAIDetector": r"T3BlbkFJ[A-Za-z0-9]{20}",
    "PrivateKeyDetector": (
        r"BEGIN (?:(?:DSA|EC|OPENSSH|RSA|SSH2 ENCRYPTED|ENCRYPTED|PGP) )?PRIVATE KEY"
        r"|PuTTY-User-Key-File-2"
    ),
    "PypiTokenDetector": (
        r"pypi-AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)[A-Za-z0-9_-]{70}"
    ),
    "SendGridDetector": r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}",
    "SlackDetector": r"(?i)xox[abposr]-[0-9]+-|hooks\.slack\.com/services/T",
    "SoftlayerDetector": (
        rf"(?i)(?:softlayer|sl)[_-]?(?:api)?[_-]?(?:key|pwd|password|pass|token){_ASSIGNED}"
        r"[a-z0-9]{64}|/soap/v3(?:.{1,4}1)?/[a-z0-9]{64}"
    ),
    "SquareOAuthDetector": r"sq0csp-[0-9A-Za-z\\_-]{43}",
    "StripeDetector": r"[rs]k_live_[0-9A-Za-z]{24}",
    "TelegramBotTokenDetector": r"[0-9]{8}:[0-9A-Za-z_-]{35}",
    "TwilioKeyDetector": r"(?:AC|SK)[a-z0-9]{32}",
}  # fmt: skip


# What the tags of kinds of tokens begin with; the id of the kind follows.
TAG = "token:"


def token_patterns(catalogue: Catalogue) -> dict[str, str]:
    """The triage patterns of the kinds of tokens, by tag. Kinds that are told by a name have
    none."""
    return {TAG + name: kind.triage for name, kind in catalogue.tokens.items() if kind.triage}


# keyaudit's own detectors: see `named_values` and `encoded`. A value that is worth a look has a
# digit among its first characters, or its letters change between small and capital; text in base64
# or hexadecimal has, in each group, letters that only printable characters make.
def _either_case(text: str) -> str:
    return re.sub(r"[a-z]", lambda letter: f"[{letter[0]}{letter[0].upper()}]", text)


_NAMES = _either_case("pass|pwd|secret|token|cred|bearer|key|auth")
_PW = r"(?:^|[^A-Za-z\n])[pP][wW]|[a-z]P[wW]"
_LEADS = r"[\"'\])]{0,3}[ \t]{0,4}(?:=>|:=|[=!]={1,2}|[=:,>(]|[ \t])[ \t]{0,4}[rbuf]?[\"'`]?"
_VALUE = r"[^\s\"'`<>(){}\[\],;]"
_MIXED = (
    rf"{_VALUE}{{0,24}}[0-9]|(?:{_VALUE}{{0,16}}[a-z][A-Z]){{2}}"
    rf"|{_VALUE}{{0,12}}[A-Z]{{2}}[a-z]{{1,2}}[A-Z]{{2}}"
)
# Eight characters of a literal or of a bare value, with what words have not: a digit, a sign, or
# letters that change between small and capital.
_ANY = r"(?:[^\s\"\\]|\\[^\n])"
_SIGN = r"[0-9!#$%^&*?+~|@=<>(){}\[\]]"
_UNLIKE_WORDS = (
    rf"(?:{_ANY}{{0,12}}(?:{_SIGN}|[a-z][A-Z]{_ANY}{{0,8}}[a-z][A-Z]){_ANY}{{4}}"
    rf"|{_ANY}{{4,16}}{_SIGN}{_ANY}{{3}}|{_ANY}{{5,16}}{_SIGN}{_ANY}{{2}}"
    rf"|{_ANY}{{6,16}}{_SIGN}{_ANY}|{_ANY}{{7,16}}{_SIGN})"
)
_BASE64_OF_TEXT = (
    r"[CDI-Za-f][ACDE-HQS-Xgi-nwy-z0-3]"
    r"[ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]"
)

# Two digits that stand for a printable character, a tab or the end of a line.
_TEXT_BYTE = "(?:[2-7][0-9A-Fa-f]|0[9AaDd])"

ENCODED = "EncodedText"
LOGIN = "Login"  # see `logins`
SECRET_OBJECT = "SecretObject"  # noqa: S105  see `secret_objects`
ENVIRONMENT = "EnvironmentDefault"  # see `environment_defaults`
DEVICE_PIN = "DevicePin"  # see `known_defaults.pins`
WHOLE_KEY = "KeyFile"  # see `key_files`
BUILD_ARGUMENT = "BuildArgument"  # see `deploy_files`
OWN: Mapping[str, str] = {
    "NamedValue": (
        rf"(?:(?:{_NAMES})[A-Za-z0-9_-]{{0,20}}|{_PW})(?:{_LEADS}(?:{_MIXED}|{_UNLIKE_WORDS})"
        # A literal further on, behind a type, a call, another argument.
        rf"|[^\n]{{0,80}}[\"'`]{_UNLIKE_WORDS}"
        r"|[\"'\])]{0,3}[ \t]{0,4}(?:[:=][ \t]{0,4}(?:\(|\[|\\|[|>][-+]?)|=)[ \t\r]{0,9}$)"
        # A name whose value is told by another word (see `wrapped.value_elsewhere`).
        r"|(?:(?:name|key)[\"']?[ \t]{0,4}[:=]|^[ \t]{0,9}variable)[ \t]{0,4}[\"']?"
        rf"[A-Za-z0-9_.-]*(?:{_NAMES})"
        # An option whose argument stands below, in a list or after a backslash.
        rf"|--[A-Za-z0-9_-]{{0,40}}(?:{_NAMES})[A-Za-z0-9_-]{{0,20}}[\"']?[ \t]{{0,4}},?"
        r"[ \t]{0,4}\\?[ \t\r]{0,9}$"
        # A call, a comparison of several or a match, whose values stand below.
        rf"|(?:{_NAMES})[^\n]{{0,60}}[(\[][ \t\r]{{0,9}}$"
        rf"|^[ \t]*match[ \t][^\n]{{0,40}}(?:{_NAMES})[^\n]{{0,40}}:[ \t\r]{{0,9}}$"
    ),
    LOGIN: (
        r"(?:sshpass|mysql|mariadb|login|ldap|redis-cli|keytool|jarsigner|apksigner|sqlcmd|bcp"
        r"|osql|isql|mongo|influx|cqlsh|openssl|7z|zip|unrar|smbclient|psexec|plink|pscp|wget|curl"
        r"|http|snmp)"
        r"[^\n]*[ \t\"']--?(?:[pwaPAXUuk]|[a-zA-Z]{1,4}u[ \t]|pass|user|proxy-user|new"
        r"|[a-z]{0,4}(?:store|key)pass)"
        r"|@(?:tcp|unix)\(|add_user[ \t]|change_password[ \t]|[sS]ecure[sS]tring[ \t]"
        r"|(?:IDENTIFIED|identified)[ \t]|(?:PASSWORD|password)[ \t]+'"
        r"|(?:echo|printf)[ \t][^\n]*\|[^\n]*(?:-stdin|--with-token|passphrase-fd|sudo[ \t]+-S"
        r"|kinit|chpasswd)"
        r"|[Bb]asic[ \t]+[A-Za-z0-9+/]{8}"
        r"|[^A-Za-z\n]auth[\"']?[ \t]*[:=][ \t]*[\"']?[A-Za-z0-9+/]{8}"
        r"|(?:PDO|mysqli|BasicAuth|DigestAuth|basic_auth|NetworkCredential|UsernamePassword"
        r"|PasswordAuthentication|getConnection|login|_connect|_bind|auth|cred[a-z]{0,8})"
        rf"[ \t]{{0,2}}[(=:][^\n]{{0,200}}[\"']{_UNLIKE_WORDS}"
        r"|:(?:[0-9]+|\*):[^: \n]+:[^: \n]+:[^\n]{4}"
    ),
    SECRET_OBJECT: r"kind[\"']?[ \t]{0,4}:[ \t]{0,4}[\"']?Secret(?:[\"' \t\r,}#]|$)",
    WHOLE_KEY: r"^(?:[A-Za-z0-9_-]{43}=|[0-9a-fA-F]{32}|[0-9a-fA-F]{64})[ \t\r]{0,9}$",
    ENVIRONMENT: (
        rf"(?:env|ENV|Env|onfig|SetDefault|OrDefault)[^\n]{{0,60}}(?:{_NAMES})[A-Za-z0-9_.-]{{0,20}}"
        r"[^A-Za-z0-9_.\n-][^\n]{0,60}[\"'`]"
        rf"|\$\{{[A-Za-z0-9_.-]{{0,40}}(?:{_NAMES})[A-Za-z0-9_.-]{{0,20}}:?[:=-][^?+/]"
    ),
    DEVICE_PIN: (
        r"(?:^|[^A-Za-z\n])(?:[sS][oO]_?)?(?:pin|PIN)[\"']?[ \t]{0,4}[:=][ \t]{0,4}"
        r"[\"']?[0-9]{4}"
    ),
    BUILD_ARGUMENT: rf"^[ \t]{{0,9}}(?:ARG|arg)[ \t]+[A-Za-z0-9_= \t]*(?:{_NAMES})",
    ENCODED: (
        rf"(?:^|[^A-Za-z0-9+/_\n-])(?:{_BASE64_OF_TEXT}){{6}}"
        r"|(?:^|[^A-Za-z0-9_\n-])(?:0x)?(?:[2-7][0-9A-Fa-f]|0[9AaDd]){16}"
        # A line of a dump (see `hex_dumps`), and an array of bytes.
        rf"|^[ \t]{{0,9}}[0-9A-Fa-f]{{4,16}}:?[ \t]{{1,4}}(?:{_TEXT_BYTE}{{1,2}}[ \t]{{1,2}}){{7}}"
        rf"|(?:(?:0[xX]|\\x){_TEXT_BYTE}[, \t]{{0,3}}){{8}}"
    ),
}
