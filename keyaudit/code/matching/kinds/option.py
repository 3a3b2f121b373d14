"""`option`: a program takes a secret as an argument of its command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax.expressions import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import (
    ABOUT,
    BARE_TOKEN,
    KEY,
    NEUTRAL,
    PASSWORD,
    SECRET,
    TOKEN,
    reading,
)

# argparse and optparse, click, typer.
_DECLARES = frozenset({"add_argument", "add_option", "option", "argument", "Option", "Argument",
                       "make_option"})  # fmt: skip
_ELSEWHERE_TOO = _DECLARES - {"add_argument", "add_option", "make_option"}
_LIBRARIES = frozenset({"click", "typer", "asyncclick", "rich_click", "cloup"})
_OF_TYPER = frozenset({"Option", "Argument"})
_PLAIN_TEXT = regex(r"(?:Optional\[)?str\b")
_IN_ANNOTATION = regex(r"\btyper\.(?:Option|Argument)\(")
# What these name is a secret as well, of an option.
_PIN = regex(r"(?:^|_)(?:so|user|security_officer|hsm|token|card|piv)_?pin$")
# A plain `pin` is one where the help says so, or the file works with what has one.
_PLAIN_PIN = regex(r"(?:^|_)pin$")
_PIN_SAID = regex(r"\bPIN\b")
_NO_PIN = regex(r"(?i)gpio|board|\bpins?\b.{0,20}\bnumber|wiring|pull-?up|version")
_HAVE_PINS = frozenset({"yubikey", "YubiKey", "ykman", "yubikit", "pkcs11", "PKCS11", "PyKCS11",
                        "smartcard", "hsm", "HSM", "piv", "fido2", "ctap", "openpgp", "homekit",
                        "nitrokey", "softhsm"})  # fmt: skip
# What a user and a password are given in together: `--auth user:password`.
_WITH_PASSWORD = regex(r"(?i)\buser(?:_?name)?:(?:pass(?:word|wd)?|pwd)\b")
_MNEMONIC = regex(r"(?:^|_)(?:mnemonic|seed_?(?:words|phrase)|recovery_phrase|wif|prv|priv_?key)$")
# A plain `key` opens or signs something if the help says so.
_KEY_SAID = regex(
    r"(?i)(?<![a-z])(?:api|encrypt\w*|decrypt\w*|secret|private|master|fernet|signing|wallet|symmetric"
    r"|aes|hmac)[\s_-].{0,40}?key|\bkey\b.{0,40}(?:encrypt|decrypt)"
)
_KEY_NAME = regex(r"(?:^|_)key$")
_NO_KEY = regex(
    r"(?i)\bpublic|\bpub\b|key[ _-]?(?:id|name|file|path|type|size|length)|cache|\bgpg\b|\bpgp\b"
    r"|recipient|fingerprint|identifier|encrypt (?:for|to)\b|\barn\b|alias"
)
# `--reset-password VALUE` is given the new one, unless it is told whose to reset.
_ASSIGNS = regex(r"(?:re)?set_|change_|update_|with_|use_")
_WHOSE = regex(r"(?i)\b(?:e-?mail|user(?:name)?s?|account|login|(?:for|of) (?:the|a|an|this)\b)")
# The value is where the secret is, or is asked for.
_ELSEWHERE = regex(
    r"(?i)\bpath\b|file ?names?\b|\bin (?:the|this|a) file|from (?:a |the )?(?:file|env|stdin"
    r"|prompt|standard)|file (?:with|contain|hold|that|to read)|(?:key|secret|token|password) ?file"
    r"|prompt|\bask(?:s|ed)?\b|\bstdin\b|environment|\bhash(?:ed)? |name of|number of|\bid of"
    r"|\bwhether\b|\blist of\b"
)
# ... or the secret itself, as one likes.
_OR_ITSELF = regex(
    r"(?i)\b(?:file ?names?|path|file)\b.{0,20}\bor\b.{0,20}\b(?:contents?|itself|literal|inline)\b"
    r"|\b(?:contents?|literal|inline)\b.{0,20}\bor\b.{0,20}\b(?:file ?name|path|file)\b"
    # Who does not give it here is asked for it.
    r"|prompt\w*\b.{0,30}\b(?:if|unless|when)\b.{0,20}\b(?:not|omitted|missing|empty|supplied|given)\b"
    r"|\b(?:if|when|unless)\b.{0,30}\b(?:not|omitted|missing|empty)\b.{0,50}\b(?:prompt|ask)"
)
_FILE_TYPE = regex(r"(?i)path|file|bool|\bint\b|float|exists|open")
# A default that opens nothing: where the secret is, or that there is none.
_NO_SECRET = regex(
    r"(?i)\W*|.{1,3}|none|null|empty|not.?set|unset|default|auto|prompt|stdin"
    r"|<.*>|your\W.*|.*[/\\$%{}<>\s].*|.*\.(?:key|pem|txt|json|ya?ml|env|cfg|ini|py|p12|crt|enc|dat)"
    r"|.*_(?:password|token|secret|key)"
)
# What makes bytes or another text of an argument.
_TO_BYTES = frozenset({"encode", "strip", "rstrip"})
_CONVERTERS = frozenset({"bytes", "bytearray", "str", "b64decode", "unhexlify", "fromhex"})
# Where a text goes on in the next literal.
_BROKEN = regex(r"""(["'])[ \t]*\n\s*\1""")
_NO_VALUE = frozenset({"is_flag", "flag_value", "count", "const", "callback"})
_FROM_ENVIRONMENT = regex(r"environ|getenv|env\(|keyring")


class Option(NamedTuple):
    """An option: its longest name, the arguments that describe it by name, and its place."""

    name: str
    given: dict[str, s.Expr]
    place: tuple[int, int]


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The options whose value is a secret, and which the program does not ask for instead; with
    `default: written`, the secrets that stand in the code as the default of one."""
    holds = frozenset(match.parameters["holds"])
    for scope in context.scopes:
        if context.silenced(match, scope):
            continue
        text = scope.module.text
        for option in (*_declared(scope), *_of_parameters(scope), *_taken(scope)):
            held = _held(option, scope)
            if held == BARE_TOKEN:
                held = NEUTRAL if context.has_tokens_of_texts() else TOKEN
            if held not in holds:
                continue
            if match.parameters.get("default") == "written":
                default = _written(option, held)
                if default is not None:
                    words = {"name": option.name, "call": option.name}
                    place = (default.pos, default.end)
                    yield Hit(rule, scope, place, f"option:{option.name}", words)
            elif not _is_elsewhere(option, text):
                words = {"name": option.name, "call": option.name}
                yield Hit(rule, scope, option.place, f"option:{option.name}", words)


def _declared(scope: Scope) -> Iterator[Option]:
    """The options that calls in a scope declare, also those of its functions' decorators."""
    libraries = not scope.module.words.all.isdisjoint(_LIBRARIES)
    for call in scope.calls:
        word = last_part(call.func)
        if word not in _DECLARES or (word in _ELSEWHERE_TOO and not libraries):
            continue
        names = [_name_of(value) for value in call.by_position()]
        given = call.by_name()
        long = max(filter(None, names), key=_weight, default="")
        dest = given.get("dest")
        if len(long.lstrip("-")) == 1 and isinstance(dest, s.Const) and dest.value:
            long = f"--{dest.value}"
        if long:
            yield Option(long, given, (call.pos, call.func.end))


def _taken(scope: Scope) -> Iterator[Option]:
    """The variables that a scope fills with arguments of the command line: `sys.argv[2]`."""
    for name, bindings in scope.bindings.items():
        for binding in bindings:
            value = binding.value
            if isinstance(value, s.IfExp):
                value = value.body
            if binding.kind in ("value", "unpack") and value is not None and _is_argument(value):
                yield Option(name.rpartition(".")[2], {}, (binding.pos, binding.end))


def _is_argument(value: s.Expr) -> bool:
    """Whether a value is an argument of the command line, as text or bytes."""
    if isinstance(value, s.Call):
        func = value.func
        given = value.by_position()[:1]
        if isinstance(func, s.Attr) and func.name in _TO_BYTES:
            return _is_argument(func.value)
        return last_part(func) in _CONVERTERS and bool(given) and _is_argument(given[0])
    return isinstance(value, s.Sub) and last_part(value.value) == "argv"


def _weight(name: str) -> tuple[bool, int]:
    return name.startswith("--"), len(name)


def _name_of(expr: s.Expr) -> str:
    """An option's name, of a text put together its end."""
    if isinstance(expr, s.Const):
        return expr.value if isinstance(expr.value, str) and " " not in expr.value else ""
    if isinstance(expr, s.Text) and expr.parts:
        last = s.literal_text(expr.parts[-1])
        if last is not None:
            return "--" + last.lstrip("-")
    return ""


def _of_parameters(scope: Scope) -> Iterator[Option]:
    """The parameters of a function that typer makes options of."""
    if scope.kind != "function":
        return
    text = scope.module.text
    for param in scope.params:
        call = param.default
        if isinstance(call, s.Call) and last_part(call.func) in _OF_TYPER:
            first = call.by_position()[:1]
            given = {**({"default": first[0]} if first else {}), **call.by_name()}
            yield Option(param.name, given, (param.pos, param.end))
        elif param.annotation is not None:
            said = text[param.annotation.pos : param.annotation.end]
            if _IN_ANNOTATION.search(said):
                yield Option(param.name, {"help": param.annotation}, (param.pos, param.end))
            elif _is_command(scope) and _PLAIN_TEXT.match(said):
                yield Option(param.name, {"type": param.annotation}, (param.pos, param.end))


def _is_command(scope: Scope) -> bool:
    """Whether typer makes options and arguments of a function's parameters as they are."""
    return scope.decorated("command", "callback") and "typer" in scope.module.words.all


def _held(option: Option, scope: Scope) -> str:
    """What an option's value is, by its name, and of a plain key or PIN by its help."""
    text = scope.module.text
    name = option.name.strip("-").replace("-", "_").lower()
    found = reading(name)
    said = _said(option, text, "help") + " " + _said(option, text, "metavar")
    if found == KEY and _NO_KEY.search(said):
        return NEUTRAL
    if found == ABOUT and (verb := _ASSIGNS.match(name)) and _is_new(option, said):
        found = reading(name[verb.end() :])
    if found != NEUTRAL:
        return found
    if _PIN.search(name) or _WITH_PASSWORD.search(said):
        return PASSWORD
    if (
        _PLAIN_PIN.search(name)
        and not _NO_PIN.search(said)
        and (_PIN_SAID.search(said) or not scope.module.words.all.isdisjoint(_HAVE_PINS))
    ):
        return PASSWORD
    if _MNEMONIC.search(name):
        return SECRET
    if _KEY_NAME.search(name) and _KEY_SAID.search(said) and not _NO_KEY.search(said):
        return KEY
    return NEUTRAL


def _is_new(option: Option, said: str) -> bool:
    """Whether an option that sets or replaces a secret is given the new one."""
    default = option.given.get("default")
    is_flag = isinstance(default, s.Const) and isinstance(default.value, bool)
    return option.name.startswith("--") and not is_flag and not _WHOSE.search(said)


def _is_elsewhere(option: Option, text: str) -> bool:
    """Whether the option takes no value, only says where the secret is, or has it asked for."""
    given = option.given
    action = given.get("action")
    if action is not None and not (
        isinstance(action, s.Const) and action.value in ("store", "append")
    ):
        return True
    if any(name in given for name in ("is_flag", "flag_value", "prompt", "hide_input", "envvar",
                                      "choices", "const", "count", "callback")):  # fmt: skip
        return True
    if _FILE_TYPE.search(_said(option, text, "type")):
        return True
    if _FROM_ENVIRONMENT.search(_said(option, text, "default")):
        return True
    said = f"{_said(option, text, 'help')} {_said(option, text, 'metavar')}"
    if "prompt=" in said or "hide_input" in said:
        return True
    return _ELSEWHERE.search(said) is not None and _OR_ITSELF.search(said) is None


def _written(option: Option, held: str) -> s.Const | None:
    """The default of an option that is a secret itself; a single word may be a password, and is no
    key."""
    default = option.given.get("default")
    action = option.given.get("action")
    stores = action is None or (isinstance(action, s.Const) and action.value == "store")
    if not stores or not _NO_VALUE.isdisjoint(option.given):
        return None
    if not isinstance(default, s.Const) or not isinstance(default.value, str):
        return None
    is_word = held != PASSWORD and default.value.isalpha()
    return None if is_word or _NO_SECRET.fullmatch(default.value) else default


def _said(option: Option, text: str, name: str) -> str:
    expr = option.given.get(name)
    return _BROKEN.sub("", text[expr.pos : expr.end]) if expr is not None else ""
