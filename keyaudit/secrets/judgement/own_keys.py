"""Tells names of keys that a program makes use of by itself: to sign its sessions and tokens, to
encrypt what it keeps.

Of a password or key for another service, a placeholder opens nothing. A key that only the program
itself uses works whatever it is, so a placeholder that nobody replaced is the key.
"""

from __future__ import annotations

from keyaudit.core.patterns import regex
from keyaudit.secrets.judgement.names import snake_case

_OF_PROGRAM = (
    r"app|application|flask|django|quart|fastapi|starlette|web|site|server|backend|my|prod|local"
)
_PURPOSE = (
    r"jwt|session|cookie|csrf|wtf_csrf|next_?auth|better_?auth|hmac|access_?token|refresh_?token"
    r"|auth_?token|jwt_?auth|jwt_?access|jwt_?refresh|token_signing|hash|id_token|state"
)
_OWN = regex(
    rf"(?:(?:{_OF_PROGRAM})_)?secret_?key(?:_base)?|secret_key_?base"
    rf"|(?:flask|django|quart|cluster|nextauth)_?secret"
    rf"|(?:(?:[a-z]+_)?(?:{_PURPOSE})_)secret(?:_key)?|jwtsecret(?:key)?|sessionsecret|cookiesecret"
    rf"|(?:(?:{_OF_PROGRAM})_)?(?:jwt|signing|encryption|encrypt|fernet|crypt|cipher|master)"
    r"_(?:secret_?|signing_?)?key|(?:session|cookie|csrf|jwt)_(?:secret|signing|encryption)_key"
    r"|(?:security_)?password_(?:salt|pepper)"
)
# Those of services, which go by such names too.
_OF_OTHERS = regex(
    r"twitter|slack|stripe|consumer|oauth|client|google|facebook|github|gitlab|paypal|captcha|turnstile"
    r"|aws|azure|(?:^|_)s3(?:_|$)"
)
# The password of a service that is set up with what stands in the program's settings.
_OF_SERVICE = regex(
    r"(?:\w+_)?(?:postgres|postgresql|pg|mysql|mariadb|mongo|mongodb|mongo_initdb|redis|rabbitmq|minio"
    r"|db|database|admin|root|superuser|superadmin)(?:_\w+)?_(?:pass|pw|pwd|password)|pgpassword"
)


def is_service_password_name(name: str) -> bool:
    """Whether a name is that of the password of a service that is set up together with the program:
    `POSTGRES_PASSWORD`."""
    return _OF_SERVICE.fullmatch(snake_case(name)) is not None


def is_own_key_name(name: str) -> bool:
    """Whether a name is that of a key which the program uses by itself: `SECRET_KEY`,
    `jwt.secret`, `ENCRYPTION_KEY`."""
    plain = snake_case(name)
    return _OWN.fullmatch(plain) is not None and _OF_OTHERS.search(plain) is None
