"""Judges names: does a name call its value a secret, or something about a secret?"""

from __future__ import annotations

import re
from functools import lru_cache

from keyaudit.core.patterns import regex

_CAMEL = regex(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# What comes after the keyword and makes the name that of something else.
_OF = regex(
    r"(?:^|_)(?:names?|ids?|identifiers?|arns?|ur[il]s?|paths?|files?|filenames?|dirs?|folder|fields?|labels?"
    r"|types?|kinds?|formats?|polic(?:y|ies)|rules?|len|length|sizes?|min|max|regex|patterns?|help|hints?"
    r"|texts?|titles?|desc|description|msgs?|messages?|errors?|codes?|templates?|class|widgets?"
    r"|hash(?:es|ed)?|sha\d*|md5|bcrypt|s?crypt|argon2\w*|pbkdf2|hmac|encrypted|ciphertext|cipher_?text"
    r"|sealed|reset|changed?|required|prompts?|store|manager|backend|provider|source|refs?"
    r"|version|alg|algorithm|attrs?|attributes?|column|header|params?|last|var|env|prefix|suffix"
    r"|expir\w+|expires|ttl|age|count|counts|index|link|form|view|page|input|usage|limit|limits"
    r"|checksum|digest|fingerprint|thumbprint|signature|address(?:es)?|addr|endpoint|host|port|user|username|login|scope|dialog"
    r"|iterations|rounds|salt|time|date|created|updated|constraint|replacement|placeholder|rotation|vault|engine|mount|getter|state"
    r"|chars|characters|alphabet|enabled|status|hashers?|mode|level|lifetime|validators?|subject"
    # What happened to it: `PASSWORD_SUBMITTED` is an event.
    r"|submitted|entered|confirmed|visited|viewed|failed|succeeded|completed|sent|received|requested"
    r"|verified|added|removed|deleted|events?|uuid|guid|options?|propert(?:y|ies)|settings?|flags?"
    # Where it is read from (`--password-stdin`), and what a class of that name does with it.
    r"|stdin|fd|namespaces?|owners?|holders?|accounts?|lib|library|table|repository|controller|utils?|helpers?|handler|factory|builder|interceptor"
    r"|middleware|broker|exception|dto|entity|fragment|component|screen|modal|button|icon)(?:_|$)"
)

# What comes before it and says that it is meant for everybody, or opens nothing.
_NOT = regex(
    r"(?:^|_)(?:public|pub|csrf|xsrf|no|not|is|has|use|get|encrypted|wrapped|etag|client_request"
    r"|hash(?:ed)?|sealed|ciphered|crypted|masked|redacted|hidden|from|sha\d+|md5|bcrypt"
    # Under which a program for Android keeps it, or hands it on.
    r"|prefs?|preferences?|extra|arg|bundle"
    r"|invalid|wrong|incorrect|missing|bad|test|tests|fake|dummy|mock|example|sample)(?:_|$)"
)
# What makes a key or a token another thing, but no password: Django's EMAIL_HOST_PASSWORD is one.
_NO_TOKEN = regex(
    r"(?:^|_)(?:authenticity|antiforgery|next|prev|paging|pagination|continuation|cursor"
    r"|idempotency|marker|eos|bos|pad|unk|mask|stop|sep|dedup)(?:_|$)"
    # Right before it: `primary_key`, and not `primary_access_key`.
    r"|(?:^|_)(?:page|sync|cancel|cancellation|request|site|host|known|cache|primary|foreign|unique"
    r"|sort|partition|range|index|design|upload|clone"
    # With which a page tells Mixpanel what its readers do.
    r"|mixpanel(?:_project)?)$"
)
_PASSWORD = r"pass(?:word|wd|phrase|code)?s?|pwd|pw"  # noqa: S105
_KEY_OF = (
    r"api|access|secret|priv(?:ate)?|master|encrypt(?:ion)?|sign(?:ing|ature)?|crypto|cipher|hmac"
    r"|aes|fernet|jwt|auth|service|account|app(?:lication)?|client|storage|shared|admin|deploy"
    r"|webhook|session|cookie|flask|django|db|database|rest|write|ingest|root|server"
)
# What people write before such a word without a sign between: `PGPASSWORD`, `DBPASS`, `mailpass`.
_GLUED = (
    r"pg|db|data(?:base)?|e?mail|smtp|imap|pop3?|s?ftp|sql|mysql|my|mssql|ora(?:cle)?|ldap|bind|user|usr"
    r"|admin|adm|root|client|app|api|ssh|redis|mongo(?:db)?|postgres|pgsql|psql|git|login|key|trust|store"
    r"|proxy|https?|wi-?fi|wlan|vpn|sudo|web|site|server|auth|account|acc|cloud|rds|jwt|jdbc|bot|dev|prod"
    r"|tls|ssl|cert|rabbit(?:mq)?|amqp|mqtt|kafka|sa|zip|pdf|backup|remote|master|slave|repl|jmx|jenkins"
    r"|nexus|docker|registry|vault|os|svn|ntlm|kerberos|ad|win|domain|service|svc|oauth|consumer|shared"
    r"|refresh|bearer|access|id|session|hub|slack|discord|telegram|aws|gcp|azure|s3|do|gh|gitlab|github"
    r"|stripe|twilio|sendgrid|mailgun|sentry|npm|pypi|snmp|sip|ari|ami|rcon|steam|irc|telnet|ftps|router"
    r"|default|initial|new|old|current|secret|super|common|signing|encryption|private|product|partner"
)
_OF_SECRET = regex(
    rf"(?:(?<![a-z])(?:{_GLUED})?(?P<password>{_PASSWORD})"
    # What redis-cli reads for its `-a`.
    r"|(?P<whole>(?:password|passwd|passphrase)s?|rediscli_auth)"
    rf"|(?<![a-z])(?:{_GLUED}){{0,2}}(?P<secret>secrets?|(?:auth|access|api)?tokens?|credentials?|bearer"
    rf"|(?:{_KEY_OF})[_-]?(?:(?:secret|token|auth|access)[_-]?)?keys?)"
    r"|(?P<glued>secrets?|secret(?:access)?keys?|apikeys?|privatekeys?))(?![a-z])"
)
# By which AWS tells a repeated request, and by which nginx hands a request on: `uwsgi_pass`. In a
# signed URL `X-Amz-Credential` says which key signed it (AWS, "Signature Version 4").
_OTHER = regex(
    r"(?:^|_)(?:client_(?:request_)?|creation_)token$|^x_(?:amz|goog)_credential$"
    r"|^(?:proxy|uwsgi|fastcgi|scgi|grpc|memcached)_pass$"
    # Of several passes over something.
    r"|(?:^|_)(?:first|second|third|single|multi|two|one|final|last|next|render|shader|filter|blur)_pass$"
)
_TOKEN = regex(r"(?:keys?|\w*tokens?)")
_KEYWORD = regex(r"key|pass(?:word|wd|phrase)?|pwd|(?<![a-z])pw(?![a-z])|secret|token|credential")


def snake_case(name: str) -> str:
    """A name in lower case, its words separated by `_`: `clientSecretId` -> `client_secret_id`."""
    return re.sub(r"[^a-z0-9]+", "_", _CAMEL.sub("_", name).lower()).strip("_")


def names_something_else(before: str, keyword: str, after: str) -> bool:
    """Whether the words around a keyword make the name one of something else: `csrf_` token,
    password `_label`.

    All are parts of a name in the form that `snake_case` gives.
    """
    before = before.strip("_")
    if _OF.search(after.strip("_")) is not None or _NOT.search(before) is not None:
        return True
    return _TOKEN.fullmatch(keyword) is not None and _NO_TOKEN.search(before) is not None


def names_no_secret(name: str) -> bool:
    """Whether a name has a keyword such as `password` in it and yet is the name of something
    else."""
    parts = snake_case(name)
    found = next(reversed(list(_KEYWORD.finditer(parts))), None)
    return found is not None and names_something_else(
        parts[: found.start()], found[0], parts[found.end() :]
    )


@lru_cache(maxsize=4096)  # the names of a file, of whose values each is asked about
def strictness(name: str) -> str | None:
    """By what standard a value of this name is judged: `password`, `secret` or `reference` (see
    `is_secret` in `values`); None when the name is one of something else."""
    parts = snake_case(name)
    if _OTHER.search(parts):
        return None
    found = next(reversed(list(_OF_SECRET.finditer(parts))), None)
    if found is None or names_something_else(
        parts[: found.start()], found[0], parts[found.end() :]
    ):
        return None
    if found["password"] or found["whole"]:
        return "password"
    return "reference" if (found["secret"] or "").startswith("credential") else "secret"


def is_secret_name(name: str) -> bool:
    """Whether a name calls its value a password, a key, a token or the like."""
    return strictness(name) is not None
