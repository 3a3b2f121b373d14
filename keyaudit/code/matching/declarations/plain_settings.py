"""Settings by which mail and directories are reached without TLS unless somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration, entries, last_item
from keyaudit.code.provenance.compared_defaults import asks_whether_set
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import SECRET

_TLS = r"(?:use_?|enable_?|with_?)?(?:start_?)?(?:tls|ssl)(?:_?enabled?)?"
_FAMILIES = {
    "mail": regex(rf"(?i)\A_*(?:\w{{1,12}}_)?(?:e?mail|smtp)(?:_?(?:server|host))?_?{_TLS}\Z"),
    "directory": regex(rf"(?i)\A_*(?:\w{{1,12}}_)?ldap(?:_?(?:server|host))?_?{_TLS}\Z"),
}
_BARE = regex(rf"(?i)\A_*{_TLS}\Z")
# Whose parameters, fields and keys these are.
_OF = {
    "mail": regex(r"(?i)smtp|e?mail(?:er|_?server|_?config|_?setting|_?client)"),
    "directory": regex(r"(?i)ldap"),
}
# That a password goes the same way.
LOGS_IN = {
    "mail": regex(r"(?i)(?:mail|smtp)\w*?_?(?:password|passwd|pass)\b|\.login\("),
    "directory": regex(r"(?i)ldap\w*?pass|bind_?(?:pass|pw|dn)|simple_bind|AUTH_LDAP|authenticat"),
}
# Where nothing leaves the machine, or nothing is sent.
_STAYS = {
    "mail": regex(
        # ... which a default of what is looked up does not say.
        r"(?i)(?:mail|smtp)_?(?:server_?)?host(?:name)?[\"'\]]*[ \t]*[=:][^\n(]*[\"']"
        r"(?:localhost|127\.0\.0\.1|mailhog|mailpit|maildev)"
        r"|(?m:^)[^\n(]*backends\.(?:console|filebased|locmem|dummy)"
        r"|(?:mail|smtp)_?port\w*[\"'\]]*[ \t]*[=:][^\n]*\b465\b"
    ),
    "directory": regex(r"(?i)ldaps://|ldapi://|\b636\b"),
}
TRIAL = regex(r"(?:\A|[/_])(?:dev|development|local|test\w*|ci|example\w*|sample)(?:_\w+)?\.py\Z")
_LOOKS_UP = regex(r"(?i)env|conf|cfg|get|bool|setting|option|param|var")
ANSWERED = regex(r"(?i)\A(?:form|args|POST|GET|request|json|data|values|cleaned_data)\Z")
_OFF = frozenset({"false", "0", "no", "off", "n", "f", ""})
_MAX_NESTING = 5


class _Setting(NamedTuple):
    name: str
    family: str
    off: bool
    place: tuple[int, int]


def plain(scope: Scope) -> Iterator[Declaration]:
    """The settings of a scope by which there is no TLS: of each family the first, where none says
    that there is."""
    module = scope.module
    if TRIAL.search(module.judged):
        return
    found: dict[str, list[_Setting]] = {}
    for one in _settings(scope):
        found.setdefault(one.family, []).append(one)
    for family, settings in found.items():
        if not all(one.off for one in settings):
            continue
        if _STAYS[family].search(module.text) or not LOGS_IN[family].search(module.text):
            continue
        first = settings[0]
        yield Declaration(first.name, family, SECRET, first.place)


def default_of(value: s.Expr | None) -> s.Const | None:
    """What a look-up gives where nothing is set, if that is written down."""
    if not isinstance(value, s.Call):
        return None
    named, given = value.by_name(), value.by_position()
    default = named.get("default", named.get("fallback"))
    if default is None and len(given) > 1 and _LOOKS_UP.search(s.last_part(value.func)):
        default = given[-1]
    return default if isinstance(default, s.Const) else None


def _settings(scope: Scope) -> Iterator[_Setting]:
    about = _about(scope)
    for path, bindings in scope.bindings.items():
        name = last_item(path) or path.rpartition(".")[2]
        family = _family(name, about)
        for binding in bindings if family else ():
            if (value := binding.assigned) is not None:
                yield _Setting(name, family, is_off(value), (binding.pos, binding.end))
    for call in scope.calls:  # `take(settings, given, "starttls", False)`
        last = [arg.value for arg in call.args if arg.name is None][-2:]
        said = [part.value for part in last if isinstance(part, s.Const)]
        if len(said) == 2 and isinstance(said[0], str) and said[1] is False:
            family = _family(said[0], about)
            if family:
                yield _Setting(said[0], family, True, (call.pos, call.end))
    for param in scope.params:
        family = _family(param.name, about)
        if family and param.default is not None:
            yield _Setting(param.name, family, is_off(param.default), (param.pos, param.end))


def _about(scope: Scope) -> str:
    """What a function or class is about, by its name and that of what it stands in; of a module of
    Ansible's, by the name of the file."""
    if not scope.module.words.all.isdisjoint({"AnsibleModule", "argspec", "argument_spec"}):
        return scope.module.path.rpartition("/")[2]
    return scope.qualname


def _family(name: str, about: str) -> str:
    for family, pattern in _FAMILIES.items():
        if pattern.match(name) or (_BARE.match(name) and _OF[family].search(about)):
            return family
    return ""


def is_off(value: s.Expr, depth: int = 0) -> bool:
    """Whether a setting is off, or is off unless somebody sets it: the default of what looks it up,
    or of a parameter that a dict describes."""
    if isinstance(value, s.Const):
        return _says_off(value)
    described = {name: given for name, given, _ in entries(value)}
    if "default" in described and {"type", "required"} & described.keys():
        return is_off(described["default"])
    if isinstance(value, s.Compare) and asks_whether_set(value):
        return value.rest[0][0] == "in"
    if depth < _MAX_NESTING and isinstance(value, s.Compare | s.Attr | s.BoolOp):
        inner = value.value if isinstance(value, s.Attr) else value.left
        return _is_looked_up_off(inner, depth)
    return _is_looked_up_off(value, depth)


def _is_looked_up_off(value: s.Expr, depth: int) -> bool:
    if not isinstance(value, s.Call) or depth >= _MAX_NESTING:
        return False
    if isinstance(value.func, s.Attr) and ANSWERED.search(s.last_part(value.func.value)):
        return False  # a box in a form that nobody ticked
    default = default_of(value)
    if default is not None:
        return _says_off(default)
    # `os.environ.get(…).lower()` and `strtobool(os.environ.get(…))`.
    inner = [value.func.value] if isinstance(value.func, s.Attr) else []
    return any(_is_looked_up_off(part, depth + 1) for part in (*inner, *value.by_position()))


def _says_off(value: s.Const) -> bool:
    if isinstance(value.value, str):
        return value.value.lower() in _OFF
    return value.value is False or (value.value == 0 and not isinstance(value.value, bool))
