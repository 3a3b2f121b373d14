"""What other functions of a file put into a variable of the module or an attribute of the object,
add to it, and take out of it as a secret.

`accounts.append({"password": password})` stands in one function and `json.dump(accounts, file)` in
another; and `def get_token(self, user): return self.data[user]` says what is in `self.data`.
"""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.stored_entries import put_into
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.mutations import added_by, path_of
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.core.secret_names import SECRETS, WHOLE, reading_of_function

_MAX_ENTRIES = 32
_MAX_PIECES = 40  # functions and classes that use a variable of the module
_TAKES = frozenset({"get", "pop", "setdefault"})


def sharing(value: s.Expr, scope: Scope) -> list[Scope]:
    """The other functions of the file that use the variable of the module that an expression
    reads; of an attribute of `self`, the other methods."""
    path = path_of(value)
    if path is None or path.endswith("]"):
        return []
    if isinstance(value, s.Attr):
        methods = scope.owner.children if scope.owner is not None else []
        return [m for m in methods if m is not scope] if path.startswith("self.") else []
    if not isinstance(value, s.Name) or value.reach is not None or scope.kind != "function":
        return []
    found: list[Scope] = []
    module = scope.module
    for number in module.words.pieces_with(frozenset({value.id}))[:_MAX_PIECES]:
        waiting = [module.scope(number)]
        while waiting:
            inner = waiting.pop()
            if inner.kind == "function" and value.id in inner.bound - inner.outer:
                continue
            waiting += inner.children
            if inner is not scope:
                found.append(inner)
    return found


def entries_put_elsewhere(value: s.Expr, others: list[Scope]) -> list[Binding]:
    """The assignments to items of a variable of the module in the functions that share it. Those to
    items of an attribute, `stored_entries_of` gives."""
    if not isinstance(value, s.Name):
        return []
    return [b for function in others for b in put_into(value.id, function)][:_MAX_ENTRIES]


def added_to(value: s.Expr, scope: Scope, others: list[Scope]) -> list[tuple[s.Expr, Scope]]:
    """What is added to the list that an expression reads, before it in its function and anywhere
    in those that share it. Each with the scope it stands in."""
    path = path_of(value)
    if path is None or path.endswith("]"):
        return []
    found = [(added, scope) for added in _added_in(path, scope) if added.pos < value.pos]
    for function in others:
        found += [(added, function) for added in _added_in(path, function)]
    return found[:_MAX_ENTRIES]


def as_getters_say(value: s.Expr, scope: Scope, others: list[Scope]) -> list[Origin]:
    """An origin, called `WHOLE`, where a function that shares what an expression reads gives items
    of it and is named as giving a secret."""
    path = path_of(value)
    for function in others:
        if reading_of_function(function.name) in SECRETS and any(
            _is_item_of(returned, path) for returned in function.returns
        ):
            what = f"what `{function.name}()` gives is in `{path}`"
            held = Origin("unknown", scope.module, value, source=f"`{path}`", called=WHOLE)
            return [held.with_step(scope.module, value.pos, value.end, what)]
    return []


def _is_item_of(value: s.Expr, path: str | None) -> bool:
    """Whether an expression takes something out of what has this path, however deep."""
    within = value
    while isinstance(within, s.Sub | s.Call):
        if isinstance(within, s.Sub):
            within = within.value
        elif isinstance(within.func, s.Attr) and within.func.name in _TAKES and within.args:
            within = within.func.value
        else:
            return False
    return within is not value and path_of(within) == path


def _added_in(path: str, scope: Scope) -> Iterator[s.Expr]:
    for call in scope.calls:
        added = added_by(call)
        if added is not None and added[0] == path:
            yield added[1]
