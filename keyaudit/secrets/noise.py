"""How much a detection by name or by entropy says, judged by what stands around it.

Two of detect-secrets' plugins know no format: one looks for names such as `password`, one for text
that looks random. Most of what they find is none: names of settings, checksums, texts. It is not
hidden, but made a note, so that what is reported above that is worth reading.
"""

from __future__ import annotations

import re
from enum import IntEnum

from keyaudit.core.words import is_plain


class Weight(IntEnum):
    """How much a detection counts."""

    NOISE = 0
    WEAK = 1
    STRONG = 2


BY_NAME = "KeywordDetector"
BY_ENTROPY = frozenset({"Base64HighEntropyString", "HexHighEntropyString"})

# Plugins that go by a common name more than by a form.
_GENERIC_NAMES = frozenset(
    {"IbmCloudIamDetector", "IbmCosHmacDetector", "CloudantDetector", "SoftlayerDetector"}
)
# Formats that random text of some length holds now and then.
_SHORT_FORMATS = frozenset(
    {"AWSKeyDetector", "ArtifactoryDetector", "TelegramBotTokenDetector", "TwilioKeyDetector",
     "MailchimpDetector", "DiscordBotTokenDetector"}
)  # fmt: skip

# Files whose random-looking text is of another kind, whatever it is called there.
_PATHS = re.compile(
    r"(?:^|/)(?:node_modules|bower_components|vendor|third[-_]party|locales?|i18n|translations?"
    r"|__snapshots__|cassettes?)/|\.(?:min\.\w+|bundle\.\w+|map|po|pot|mo|svg|ipynb|lock|sum|xlf"
    r"|xliff|arb|css|scss|csv|tsv)$|(?:^|/)(?:package(?:-lock)?\.json|\.pre-commit-config\.yaml"
    r"|requirements[^/]*\.txt|SHASUMS?[^/]*|checksums?[^/]*|CHANGELOG[^/]*|CHANGES[^/]*)$",
    re.IGNORECASE,
)
_CHECKSUM = re.compile(
    r"integrity|sha-?(?:1|224|256|384|512)|md5|checksum|digest|fingerprint|thumbprint|etag"
    r"|commit|revision|\brev\b|\bsha\b|\bref\b|blob|tree|resolved|\bhash(?:es|ed)?\b|_hash"
    r"|public[-_ ]?key|pub[-_ ]?key|ssh-(?:rsa|dss|ed25519)|ecdsa-sha2|certificate|BEGIN CERT"
    r"|\buses:|\bpath\b|\burl\b|uuid|guid|\bsrc=|data:image"
    r"|next\w*token|continuation|cursor|page_?token|verification|csrf",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(
    r"secret|passw|passphrase|token|credential|api_?key|auth_?key|private|encrypt|signing|hmac"
    r"|\bkey\b|_key\b|\bsalt\b|\bseed\b",
    re.IGNORECASE,
)
# `password_field = …` holds the name of a field, not a password.
_NAME_OF = re.compile(
    r"(?:key|pass|password|passwd|pwd|secret)s?[-_.]?(?:names?|ids?|arns?|ur[il]s?|paths?|files?"
    r"|filenames?|dirs?|fields?|labels?|types?|kinds?|formats?|polic(?:y|ies)|len|length|sizes?|min"
    r"|max|regex|patterns?|help|hints?|texts?|titles?|desc|description|msgs?|messages?|errors?|codes?"
    r"|templates?|class|widgets?|hash(?:es|ers?)?|reset|changed?|require[ds]?|prompts?|store|manager"
    r"|backend|provider|source|refs?|version|alg(?:orithm)?|attr(?:ibute)?|column|header|param\w*"
    r"|last\w*|var|env|prefix|suffix|expir\w+|count|index|kind|link|form|view|page|input|placeholder)\w*"
    r"[\"'\])]*\s*[:=]",
    re.IGNORECASE,
)
_NO_VALUE = re.compile(
    r"[(){}\[\]<>|]|%[sdr(]|^\d{4}-\d\d-\d\d|://|^[./~]|^[A-Za-z]:[\\/]|^\w+(?:\.\w+)+$|\.(?:html?|txt|pem|key|py|json|ya?ml|conf|crt)$"
    r"|^(?:\$\w+\$|pbkdf2_|bcrypt|argon2|\{SSHA|scrypt)|^(?:os|self|config|settings|env)\b",
    re.IGNORECASE,
)
_LOCAL = re.compile(
    r"localhost|127\.0\.0\.1|0\.0\.0\.0|\[?::1\]?|[a-z][\w-]*|.*(?:\.|^)"
    r"(?:example(?:\.\w+)?|test|invalid|local|localdomain|internal)",
    re.IGNORECASE,
)
_HOST = re.compile(r"@(?P<host>[^/:?#\s'\"]*)")
_LONG_LINE = 500


def weigh(detectors: frozenset[str], value: str, line: str, path: str) -> Weight:
    """The weight of a value that these plugins found in a line of a file.

    Both a name and randomness together make it strong, unless something speaks against it.
    """
    by_name, by_entropy = BY_NAME in detectors, bool(detectors & BY_ENTROPY)
    at = line.find(value)
    before = line[:at] if at >= 0 else line
    if len(line) > _LONG_LINE or _PATHS.search(path):
        return Weight.NOISE
    if by_name:
        if _NAME_OF.search(before) or _NO_VALUE.search(value) or _is_words(value):
            return Weight.NOISE
        return Weight.STRONG if by_entropy or _is_varied(value) else Weight.WEAK
    if _CHECKSUM.search(before[-80:]) or value.startswith(("sha256-", "sha384-", "sha512-")):
        return Weight.NOISE
    if not re.search(r"\d", value) or _is_words(value) or value.count("/") > len(value) // 8:
        return Weight.NOISE
    return Weight.WEAK if _SECRET_NAME.search(before[-80:]) else Weight.NOISE


def _is_varied(value: str) -> bool:
    """Letters with digits, or letters whose case goes up and down."""
    if len(set(value)) < 8:
        return False
    changes = len(re.findall(r"[a-z][A-Z]", value))
    return re.search(r"[A-Za-z]", value) is not None and (
        changes >= 3 or re.search(r"\d", value) is not None
    )


def _is_words(value: str) -> bool:
    words = value.split()
    return len(words) > 3 or all(is_plain(word) for word in words)


def is_loose(detector: str, value: str, line: str) -> bool:
    """Whether a plugin that knows a format seems to have met it by chance.

    Words where a random value should be, or a piece from the midst of a longer run of letters
    and digits, as in data embedded in a script.
    """
    if detector in _GENERIC_NAMES:
        return _is_words(value)
    if detector not in _SHORT_FORMATS:
        return False
    at = line.find(value)
    around = line[max(0, at - 1) : at] + line[at + len(value) :][:1] if at >= 0 else ""
    return any(character.isalnum() or character in "+/_-" for character in around)


def is_generic(detector: str) -> bool:
    """Whether the plugin goes by a common name more than by a form."""
    return detector in _GENERIC_NAMES


def is_public_login(line: str, password: str) -> bool:
    """Whether a URL with a password is of the account that everybody has: `ftp://anonymous:…@x`."""
    return re.search(rf"//(?:anonymous|ftp|guest):{re.escape(password)}@", line, re.I) is not None


def is_local_login(line: str, password: str) -> bool:
    """Whether a URL with a password leads to a development service: `postgres://u:p@db/x`.

    That is a host without a dot or in a reserved domain.
    """
    at = line.find(f":{password}@")
    host = _HOST.match(line, at + 1 + len(password)) if at >= 0 else None
    return host is not None and _LOCAL.fullmatch(host["host"]) is not None
