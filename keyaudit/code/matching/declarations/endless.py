"""Parameters of Ansible's modules that say how long a secret id or a token is good, where a task
that does not name them gets one without an end, or with whatever end the server is set to."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations import ansible_modules
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import SECRET, TOKEN

# Which parameters limit which of the two: one of a group with an end is enough.
_OF_SECRET_IDS = regex(r"secret_id_(?:ttl|num_uses)\Z")
_OF_TOKENS = regex(r"token_(?:max_ttl|explicit_max_ttl|ttl|num_uses)\Z|explicit_max_ttl\Z")
_PLAIN = regex(r"(?:max_)?ttl\Z|expir(?:es|y|ation)(?:_(?:at|on|in|date|time))?\Z"
                    r"|seconds_to_live\Z|lease\Z|(?:token_)?(?:life_?time|validity)\Z")  # fmt: skip
# What makes a token or a key of an API, so that a plain `ttl` is said of that.
_MAKES_TOKEN = regex(
    r"\btoken\.create\w*\(|\b(?:create|generate|issue)_(?:\w+_)?(?:token|api_?key|orphan)\("
    r"|(?:tokens|api_?keys)\.create\("
)
_NOTHING = (None, 0, "", "0", "0s")


def lifetimes(scope: Scope) -> Iterator[Declaration]:
    """The first parameter of each group of which none has an end."""
    text = scope.module.text
    if scope.module.words.all.isdisjoint(ansible_modules.OF_ANSIBLE):
        return
    first: dict[str, Declaration] = {}
    ended: set[str] = set()
    for name, spec, place in ansible_modules.described(scope):
        held = _held(name, text)
        if not held:
            continue
        if _has_end(spec):
            ended.add(held)
        first.setdefault(held, Declaration(name, name, held, place))
    for held, one in first.items():
        if held not in ended:
            yield one


def _held(name: str, text: str) -> str:
    if _OF_SECRET_IDS.match(name):
        return SECRET
    if _OF_TOKENS.match(name) or (_PLAIN.match(name) and _MAKES_TOKEN.search(text) is not None):
        return TOKEN
    return ""


def _has_end(spec: dict[str, s.Expr]) -> bool:
    """Whether a parameter has to be given, or has a value if it is not: one that is only known at
    run time counts."""
    required = spec.get("required")
    if required is not None and not (isinstance(required, s.Const) and not required.value):
        return True
    default = spec.get("default")
    if default is None:
        return "fallback" in spec
    return not (isinstance(default, s.Const) and default.value in _NOTHING)
