"""Settings by which, by default, certificates are not checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration, entries, tables_of
from keyaudit.code.matching.declarations.plain_servers import is_off_in_table
from keyaudit.code.matching.declarations.plain_settings import ANSWERED, TRIAL, is_off
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import SECRET

_CHECKS = regex(
    r"(?i)\A(?!\w*(?:skip|disable|ignore|insecure|no_|without))(?:\w+_)?(?:verify_?(?:ssl|tls|certs?|certificates?|https|peer|host(?:name)?)"
    r"|(?:ssl|tls|certs?|certificates?|peer)_?(?:verify|verification|validation|(?:name_)?check)"
    r"|strict_ssl|check_(?:ssl_)?hostname|validate_certs?)\Z"
)
# The other way round: whether the check is left out.
_SKIPS = regex(
    r"(?i)\A(?:\w+_)?(?:(?:skip|disable|ignore|no|without)_?(?:ssl|tls|https|certs?|certificates?)_?(?:verify|verification|checks?|validation|errors?)"
    r"|(?:ssl|tls|https|certs?)_?(?:no|skip|ignore|disable)_?(?:verify|verification|checks?|validation)"
    r"|(?:ssl|tls|https)_insecure|insecure_(?:ssl|tls|https|skip_verify)|trust_all(?:_certs?)?"
    r"|(?:accept|allow)_(?:invalid|self_signed|insecure)_(?:certs?|certificates?|ssl|tls|https))\Z"
)
# What looks a setting up by its name, and what declares an option.
_LOOKS_UP = regex(
    r"(?i)\A(?!_*set)(?:\w*(?:get|pop|env|bool(?:ean)?|config|conf|setting|opt(?:ion)?|optional|required|param|parameter))\Z"
)
_DECLARES = regex(r"\A(?:add_argument|add_option|option|Option|Argument)\Z")
_CONSTANT = regex(r"\A(?:CONF|CFG|OPT|KEY|ATTR|CONFIG|SETTING)_")
_DEFAULTS = ("default", "fallback", "default_value")


def unchecked(scope: Scope) -> Iterator[Declaration]:
    """The entries of tables of settings, the columns and fields of a class, the settings of a
    module, and what is looked up by its name with a default, or declared as an option, by which
    certificates are not checked unless somebody asks for it."""
    if TRIAL.search(scope.module.judged):
        return
    told: list[tuple[int, int]] = []
    for table in tables_of(scope):
        for name, value, place in entries(table):
            if _CHECKS.match(name) and is_off_in_table(value):
                told.append((value.pos, value.end))
                yield Declaration(name, "", SECRET, place)
    for path, bindings in scope.bindings.items() if scope.kind in ("class", "module") else ():
        for binding in bindings if _CHECKS.match(path) else ():
            if _is_asked_for(binding.assigned) and is_off(binding.assigned):
                told.append((binding.assigned.pos, binding.assigned.end))
                yield Declaration(path, "", SECRET, (binding.pos, binding.end))
    for call in scope.calls:
        name = _off_by_default(call)
        if name and not any(start <= call.pos < end for start, end in told):
            yield Declaration(name, "", SECRET, (call.pos, call.end))


def _is_asked_for(value: s.Expr | None) -> TypeGuard[s.Expr]:
    """Whether a value is what a setting was looked up as, or whether it is what switches it on."""
    if isinstance(value, s.Compare):
        return value.rest[0][0] in ("==", "in")
    return isinstance(value, s.Call)


def _off_by_default(call: s.Call) -> str:
    """The name of the setting that a call looks up, or of the option that it declares, if by its
    default no certificate is checked; else ""."""
    last = s.last_part(call.func)
    declares = _DECLARES.match(last) is not None
    if not declares and not _LOOKS_UP.match(last):
        return ""
    if isinstance(call.func, s.Attr) and _is_answered(call.func.value):
        return ""  # a box in a form that nobody ticked
    given, named = call.by_position(), call.by_name()
    default = next((named[name] for name in _DEFAULTS if name in named), None)
    if declares:
        stored = named.get("action")
        if default is None and isinstance(stored, s.Const) and stored.value == "store_true":
            default = s.Const(call.pos, call.end, False)
    elif default is None and len(given) > 1:
        default = given[-1]
    if not isinstance(default, s.Const):
        return ""
    for name in map(_name, given):
        if _CHECKS.match(name) and is_off(default) and default.value != "":
            return name
        if _SKIPS.match(name) and default.value in (True, "true", "True", "1", "yes", "on"):
            return name
    return ""


def _is_answered(holder: s.Expr) -> bool:
    """Whether something is what a form was answered with; the data of an entry are kept ones."""
    if isinstance(holder, s.Attr) and s.last_part(holder.value).endswith("entry"):
        return False
    return ANSWERED.search(s.last_part(holder)) is not None


def _name(part: s.Expr) -> str:
    """What a setting or option is called, without dashes: `verify_ssl` of `--verify-ssl`."""
    text = s.literal_text(part)
    if text is None:
        return _CONSTANT.sub("", s.last_part(part))
    return text.split("/")[0].lstrip("-").replace("-", "_").rpartition(".")[2]
