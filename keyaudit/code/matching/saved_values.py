"""What is put into an object that is saved as a whole in the same function: `store.set("token",
token)` and `store.save()`, `account.extra = {"secret": secret}` and `account.save()`.

What such an object writes to, a file or a row, stands elsewhere, but whoever has it saved wants it
kept.
"""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.provenance.names import bindings_of
from keyaudit.code.semantics.mutations import path_of
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

# What Home Assistant keeps of an integration lies in a file as it is.
_ENTRIES = frozenset({"async_create_entry", "async_update_entry",
                      "async_update_reload_and_abort"})  # fmt: skip
_KEPT_OF_ENTRY = frozenset({"data", "options", "data_updates"})
_SETTINGS = regex(r"(?i)(?:settings|prefs|preferences|configs?)(?:_?(?:manager|store|service))?\Z")
_KIND = frozenset({"kept-setting"})
_OF_ENTRY = frozenset({"kept-entry"})
_SAVES = frozenset({"save", "sync", "persist", "save_config", "save_settings", "save_state",
                    "write_config", "save_to_disk", "save_to_file"})  # fmt: skip
_PUTS = frozenset({"set", "put", "store", "set_by_path", "set_value", "set_option", "set_setting",
                   "set_item", "setdefault", "set_path", "update_setting", "add", "set_config",
                   "update", "set_key", "set_data", "setValue"})  # fmt: skip
# What keeps its values sealed, or for a while in memory alone, says so.
_SEALS = regex(r"(?i)vault|keyring|key_?chain|encrypt|cipher|crypt|secret|secure")


def saved_values(scope: Scope) -> Iterator[Sink]:
    """Sinks for the values that a function puts into an object which it then has saved."""
    yield from _of_entries(scope)
    yield from _of_settings(scope)
    saved = {path for call in scope.calls if (path := _saved(call)) is not None}
    if not saved:
        return
    for call in scope.calls:
        if last_part(call.func) not in _PUTS or not isinstance(call.func, s.Attr):
            continue
        path = path_of(call.func.value)
        if path in saved:
            for given in _values(call):
                name = f"{path}.{call.func.name}"
                yield Sink("record", given, scope, f"`{name}`", _KIND, context=call.context)
    for bound, bindings in scope.bindings.items():
        holder = next((path for path in saved if _is_in(bound, path)), None)
        if holder is None:
            continue
        for binding in bindings:
            value = binding.assigned
            if value is None or not (bound.endswith("]") or _is_dict(value, binding)):
                continue
            yield Sink("record", value, scope, f"`{bound}`", _KIND,
                       place=(binding.pos, binding.end), context=binding.context)  # fmt: skip


def _of_settings(scope: Scope) -> Iterator[Sink]:
    """What a program's own settings are told to save under a name."""
    for call in scope.calls:
        func = call.func
        if not isinstance(func, s.Attr) or not func.name.startswith("save"):
            continue
        given = call.by_position()
        if len(given) == 2 and s.literal_text(given[0]) and _SETTINGS.search(last_part(func.value)):
            name = f"{last_part(func.value)}.{func.name}"
            yield Sink("record", given[1], scope, f"`{name}`", _KIND, context=call.context)


def _of_entries(scope: Scope) -> Iterator[Sink]:
    for call in scope.calls:
        called = last_part(call.func)
        if called in _ENTRIES:
            for arg in call.args:
                if arg.name in _KEPT_OF_ENTRY:
                    yield Sink("record", arg.value, scope, f"`{called}`", _OF_ENTRY,
                               context=call.context)  # fmt: skip


def _saved(call: s.Call) -> str | None:
    """The object that a call saves, as it is written. One that is told where to is a picture, or a
    file of another kind."""
    if not isinstance(call.func, s.Attr) or call.func.name not in _SAVES or call.by_position():
        return None
    path = path_of(call.func.value)
    return None if path is None or path in ("self", "cls") or _SEALS.search(path) else path


def _values(call: s.Call) -> Iterator[s.Expr]:
    """What is put under a name: all but the first argument, or the entries of a dict."""
    given = [arg.value for arg in call.args if not arg.star]
    if len(given) == 1 and isinstance(given[0], s.Dict):
        yield given[0]
    yield from given[1:]


def _is_in(bound: str, path: str) -> bool:
    return bound.startswith((f"{path}.", f"{path}[")) and len(bound) > len(path) + 1


def _is_dict(value: s.Expr, binding: Binding) -> bool:
    """Whether a dict is assigned: a plain attribute may hash or seal what it is given."""
    if isinstance(value, s.Name):
        return any(isinstance(known.value, s.Dict) for known in bindings_of(value, binding.scope))
    return isinstance(value, s.Dict)
