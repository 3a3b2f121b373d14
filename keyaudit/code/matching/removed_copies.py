"""Whether a copy of a file is taken away again, or a job is there that does so."""

from __future__ import annotations

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.file_helpers import helper_uses
from keyaudit.code.matching.file_places import places_of
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.provenance.names import bindings_of
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

# A function that keeps the last few.
_PURGES = regex(r"(?i)prune|purge|clean|expire|trim|(?:remove|delete)_?(?:old|back_?ups?)|keep_")


def is_removed_again(context: Context, use: Use) -> bool:
    """Whether what a call copies to is removed after it: by its name anywhere in the file, with
    others in a loop of the same function, or by a function that is called there for that."""
    if any(_PURGES.search(last_part(call.func)) for call in use.scope.calls):
        return True
    target = {
        place
        for _, expr in use.arguments.get("target", ())
        for place in places_of(context, expr, use.scope)
    }
    removals = [each for each in context.uses if "file-remove" in each.model.kinds]
    removals += context.once(("file helpers",), lambda: helper_uses(context))
    for removal in removals:
        beside = removal.scope is use.scope
        if "file-remove" not in removal.model.kinds or (beside and removal.call.pos < use.call.pos):
            continue
        for path in _paths_of(removal):
            if not target.isdisjoint(places_of(context, path, removal.scope)):
                return True
            if beside and isinstance(path, s.Name) and _is_of_loop(path, removal):
                return True
    return False


def _paths_of(removal: Use) -> list[s.Expr]:
    given = [expr for _, expr in removal.arguments.get("path", ())]
    func = removal.call.func
    return given or ([func.value] if isinstance(func, s.Attr) else [])


def _is_of_loop(name: s.Name, removal: Use) -> bool:
    return any(binding.kind == "iter" for binding in bindings_of(name, removal.scope))
