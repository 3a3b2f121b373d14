"""Whether a text has functions that end, change or keep secrets, tables that hold them, or options
of a command line: what is wrong with those is told by no call of a library."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from keyaudit.code.selection import (
    declarations,
    late_stages,
    lifetimes,
    passed_over,
    store_acts,
    tables,
)
from keyaudit.code.selection.removals import may_remove_secret
from keyaudit.core.context import is_trial_path
from keyaudit.core.patterns import regex

if TYPE_CHECKING:
    from keyaudit.code.semantics.scopes import Module

_ENDS = (
    r"(?:delete|remove|revoke|destroy|purge|wipe|erase|invalidat|logout|log_out|sign_?out|deactivate"
    r"|disable|expire|clean_?up|prune|rotat|renew|reissue|regenerate|re_?key|replace)"
)
_SECRETS = (
    r"(?:key|secret|token|session|cred|cert|passw|pwd|passphrase|client|vault|wallet|backup|ratchet"
    r"|identity)"
)
_CHANGES = r"(?:reset|change|update|set|forgot|recover)"
_PASSWORD = r"(?:passw|pwd)"  # noqa: S105
# A function whose name says what it does and with what, in either order; small letters.
_NAMED = regex(
    rf"{_ENDS}\w*{_SECRETS}|{_SECRETS}\w*{_ENDS}|{_CHANGES}\w*{_PASSWORD}|{_PASSWORD}\w*{_CHANGES}"
    r"|backup|back_up|export|dump|clean_?up|rotat|secure\w*(?:delete|remove|erase|unlink)|shred"
    r"|(?:refresh|renew|extend)_?(?:\w{1,20}_)?(?:token|session|jwt|login)"
    r"|(?:create|publish|set|issue|process|handle|ensure)_\w*cert"
    # What takes a token or key that somebody shows.
    r"|(?:verify|validate|authenticate|check|redeem|consume|exchange|refresh|introspect)_(?:\w{1,40}_)?"
    r"(?:token|session|key|code|invite|invitation)$",
    re.MULTILINE,
)
# A class whose name says what it does, or one of whose functions does it with what its name says.
_OF_JOBS = regex(r"clean_?up|rotat|purge|prune|backup")
_OF_SECRETS = regex(rf"{_SECRETS}|store")
_OF_PASSWORDS = regex(
    rf"{_PASSWORD}\w*(?:update|change|reset)|(?:update|change|reset)\w*{_PASSWORD}"
)
_REFRESHES = regex(r"refresh|renew")
_ENDING = regex(rf"{_ENDS}|^(?:post|put|form_valid|perform_destroy|cut|forget|drop)$", re.MULTILINE)
# What is read from where it was kept, and may be past its end.
_READS_KEPT = regex(
    r"(?:get|load|read|fetch|restore|retrieve)_\w{0,40}(?:cache|saved|stored|cred|token|session)"
)
# An account that is closed, emptied or taken away.
_CLOSES = regex(
    r"^(?:\w{1,40}_)?(?:close|deactivate|erase|anonymi[sz]e|terminate|soft_delete"
    r"|(?:delete|remove|disable|suspend|ban|block)_?(?:user|account|member|employee)s?"
    r"(?:_by_\w{1,30}|_view|_route|_api)?$)",
    re.MULTILINE,
)
_OF_ACCOUNTS = regex(r"account|user|profile|participant|member|person|customer|employee")
# A filter of a log that takes secrets out.
_TAKES_OUT = regex(r"filter|redact|mask|scrub|saniti|anonymi|hide")
_RENEWS = regex(r"renew|re_?issue")
_CERTIFICATE = regex(r"(?i)cert|x509|csr")
# A function that ends what an object knows of a key, and a key that is dropped.
_FORGETS = regex(
    r"^_*(?:forget|(?:re_?|auto_?)?lock(?:_(?:up|down|now|vault|wallet|store|db|database|session))?"
    r"|panic|(?:unload|purge|clear|discard|drop|flush|burn)_?\w*(?:key|secret|passw|passphrase|master"
    r"|cred|seed|mnemonic|sensitive|private))",
    re.MULTILINE,
)
_DROPPED = regex(
    r"(?i)(?:key|secret|passw(?:or)?d|passphrase|mnemonic|seed|cipher|fernet|box)\w{0,24}"
    r"[ \t]{0,9}=[ \t]{0,9}(?:None|b?\"\"|b?''|\{\}|\[\]|(?:dict|list|set)\(\))(?!\w)"
    r"|(?:key|secret|passw(?:or)?d|passphrase|mnemonic|seed)\w{0,24}\.clear\(\)"
    r"|\bdel\b[^\n]{0,99}(?:key|secret|passw|passphrase|mnemonic)"
)
_FUNCTIONS = regex(r"def[ \t]+(\w+)")
_CLASSES = regex(r"class[ \t]+(\w+)")
# An option of a command line, near a word of a secret: in its name, or that of a parameter.
_OPTION = (
    r"(?:add_argument|add_option|make_option|\.(?:option|argument))[ \t]*\([^)]{0,160}?"
    r"(?i:passw|passphrase|pwd|secret|token|key|cred|pin\b|mnemonic|seed|prv|wif|auth)"
    r"|(?i:passw|passphrase|pwd|secret|token|key|cred|mnemonic|seed)\w*[ \t]*:[^=\n]*"
    r"(?:=[ \t]*)?[^=\n]*\btyper\.(?:Option|Argument)\("
    r"|\.(?:command|callback)\([^)\n]*\)\n(?:@[^\n]*\n)*def[^)]*?"
    r"(?i:passw|passphrase|pwd|secret|token|_key)\w*[ \t]*:"
    r"|(?i:passw|passphrase|pwd|secret|token|_key)\w*[ \t]*=[ \t]*(?:sys\.)?argv\["
)
_OPTIONS = regex(_OPTION)
# A call that ends a secret, by its name, which is looked for by words before.
_ENDED = ("revoke_", "invalidate_", "delete_secret", "destroy_", "delete_access", "delete_key",
          "eactivateAccessKey", "isableAccessKey",
          "delete_service_account", "delete_cert", "remove_cert", "delete_cred", "disable_key",
          "delete_private", "remove_key", "remove_secret", "deactivate_", "remove_password",
          "update_access_key", "list_access_keys", "keys().delete", "key.delete()")  # fmt: skip
_ENDS_SECRET = regex(
    r"\bkeys\(\)\s*\.delete[ \t]*\(|\bkey\.delete\(\)"
    r"|\.(?:remove_password|update_access_key|list_access_keys)[ \t]*\("
    r"|(?:deactivate|disable)AccessKey\("
    r"|\.(?:async_)?(?:delete|remove|revoke|destroy|invalidate|deactivate|disable)_"
    r"\w{0,40}?(?:key|secret|cred|cert|token|session)\w{0,40}[ \t]{0,9}\("
)
# A table of keys that are given out.
_KEY_TABLES = regex(r"^(?:api_?key|access_?key|service_?key|\w{0,20}token)", re.MULTILINE)
# An age or a lifetime without its days.
_OF_AGE = regex(r"\)\.seconds\s*(?:/|[<>])")
# What says that an account or a secret could not be ended.
_NOT_ENDED = ("DeleteUser", "DropUser", "RemoveUserError", "DeleteRole", "RevokeError",
              "RevocationError", "remove_all_revisions")  # fmt: skip
_DECLARES = ("add_argument", "add_option", "make_option", "click", "typer", "argv[")


def may_leave_out(judged: str, data: bytes) -> bool:
    """Whether a Python file has such a function or table; `judged` is the path it is judged by."""
    if is_trial_path(judged):
        return False
    text = data.decode("latin-1")
    return (
        _is_meant(text)
        or declarations.may_declare(text)
        or store_acts.may_act(text)
        or lifetimes.may_stand_in(text)
        or late_stages.may_stand_in(text)
        or late_stages.tells_of_project(text)
    )


def pieces(module: Module) -> set[int]:
    """The numbers of the pieces of a file in which one stands."""
    if is_trial_path(module.judged):
        return set()
    text = module.text
    of_module = declarations.is_module(text)
    of_store = store_acts.is_of_store(text)
    found: set[int] = set()
    for number, piece in enumerate(module.pieces):
        part = text[piece.start : piece.end]
        if (
            _is_meant(part)
            or declarations.may_stand_in(part, of_module=of_module)
            or (of_store and store_acts.may_stand_in(part))
            or lifetimes.may_stand_in(part)
            or late_stages.may_stand_in(part)
        ):
            found.add(number)
    return found


def _is_meant(text: str) -> bool:
    """Whether a text has one. To look at the names alone is ten times as fast as at all of it."""
    functions = "\n".join(_FUNCTIONS.findall(text)).lower() if "def " in text else ""
    if functions and _NAMED.search(functions):
        return True
    if "ord.msg" in text and functions and _TAKES_OUT.search(functions):
        return True
    if functions and _RENEWS.search(functions) and _CERTIFICATE.search(text):
        return True
    if functions and "xpir" in text and _READS_KEPT.search(functions):
        return True
    if (
        functions
        and _CLOSES.search(functions)
        and _OF_ACCOUNTS.search(functions + "\n".join(_CLASSES.findall(text)).lower())
    ):
        return True
    if classes_of_keys(text):
        return True
    if "cookie" in text and ("logout" in functions or "sign_out" in functions):
        return True
    forgets = "gc.collect(" in text or (functions and _FORGETS.search(functions))
    if forgets and _DROPPED.search(text):
        return True
    classes = "\n".join(_CLASSES.findall(text)).lower() if "class " in text else ""
    if classes and _OF_JOBS.search(classes):
        return True
    if classes and (_OF_PASSWORDS.search(classes) or _REFRESHES.search(classes)):
        return True
    if classes and functions and _OF_SECRETS.search(classes) and _ENDING.search(functions):
        return True
    if tables.has_column(text) or (
        any(word in text for word in _ENDED) and _ENDS_SECRET.search(text) is not None
    ):
        return True
    if ").seconds" in text and _OF_AGE.search(text) is not None:
        return True
    if "except" in text and passed_over.may_stand_in(text, functions):
        return True
    if may_remove_secret(text) or any(error in text for error in _NOT_ENDED):
        return True
    return any(word in text for word in _DECLARES) and _OPTIONS.search(text) is not None


def classes_of_keys(text: str) -> bool:
    """Whether a class is a table of keys that are given out."""
    if "olumn(" not in text and "Field(" not in text:
        return False
    return _KEY_TABLES.search("\n".join(_CLASSES.findall(text)).lower()) is not None
