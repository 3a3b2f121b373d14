"""Weighs detections by name or by entropy against the noise around them.

Some detectors know no format: they look for names such as `password`, or for text that looks
random. Most of what they find is no secret. Where the text around it says what it is instead (a
checksum, the name of a setting, an encrypted value), the detection is dropped; where it only may be
something else, the finding is a note, so that what is reported above that is worth reading.
"""

from __future__ import annotations

import re
from enum import IntEnum

from keyaudit.core.context import is_placeholder, is_test_path
from keyaudit.core.patterns import regex
from keyaudit.core.words import is_prose
from keyaudit.secrets.detection import BY_ENTROPY, BY_NAMES, OWN_DETECTORS
from keyaudit.secrets.judgement.file_kinds import is_generated_or_vendored, is_recorded
from keyaudit.secrets.judgement.names import names_no_secret, snake_case
from keyaudit.secrets.judgement.values import (
    is_encrypted,
    is_hashed,
    is_no_secret_value,
    is_random_uuid,
    is_secret,
)
from keyaudit.secrets.values.decoding import from_base64, from_hexadecimal


class Weight(IntEnum):
    """How much a detection counts: not at all, as a note, a little, much."""

    NONE = 0
    NOISE = 1
    WEAK = 2
    STRONG = 3


# Files in which it is checksums and commits; what a name calls secret there, is one.
_HASHES = regex(
    r"(?:^|/)(?:package\.json|\.pre-commit-config\.yaml|requirements[^/]*\.txt|SHASUMS?[^/]*"
    r"|checksums?[^/]*|(?:CHANGELOG|CHANGES)(?:\.(?:md|rst|txt|adoc))?)$",
    re.IGNORECASE,
)
_CHECKSUM = regex(
    r"integrity|encrypted|cipher_?text|auth_?tag|sha-?(?:1|224|256|384|512)|md5|checksum|digest|fingerprint|thumbprint|etag"
    r"|commit|revision|\brev\b|\bsha\b|\bref\b|blob|tree|resolved|\bhash(?:es|ed)?\b|_hash"
    r"|public[-_ ]?key|pub[-_ ]?key|ssh-(?:rsa|dss|ed25519)|ecdsa-sha2|certificate|BEGIN CERT"
    r"|\buses:|\bpath\b|\burl\b|uuid|guid|\bsrc=|data:image"
    r"|\bid\b|_id\b|key_?id|\bsig\b|signature|alphabet|charset|characters|letters|_sha\b|sample"
    r"|\baddr(?:ess)?\b|(?<![a-z])hmac[\"']?\s*[:=]"
    r"|nonce|\biv\b|_iv\b|next\w*token|authenticity|continuation|cursor|page_?token|verification|csrf",
    re.IGNORECASE,
)
_SECRET_NAME = regex(
    r"secret|passw|passphrase|token|credential|api_?key|auth_?key|private|encrypt|signing|hmac"
    r"|\bkey\b|_key\b|\bsalt\b|\bseed\b",
    re.IGNORECASE,
)
# `password_field = …` holds the name of a field, not a password.
_NAME = regex(r"(?P<name>[\w.-]+)[\"'\])]*(?:\[\d*\])?\s*(?:[:=]|=>|:=|[=!]==?)[\s@\"'`rbuf]*$")
# Words of languages and settings that say how, and not what.
_ANSWERS = frozenset({
    "str", "string", "bytes", "bool", "int", "text", "unicode", "object", "any", "yes", "no",
    "on", "off", "true", "false", "none", "null", "nil", "always", "never", "inherit", "omit",
    "required", "optional", "on_create", "sensitive", "1password",
})  # fmt: skip
_IS_NAME = regex(r"[\"'\])]{0,2}\s*(?::=|=>|=(?!=)|:(?!:))")
# The start of the item a value is in: `"id": "…", "token": "…"`.
_ITEM = regex(r"[,;{]\s*(?=[\"']?[\w.$-]+[\"'\])]*\s*[:=])")
# What stands for a value: code, a path, an address, a date, a name with dots, a format.
_NO_VALUE = regex(
    r"[(){}\[\]<>|]|%[sdr(]|^\d{4}-\d\d-\d\d|://|^[./~]|^[A-Za-z]:[\\/]|^\w+(?:\??\.\w+)+[;,]?$"
    r"|\.(?:html?|txt|pem|key|py|json|ya?ml|conf|crt|gz|zip|whl|jar)$|\.\.\.$|^(?:os|self|config|settings|env)\b"
    r"|^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$|^(?:arn|urn|hmac-sha\d+|spiffe|secretsmanager|ssm|op|vault|sops):"
    r"|\b(?:and|or|is|not|if|in) (?:not )?\w"
    # How often something may be done: `20/m/ip`, `100/day`.
    r"|^\d{1,6}/\d{0,4}(?:s|m|h|d|sec|second|min|minute|hour|day|month|year)s?(?:$|[/,; ])"
    # What a database calls an index or a foreign key: `IDX_368A4209A76ED395`.
    r"|^(?:fk|idx|uniq|ix|uq)_\w{5,}$",
    re.IGNORECASE,
)
_CONSTANT = regex(r"[A-Z][A-Z0-9]{0,11}(?:_[A-Z]{2,16})+")  # a name: `KRB5_PASSWORD`
_SENT = regex(r"authorization", re.IGNORECASE)
# What follows a value on a command line, or in a line of arguments: `abc -e NAME=`, `abc name=`.
_OPTION = regex(r"\S\s+(?:--?[A-Za-z][\w-]*(?:[\s=]|$)|[a-z_]+=)")
# A hash is kept beside its salt, as in Keycloak's `secretData`.
_SALTED = regex(r"""[\\"',\s]{1,8}salt\\?["']""")
# In Codecov's settings, what Codecov encrypted: `url: "secret:…"`.
_BY_CODECOV = regex(r"[:=]\s*[\"']secret:$")
_ASSIGNED = regex(r"[\w\"'\])]\s*(?:=|:|=>|:=)\s*[rbuf]?[\"'`]?$", re.IGNORECASE)
_LONG_LINE = 500
_LEAST_NAME = 8
_ALPHABET = 32  # characters
_LOGIN_MADE = regex(r"identified\s+by|(?:create|alter)\s+(?:user|role|login)\b", re.IGNORECASE)
# What is listened to, before what is called then.
_EVENT = regex(r"(?P<quote>[\"'])(?P<name>[\w.-]+)(?P=quote)\s*,\s*[\"']$")
_WORD = regex(r"[a-z]+|\d+")
_CAMEL = regex(r"[a-z]+(?:[A-Z][a-z]+)+\d{0,3}")
_FEW_WORDS = 2  # of `root_password`, `rootpassword` may be one
# What Go writes behind a field of a structure, for those that read and check it.
_FIELD_TAG = regex(r"`(?:\w+:\"[^\"`]*\"\s+)*\w+:\"$")
_OTHER_ALPHABET = 0x0370  # where the letters of Greek begin, and those of most others
# What a table of users has in a dump, in a column called `password`: MD5 to SHA-512.
_DIGEST = regex(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128}", re.IGNORECASE)
# As programs write hashes, and hardly anybody a password.
_HASH_IN_CAPITALS = regex(r"[0-9A-F]{32}|[0-9A-F]{40}|[0-9A-F]{64}")
_OF_PASSWORD = regex(r"(?:pass(?:wo?r?d)?|pwd)[\"'\])]*\s*(?::=|=>|[:=,>])\s*[\"'`]?$", re.I)
# Where a long line is one of many statements, written by a program.
_SCRIPTS = (".js", ".mjs", ".cjs", ".css", ".html", ".htm", ".svg")
# A text for people and what it is in their language: `'Admin Password': 'Mot de passe'`.
_OF_WORDS = regex(r"[\"'][^\"']*\w \w[^\"']*[\"']\s*[:=]\s*[\"'`rbuf]*$")
# One of several names: `['change_password', 'upgrade']`.
_LISTED = regex(r"[\"'][\w-]*[\"']\s*,\s*[\"']$")
# What everybody may know: reCAPTCHA's key for pages, addresses of Bitcoin, and Mapbox's public
# tokens (its documentation, "Access tokens": they begin with `pk`, secret ones with `sk`).
_PUBLIC = regex(
    r"6L[\w-]{38}|phc_\w{30,60}|pk\.eyJ[\w-]{9,}\.[\w-]{9,}|[13][1-9A-HJ-NP-Za-km-z]{25,33}"
)
# A public key as X.509 writes it (RFC 5280, SubjectPublicKeyInfo), of RSA or on a curve, in base64.
_PUBLIC_KEY = regex(
    r"MII[A-Z]\w\wANBgkqhkiG9w0BAQEFAAO|MIGfMA0GCSqGSIb3DQEBAQUAA4GN"
    r"|M(?:FkwEw|HYwEA|IGbMBA)YHKoZIzj0CAQ|MCowBQYDK2V[wu]AyEA"
    # And as OpenSSH does (RFC 4253, 6.6).
    r"|AAAA(?:B3NzaC1yc2E|B3NzaC1kc3M|C3NzaC1lZDI1NTE5|E2VjZHNhLXNoYTItbmlzdH)"
)
# The fingerprint by which OpenPGP (RFC 4880, 12.2) names a key, as gpg writes it: SHA-1, or the end
# of it.
_FINGERPRINT = regex(r"(?:0x)?(?:[0-9A-F]{40}|[0-9A-F]{16})")
_FOR_TESTS = regex(
    r"(?:#|//).*\b(?:(?:for|in) (?:unit[- ]?)?test(?:s|ing)?"
    r"|(?:test(?:s|ing)?|dev(?:elopment)?)[- ]only)\b",
    re.IGNORECASE,
)
_OF_PGP = regex(
    r"(?i)sign(?:ing|er)?[-_]?key|gpg|pgp|(?<![a-z])apt[-_]?key|key[-_]?server|recv-keys?"
    r"|(?:^|[^\w.-])keys?[\"']?\s*(?::|=>?)\s*[\"']?(?:0x)?[0-9A-F]{16}(?:[0-9A-F]{24})?(?![0-9A-F])"
)
# Before an item of a list of arguments, the item before it: `"password", "…"`, `key(user, "…"`.
_ARGUMENT = regex(r",\s*[rbuf]{0,2}[\"'`]$")
# What Rails calls at a path, controller and action: `login#reset`.
_ROUTE = regex(r"[\s#]*(?:get|post|put|patch|delete|match|root)\b.*(?:=>|\bto:)\s*[\"']$")
_ACTION = regex(r"[a-z_]+(?:/[a-z_]+)*#[a-z_]+[!?]?")
# What a form gives back to who made it, and what a page tells each of its readers.
_IN_PAGE = regex(
    r"(?i)<input\b(?=[^>]*\btype=[\"']?hidden\b)[^>]*\bname=[\"']?"
    r"(?:_?token|[\w.-]*(?:csrf|xsrf|authenticity|form|security|session|verification)[\w.-]*)"
    r"[\"'\s][^>]*$"
    r"|\b(?:FB\.init|docsearch)\s*\([^)]*$"
)


def weigh(detectors: frozenset[str], value: str, line: str, path: str) -> Weight:
    """The weight of a value that these detectors found in a line of a file.

    Both a name and randomness together make it strong, unless something speaks against it.
    """
    at = _place(value, line)
    before = line[max(0, at - _LONG_LINE) : at] if at >= 0 else line[-_LONG_LINE:]
    if is_encrypted(value) or _BY_CODECOV.search(before) or _PUBLIC_KEY.match(value):
        return Weight.NONE
    if _IN_PAGE.search(before) or (_ROUTE.match(before) and _ACTION.fullmatch(value)):
        return Weight.NONE
    if _FIELD_TAG.search(before) or _is_in_other_alphabet(value) or _is_its_name(value, before):
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


def _place(value: str, line: str) -> int:
    """Where a value stands in its line; -1 where it does not.

    Of `'Admin Password': 'Admin Password'` and `ListK8sSecrets = "ListK8sSecrets"` the first is
    the name.
    """
    at = line.find(value)
    repeated = " " in value or _IS_NAME.match(line, at + len(value)) is not None
    return line.rfind(value) if at >= 0 and repeated else at


def _by_entropy(value: str, before: str, line: str, path: str) -> Weight:
    near = _ITEM.split(before[-80:])[-1]
    if _ARGUMENT.search(near):  # what is named further on the left is another argument
        near = ",".join(near.split(",")[-2:])
    if is_generated_or_vendored(path) or is_recorded(path) or _HASHES.search(path):
        return Weight.NONE
    if len(line) > _LONG_LINE or _CHECKSUM.search(near):
        return Weight.NONE
    if _SALTED.match(line.partition(value)[2]):
        return Weight.NONE
    if value.startswith(("sha256-", "sha384-", "sha512-")) or value.count("/") > len(value) // 8:
        return Weight.NONE
    if not re.search(r"\d", value) or is_prose(value) or is_placeholder(value):
        return Weight.NONE
    if len(value) >= _ALPHABET and len(set(value)) == len(value):
        return Weight.NONE  # each sign once: what something is drawn from
    if _SECRET_NAME.search(near):
        return Weight.NOISE if _is_name_of(before) else Weight.WEAK
    # Without a name it is one of many texts in a table; in tests it is what a test compares with.
    if is_test_path(path) or not _ASSIGNED.search(before):
        return Weight.NONE
    return Weight.NOISE


def _by_own_reading(value: str, line: str, path: str) -> Weight:
    """Of a value whose name and form were judged already: `named_values` gives no other."""
    if is_generated_or_vendored(path) or is_recorded(path) or is_minified(line, path):
        return Weight.NOISE
    if _is_in_data(value, line):
        return Weight.NOISE
    if _HASH_IN_CAPITALS.fullmatch(value) and _OF_PASSWORD.search(line[: line.find(value)][-80:]):
        return Weight.NOISE
    if path.endswith(".sql") and _DIGEST.fullmatch(value) and not _LOGIN_MADE.search(line):
        return Weight.NOISE
    # A UUID is an id more often than what proves who asks, but where it does (RFC 9110, 11.6.2).
    is_id = is_random_uuid(value) and _SENT.search(line) is None
    return Weight.WEAK if is_id or _is_encoded_word(value) else Weight.STRONG


def _is_encoded_word(value: str) -> bool:
    """Whether a value is a word in base64, as in an object of Kubernetes: `postgres`."""
    inner = from_base64(value)
    return inner is not None and not is_secret(inner.strip(), "password")


def is_minified(line: str, path: str) -> bool:
    """Whether a line of a file is one of many statements, written by a program: what keyaudit's own
    detectors find there is noise."""
    return len(line) > _LONG_LINE and path.endswith(_SCRIPTS)


def _is_in_data(value: str, line: str) -> bool:
    """Whether a value stands in the midst of text that is embedded in base64."""
    at = line.find(value)
    around = line[max(0, at - 40) : at] + line[at + len(value) :][:40] if at >= 0 else ""
    return len(around) == 80 and re.fullmatch(r"[A-Za-z0-9+/=]*", around) is not None


def _by_name(value: str, before: str, line: str, path: str, varied: bool) -> Weight:
    words = is_prose(value)
    # What a command prints, in a shell.
    if before.endswith("`") and " " in value:
        return Weight.NONE
    if value.startswith(("`", "$(")) or (" " not in value and is_no_secret_value(value)):
        return Weight.NONE
    if is_hashed(value):
        return Weight.NOISE
    if _NO_VALUE.search(value) or _CONSTANT.fullmatch(value) or len(value) < 4:
        return Weight.NONE
    if " " in value and _OPTION.search(value):
        return Weight.NONE
    if (words and _names_itself(value)) or value.lower() in _ANSWERS:
        return Weight.NONE
    if (" " in value and _OF_WORDS.search(before)) or _repeats_name(value, before):
        return Weight.NONE
    if _LISTED.search(before) and re.fullmatch(r"[a-z]+(?:[_-][a-z]+[0-9]?[a-z]*)+", value):
        return Weight.NONE
    name_of = _is_name_of(before)
    # In such places only what could really be a secret is worth a note.
    aside = is_test_path(path) or is_generated_or_vendored(path) or is_recorded(path)
    plain = words or not varied or is_placeholder(value)
    if plain and (aside or name_of or len(line) > _LONG_LINE):
        return Weight.NONE
    if words or name_of or len(line) > _LONG_LINE or is_generated_or_vendored(path):
        return Weight.NOISE
    if _is_encoded_word(value):
        return Weight.WEAK
    return Weight.STRONG if varied else Weight.WEAK


def _repeats_name(value: str, before: str) -> bool:
    """`"AesKey2019": "sec:AesKey2019"`: the value is the name, in another form, or the name of
    several words itself: `DeleteK8sSecrets = "DeleteK8sSecrets"`."""
    named = _NAME.search(before)
    if named is None or len(named["name"]) < _LEAST_NAME:
        return False
    name = snake_case(named["name"])
    return value.endswith(f":{named['name']}") or ("_" in name and name == snake_case(value))


def _is_its_name(value: str, before: str) -> bool:
    """Whether a value has no words but those of its name, in the form of a name: of
    `ManageResetPassword`, `manageresetpassword`; of `login.credentials.step-2`, what is called
    then, `loginCredentials2`."""
    named = _NAME.search(before) or _EVENT.search(before)
    words = _WORD.findall(snake_case(named["name"])) if named is not None else []
    if len(words) > _FEW_WORDS and value.lower() == "".join(words):
        return True
    own = _WORD.findall(snake_case(value)) if _CAMEL.fullmatch(value) else []
    return len(own) > 1 and set(own) <= set(words)


def _is_in_other_alphabet(value: str) -> bool:
    """Whether most of a value is in letters that no keyboard of programs has: words for people."""
    return sum(ord(sign) >= _OTHER_ALPHABET for sign in value) * 2 > len(value)


def _names_itself(value: str) -> bool:
    """`password_reset`, `api-key`, `oldpassword`: the value is a name, like the one before it."""
    return _SECRET_NAME.search(value) is not None


def _is_name_of(before: str) -> bool:
    """Whether the name before a value says that it is no secret: `password_label`."""
    named = _NAME.search(before)
    return named is not None and names_no_secret(named["name"])


def _is_varied(value: str) -> bool:
    """Letters with digits, or letters in both cases that are no words."""
    if len(set(value)) < 8 or not re.search(r"[A-Za-z]", value):
        return False
    mixed = len(value) >= 10 and re.search(r"[a-z]", value) and re.search(r"[A-Z]", value)
    return re.search(r"\d", value) is not None or (bool(mixed) and not is_prose(value))


def is_commented_as_test(value: str, line: str) -> bool:
    """Whether the comment behind a value says that it is for tests, or for development only."""
    return _FOR_TESTS.search(line.rpartition(value)[2][:_LONG_LINE]) is not None
