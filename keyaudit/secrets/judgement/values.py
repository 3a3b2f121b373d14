"""Judges values by themselves: a secret, or a path, a reference, code, words, a hash.

A value counts as code, a path or a reference only when it is so *as a whole*. Passwords are made of
all signs that a keyboard has, and `ab(3.x{` holds a bracket as any other sign.
"""

from __future__ import annotations

import re

from keyaudit.core.context import is_placeholder
from keyaudit.core.patterns import regex
from keyaudit.core.words import is_known_name, is_plain

_RUN = regex(r"[A-Za-z0-9]+")
_PART = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_WORDS_AND_NUMBER = regex(r"[A-Za-z]+\d{0,4}|[A-Za-z]{2,}\d{1,4}[A-Z][A-Za-z]{2,}")
_HEAP = regex(r"[bcdfghjklmnpqrstvwxz]{4,}")
_UNUSUAL = regex(r"[!*?&^~|;@$%+,#`'\"\\(){}\[\]<>]")
_VOWEL = regex(r"[aeiouyAEIOUY]")
# A template, a call, a format, an item, a variable: each from beginning to end.
_CODE = regex(
    r"\$\{[^}]*\}|\$\(.*\)|`.*`|\{\{.*\}\}|\{%.*%\}|#\{[^}]*\}|%\{[^}]*\}|<%.*%>|%\(\w+\)[sdr]?"
    r"|__\w+__|%[sdrvqx]|\(\([\w./:-]+\)\)"
    # A call in a text of C#'s or Python's, and a variable in capitals.
    r"|\{[A-Za-z_][\w.]*\([^{}]*\)[\w.()]*\}|(?:\\?[\"'])?\$\$?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+[^A-Za-z0-9]*"
)
# A name that is given a value elsewhere: `'language=' . $language`.
_LEFT_SIDE = regex(r"[?&]?[A-Za-z][\w.-]*=")
# A name with signs around it that make it a variable, a symbol, a pointer or a gap to fill.
_SIGNED_NAME = regex(
    r"\$\$?[A-Za-z_][\w.:-]*|%[A-Za-z_]\w*%|@@?[A-Za-z_]\w*@{0,2}|:[a-z]\w*|[&*][\w.]+"
    r"|<[\w /:.-]+>|\[[\w .-]*\]|%?\{[\w.:!-]*\}%?"
    r"|\$?\.[A-Za-z]\w*(?:\.\w+)+"  # a field, in a template of Go's
)
# A variable, however its words are spelt, and a call or an item that was cut off: `$old-key`,
# `${link(uri:`, `${data.login["`.
_VARIABLE = regex(
    r"[a-z_]\w*(?:\.\$[a-z_]\w*)(?:\.\w+)*[})\]]*|\$[a-z_]+(?:-[a-z]+)+|\$(?:::)?[a-z]\w*(?:::[a-z]\w*)+|[$#]?\{[A-Za-z_][\w.]*[(\[][^})\]]*"
    # Of PHP, one after the other in a text, and what goes on behind it: `$value[0]:$value[1]`.
    r"|(?:\$[A-Za-z_]\w*(?:\[\w+\]|->\w+)*[:/@.]?){2,}|['\"]\s?[.+]\s?\$?[A-Za-z_][\w:]*\(.*"
    r"|%[sdvqx][,;)&].*"  # a list of formats goes on
)
# What a template holds anywhere, with a name in it that can be read.
_TEMPLATE = regex(
    r"\$\{(?P<a>[\w.:/ ()\"'-]+)\}|\{\{(?P<b>[^{}]+)\}\}|\{%(?P<c>[^{}]+)%\}"
    r"|#\{(?P<d>[\w.@ ()\[\]:'\"-]+)\}"
    r"|[$#]\{(?P<k>[A-Za-z_][\w.]*)[\[(]$"  # cut off at a quote
    r"|\{\$(?P<j>[\w.>\[\]'\"-]+)\}"  # of PHP
    r"|%\((?P<e>\w+)\)s|%%(?P<i>\w+)%%|\$\((?P<f>[\w./ -]+)\)|<%(?P<g>.+)%>|\$\{\{(?P<h>[^{}]+)\}\}"
)
_OF_ENVIRONMENT = regex(r"(?:ENV|env|process\.env|os\.environ)[\[.(]")
_CALL = regex(r"\$?\.?[A-Za-z_][\w.:]*\((?:.*\)(?:[.\[][\w.()\[\]'\"]*)?;?)?")
_REFERENCE = regex(
    r"(?:arn|urn|spiffe|secretsmanager|ssm|op|vault|sops|doppler|keyvault|akv|sm|gcp|gsm|awssm|azkv|azurekv"
    r"|secret|secrets|secretref|env|file|ref|bao|bws|lastpass|pass|keychain|keyring|conjur|infisical|chamber"
    r"|berglas|aws-sm|gcpsm|parameter|systemEnvironment|from_secret|ejson|akeyless|kms|os|self|config"
    r"|settings|hmac-sha\d+|process|import|data|var|local|module|each|node|ansible|hostvars|credstash)"
    r"(?::{1,2}|://?)[\w/.{}@$#:?=&%+~ -]*",
    re.IGNORECASE,
)
_RESOURCE = regex(
    r"@Microsoft\.KeyVault\(.*\)|/?projects/[\w-]+/secrets/.*|\{\{resolve:[^}]*\}\}|!\w+ .*"
    # What a template of Helm's is given ("Built-in Objects").
    r"|\$?\.(?:Values|Release|Chart|Capabilities|Files|Template|Subcharts)(?:\.\w+)+"
    # An expression of an ARM template, as a whole.
    r"|\[(?:parameters|variables|reference|concat|format|if|listKeys|listSecrets|union|first)\(.*\)[\w.]*\]"
    r"|(?:os|self|config|settings|env|process|this|var|local|data|module|params?|request|req|opts?"
    r"|options|args|ENV|node|secrets|ctx|context|props|state|event)(?:\.[A-Za-z_]\w*|\[[^\]]*\])+"
)
_ENCRYPTED = regex(
    r"\$ANSIBLE_VAULT|ENC[\[(]|\{cipher\}|secure:\s*[\w+/=]{16}|gAAAAA[\w=-]{60}|AQIC(?:AH|AD)[\w+/=]{40}"
    r"|(?:hQ[EI]MA|wcBMA|wc[FB]MA)[\w+/=]{40}|YWdlLWVuY3J5cHRpb24ub3Jn|encrypted:[\w+/=]{16}"
    r"|vault:v\d+:|\!encrypted|EJ\[\d:|-----BEGIN (?:AGE ENCRYPTED|PGP MESSAGE)|Ag[A-D][\w+/]{200}"
    r"|CiQ[A-Z]\w[\w+/=]{60}|AQIDB[\w+/=]{60}|U2FsdGVkX1[\w+/=]{20}"
)
# Also with the name before it, as in a file of htpasswd's. What stands between the dollar signs
# names the function (crypt(5), passlib): others belong to a password. Compose wants two for one.
_HASHED = regex(
    r"(?:(?:[\w.@-]{1,64}:)?\${1,4}(?:\d{1,2}[abxy]?|g?y|[phsunq]|md5|sha\d*|apr\d|argon2\w*|\w*crypt\w*|pbkdf2\w*|krb5\w*"
    r"|dcc\d?|fshp\d?|pkzip\d?|zip\d|rar\d|nt|sm3|ml|office|pdf)(?:-\w+)*\$"
    r"|pbkdf2[_:]|bcrypt|argon2|\{(?:SSHA|SHA|MD5|CRYPT|SMD5|PBKDF2|ARGON2)"
    r"|scrypt:|SCRAM-SHA|sha(?:1|256|384|512)\$|md5[0-9a-f]{32}$|\*[0-9A-F]{40}$|(?:hmac-)?sha\d{1,3}[:-]"
    r"|md5[:-])",
    re.IGNORECASE,
)
_PATH = regex(
    r"(?:~|\.{1,2}|\$\w+|\$\{\w+\}|\$\(pwd\)|\{\w*\}|%\w+%)?/[\w/@.:,{}<>$%*#?=&+~-]*"
    r"|[A-Za-z]:[\\/][\w\\/ .-]*"
    r"|\.{0,2}[\w@.-]+(?:/[\w@.{}$-]+)+/?"
)
_URL = regex(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://\S*")
_NUMBER = regex(
    r"\d+(?:[.:/_-]\d+)*\w?|v?\d+\.\d+[\w.+-]*|\d+\.v[0-9a-f_]{8,}|\d{4}-\d\d-\d\d.*|#[0-9a-fA-F]{3,8}"
    r"|[\d.]+(?:px|em|rem|ms|kb|mb|gb|days?|hours?|minutes?|seconds?)"
    # How often something may be done: `20/m/ip`, `100/day`.
    r"|\d{1,6}/\d{0,4}(?:s|m|h|d|sec|second|min|minute|hour|day|month|year)s?(?:[/,; ].*)?",
    re.IGNORECASE,
)
_UUID = regex(r"\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?")
# A random one (RFC 9562, 5.4), which some services give out for keys and client secrets.
_RANDOM_UUID = regex(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
)
# As people make one of a word: with a sign and some digits after it.
_SIGNED_WORD = regex(r"[A-Za-z]{4,}[@!#&*^]{1,2}\d{1,6}[@!#&*^.]?")
# Digits in words: `i18nextLanguage`, `tokenBase64Value`.
_NUMBERED = regex(
    r"(?i:(?<![a-z0-9])1(?=password))|(?i:(?<![a-z])(?:i18n|l10n|a11y|k8s))|(?i:oauth2|x509|base(?:32|58|64)|sha(?:1|256|384|512)|utf8|ipv[46])"
    r"(?![a-z0-9])"
)
_FILE = regex(
    r"[\w./-]+\.(?:html?|txt|pem|key|py|json|ya?ml|conf|crt|cer|p12|pfx|jks|gz|zip|whl|jar|md|sh|cfg"
    r"|ini|env|properties|xml|js|ts|tsx|jsx|go|rb|php|java|cs|css|svg|png|asc|gpg|pub|log|vue|hbs|ejs)",
    re.IGNORECASE,
)
# What programs name classes, packages and their parts: `App\\Api\\Users@show`, `org.example.Main`,
# `UsersController@show` (Laravel, "Controllers").
_CLASS = regex(
    r"[a-z][A-Za-z-]*\.v\d+(?:\.[A-Za-z][A-Za-z-]*)+|"  # a template of a chart's, by its version
    r"(?:[A-Z][A-Za-z]{2}\w*\\{1,2})+[A-Z][A-Za-z]{2}\w*(?:(?:@|::)[a-z]\w*)?|[A-Z]\w+Controller@[a-z]\w*"
    r"|(?:com|org|net|io|edu|gov|dev|app|info|co|me|de|fr|uk|cn|jp|ru|eu|nl|br|in)(?:\.[A-Za-z][A-Za-z_-]*){2,}"
)
# How Java calls algorithms ("Java Security Standard Algorithm Names").
_ALGORITHM = regex(
    r"SHA\dPRNG|NativePRNG\w*|(?:PBE|PBKDF2)With\w+|\w+[wW]ith(?:RSA|DSA|ECDSA)\w*|Hmac(?:SHA|MD)\w+"
    r"|[A-Za-z0-9]+/[A-Z]{3}\d*/\w+Padding"
)
_MAIL = regex(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}")
_PUBLIC = regex(r"(?:ssh-(?:rsa|dss|ed25519)|ecdsa-|sk-ssh-|AAAA[BCE]3)")
# What a database calls an index or a foreign key: `IDX_368A4209A76ED395`; with Django,
# `api_apikey_identifier_6e4e2f82_uniq`.
_INDEX = regex(
    r"(?:fk|idx|uniq|ix|uq)_\w{5,}|[a-z]\w*_[0-9a-f]{8}_(?:uniq|idx|like|check|fk(?:_\w+)?)",
    re.IGNORECASE,
)
_EXPRESSION = regex(
    r"\[\^?(?:a-[zf]|A-[ZF]|0-9|1-9)|\(\?[:=!<P]|\\[wdsSWDbB][+*{]|\(\[\^|\.\*[\"'?)$]?$|\*\*/|/\*\*|\*{3}"
    r"|\bfunction\s?\("
)
_FORMAT = regex(r"[\w.: =&?,;/-]*(?:%[sdrvq]|\{\w*\}|\$\w+|%\w)[\w.: =&?,;/%-]*")
_SELECTOR = regex(r"[#.][a-z][\w-]*|[#.]?[a-z][\w-]*(?:[\[.#:>][\w=\"'()-]*\]?)+")
_LONGEST = 2000
_COUNTED = "012345678901234567890"
# What somebody is to put in: `AdditionalProjects:<name>:Path`.
_GAP = regex(r"<[A-Za-z][\w /.-]*>")
# Data in a text: an object, a list, an element.
_STRUCTURE = regex(r"\{\s*\\*[\"'].*:.*\}|\[\s*\\*[\"'{].*\]|<[A-Za-z?!][^>]*>.*<.*>")
# What is called as secrets are, and what Crowdin puts in the place of texts.
_NAMES_ITSELF = regex(
    r"(?:[a-z0-9]+[_-])*(?:password|passwd|passphrase|secret|token|credentials?|keys?)(?:[_-][a-z0-9]+)*"
    r"|(?:[a-z]+[_-])+[a-z]+(?:password|passwd|passphrase)"  # `web-certificatepassword`
    r"|(?:[A-Za-z0-9]+[_-])+(?:creds|credentials)"  # of a file: `kafka1_sslkey_creds`
    r"|(?:crwdns\d+:\d+crwdne\d+:\d+)+"
)
_LEAST_NAME = 4
_VERBS = frozenset({"get", "set", "is", "has", "add", "new", "to", "on", "run", "use"})
_LONG_PART = 12
_LEAST_SECRET = 16
_LEAST_DISTINCT = 10
_LEAST_OF_UUID = 3  # different digits in the last part: `1A1A1A1A1A1A` is made up


# A text in another alphabet, as JSON has its letters.
_ESCAPED = regex(r"(?:(?i:\\u(?!00)[0-9a-f]{4})|[\s.,()'-])+")


def is_encrypted(value: str) -> bool:
    """Whether a value has the form in which a known tool writes encrypted values."""
    return _ENCRYPTED.match(value) is not None


def is_hashed(value: str) -> bool:
    """Whether a value is a password hash in a known format, or names the hash function it was
    made with."""
    return _HASHED.match(value) is not None


def is_no_secret_value(value: str) -> bool:
    """Whether a value is, as a whole, code, a reference, a path, an address, a number or a name."""
    value = value.rstrip(";,\\") or value
    whole = (
        _NAMES_ITSELF, _CODE, _VARIABLE, _REFERENCE, _RESOURCE, _NUMBER, _UUID, _INDEX, _FILE,
        _CLASS, _ALGORITHM, _ESCAPED,
    )  # fmt: skip
    if any(pattern.fullmatch(value) for pattern in whole):
        return True
    if (_SIGNED_NAME.fullmatch(value) or _LEFT_SIDE.fullmatch(value)) and all(
        map(_is_name, _RUN.findall(value))
    ):
        return True
    if _PUBLIC.match(value) or _EXPRESSION.search(value) or value.endswith("..."):
        return True
    if any(map(_is_readable_template, _TEMPLATE.finditer(value))):
        return True
    if _URL.fullmatch(value) or (_MAIL.fullmatch(value) and _reads(value)):
        return True
    if (_FORMAT.fullmatch(value) or _SELECTOR.fullmatch(value)) and _reads(value):
        return True
    if _STRUCTURE.fullmatch(value):
        return True
    if _GAP.search(value) and all(map(_is_name, _RUN.findall(_GAP.sub("", value)))):
        return True
    if _CALL.fullmatch(value) and all(map(_is_name, _RUN.findall(value))):
        return True
    return _PATH.fullmatch(value) is not None and _is_path(value)


def is_readable(value: str) -> bool:
    """Whether a value consists of words and names, with any signs between them."""
    return _reads(value)


def has_form(value: str) -> bool:
    """Whether a value is of such a length and of such characters as secrets are."""
    if not 8 <= len(value) <= _LONGEST or not value.isascii() or not value.isprintable():
        return False
    return " " not in value and any(map(str.isalpha, value)) and is_varied(value)


def is_secret(value: str, strictness: str) -> bool:
    """Whether a value looks as if a program made it up, or, for a password, a person.

    `strictness` is `password`, of which people make some, `secret`, which programs make, or
    `reference`, the same but that a UUID is the id of what is kept elsewhere. A password is none.
    """
    if not has_form(value):
        return False
    if is_random_uuid(value):
        return strictness == "secret"
    if is_no_secret_value(value) or is_hashed(value) or is_encrypted(value):
        return False
    if is_placeholder(value):
        return False
    if is_readable(value):
        return strictness == "password" and _SIGNED_WORD.fullmatch(value) is not None
    distinct = len(set(value))
    if strictness == "password":
        return distinct >= 5
    return len(value) >= _LEAST_SECRET and distinct >= _LEAST_DISTINCT and is_random(value)


def is_random_uuid(value: str) -> bool:
    """Whether a value is a UUID of random digits, and none that documentation shows."""
    if _RANDOM_UUID.fullmatch(value) is None or is_placeholder(value):
        return False
    return len(set(value.rpartition("-")[2].lower())) > _LEAST_OF_UUID


def is_varied(value: str) -> bool:
    """Whether there are letters of both cases, a digit, or a sign other than those between
    words."""
    mixed = any(map(str.islower, value)) and any(map(str.isupper, value[1:]))
    return mixed or any(map(str.isdigit, value)) or re.search(r"[^\w\s./:-]", value) is not None


def is_random(value: str) -> bool:
    """Whether at most half of the characters stand in words, numbers and names of some length.

    Text such as `prod-eu-west-1-main2` is put together from words, random text is not. Without
    signs between them, short and long runs of letters count as no words.
    """
    least, most = (3, 18) if re.search(r"[-_./ ]", value) else (5, 10)
    runs = re.findall(r"[A-Za-z]+|\d{4,}", value)
    words = sum(len(r) for r in runs if r.isdigit() or (least <= len(r) <= most and _is_said(r)))
    return words * 2 < len(value) or re.fullmatch(r"[0-9a-f]{24,}|[0-9A-F]{24,}", value) is not None


def _is_said(run: str) -> bool:
    return (run.islower() or run.isupper() or run.istitle()) and is_plain(run)


def _is_readable_template(match: re.Match[str]) -> bool:
    inner = next((text for text in match.groups() if text is not None), "")
    if _OF_ENVIRONMENT.match(inner):
        return True
    whole = match[0] == match.string or match.lastgroup == "k"
    return (len(inner) >= _LEAST_NAME or whole) and all(map(_is_name, _RUN.findall(inner)))


def _reads(value: str) -> bool:
    """Whether all runs of letters and digits of a value, of several, are names."""
    runs = _RUN.findall(value)
    if not runs:
        return False
    if len(runs) == 1:
        # A word alone, or one of a row of which the others stand elsewhere: `confirmed|`.
        if value == f"#{runs[0]}" and len(_PART.findall(runs[0])) > 1:
            return _is_name(runs[0])  # `#tokenTable`: an element of a page
        word = _NUMBERED.sub("", runs[0])
        return value.strip("|,;:.*-_/") == runs[0] and bool(word) and is_plain(word)
    letters = sum(map(len, runs))
    if letters < 3 * len(runs) or letters * 3 < len(value) * 2:
        return False
    return all(map(_is_name, runs)) and not _is_strewn(value)


def _is_strewn(value: str) -> bool:
    """Whether signs stand about that mean nothing together: brackets that do not match, or three
    kinds of those that neither names nor addresses have between their words."""
    kinds = set(_UNUSUAL.findall(value))
    for opening, closing in ("()", "[]", "{}", "<>"):
        if value.count(opening) != value.count(closing):
            return True
        kinds -= {opening, closing}
    return len(kinds) > 2


def _is_path(value: str) -> bool:
    """Whether most parts of what may be a path are names."""
    parts = [part for part in re.split(r"[/\\]", value.lstrip("~.")) if part]
    if len(parts) < 2 and not (parts and _reads(parts[0])):
        return False
    others = [part for part in parts if not all(map(_is_name, _RUN.findall(part)))]
    return len(others) * 2 <= len(parts) and all(len(part) < _LONG_PART for part in others)


def _is_name(run: str) -> bool:
    """Whether a run of letters and digits is a word, or words and numbers in camel case."""
    if run.isdigit():
        return len(run) <= 4 or run in _COUNTED
    if is_known_name(run) or _is_long_word(run):
        return True
    if is_plain(run) and not any(map(str.isupper, run[1:])):
        return _is_said_aloud(run)
    found = _WORDS_AND_NUMBER.fullmatch(run)
    if found is None:
        return run.isupper() and len(run) <= 4
    parts = _PART.findall(re.sub(r"\d", " ", run))
    strange = [part for part in parts if not (is_known_name(part) or _is_word(part))]
    # One abbreviation beside words: `cvssCalculatorVersion`.
    long = sum(len(part) > _LEAST_NAME for part in parts if part not in strange)
    if len(strange) > (long > 1) or any(len(part) > _LEAST_NAME for part in strange):
        return False
    return len(parts) < 2 or sum(map(len, parts)) * 2 >= 7 * len(parts) or parts[0] in _VERBS


def _is_word(part: str) -> bool:
    return is_plain(part) and _is_said_aloud(part)


def _is_long_word(run: str) -> bool:
    """Whether small letters alone, however many, have the vowels that words have."""
    vowels = len(_VOWEL.findall(run))
    return run.isalpha() and run.islower() and 4 * vowels >= len(run) and not _HEAP.search(run)


def _is_said_aloud(part: str) -> bool:
    """Whether letters have a vowel and no heap of consonants, or are few, as those of `AWS`."""
    letters = part.lower().rstrip("0123456789").replace("passphr", "passr")
    if len(letters) < 4 or (part.isupper() and len(part) < 6):
        return True
    return _VOWEL.search(letters) is not None and _HEAP.search(letters) is None
