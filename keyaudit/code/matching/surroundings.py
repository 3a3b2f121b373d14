"""Classifies the surroundings of a place: its function, module and branches."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

from keyaudit.code import syntax as s
from keyaudit.code.matching.handlers import is_after_any_error, is_called_after_any_error
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Binding, Scope, nested_scopes
from keyaudit.core.patterns import regex
from keyaudit.core.rule_patterns import compiled

Branches = tuple[tuple[str, int, str], ...]

# Calls of these kinds use a key only when something is done with what they make.
MAKERS = frozenset({"cipher", "block-mode", "aead", "fernet"})
# The errors that a handler takes for which a match asks by `in-handler`.
_ERRORS = {
    "broad": frozenset({"Exception", "BaseException"}),
    "unreadable": frozenset({"OSError", "IOError", "EnvironmentError", "PermissionError"}),
}
_TO_NO_EFFECT = frozenset({"encryptor", "decryptor"})
_OF_TESTS = regex(r"(?<![a-z])(?:unit_?)?tests?(?:ing|_?only|_?mode)?(?![a-z])", re.IGNORECASE)
_OF_DEVELOPMENT = regex(
    r"(?i)(?<![a-z])(?:debug|dev|development|local_?dev|is_?local|localhost)(?![a-z])"
)
_BLANKS = regex(r"[ \t]*")
_NOT = regex(r"\bnot\b|!=|\bis False\b|== ?(?:False|0)\b")
# Settings for tests or development: a class of its own beside those that are for production.
_SETTINGS = r"(?:Config(?:uration)?|Settings)"
_TEST_SETTINGS = regex(rf"(?:^|\.)_?(?:[A-Z][a-z]+)?Test(?:ing|s)?{_SETTINGS}(?=\.|$)")
_DEVELOPMENT_SETTINGS = regex(
    rf"(?:^|\.)_?(?:Local)?(?:Dev(?:elopment)?|Debug|Local){_SETTINGS}(?=\.|$)"
)
# Bases of factory_boy's.
_MAKES_ROWS = frozenset({"DjangoModelFactory", "SQLAlchemyModelFactory", "MongoEngineFactory"})
# A program that tries the connection, or the password, that somebody entered, is no test of itself.
_TRIES_SERVICE = (
    r"(?:\w+_)?(?:connect\w*|conn|log_?in|auth\w*|smtp|imap|e?mails?|ldap|servers?|api(?:_?key)?|tokens?"
    r"|credentials?|creds|ur[il]|webhooks?|notif\w+|proxy|database|db|ssh|settings|config|account"
    r"|services?|indexers?|downloaders?)(?=\.|$)"
)
_SELF_TEST = regex(
    rf"(?:^|\.)_?(?:self_?tests?|test_(?!{_TRIES_SERVICE})\w+)(?=\.|$)|_self_?tests?(?=\.|$)"
)


def matches_place(
    resolver: Resolver, scope: Scope, place: tuple[int, int], parameters: Mapping[str, Any]
) -> bool:
    """Whether a place stands where a match asks for: in a function named as `function` or a
    module named as `module` says, in a function whose source matches `said`, or a file whose source
    matches `file-said`, or that has a parameter named as `takes` says; and whether the result is
    stored under a name as `held` says; with `in-handler: broad`, only in an `except` that takes
    every error, with `unreadable` in one that takes every error of the file system, with `called`
    only in a function that is called from one that takes every error, where what is tried matches
    `tried`."""
    where = parameters.get("in-handler", "")
    errors = _ERRORS.get(where)
    if errors is not None and not is_after_any_error(scope, place, errors):
        return False
    if where == "called" and not is_called_after_any_error(
        resolver, scope, parameters["tried"], _ERRORS["broad"]
    ):
        return False
    matched: dict[str, Callable[[], Iterable[str]]] = {
        "function": lambda: (scope.qualname,),
        "module": lambda: (scope.module.name,),
        "said": lambda: (source_of(scope),),
        "file-said": lambda: (scope.module.text,),
        "takes": lambda: (param.name for param in scope.params),
        "held": lambda: _holding(scope, place),
    }
    return all(
        name not in parameters or any(compiled(parameters[name]).search(text) for text in texts())
        for name, texts in matched.items()
    )


def _holding(scope: Scope, place: tuple[int, int]) -> Iterator[str]:
    """The last parts of the names that the values are given to in which a place stands."""
    for path, bindings in scope.bindings.items():
        for binding in bindings:
            value = binding.assigned
            if value is not None and value.pos <= place[0] and place[1] <= value.end:
                yield path.rpartition(".")[2]


def source_of(scope: Scope) -> str:
    """The source of a function, from its name on; empty for any other scope."""
    return block_of(scope) if isinstance(scope.node, s.Def) else ""


def block_of(scope: Scope) -> str:
    """The source of a function or class, from its name on; empty for any other scope."""
    if not isinstance(scope.node, s.Def | s.Class):
        return ""
    return _block(scope.module.text, scope.node.pos, scope.node.end)


@lru_cache(maxsize=64)  # of a class, each of its methods asks
def _block(text: str, pos: int, end: int) -> str:
    """The text from the name of a definition on, which stands from `pos` to `end`."""
    start = text.rfind("\n", 0, pos) + 1
    before = _BLANKS.match(text, start)
    indent = before.end() - start if before else 0
    # It ends where a line begins no further to the right than it does, and is no closing bracket.
    ends = re.compile(rf"^(?![ \t]{{{indent + 1}}}|[ \t]*(?:$|[\r)\]}}#\"']))", re.MULTILINE)
    after = ends.search(text, text.find("\n", end) + 1)
    return text[pos : after.start() if after else len(text)]


def without_trial_ciphers(scope: Scope, uses: list[Use]) -> list[Use]:
    """The uses in a scope, without those that make a cipher only to see whether it is supported:
    its result is dropped, and a handler is there for when it is not."""
    dropped = [
        call
        for call in scope.dropped
        if any(kind == "try" and part == "body" for kind, _, part in call.context)
    ]
    if not dropped:
        return uses
    makers = {id(use.call) for use in uses if not MAKERS.isdisjoint(use.model.kinds)}
    tried = {id(part) for call in dropped for part in _made_in(call, makers)}
    return [use for use in uses if id(use.call) not in tried]


def _made_in(call: s.Call, makers: set[int]) -> Iterator[s.Call]:
    """The calls of a chain that makes an object, and those that make what it is made of."""
    held: s.Expr = call
    while isinstance(held, s.Call):
        if id(held) in makers:
            yield held
            for arg in held.args:
                if isinstance(arg.value, s.Call):
                    yield from _made_in(arg.value, makers)
        func = held.func
        if not isinstance(func, s.Attr) or func.name not in _TO_NO_EFFECT:
            return
        held = func.value


def is_set_later(use: Use, pattern: str | None) -> bool:
    """Whether an attribute of such a name is set on the object that a call makes, after it."""
    if pattern is None:
        return False
    named = [
        path
        for path, bindings in use.scope.bindings.items()
        if any(binding.value is use.call for binding in bindings)
    ]
    return any(
        path.startswith(f"{name}.")
        and compiled(pattern).search(path[len(name) + 1 :])
        and any(binding.pos > use.call.pos for binding in bindings)
        for name in named
        for path, bindings in use.scope.bindings.items()
    )


def is_in_test(
    resolver: Resolver,
    scope: Scope,
    place: tuple[int, int],
    origin: Origin | None,
    *,
    development: bool = False,
) -> bool:
    """Whether a place stands in a self-test, or it or the value that is wrong there in a branch
    that is taken in tests only. With `development`, a branch for development alone counts too."""
    if _SELF_TEST.search(scope.qualname) or _TEST_SETTINGS.search(scope.qualname):
        return True
    if _is_factory_of_rows(scope):
        return True
    if development and _DEVELOPMENT_SETTINGS.search(scope.qualname):
        return True
    if _in_test_branch(scope, _branches_at(resolver, scope, place), development=development):
        return True
    bound = _bound_at(resolver, scope.module.loaded_at(place[0]), place[0])
    if any(_in_test_branch(b.scope, b.context, development=development) for b in bound):
        return True
    steps = origin.trace if origin is not None else ()
    return any(
        _in_test_branch(binding.scope, binding.context, development=development)
        for step in steps
        if step.text.startswith("assigned to ")
        for binding in _bound_at(resolver, step.module.loaded_at(step.pos), step.pos)
    )


def _is_factory_of_rows(scope: Scope) -> bool:
    """Whether a place stands in a class that makes rows for tests, as factory_boy's do."""
    cls = scope.enclosing_class
    if cls is None or not isinstance(cls.node, s.Class):
        return False
    return any(s.last_part(base.value) in _MAKES_ROWS for base in cls.node.bases)


def is_asserted(scope: Scope, place: tuple[int, int]) -> bool:
    """Whether a place stands in an `assert`, which states what its author is sure of and `python
    -O` skips."""
    return any(said.pos <= place[0] and place[1] <= said.end for said in scope.asserted)


def _in_test_branch(scope: Scope, branches: Branches, *, development: bool) -> bool:
    for kind, number, part in branches:
        test = scope.tests.get(number) if kind == "if" and part == "body" else None
        if test is not None and not (isinstance(test, s.Unary) and test.op == "not"):
            text = scope.module.text[test.pos : test.end]
            meant = _OF_TESTS.search(text) or (development and _OF_DEVELOPMENT.search(text))
            if meant and not _NOT.search(text):
                return True
    return False


def _branches_at(resolver: Resolver, scope: Scope, place: tuple[int, int]) -> Branches:
    """The branches around a place, as the call knows them that it stands in."""
    calls = resolver.once((scope, _nested), partial(_nested, scope))
    at = bisect.bisect_right(calls, place[0], key=lambda known: known[0].pos) - 1
    while at >= 0:
        call, at = calls[at]
        if place[1] <= call.end:
            return call.context
    return ()


def _nested(scope: Scope) -> list[tuple[s.Call, int]]:
    """The calls of a scope by their beginnings, each with the number of the one it stands in (-1
    where there is none)."""
    found: list[tuple[s.Call, int]] = []
    around: list[int] = []
    for number, call in enumerate(sorted(scope.calls, key=lambda call: (call.pos, -call.end))):
        while around and found[around[-1]][0].end < call.end:
            around.pop()
        found.append((call, around[-1] if around else -1))
        around.append(number)
    return found


def _bound_at(resolver: Resolver, top: Scope | None, pos: int) -> list[Binding]:
    if top is None:
        return []
    return resolver.once((top, _by_place), partial(_by_place, top)).get(pos, [])


def _by_place(top: Scope) -> dict[int, list[Binding]]:
    """The bindings of a piece of a module by the place where they stand."""
    found: dict[int, list[Binding]] = {}
    for scope in nested_scopes(top):
        for bindings in scope.bindings.values():
            for binding in bindings:
                found.setdefault(binding.pos, []).append(binding)
    return found
