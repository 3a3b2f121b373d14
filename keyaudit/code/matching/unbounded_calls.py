"""`uses: unbounded`: a call that may be made any number of times with the same object."""

from __future__ import annotations

import re

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.long_lived import outlives_call
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex

# Functions that a server or a queue calls once a request or a message.
_SERVES = regex(
    r"^(?:do_(?:GET|POST|PUT)|handle(?:_\w+)?|on_(?:message|request|data|event)|process_(?:message"
    r"|request|record|event)|(?:data|message)_received|dispatch|consume|serve\w*|send_message"
    r"|log_event)$"
)
_ROUTES = frozenset({"route", "get", "post", "put", "api_view", "websocket", "task",
                     "shared_task"})  # fmt: skip
# Somebody counts, or replaces the key in time.
_COUNTS = regex(
    r"count|limit|remaining|budget|re_?key|rotat|renew|expire|usage|max_|sequence|"
    r"(?:\*\*|<<) ?3[0-9]",
    re.IGNORECASE,
)


def is_unbounded(context: Context, use: Use) -> bool:
    """Whether a method of an object that outlives the function is called in an endless loop, or
    once for each request, without a limit being mentioned."""
    func = use.call.func
    if not isinstance(func, s.Attr) or not (_endless(use) or _serves(use.scope)):
        return False
    if not outlives_call(context, func.value, use):
        return False
    whole: Scope = use.scope
    while whole.parent is not None and whole.parent.kind != "module":
        whole = whole.parent
    node = whole.node
    if node is None:
        return False
    module = use.scope.module
    piece = module.pieces[module.number_of(_top(whole))]
    return _COUNTS.search(module.text, piece.start, piece.end) is None


def _endless(use: Use) -> bool:
    """Whether a call stands in `while True:`."""
    loops = {number for kind, number, _ in use.call.context if kind == "loop"}
    tests = [use.scope.tests.get(number) for number in loops]
    return any(isinstance(test, s.Const) and bool(test.value) for test in tests)


def _serves(scope: Scope) -> bool:
    if scope.kind != "function":
        return False
    if _SERVES.match(scope.name):
        return True
    for decorator in scope.decorators:
        called = decorator.func if isinstance(decorator, s.Call) else decorator
        if isinstance(called, s.Attr) and called.name in _ROUTES:
            return True
    return False


def _top(scope: Scope) -> Scope:
    while scope.parent is not None:
        scope = scope.parent
    return scope
