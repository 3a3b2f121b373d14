"""A program's own function that prints or logs what it is given, and does nothing else:
`def log(text): print("client: " + text)`.

Such a function is called from everywhere, so that what is told is told where it is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from weakref import WeakKeyDictionary

from keyaudit.code import syntax as s
from keyaudit.code.matching.modelled_calls import uses_in
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.provenance.callers import callers_of
from keyaudit.code.provenance.names import bindings_of
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.selection.own_printers import printers
from keyaudit.code.semantics.argument_binding import bind_params
from keyaudit.code.semantics.scopes import Module, Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.secret_names import SECRETS, reading

_TOLD = frozenset({"log", "output"})
_MAX_STATEMENTS = 12
_MAX_NESTING = 4


def printer_sinks(resolver: Resolver, scope: Scope) -> Iterator[Sink]:
    """What is passed to such functions of the same module."""
    known = _printers(scope.module)
    for call in scope.calls if known else ():
        if not isinstance(call.func, s.Name) or call.func.id not in known:
            continue
        for binding in bindings_of(call.func, scope):
            printer = binding.definition if binding.kind == "def" else None
            told = _told_by(resolver, printer) if printer is not None else {}
            given = bind_params(call, printer.params, False).values if printer and told else {}
            for name, role in told.items():
                if name in given:
                    yield Sink(role, given[name], scope, last_part(call.func),
                               frozenset({role}), place=(given[name].pos, given[name].end),
                               context=call.context)  # fmt: skip


def told_where_called(resolver: Resolver, call: s.Call, scope: Scope) -> bool:
    """Whether a call is one of such a function of the same module, of which it is known what it
    tells."""
    if not isinstance(call.func, s.Name) or call.func.id not in _printers(scope.module):
        return False
    made = [b.definition for b in bindings_of(call.func, scope) if b.kind == "def"]
    return any(one is not None and _told_by(resolver, one) for one in made)


# By module, the functions that may be such ones: to ask of each that is called would read them all.
_known: WeakKeyDictionary[Module, frozenset[str]] = WeakKeyDictionary()


def _printers(module: Module) -> frozenset[str]:
    found = _known.get(module)
    if found is None:
        found = _known[module] = printers(module.text)
    return found


def without_told_elsewhere(resolver: Resolver, sink: Sink, found: list[Origin]) -> list[Origin]:
    """The origins at a print without those that a caller in the same module passes to such a
    function: they are told at the call."""
    if sink.role not in _TOLD or not any(o.calls for o in found):
        return found
    if not _told_by(resolver, sink.scope):
        return found
    mine = id(sink.scope)
    calls = {id(call) for call, _ in callers_of(resolver, sink.scope)}
    return [o for o in found if not any(n == mine and c in calls for n, c in o.calls)]


def _told_by(resolver: Resolver, scope: Scope) -> dict[str, str]:
    """The parameters of a function that does nothing but print or log, with the role they play.

    What is called a secret in the function itself is told there, once.
    """
    return resolver.once((scope, _told_by), partial(_parameters_told, resolver, scope))


def _parameters_told(resolver: Resolver, scope: Scope) -> dict[str, str]:
    node = scope.node
    if not isinstance(node, s.Def) or scope.owner is not None:
        return {}
    said = list(_statements(node.body, 0))
    if not 0 < len(said) <= _MAX_STATEMENTS or not all(_is_call(part) for part in said):
        return {}
    names = {param.name for param in scope.params if reading(param.name) not in SECRETS}
    told: dict[str, str] = {}
    for use in uses_in(resolver, scope):
        for role in _TOLD & use.arguments.keys():
            for _, value in use.arguments[role]:
                for read in _reads(value):
                    # What is printed where there is no log, is logged where there is.
                    if read in names and (role == "log" or read not in told):
                        told[read] = role
    return told


def _statements(body: list[s.Stmt], depth: int) -> Iterator[s.Stmt]:
    """What a function does, in whichever branch."""
    for part in body:
        if isinstance(part, s.If) and depth < _MAX_NESTING:
            yield from _statements(part.body, depth + 1)
            yield from _statements(part.orelse, depth + 1)
        elif not _is_text(part):
            yield part


def _is_text(statement: s.Stmt) -> bool:
    return isinstance(statement, s.ExprStmt) and isinstance(statement.value, s.Const)


def _is_call(statement: s.Stmt) -> bool:
    return isinstance(statement, s.ExprStmt) and isinstance(statement.value, s.Call)


def _reads(expr: s.Expr) -> Iterator[str]:
    """The names whose values are in a text, put together or as they are."""
    match expr:
        case s.Name(id=name):
            yield name
        case s.BinOp(left=left, right=right):
            yield from _reads(left)
            yield from _reads(right)
        case s.Text(parts=parts):
            for part in parts:
                yield from _reads(part)
        case s.Call(func=s.Name(id="str"), args=[only]):
            yield from _reads(only.value)
