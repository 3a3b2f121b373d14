"""Where things that have secrets in them are named (all environment variables, the headers of a
request, the arguments of a command line), and the variables that hold them.

As in `secret_uses`, the text is looked at before anything is parsed: what is found here is only
worth reading.
"""

from __future__ import annotations

import itertools
import re

from keyaudit.code.selection import secret_addresses, secret_stores, whole_messages
from keyaudit.code.selection.selected_rows import names_of_rows
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, SECRETS, reading

# What a URL by which a program logs in is called after, of which some words end so.
_SERVERS = ("base", "db", "redis", "mongo", "mongodb", "gres", "mysql", "amqp", "broker")
# What each of the things below is looked for by, and how far before it the thing begins: to look
# for words is many times as fast as to try an expression at each place.
_WORDS = (
    ("environ", 0), ("sys.argv", 0), ("request.", 0), ("req.", 0), ("__dict__", 0), ("vars(", 0),
    ("locals()", 0),
    ("asdict(", 0),
    (".model_dump", 0), (".dict(", 0), ("parse_", 0), ("app.config", 0), ("application.config", 0),
    ("settings.DATABASES", 0), ("acquire_token_", 0), ("/token", 0), ("/access_token", 0),
    ("eaders", 1), ("_dsn", 0), ("_DSN", 0), ("nection_str", 0), ("NECTION_STR", 0),
    ("conn_str", 0),
    *((f"{server}_ur", 0) for server in _SERVERS),
    *((f"{server.upper()}_UR", 0) for server in _SERVERS),
    ("oken_", 1), ("tokenResp", 0), ("ogin_res", 1), ("auth_res", 0), ("credentials_res", 0),
    ("cookies", 0), ("session_cookies", 0), ("cookie_jar", 0), ("cookiejar", 0),
    *((f"{token}{line}{end}", 1) for token, line, end in itertools.product(
        ("oken", "OKEN"), ("", "_"), ("ur", "Ur", "UR", "endp", "Endp", "ENDP"))),
)  # fmt: skip
_WHOLE = regex(
    r"\benviron\b(?!\.get\(|\.pop\(|\.setdefault\(|\[[\"'])"
    r"|\breq(?:uest)?\.(?:url|full_path|path_qs|rel_url|query_string|get_full_path|build_absolute_uri)\b"
    r"|\breq(?:uest)?\.(?:headers|cookies|COOKIES|META|POST|GET|args|query_params|form|json|data|values|params|body"
    r"|get_json|get_data|post)\b(?!\.get\(|\[)"
    r"|\bsys\.argv\b(?!\[)|__dict__\b|\bvars\(\w|\blocals\(\)|\basdict\(|\.model_dump(?:_json)?\(|\.dict\("
    r"|\bparse_(?:known_|intermixed_)?args\(|\bapp(?:lication)?\.config\b(?!\.|\[)"
    r"|\bapp(?:lication)?\.config\.items\(|settings\.DATABASES|\bacquire_token_"
    r"|\b(?:session_)?cookies\b(?!\.get\(|\[|[ \t]*[=(\"'])|\bcookie_?jar\b"
    r"|(?i:(?<![a-z])token_?(?:ur[il]|endpoint)\b)|/(?:access_)?token[\"'/?]"
    r"|[Hh]eaders\b(?![ \t]*(?:=[^=]|[:\[(\"'])|\.(?:get|update|pop|setdefault)\()"
    r"|(?i:(?:base|db|redis|mongo|mongodb|gres|mysql|amqp|broker)_ur[il]\b|_dsn\b)"
    r"|(?i:(?:nection|conn)_str(?:ing)?\b)"
    r"|[Tt]oken_(?:data|resp|info|result|json|answer)|tokenResp|[Ll]ogin_res|\bauth_res|credentials_res"
)
_OPTION = regex(r"[\"']--?([\w-]{2,40})[\"']")
_FIELDS = regex(
    r"@(?:\w+\.)?(?:dataclass|define|frozen|attrs|s)\b[^\n]*\n(?:@[^\n]*\n)*class[ \t]+(\w+)"
    r"|class[ \t]+(\w+)\([^)\n]*\b(?:BaseModel|BaseSettings|NamedTuple|Struct|SQLModel)\b"
)
_FIELD = regex(r"\n[ \t]+(\w+)[ \t]*:")
# A class of another file of which a row has a secret in it, or the form of a login, by its name.
_CLASS = (
    r"[A-Z]\w{0,40}(?:Login|Log[Ii]n|SignIn|SignUp|Register|Registration|Cred|Token|Password|Auth|Secret|Key|User"
    r"|Account|Client|Config|Settings|Connection|Integration|Webhook)\w{0,40}"
    r"|(?:Login|SignIn|SignUp|Register|Registration|Cred|Token|Password|Auth|O[Aa]uth|Secret|Key|User|Account"
    r"|Client|Config|Settings|Connection|Integration|Webhook)\w{0,40}"
)
_ROW = regex(
    rf"(?m)^[ \t]*(\w+)(?:[ \t]*:[^=\n]+)?[ \t]*=[ \t]*(?:await[ \t]+)?"
    rf"(?:(?:{_CLASS})\.(?:get|find|filter|create|first|query|objects|fetch|load|select)"
    rf"|[\w.]+\((?:select\()?[ \t]*(?:{_CLASS})\b)"
)
_ANNOTATED = regex(rf"[(,]\s*(\w+)[ \t]*:[ \t]*(?:\w+\.)?(?:{_CLASS})\b")
_NEXT_TOP = regex(r"\n(?=[^\s#)\]}])")
_BINDS = regex(
    r"(?:\A|\n)[ \t]*(?:async[ \t]+)?(?:for[ \t]+)?((?:self\.)?\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*"
    r"(?::[^=\n]+)?(?:=(?!=)|in\b)[^\n]*"
)
_SENDS = (".post(", ".request(", ".fetch(")
_SENT_PASSWORD = regex(
    r"[\"'](?:[Uu]ser_?)?(?:[Pp]assword|passwd|pwd|pass|client_secret|otp\w*|mfa_code|passcode)[\"']"
    r"|\b(?:password|client_secret)="
)
# What a client takes out of what its own function for requests gives it.
_TAKES_TOKEN = regex(r"(?:\[|\.get\()[ \t]*[\"'](?:access_?|refresh_?|auth_?|id_?)?[tT]oken[\"']")
# What an answer says.
_ANSWERED = regex(r"\.(?:text|content)\b(?![(.])|\.(?:json|text|read)\(\)")
_SENT_COOKIES = regex(r"\bcookies=[ \t]*([^\W\d]\w*)\b(?![.(\[])")
_AS = regex(r"\bas[ \t]+(\w+)[ \t]*:")
# A dict that is begun in a line before.
_OPENED = regex(r"\n[ \t]*(\w+)[ \t]*=[ \t]*(?:dict\(|\{)[^{}]*\Z")
_FAR = 500
_MAX_NAMES = 24


def found_in(text: str) -> tuple[list[int], frozenset[str]]:
    """Where such things are named in the text of a module, and the names that hold one."""
    spots = _spots(text)
    if spots and "parse_" in text and not _takes_secret(text):
        spots = [spot for spot in spots if not text.startswith("parse_", spot)]
    names = _holders(text, spots)
    classes = _classes_with_secrets(text)
    if classes:
        any_of = "|".join(map(re.escape, sorted(classes)))
        for held in re.finditer(rf"(\w+)[ \t]*[:=][ \t]*[\"']?(?:\w+\.)?(?:{any_of})\b", text):
            names.add(held[1])
    if _gets_token(text):
        names |= _holders(text, answers := [found.start() for found in _ANSWERED.finditer(text)])
        spots = sorted({*spots, *answers})
    names |= whole_messages.holders(text) | _of_classes(text)
    names |= secret_stores.names_of_values(text)
    names |= secret_addresses.addresses(text).keys() | names_of_rows(text)
    if secret_addresses.hooks(text):
        names.add("url")
    if "cookies=" in text:  # whatever they are held in
        names.update(_SENT_COOKIES.findall(text)[:_MAX_NAMES])
    if names:
        any_of = "|".join(map(re.escape, sorted(names)[:_MAX_NAMES]))
        handed = re.compile(rf"\n[ \t]*(\w+)[ \t]*=[ \t]*(?:await[ \t]+)?(?:{any_of})\b")
        names |= {found[1] for found in handed.finditer(text)}
    return spots, frozenset(sorted(names)[: 2 * _MAX_NAMES])


def names_whole(text: str) -> bool:
    """Whether a stretch of Python names such a thing."""
    return bool(_spots(text)) or _ANSWERED.search(text) is not None


def _gets_token(text: str) -> bool:
    """Whether a module sends a password to somebody, or takes a token out of what it was answered:
    what that was is of interest then."""
    if not any(sends in text for sends in _SENDS):
        return False
    return _SENT_PASSWORD.search(text) is not None or _TAKES_TOKEN.search(text) is not None


def _spots(text: str) -> list[int]:
    """Where such things are named, in the order of the text."""
    found: set[int] = set()
    for word, before in _WORDS:
        at = text.find(word)
        while at >= 0:
            if _WHOLE.match(text, max(at - before, 0)):
                found.add(at - before)
            at = text.find(word, at + len(word))
    return sorted(found)


def _takes_secret(text: str) -> bool:
    """Whether a command line has an option that takes a secret."""
    return any(reading(name.replace("-", "_")) in SECRETS for name in _OPTION.findall(text))


def _holders(text: str, spots: list[int]) -> set[str]:
    """The variables that are given such a thing in the line it is named in."""
    found: set[str] = set()
    for spot in spots:
        start = text.rfind("\n", 0, spot)
        end = text.find("\n", spot)
        line = text[max(start, 0) : end if end >= 0 else len(text)]
        bound = _BINDS.match(line)
        if bound is not None:
            found.update(name.strip().removeprefix("self.") for name in bound[1].split(","))
        else:
            opened = _OPENED.search(text, max(0, spot - _FAR), spot)
            if opened is not None:
                found.add(opened[1])
        found.update(_AS.findall(line))
        if len(found) > _MAX_NAMES:
            break
    return found


def _of_classes(text: str) -> set[str]:
    """The variables of rows and forms whose class, of another file, may have a secret in it."""
    found = {row[1] for row in _ROW.finditer(text)} if "= " in text else set()
    found |= {given[1] for given in _ANNOTATED.finditer(text)}
    return set(sorted(found)[:_MAX_NAMES])


def _classes_with_secrets(text: str) -> set[str]:
    """The classes made of fields of which one is called a secret."""
    if "class " not in text:
        return set()
    found: set[str] = set()
    for made in _FIELDS.finditer(text):
        body_end = _NEXT_TOP.search(text, made.end())
        body = text[made.end() : body_end.start() if body_end else len(text)]
        if any(reading(name) in SECRETS - {BARE_TOKEN} for name in _FIELD.findall(body)):
            found.add(made[1] or made[2])
    return found
