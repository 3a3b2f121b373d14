"""Recognizes passwords and keys that everybody tries first: they are no secret, and yet what a
program is set up with."""

from __future__ import annotations

from keyaudit.core.context import is_unfilled
from keyaudit.core.patterns import regex


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# `p@ssw0rd` and `s3cr3t` are the words they look like.
_LEET = str.maketrans("013457@$!", "oieastasi")
_TAIL = regex(r"(?:[\W_]|\d)+\Z")
_GAPS = regex(r"[\W_]+")
# Nobody calls anything else so.
_ALWAYS = _words("""
    changeme changemenow changemeplease changeit changethis changethispassword changeoninstall
    changemeinproduction pleasechangeme letmein qwerty qwertyuiop iloveyou supersecret
    supersecretkey supersecretpassword verysecret verysecretkey topsecret mysecret mysecretkey
    mysecretpassword
    mysupersecret mysupersecretkey mysupersecretpassword secretpassword secretkey notsosecret
    notsecret devsecret devsecretkey devkey devpassword defaultpassword defaultsecret defaultkey
    adminpassword adminpass adminadmin rootpassword rootroot minioadmin raspberry toor passwort
    insecure unsafe notsecure insecuresecretkey insecuredefault dontuseinproduction
    donotuseinproduction monkey dragon hunter correcthorsebatterystaple supersecure secretsecret
    jwtsecret jwtsecretkey thisisasecret thisisasecretkey superrandomstring randomstring anysecret
    somesecret somesecretkey flasksecret djangosecret
""")
# Those of services, and words that mean something else elsewhere.
_BESIDE_LOGIN = _words("""
    admin administrator root guest pass secret default demo postgres mysql mariadb mongo redis
    rabbitmq rabbit elastic grafana user system oracle sa master public operator superuser manager
    support service ubnt cisco pi welcome
""")
_WITH_DIGITS = _words("""
    admin root pass password secret test welcome abc user qwerty guest demo letmein changeme hello
    default postgres mysql pwd asdf a aa q1w2e
""")
_COUNTED = regex(r"0?1234(?:5(?:6(?:7(?:8(?:90?)?)?)?)?)?|(\d)\1{3,}|4321|654321|123|321|1q2w3e\w*")
_CONSTANT = regex(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")  # a variable's name: `SECRET_KEY`
# What asks to be replaced, and works until it is; and what says that everybody has it.
_ASKS = regex(
    r"please[\W_]*(?:change|choose|replace|pick)[\W_]*(?:me|this|it|an?|your|the)(?![a-z])[a-z\W_]{0,40}"
    r"|[a-z\W_]{0,20}default[\W_]?(?:password|passwd|secret|key)[a-z\W_]{0,30}"
)
_FORBIDDEN = regex(r"(?:pass(?:word|wd)?[12]|none|null|true|false|nil|undefined|string|str|text)\Z")


def is_known_default(value: str, *, beside_login: bool) -> bool:
    """Whether a value is one that everybody tries first. `beside_login`: it stands where a program
    is told how to log in, so that a plain word such as `admin` is one, too."""
    text = value.strip().lower()
    if _CONSTANT.fullmatch(value) and not text.startswith(("change", "please")):
        return False
    if 8 <= len(text) <= 60 and _ASKS.fullmatch(text):
        return not text.startswith(("{", "<", "$", "["))
    if not 3 <= len(text) <= 60 or is_unfilled(value) or _FORBIDDEN.match(text):
        return _asks_for_change(text)
    if _COUNTED.fullmatch(text):
        return True
    plain = _GAPS.sub("", text)
    spelled = _GAPS.sub("", text.translate(_LEET))
    stem = _GAPS.sub("", _TAIL.sub("", text))
    if plain in _ALWAYS or spelled in _ALWAYS or stem in _ALWAYS:
        return True
    if stem in _WITH_DIGITS and stem != plain:
        return True
    if spelled == "password" and spelled != plain:
        return True  # `p@ssw0rd`
    return beside_login and value.islower() and plain in _BESIDE_LOGIN


def _asks_for_change(text: str) -> bool:
    return "change" in text and _GAPS.sub("", text) in _ALWAYS
