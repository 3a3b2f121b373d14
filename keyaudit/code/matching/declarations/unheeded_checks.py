"""Checks whose outcome nobody heeds: an error that is made and not raised, an answer that is
dropped, a check in an `assert`, which `python -O` leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.surroundings import block_of
from keyaudit.code.selection.unheeded_checks import (
    ANSWERS,
    CHECKS,
    CODES,
    ERROR,
    HASHER,
    MAY_BE_ERROR,
)
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import SECRET

# What is checked has to do with keys.
_OF_KEYS = regex(
    r"(?i)(?<![a-z])(?:keys?|token|jwt|jw[kset]|signature|sign(?:ed|er|ing)?|verif\w*|passw\w*|secret"
    r"|cert\w*|decrypt\w*|encrypt\w*|cipher\w*|nonce|digest|hmac|credential\w*"
    r"|auth(?:enti\w*|ori[sz]\w*)?)(?![a-z])"
)
# Time is taken on purpose where there is no account: `check_password_hash(DUMMY_HASH, password)`.
_FOR_TIME = regex(r"(?i)dummy|fake|decoy|timing|enumerat|constant[ _-]?time|[\"']\$2|pbkdf2:")
# A function that looks at itself, or at what it has just made.
_OF_ITSELF = regex(r"(?i)self_?test|(?:^|_)(?:tests?|demo|main|example|selfcheck|bench\w*)(?:_|$)")
_ANSWERED = regex(r"\breturn[ \t]+(?:True|False|not[ \t]|[^\n]*[!=]=)")
# What is called for what it does, and not for its answer.
_ACTS = regex(
    r"self\.\w+[ \t]*=(?!=)|refresh|renew|log_?in\(|fetch|global[ \t]|flash\(|messages\.|\.append\("
    r"|add_error|\.update\(|\.save\(|\]\s*=(?!=)"
)
# A code of a message, and no address of a network card or signature of a function.
_OF_CIPHERS = regex(r"(?i)hmac|digest\(|crypt|cipher|ecdsa|\brsa|sha_?(?:1|256|512)|ed25519")
_RAISES = regex(r"\braise\b|\babort\(|\.exit\(|sys\.exit|\bexit\(|assert[ \t]")


def not_raised(scope: Scope) -> Iterator[Declaration]:
    """The errors that a function makes and drops, where it has to do with keys."""
    if scope.kind != "function":
        return
    of_keys: bool | None = None
    for call in scope.dropped:
        name = s.last_part(call.func)
        if not _is_error(scope, name):
            continue
        if of_keys is None:
            of_keys = _OF_KEYS.search(block_of(scope)) is not None
        if of_keys:
            yield Declaration(name, scope.name, SECRET, (call.pos, call.func.end))


def dropped(scope: Scope) -> Iterator[Declaration]:
    """The checks of a function that only answer, and whose answer it does not look at."""
    if scope.kind != "function":
        return
    if _OF_ITSELF.search(scope.name):
        return
    for call in scope.dropped:
        name = s.last_part(call.func)
        if not (ANSWERS.fullmatch(name) or _is_hashers(call) or _only_answers(scope, call)):
            continue
        if _FOR_TIME.search(block_of(scope)):
            continue
        yield Declaration(name, scope.name, SECRET, (call.pos, call.func.end))


def asserted(scope: Scope) -> Iterator[Declaration]:
    """The checks of a function that stand in an `assert`."""
    if scope.kind != "function" or _OF_ITSELF.search(scope.qualname):
        return
    for said in scope.asserted:
        name = _checked(said)
        if name and (CODES.fullmatch(name) is None or _OF_CIPHERS.search(block_of(scope))):
            yield Declaration(name, scope.name, SECRET, (said.pos, said.end))


def _is_error(scope: Scope, name: str) -> bool:
    """Whether a class is one of errors: by its name, or as the file raises or declares it."""
    if ERROR.fullmatch(name):
        return True
    said = rf"\b(?:raise[ \t]+(?:\w+\.)*{name}\b|class[ \t]+{name}\([^)\n]*(?:Exception|Error)\b)"
    return MAY_BE_ERROR.fullmatch(name) is not None and bool(re.search(said, scope.module.text))


def _checked(said: s.Expr) -> str:
    """What is checked in an expression that is stated: the function that checks it, or the code
    that is compared; "" for none."""
    if isinstance(said, s.Opaque) and said.parts:  # with a message
        return _checked(said.parts[0])
    if isinstance(said, s.BoolOp):
        return _checked(said.left) or _checked(said.right)
    if isinstance(said, s.Await):
        return _checked(said.value)
    if isinstance(said, s.Call):
        name = s.last_part(said.func)
        if ANSWERS.fullmatch(name) or CHECKS.fullmatch(name) or _is_hashers(said):
            return name
        return ""
    if isinstance(said, s.Compare) and len(said.rest) == 1 and said.rest[0][0] == "==":
        sides = (said.left, said.rest[0][1])
        if any(isinstance(side, s.Const) for side in sides):
            return ""
        for side in sides:
            name = "" if isinstance(side, s.Call) else s.last_part(side)
            if CODES.fullmatch(name):
                return name
    return ""


def _is_hashers(call: s.Call) -> bool:
    func = call.func
    return (
        isinstance(func, s.Attr)
        and func.name == "verify"
        and HASHER.fullmatch(s.last_part(func.value)) is not None
    )


def _only_answers(scope: Scope, call: s.Call) -> bool:
    """Whether what is called is a function of the same file that says whether a check held, and
    raises nothing."""
    name = s.last_part(call.func)
    if not CHECKS.fullmatch(name):
        return False
    found = re.search(
        rf"^([ \t]*)(?:async[ \t]+)?def[ \t]+{name}\(", scope.module.text, re.MULTILINE
    )
    if found is None:
        return False
    rest = scope.module.text[found.end() :].partition("\n")[2]
    ends = re.search(rf"^[ \t]{{0,{len(found[1])}}}(?=[^\s#)])", rest, re.MULTILINE)
    body = rest[: ends.start()] if ends else rest
    if len(re.findall(rf"def[ \t]+{name}\(", scope.module.text)) != 1:
        return False
    if _RAISES.search(body) or _ACTS.search(body):
        return False
    return _ANSWERED.search(body) is not None
