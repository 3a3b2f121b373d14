"""Files with a secret that are removed only when nothing goes wrong before."""

from __future__ import annotations

from keyaudit.code import syntax as s
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

# What makes or fills the file.
_MAKES = frozenset({"open", "fdopen", "NamedTemporaryFile", "mkstemp", "mkdtemp", "write_text",
                    "write_bytes", "TemporaryFile"})  # fmt: skip
# A function of the project that is given a path to put something there.
_PUTS_THERE = regex(
    r"(?i)_*(?:\w+_)?(?:decrypt|thaw|unseal|unlock|dump|export|extract|download|generate|write|save"
    r"|store|render)(?:_\w+)?"
)
# What an object says of its file.
_OF_FILE = frozenset({"name", "path", "parent", "filename", "resolve", "absolute"})
_OPENERS = frozenset({"os", "io", "codecs", "builtins", "Path", "pathlib", "aiofiles", "anyio"})
# What is done with a file before it is removed, and hardly fails.
_HARMLESS = regex(
    r"_*(?:write|writelines|flush|close|fsync|fileno|seek|chmod|fchmod|join|exists|is_?file|isdir"
    r"|makedirs|mkdir|remove|unlink|rmtree|print|debug|info|warn(?:ing)?|error|exception|log|len|str"
    r"|encode|decode|format|strip|dumps?|bytes|int|append|get|time|sleep|getattr|isinstance|dirname"
    r"|basename|abspath|Path|umask)"
)
# What takes the file away whatever happens.
_CLEARS = regex(
    r"\bTemporaryDirectory\b|\bExitStack\b|\batexit\b|\baddCleanup\b|add_?finalizer|\bcallback\(|\bdefer"
)
_REMOVES = regex(r"(?i)remove|unlink|delete|rm|clean|shred|wipe|erase")
_WORDS = regex(r"[^\W\d]\w*")
_ANY = frozenset({"Exception", "BaseException"})


def is_left_on_error(use: Use) -> bool:
    """Whether the function that removes a file has made it, and goes through calls in between
    after whose failure nothing in it removes the file."""
    scope, removal = use.scope, use.call
    if scope.kind != "function" or _stands_apart(removal) or _CLEARS.search(source_of(scope)):
        return False
    if is_made_anew(use):
        return False
    names = _names_of(use)
    if not names or any(_removes_apart(call, names, scope) for call in scope.calls):
        return False
    made = [call for call in scope.calls if call.pos < removal.pos and _makes(call, names, scope)]
    if not made:
        return False
    return any(
        made[-1].end < call.pos < removal.pos and _may_end_it(call, scope, removal)
        for call in scope.calls
    )


def is_made_anew(use: Use) -> bool:
    """Whether the function that removes a file makes it again afterwards: what the removal has to
    do is to make room."""
    names = _names_of(use)
    return bool(names) and any(
        use.call.end <= call.pos and _makes(call, names, use.scope) for call in use.scope.calls
    )


def _stands_apart(call: s.Call) -> bool:
    """Whether a call stands where errors lead to, or beside what the function mostly does."""
    return any(kind == "try" and part in ("handler", "final") for kind, _, part in call.context)


def _names_of(use: Use) -> frozenset[str]:
    """The variables that hold the removed file or its path."""
    given = [expr for _, expr in use.arguments.get("path", ())]
    func = use.call.func
    exprs = given or ([func.value] if isinstance(func, s.Attr) else [])
    return frozenset(root for expr in exprs if (root := _root(expr)))


def _root(expr: s.Expr) -> str:
    """The last part of what holds a file or its path: `file` of `file.name`."""
    while isinstance(expr, s.Attr) and expr.name in _OF_FILE and last_part(expr.value) != "self":
        expr = expr.value
    return last_part(expr)


def _removes_apart(call: s.Call, names: frozenset[str], scope: Scope) -> bool:
    """Whether a call in a `finally` or a handler may remove the same file."""
    if not _stands_apart(call) or not _REMOVES.search(last_part(call.func)):
        return False
    return _speaks_of(call, names, scope)


def _makes(call: s.Call, names: frozenset[str], scope: Scope) -> bool:
    called = last_part(call.func)
    if called not in _MAKES:
        given = any(_is_one_of(arg.value, names) for arg in call.args)
        return given and _PUTS_THERE.fullmatch(called) is not None
    if isinstance(call.func, s.Attr) and called == "open":
        opener = _root(call.func.value)
        if opener not in _OPENERS and opener not in names:
            return False  # `tunnel.open(path)` reads it
    if _speaks_of(call, names, scope):
        return True
    held = {
        path.rpartition(".")[2]
        for path, bindings in scope.bindings.items()
        for binding in bindings
        if binding.value is not None and binding.value.pos <= call.pos < binding.value.end
    }
    return not names.isdisjoint(held)


def _is_one_of(expr: s.Expr, names: frozenset[str]) -> bool:
    if isinstance(expr, s.Call) and expr.args:
        expr = expr.args[0].value  # `str(path)`
    return _root(expr) in names


def _speaks_of(call: s.Call, names: frozenset[str], scope: Scope) -> bool:
    return not names.isdisjoint(_WORDS.findall(scope.module.text, call.pos, call.end))


def _may_end_it(call: s.Call, scope: Scope, removal: s.Call) -> bool:
    """Whether an error of a call leads past the removal."""
    if _stands_apart(call) or _HARMLESS.fullmatch(last_part(call.func)):
        return False
    within = set(removal.context)
    tries = {number for kind, number, part in call.context if (kind, part) == ("try", "body")}
    for facts in scope.tries:
        around = ("try", facts.number, "body") in within
        if facts.number in tries and not around and _takes_all(facts.handlers):
            return False  # the function goes on behind it
    return True


def _takes_all(handlers: list[s.Handler]) -> bool:
    """Whether, whatever error there is, what follows is done."""
    return any(
        (handler.type is None or last_part(handler.type) in _ANY)
        and not any(isinstance(one, s.Raise | s.Return) for one in handler.body)
        for handler in handlers
    )
