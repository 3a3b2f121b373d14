"""Weighs detections by name or by entropy against the noise around them.

Some detectors know no format: they look for names such as `password`, or for text that looks
random. Most of what they find is none. Where what stands around it says what it is instead (a
checksum, the name of a setting, an encrypted value), it is left out; where it merely may be none,
it is a note, so that what is reported above that is worth reading.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum

from keyaudit.core.context import is_placeholder, is_test_path
from keyaudit.core.words import is_plain
from keyaudit.secrets.detection import BY_ENTROPY, BY_NAMES, OWN_DETECTORS
from keyaudit.secrets.detection import NAMED as NAMED
from keyaudit.secrets.judgement.names import is_no_secret
from keyaudit.secrets.judgement.values import is_encrypted, is_hashed, is_other
from keyaudit.secrets.values.decoding import from_base64, from_hexadecimal


class Weight(IntEnum):
    """How much a detection counts: not at all, as a note, a little, much."""

    NONE = 0
    NOISE = 1
    WEAK = 2
    STRONG = 3


# Plugins that go by a common name more than by a form.
_GENERIC_NAMES = frozenset(
    {"IbmCloudIamDetector", "IbmCosHmacDetector", "CloudantDetector", "SoftlayerDetector"}
)
_ARTIFACTORY = "ArtifactoryDetector"
_TELEGRAM = "TelegramBotTokenDetector"
_IN_ARN = re.compile(r"\barn:[\w-]*:[\w-]*:[\w-]*:[\w:/.+=@*-]*$")
# Formats that random text of some length holds now and then.
_SHORT_FORMATS = frozenset(
    {"AWSKeyDetector", _ARTIFACTORY, _TELEGRAM, "TwilioKeyDetector",
     "MailchimpDetector", "DiscordBotTokenDetector"}
)  # fmt: skip

# Files whose random-looking text is of another kind, whatever it is called there: written by
# programs; of other people, or in other languages.
_GENERATED = re.compile(
    r"\.(?:min\.\w+|bundle\.\w+|map|po|pot|mo|svg|lock|sum|xlf|xliff|arb|css|scss|csv|tsv)$"
    r"|(?:^|/)(?:package-lock\.json|pnpm-lock\.yaml)$",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"(?:^|/)(?:node_modules|bower_components|vendor|third[-_]party|(?:site|dist)-packages)/"
    # Texts for people in a folder a language: `lang/de-DE/`.
    r"|(?:^|/)(?:langs?|languages?|locales?|l10n|i18n|translations?)/[a-z]{2,3}(?:[-_][a-z]{2,4})?/"
    r"|(?:^|/)(?:locales?|i18n|translations?)/(?!.*\.(?:py|pyi|[cm]?[jt]sx?|go|java|rb|php)$)",
    re.IGNORECASE,
)
# Files in which it is checksums and commits; what a name calls secret there, is one.
_HASHES = re.compile(
    r"(?:^|/)(?:package\.json|\.pre-commit-config\.yaml|requirements[^/]*\.txt|SHASUMS?[^/]*"
    r"|checksums?[^/]*|(?:CHANGELOG|CHANGES)(?:\.(?:md|rst|txt|adoc))?)$",
    re.IGNORECASE,
)
# Recorded answers of services: random text is ids there, and what a name calls secret may be one.
_RECORDED = re.compile(
    r"(?:^|/)(?:__snapshots__|\.?snapshots?|cassettes?|placebo|vcr|recordings?)/", re.I
)
_CHECKSUM = re.compile(
    r"integrity|encrypted|cipher_?text|auth_?tag|sha-?(?:1|224|256|384|512)|md5|checksum|digest|fingerprint|thumbprint|etag"
    r"|commit|revision|\brev\b|\bsha\b|\bref\b|blob|tree|resolved|\bhash(?:es|ed)?\b|_hash"
    r"|public[-_ ]?key|pub[-_ ]?key|ssh-(?:rsa|dss|ed25519)|ecdsa-sha2|certificate|BEGIN CERT"
    r"|\buses:|\bpath\b|\burl\b|uuid|guid|\bsrc=|data:image"
    r"|\bid\b|_id\b|key_?id|\bsig\b|signature|alphabet|charset|characters|letters|_sha\b|sample"
    r"|\baddr(?:ess)?\b|(?<![a-z])hmac[\"']?\s*[:=]"
    r"|nonce|\biv\b|_iv\b|next\w*token|authenticity|continuation|cursor|page_?token|verification|csrf",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(
    r"secret|passw|passphrase|token|credential|api_?key|auth_?key|private|encrypt|signing|hmac"
    r"|\bkey\b|_key\b|\bsalt\b|\bseed\b",
    re.IGNORECASE,
)
# `password_field = …` holds the name of a field, not a password.
_NAME = re.compile(
    r"(?P<name>[\w.-]+)[\"'\])]*(?:\[\d*\])?\s*(?:[:=]|=>|:=|[=!]==?)[\s@\"'`rbuf]*$"
)
# Words of languages and settings that say how, and not what.
_ANSWERS = frozenset({
    "str", "string", "bytes", "bool", "int", "text", "unicode", "object", "any", "yes", "no",
    "on", "off", "true", "false", "none", "null", "nil", "always", "never", "inherit", "omit",
    "required", "optional", "on_create", "sensitive",
})  # fmt: skip
# The start of the item a value is in: `"id": "…", "token": "…"`.
_ITEM = re.compile(r"[,;{]\s*(?=[\"']?[\w.$-]+[\"'\])]*\s*[:=])")
# What stands for a value: code, a path, an address, a date, a name with dots, a format.
_NO_VALUE = re.compile(
    r"[(){}\[\]<>|]|%[sdr(]|^\d{4}-\d\d-\d\d|://|^[./~]|^[A-Za-z]:[\\/]|^\w+(?:\.\w+)+$"
    r"|\.(?:html?|txt|pem|key|py|json|ya?ml|conf|crt|gz|zip|whl|jar)$|\.\.\.$|^(?:os|self|config|settings|env)\b"
    r"|^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$|^(?:arn|urn|hmac-sha\d+|spiffe|secretsmanager|ssm|op|vault|sops):"
    r"|\b(?:and|or|is|not|if|in) (?:not )?\w"
    # How often something may be done: `20/m/ip`, `100/day`.
    r"|^\d{1,6}/\d{0,4}(?:s|m|h|d|sec|second|min|minute|hour|day|month|year)s?(?:$|[/,; ])"
    # What a database calls an index or a foreign key: `IDX_368A4209A76ED395`.
    r"|^(?:fk|idx|uniq|ix|uq)_\w{5,}$",
    re.IGNORECASE,
)
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]{0,11}(?:_[A-Z]{2,16})+")  # a name: `KRB5_PASSWORD`
# A hash is kept beside its salt, as in Keycloak's `secretData`.
_SALTED = re.compile(r"""[\\"',\s]{1,8}salt\\?["']""")
# In Codecov's settings, what Codecov encrypted: `url: "secret:…"`.
_BY_CODECOV = re.compile(r"[:=]\s*[\"']secret:$")
_LOCAL = re.compile(
    r"localhost|127\.0\.0\.1|0\.0\.0\.0|\[?::1\]?"
    # The network of Docker's that only its own machine reaches.
    r"|172\.17\.\d{1,3}\.\d{1,3}|[a-z][\w-]*|.*(?:\.|^)"
    r"(?:example(?:\.\w+)?|test|invalid|localdomain)|(?:host|gateway|kubernetes)\.docker\.internal",
    re.IGNORECASE,
)
_HOST = re.compile(r"@(?P<host>[^/:?#\s'\"]*)")
_ASSIGNED = re.compile(r"[\w\"'\])]\s*(?:=|:|=>|:=)\s*[rbuf]?[\"'`]?$", re.IGNORECASE)
_LONG_LINE = 500
_NEAR = 60  # characters before a value
# Where a long line is one of many statements, written by a program.
_SCRIPTS = (".js", ".mjs", ".cjs", ".css", ".html", ".htm", ".svg")
# A text for people and what it is in their language: `'Admin Password': 'Mot de passe'`.
_OF_WORDS = re.compile(r"[\"'][^\"']*\w \w[^\"']*[\"']\s*[:=]\s*[\"'`rbuf]*$")
# One of several names: `['change_password', 'upgrade']`.
_LISTED = re.compile(r"[\"'][\w-]*[\"']\s*,\s*[\"']$")
# What everybody may know: reCAPTCHA's key for pages, and addresses of Bitcoin.
_PUBLIC = re.compile(r"6L[\w-]{38}|phc_\w{30,60}|[13][1-9A-HJ-NP-Za-km-z]{25,33}")
# A public key as X.509 writes it (RFC 5280, SubjectPublicKeyInfo), of RSA or on a curve, in base64.
_PUBLIC_KEY = re.compile(
    r"MII[A-Z]\w\wANBgkqhkiG9w0BAQEFAAO|MIGfMA0GCSqGSIb3DQEBAQUAA4GN"
    r"|M(?:FkwEw|HYwEA|IGbMBA)YHKoZIzj0CAQ|MCowBQYDK2V[wu]AyEA"
)
# What GitHub takes for the other half of a login by token.
_USERS = frozenset({"x-access-token", "x-oauth-basic"})
# The fingerprint by which OpenPGP (RFC 4880, 12.2) names a key: SHA-1, as gpg writes it.
_FINGERPRINT = re.compile(r"(?:0x)?[0-9A-F]{40}")
_ARMORED = re.compile(r"[A-Za-z0-9+/]{48,76}={0,2}")
_FOR_TESTS = re.compile(
    r"(?:#|//).*\b(?:(?:for|in) (?:unit[- ]?)?test(?:s|ing)?"
    r"|(?:test(?:s|ing)?|dev(?:elopment)?)[- ]only)\b",
    re.IGNORECASE,
)
_OF_PGP = re.compile(
    r"(?i)sign(?:ing|er)?[-_]?key|gpg|pgp|(?<![a-z])apt[-_]?key|key[-_]?server|recv-keys?"
    r"|(?:^|[^\w.-])keys?[\"']?\s*[:=]\s*[\"']?(?:0x)?[0-9A-F]{40}"
)
# Before an item of a list of arguments, the item before it: `"password", "…"`, `key(user, "…"`.
_ARGUMENT = re.compile(r",\s*[rbuf]{0,2}[\"'`]$")
_FOR_EXAMPLE = re.compile(
    r"(?i)\b(?:examples?|e\.g\.|for instance|(?:something|looks?) like|such as)[:,]?"
    r"\s+[\"'`<]*\w[\w+.-]*://\S*$"
)
_PORT = re.compile(r"[^/@:?#\s'\"]*:(?:(?P<number>\d{1,9})(?!\d)|port\b)", re.IGNORECASE)
_LAST_PORT = 65_535
# What Rails calls at a path, controller and action: `login#reset`.
_ROUTE = re.compile(r"[\s#]*(?:get|post|put|patch|delete|match|root)\b.*(?:=>|\bto:)\s*[\"']$")
_ACTION = re.compile(r"[a-z_]+(?:/[a-z_]+)*#[a-z_]+[!?]?")
# What a form gives back to who made it, and what a page tells each of its readers.
_IN_PAGE = re.compile(
    r"(?i)<input\b(?=[^>]*\btype=[\"']?hidden\b)[^>]*\bname=[\"']?"
    r"(?:_?token|[\w.-]*(?:csrf|xsrf|authenticity|form|security|session|verification)[\w.-]*)"
    r"[\"'\s][^>]*$"
    r"|\b(?:FB\.init|docsearch)\s*\([^)]*$"
)
_SHOWN = re.compile(r"\bexamples?[\"']?\s*:\s*[\"']?$", re.IGNORECASE)


def weigh(detectors: frozenset[str], value: str, line: str, path: str) -> Weight:
    """The weight of a value that these detectors found in a line of a file.

    Both a name and randomness together make it strong, unless something speaks against it.
    """
    # `'Admin Password': 'Admin Password'`: the first is the name.
    at = line.rfind(value) if " " in value else line.find(value)
    before = line[max(0, at - _LONG_LINE) : at] if at >= 0 else line[-_LONG_LINE:]
    if is_encrypted(value) or _BY_CODECOV.search(before) or _PUBLIC_KEY.match(value):
        return Weight.NONE
    if _IN_PAGE.search(before) or (_ROUTE.match(before) and _ACTION.fullmatch(value)):
        return Weight.NONE
    if _PUBLIC.fullmatch(value) and "secret" not in before.lower():
        return Weight.NONE
    if _FINGERPRINT.fullmatch(value) and _OF_PGP.search(line):
        return Weight.NOISE
    if not detectors & BY_NAMES:
        if from_base64(value) is not None or from_hexadecimal(value) is not None:
            return Weight.NONE  # it says what it is, see `encoded`
        return _by_entropy(value, before, line, path)
    if detectors & OWN_DETECTORS:
        return _by_own_reading(value, line, path)
    varied = bool(detectors & BY_ENTROPY) or _is_varied(value)
    return _by_name(value, before, line, path, varied)


def _by_entropy(value: str, before: str, line: str, path: str) -> Weight:
    near = _ITEM.split(before[-80:])[-1]
    if _ARGUMENT.search(near):  # what is named further on the left is another argument
        near = ",".join(near.split(",")[-2:])
    if is_aside(path) or is_recorded(path) or _HASHES.search(path):
        return Weight.NONE
    if len(line) > _LONG_LINE or _CHECKSUM.search(near):
        return Weight.NONE
    if _SALTED.match(line.partition(value)[2]):
        return Weight.NONE
    if value.startswith(("sha256-", "sha384-", "sha512-")) or value.count("/") > len(value) // 8:
        return Weight.NONE
    if not re.search(r"\d", value) or _is_words(value) or is_placeholder(value):
        return Weight.NONE
    if _SECRET_NAME.search(near):
        return Weight.NOISE if _is_name_of(before) else Weight.WEAK
    # Without a name it is one of many texts in a table; in tests it is what a test compares with.
    if is_test_path(path) or not _ASSIGNED.search(before):
        return Weight.NONE
    return Weight.NOISE


def _by_own_reading(value: str, line: str, path: str) -> Weight:
    """Of a value whose name and form were judged already: `named_values` gives no other."""
    minified = len(line) > _LONG_LINE and path.endswith(_SCRIPTS)
    if is_aside(path) or is_recorded(path) or minified or _is_in_data(value, line):
        return Weight.NOISE
    return Weight.STRONG


def _is_in_data(value: str, line: str) -> bool:
    """Whether a value stands in the midst of text that is embedded in base64."""
    at = line.find(value)
    around = line[max(0, at - 40) : at] + line[at + len(value) :][:40] if at >= 0 else ""
    return len(around) == 80 and re.fullmatch(r"[A-Za-z0-9+/=]*", around) is not None


def _by_name(value: str, before: str, line: str, path: str, varied: bool) -> Weight:
    words = _is_words(value)
    # What a command prints, in a shell.
    if before.endswith("`") and " " in value:
        return Weight.NONE
    if value.startswith(("`", "$(")) or (" " not in value and is_other(value)):
        return Weight.NONE
    if is_hashed(value):
        return Weight.NOISE
    if _NO_VALUE.search(value) or _CONSTANT.fullmatch(value) or len(value) < 4:
        return Weight.NONE
    if (words and _names_itself(value)) or value.lower() in _ANSWERS:
        return Weight.NONE
    if (" " in value and _OF_WORDS.search(before)) or _repeats_name(value, before):
        return Weight.NONE
    if _LISTED.search(before) and re.fullmatch(r"[a-z]+(?:[_-][a-z]+[0-9]?[a-z]*)+", value):
        return Weight.NONE
    name_of = _is_name_of(before)
    # In such places only what could really be a secret is worth a note.
    aside = is_test_path(path) or is_aside(path) or is_recorded(path)
    plain = words or not varied or is_placeholder(value)
    if plain and (aside or name_of or len(line) > _LONG_LINE):
        return Weight.NONE
    if words or name_of or len(line) > _LONG_LINE or is_aside(path):
        return Weight.NOISE
    return Weight.STRONG if varied else Weight.WEAK


def _repeats_name(value: str, before: str) -> bool:
    """`"AesKey2019": "sec:AesKey2019"`: the value is the name, in another form."""
    named = _NAME.search(before)
    return named is not None and len(named["name"]) >= 8 and value.endswith(f":{named['name']}")


def _names_itself(value: str) -> bool:
    """`password_reset`, `api-key`, `oldpassword`: the value is a name, like the one before it."""
    return _SECRET_NAME.search(value) is not None


def _is_name_of(before: str) -> bool:
    """Whether the name before a value says that it is no secret: `password_label`."""
    named = _NAME.search(before)
    return named is not None and is_no_secret(named["name"])


def _is_varied(value: str) -> bool:
    """Letters with digits, or letters in both cases that are no words."""
    if len(set(value)) < 8 or not re.search(r"[A-Za-z]", value):
        return False
    mixed = len(value) >= 10 and re.search(r"[a-z]", value) and re.search(r"[A-Z]", value)
    return re.search(r"\d", value) is not None or (bool(mixed) and not _is_words(value))


def _is_words(value: str) -> bool:
    words = value.split()
    return len(words) > 3 or all(is_plain(word) for word in words)


def is_generated(path: str) -> bool:
    """Whether programs wrote a file: lock files, minified scripts, catalogues of messages."""
    return _GENERATED.search(path) is not None


def is_aside(path: str) -> bool:
    """Whether a file's random-looking text is of another kind, whatever it is called there."""
    return is_generated(path) or _OF_OTHERS.search(path) is not None


def is_recorded(path: str) -> bool:
    """Whether a file holds recorded answers of services, for tests."""
    return _RECORDED.search(path) is not None


def is_loose(detector: str, value: str, line: str) -> bool:
    """Whether a plugin that knows a format seems to have met it by chance.

    Words where a random value should be, or a piece from the midst of a longer run of letters
    and digits, as in data embedded in a script; or what an interface's description gives as the
    `example` of a field.
    """
    at = line.find(value)
    if at >= 0 and _SHOWN.search(line[max(0, at - _NEAR) : at]):
        return True
    if detector in _GENERIC_NAMES and _is_words(value):
        return True
    if detector == _ARTIFACTORY and _is_words(value.rstrip('0123456789" \t')):
        return True  # a name in camel case: `APFollowers`
    if detector not in _SHORT_FORMATS | _GENERIC_NAMES:
        return False
    around = line[max(0, at - 1) : at] + line[at + len(value) :][:1] if at >= 0 else ""
    return any(character.isalnum() or character in "+/_-" for character in around)


def is_resource(detector: str, before: str) -> bool:
    """Whether what a plugin takes for a bot's token stands in an ARN, as account and resource.

    AWS writes `arn:partition:service:region:account:resource` ("Amazon Resource Names"), Telegram
    `number:token`. `before` is what stands before it in its line.
    """
    return detector == _TELEGRAM and _IN_ARN.search(before) is not None


def is_in_block(value: str, lines: Sequence[str], number: int) -> bool:
    """Whether a value is a piece of a line (from 1) of base64 or armor of several lines.

    OpenPGP's armor (RFC 4880, 6.3) and PEM (RFC 7468, 2) have lines of up to 76 letters, all but
    the last of equal length; any format is met there by chance. It may be a whole line between
    two others, unless these begin as it does: then it is one of a list.
    """
    line = lines[number - 1].strip()
    if len(value) > len(line) or not _ARMORED.fullmatch(line):
        return False
    near = (*lines[max(0, number - 2) : number - 1], *lines[number : number + 1])
    alike = [
        x.strip() for x in near if len(x.strip()) == len(line) and _ARMORED.fullmatch(x.strip())
    ]
    if value == line:
        return len(alike) == 2 and not any(other[:3] == line[:3] for other in alike)
    return bool(alike)


def is_said_for_tests(value: str, line: str) -> bool:
    """Whether the comment after a value says that it is for tests, or for development only."""
    return _FOR_TESTS.search(line.rpartition(value)[2][:_LONG_LINE]) is not None


def is_generic(detector: str) -> bool:
    """Whether the plugin goes by a common name more than by a form."""
    return detector in _GENERIC_NAMES


def is_public_login(line: str, password: str) -> bool:
    """Whether a URL with a password is of the account that everybody has: `ftp://anonymous:…@x`.

    Or of none: what stands there in the URI of a one-time password is issuer and account.
    """
    if password in _USERS:  # then what stands before it would be the secret
        return True
    everybody = r"//(?:anonymous|ftp|guest)|\b(?:motp|otpauth)://[^\s:@]*"
    return re.search(rf"(?:{everybody}):{re.escape(password)}@", line, re.IGNORECASE) is not None


def is_example_login(line: str, password: str) -> bool:
    """Whether a URL with a password is given for an example.

    The text before it says so, or its port is none (RFC 9293, 3.1: it has 16 bits).
    """
    at = line.find(f":{password}@")
    if at < 0:
        return False
    port = _PORT.match(line, at + len(password) + 2)
    if port is not None and (port["number"] is None or int(port["number"]) > _LAST_PORT):
        return True
    return _FOR_EXAMPLE.search(line[:at]) is not None


def is_local_login(line: str, password: str) -> bool:
    """Whether a URL with a password leads to a development service: `postgres://u:p@db/x`.

    That is a host without a dot or in a reserved domain.
    """
    at = line.find(f":{password}@")
    host = _HOST.match(line, at + 1 + len(password)) if at >= 0 else None
    return host is not None and _LOCAL.fullmatch(host["host"]) is not None
