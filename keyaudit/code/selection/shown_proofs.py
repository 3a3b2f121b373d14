"""Whether a text takes proofs that somebody shows to be let in: one-time codes, answers to a
challenge, signed values; ends a login; switches a second factor off; or makes a key or certificate
where there is none."""

from __future__ import annotations

from keyaudit.core.patterns import regex

# A one-time code is checked, by pyotp or an object that is called so.
_CODE = regex(r"(?i)otp\w*(?:\([^\n]{0,120}\))?\.verify\(|valid_window[ \t]*=")
# The challenge of a hardware key, which a session keeps.
_ANSWERED = (
    "verify_authentication_response",
    "verify_registration_response",
    "authenticate_complete",
    "register_complete",
    "complete_registration",
    "complete_authentication",
    "WebAuthnAssertionResponse",
    "WebAuthnRegistrationResponse",
)
# The switch of a second factor, turned off; and its seed, made where there is none.
_FACTOR = r"(?:otp|mfa|2fa|tfa|two_?fa|two_?factor)"
_OFF = regex(
    rf"(?i)\.(?:\w{{1,20}}_)?{_FACTOR}\w{{0,12}}[ \t]*=[ \t]*False\b"
    rf"|[\"']{_FACTOR}_?(?:enabled|active)[\"'][ \t]*:[ \t]*False\b"
    rf"|\b{_FACTOR}_?(?:enabled|active)[ \t]*=[ \t]*(?:False|0)\b"
)
_SEED = regex(rf"(?i){_FACTOR}\w{{0,12}}(?:secret|key|seed)[ \t]*=[ \t]*[\w.]*\(")
# A signature without a time, and one that is taken for longer than anybody lives with it.
_SIGNS = regex(r"\bSigner\([^\n]*\)|\.un_?sign\(")
_AGED = regex(r"max_age[ \t]*=[ \t]*(?:2[ \t]*\*\*|\d{8}|\d[\d_]*[ \t]*\*)")
_CONSTANT = regex(
    r"(?:sign|dumps|encode|serialize)\w*\([ \t\n]*\{[ \t\n]*[\"']\w+[\"'][ \t]*:[ \t]*True[ \t]*\}"
)
_LOGS_OUT = regex(r"def[ \t]+\w*(?:log_?out|sign_?out|log_?off)")
# A row is taken by its token, or the token made where there is none.
_FINDS = regex(r"def[ \t]+(?:find|get|load|fetch|lookup|by|from)_\w{0,40}(?:token|key)\(")
_MADE_OR_TAKEN = regex(
    r"(?:Token|Key)(?:\.objects)?\.(?:get_or_create|get_by|get_or_none|find_one|filter_by"
    r"|query\.filter_by|objects\.filter)\("
)
_OPTIONAL_END = regex(
    r"(?i)(?:transfer|reset|invit\w{0,6}|verif\w{0,8}|activation|confirm\w{0,6}|magic|share|login)"
    r"_?(?:token|code|link|key)?_?expir\w{0,12}(?:[ \t]+is[ \t]+not[ \t]+None)?[ \t\n]+and\b"
)
# An age that is looked at from the wrong side.
_AHEAD = regex(
    r"(?i)>=?[ \t]*\(?[ \t]*(?:int\([ \t]*)?[\w.]{0,40}(?:time|now)(?:\([^()\n]{0,40}\))?[ \t]*"
    r"\+[ \t]*[\w.]{0,60}(?:life_?time|max_?age|ttl|validity|expir)"
)
# A value that is good once is read, and deleted by a second command.
_READ_AND_DELETED = regex(r"redis\w*\.get\([^\n]{1,80}\)")
# A consent to another program is taken back.
_CONSENTS = regex(
    r"\b(?:ClientUser|UserClient|\w{0,20}(?:Grant|Consent|AuthorizedApp|ConnectedApp))\w{0,12}"
    r"[\w.()=, ]{0,80}\.(?:delete|remove)\("
)
# Somebody is let in by what another service says of them.
_OF_SERVICES = ("graph.facebook.com/", "facebook.GraphAPI(", "googleapis.com/", "fetch_token(",
                "credentials.Credentials(")  # fmt: skip
_TAKEN_FOR_TRUE = regex(
    r"(?i)(?:verified|trusted|authenticated)[\"'][ \t]*,[ \t]*True[ \t]*\)"
    r"|except[^\n]{0,40}:[ \t]*\n\s*(?:#[^\n]*\n\s*)?\w*(?:verified|trusted|authenticated)\w*"
    r"[ \t]*=[ \t]*True\b"
)
# A key, or a certificate, that is made where there is none.
_MADE_ONCE = regex(
    r"(?i)(?:secret|signing|session|jwt|encryption|master|cookie|hmac)_?(?:key|secret)[\"']?\]?"
    r"[ \t]*=[ \t]*(?:\w+\.)*(?:token_(?:hex|urlsafe|bytes)|urandom|generate_key|get_random\w{1,20}"
    r"|random_bytes)\("
)
_CERTIFICATE = regex(
    r"(?i)(?:create|generate|make|gen|build|new|write)_?(?:\w{0,20}_)?(?:self_?signed|cert|certificate"
    r"|ssl|tls|crt)s?(?:_\w{1,20})?\("
)
_KEY_SET = regex(r"[\"']keys[\"'][ \t]*:[ \t]*\[[^\]]")


def may_stand_in(text: str) -> bool:
    """Whether there may be such a thing in a text, or in a piece of one."""
    if "def " not in text:
        return False
    if ("otp" in text or "TOTP" in text) and _CODE.search(text) is not None:
        return True
    if any(word in text for word in _ANSWERED):
        return True
    if "= False" in text and _OFF.search(text) is not None:
        return True
    if "False" in text and ": False" in text and _OFF.search(text) is not None:
        return True
    if ("base32" in text or "ecret" in text) and _SEED.search(text) is not None:
        return True
    if ("Signer(" in text or "sign(" in text) and _SIGNS.search(text) is not None:
        return True
    if "max_age" in text and _AGED.search(text) is not None:
        return True
    if ("time()" in text or "now" in text) and " + " in text and _AHEAD.search(text) is not None:
        return True
    if ": True" in text and _CONSTANT.search(text) is not None:
        return True
    leaves = "session" in text or "token" in text or "credential" in text
    if leaves and _LOGS_OUT.search(text) is not None:
        return True
    if ("_key" in text or "ecret" in text) and _MADE_ONCE.search(text) is not None:
        return True
    if ("exists(" in text or "is_file(" in text) and _CERTIFICATE.search(text) is not None:
        return True
    if any(word in text for word in _OF_SERVICES):
        return True
    if "True" in text and _TAKEN_FOR_TRUE.search(text) is not None:
        return True
    return _takes_row(text)


def _takes_row(text: str) -> bool:
    if "_token(" in text and _FINDS.search(text) is not None:
        return True
    if ("Token" in text or "Key" in text) and _MADE_OR_TAKEN.search(text) is not None:
        return True
    if "xpir" in text and " and" in text and _OPTIONAL_END.search(text) is not None:
        return True
    if ".delete(" in text and "redis" in text and _READ_AND_DELETED.search(text) is not None:
        return True
    deletes = "delete(" in text or "remove(" in text
    if deletes and _CONSENTS.search(text) is not None:
        return True
    return "keys" in text and "jwk" in text.lower() and _KEY_SET.search(text) is not None
