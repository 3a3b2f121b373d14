"""Settings that are written down as a whole, and out of which the same code takes a secret.

`self.config["password"]` in one method, and `json.dump(self.config, file)` in another: nothing was
put in under the name of a secret here, but one is in it, since somebody reads it.
"""

from __future__ import annotations

import re

from keyaudit.code import syntax as s
from keyaudit.code.matching.surroundings import block_of, source_of
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.mutations import path_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, SECRETS, WHOLE, reading

# An item by its name, or by the constant that holds that: of the thing itself, or deeper in it. A
# parser of settings is asked with the section first.
_ITEM = (
    r"(?:\[[^\[\]\n]{1,60}\]){0,4}"
    r"(?:\[|\.(?:get|pop|setdefault)\((?:[^()\n,]{1,60},)?)"
    r"[ \t]*(?:[\"'](\w+)[\"']|(?:\w+\.)*([A-Z][A-Z0-9_]+)\b)"
)
# What a program declares of its settings: `"HTTP_PASS": ("str", "General", "")`.
_DECLARED = regex(r"[\"'](\w{4,60})[\"'][ \t]*:[ \t]*[(\[]")
# What is in such settings may be the hash of a password, or encrypted.
_PROTECTS = regex(
    r"(?i)bcrypt|scrypt|argon2|pbkdf2|check_password|verify_password|password_hash|hash_password"
    r"|hash_pw|hashlib|encrypt|decrypt|fernet|cipher|keyring"
)


def settings_with_secret(whole: s.Expr, scope: Scope) -> list[Origin]:
    """An origin, called `WHOLE`, that stands for the variable or attribute which an expression
    reads, where the function, the class or (of a variable of the module) the file takes a secret
    out of it, and nothing there hashes or encrypts."""
    path = path_of(whole)
    if path is None or path.endswith("]"):
        return []
    text = _around(whole, scope)
    if not text or _PROTECTS.search(text) or _is_taken_away(path, source_of(scope)):
        return []
    for found in re.compile(rf"(?<![\w.]){re.escape(path)}{_ITEM}").finditer(text):
        name = found[1] or found[2]
        if reading(name) in SECRETS - {BARE_TOKEN}:
            return [_held(whole, scope, path, name)]
    return []


def declared_settings(parser: s.Expr, scope: Scope) -> list[Origin]:
    """The same for a parser of settings that writes itself, where the file declares what its
    settings are, and one of them is a secret."""
    path = path_of(parser)
    if path is None or _PROTECTS.search(source_of(scope)):
        return []
    for found in _DECLARED.finditer(scope.module.text):
        if reading(found[1]) in SECRETS - {BARE_TOKEN}:
            return [_held(parser, scope, path, found[1])]
    return []


def _held(whole: s.Expr, scope: Scope, path: str, name: str) -> Origin:
    what = f"`{path}`, with `{name}` in it"
    held = Origin("unknown", scope.module, whole, source=what, called=WHOLE)
    return held.with_step(scope.module, whole.pos, whole.end, f"has `{name}` in it")


def _around(whole: s.Expr, scope: Scope) -> str:
    """The code that works with what an expression reads, where that can be told."""
    if isinstance(whole, s.Attr):
        own = path_of(whole) or ""
        return block_of(scope.owner) if scope.owner is not None and own.startswith("self.") else ""
    if not isinstance(whole, s.Name):
        return ""
    if scope.kind == "module" or whole.reach is None:
        return scope.module.text
    given = [binding.kind for binding in whole.reach]
    return source_of(scope) if given == ["value"] or given == ["enter"] else ""


def _is_taken_away(path: str, function: str) -> bool:
    """Whether the function takes something out for good before it writes."""
    return (
        re.search(rf"\bdel[ \t]+{re.escape(path)}\[|{re.escape(path)}\.pop\(", function) is not None
    )
