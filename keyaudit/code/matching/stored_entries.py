"""What is in a dict that is told or kept whole: entries it was given before, or is asked for.

`config["token"] = token; dump(config)`, and `log(answer)` beside `answer["access_token"]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.provenance.call_targets import callees
from keyaudit.code.provenance.callers import callers_of
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.argument_binding import bind_params
from keyaudit.code.semantics.mutations import path_of
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, SECRETS, reading

_MAX_ENTRIES = 32
_MAX_CALLERS = 8
_MAX_DEPTH = 16
_MAX_HOPS = 4
_MAX_MAKERS = 2
# What gives all that is in a dict as text.
_AS_TEXT = frozenset({"str", "repr", "dumps", "pformat", "format", "safe_dump", "dump",
                      "urlencode"})  # fmt: skip
# A branch in which more is told than elsewhere.
_TELLS_MORE = regex(r"(?i)debug|verbos|trace|log|print|dump")
# What may be an answer of somebody else, with a token in it.
_ANSWERS = frozenset({"unknown", "parameter", "network", "file", "database", "user-input"})
# What was read out of a file has the type of the file.
_READ = (None, "io.File")
# After one of these, what is left is an answer that was given.
_WENT_RIGHT = regex(
    r"(?i)==\s*(?:(?:20\d|True)\b|[\"'](?:ok|success|200|0+)[\"'])|\.ok\b|\bsuccess|codes\.ok\b"
)
_NOT = regex(r"\bnot\b|!=|\bis False\b|== ?False\b")
_WENT_WRONG = regex(r"(?i)error|status|\bnot\b|!=|fail|\bok\b|is None")
# A parameter that is an answer, of which a branch may be the one for failures.
_IS_ANSWER = regex(r"(?i)_*(?:\w+_)?(?:resp(?:onse)?|reply|answer|result|res|r)$")
# What was parsed of a command line shows all that is in it.
_IS_NAMESPACE = regex(
    r"(?:self\.)?_*(?:(?:parsed|cli|cmd|known|run)_?)?(?:args|arguments|opts|options|namespace|flags)$"
)
# An item by its name, or by the constant that holds that; and a field.
_ITEM = r"(?:\[|\.get\(|\.pop\()[ \t]*(?:[\"'](\w+)[\"']|(?:\w+\.)*([A-Z][A-Z0-9_]+)\b)"
_ITEM_OR_FIELD = rf"(?:{_ITEM}|\.(\w+)\b(?!\())"
Context = tuple[tuple[str, int, str], ...]


def containers_in(value: s.Expr, depth: int = 0, hops: int = 0) -> Iterator[s.Expr]:
    """The variables and attributes that are put into a text as they are, the value itself if it is
    one."""
    if depth > _MAX_DEPTH or hops > _MAX_HOPS:
        return
    match value:
        case s.Name(reach=reach):
            yield value
            # A message that was put together before.
            given = [b.value for b in reach or () if b.kind == "value"]
            if len(given) == 1 and given[0] is not None and _is_text(given[0]):
                yield from containers_in(given[0], depth + 1, hops + 1)
        case s.Attr():
            yield value
        case s.BinOp(op="%" | "+", left=left, right=right):
            for side in (left, right):
                yield from containers_in(side, depth + 1, hops)
        case s.Text(parts=parts) | s.Seq(items=parts):
            for part in parts:
                yield from containers_in(part, depth + 1, hops)
        case s.Call(func=func, args=args) if last_part(func) in _AS_TEXT:
            for arg in args:
                yield from containers_in(arg.value, depth + 1, hops)


def _is_text(made: s.Expr) -> bool:
    """Whether an expression puts a text together."""
    if isinstance(made, s.Call):
        return last_part(made.func) in _AS_TEXT
    return isinstance(made, s.BinOp | s.Text)


def stored_entries_of(value: s.Expr, scope: Scope) -> list[Binding]:
    """The assignments to items of the variable or attribute that an expression reads, before it
    in its function; for an attribute of `self`, those in any method of the class."""
    path = path_of(value)
    if path is None or path.endswith("]"):
        return []
    found = [b for b in put_into(path, scope) if b.pos < value.pos]
    owner = scope.owner
    if "." in path and owner is not None:
        for method in owner.children:
            if method is not scope:
                found += put_into(path, method)
    return found[:_MAX_ENTRIES]


def entries_put_by_callers(resolver: Resolver, value: s.Expr, scope: Scope) -> list[Binding]:
    """The assignments to items of what callers in the same file pass for a parameter, before they
    call: `data["token"] = token; self._write(data)`."""
    given = [b for b in value.reach or () if b.kind == "param"] if isinstance(value, s.Name) else []
    if not given or scope.kind != "function":
        return []
    skip_self = scope.owner is not None and not scope.is_static
    found: list[Binding] = []
    for call, caller in callers_of(resolver, scope)[:_MAX_CALLERS]:
        passed = bind_params(call, scope.params, skip_self).values.get(given[0].name)
        if passed is not None:
            found += [b for b in stored_entries_of(passed, caller) if b.pos < call.pos]
    return found[:_MAX_ENTRIES]


def entries_put_by_makers(
    resolver: Resolver, value: s.Expr, scope: Scope, depth: int = 0
) -> list[Binding]:
    """The assignments to items of what a variable holds, in the functions in sight that made it:
    `headers = self.with_login(token)`."""
    if depth > _MAX_MAKERS or not isinstance(value, s.Name):
        return []
    given = [b for b in value.reach or () if b.kind == "value"]
    made = given[0].value if len(given) == 1 else None
    if not isinstance(made, s.Call):
        return []
    found: list[Binding] = []
    for callee in callees(resolver, made, scope, None):
        function = callee.function
        for returned in function.returns if function is not None else ():
            if isinstance(returned, s.Name) and function is not None:
                found += put_into(returned.id, function)
                found += entries_put_by_makers(resolver, returned, function, depth + 1)
    return found[:_MAX_ENTRIES]


def put_into(path: str, scope: Scope) -> Iterator[Binding]:
    """The assignments in a scope to items of what has this path."""
    for name, bindings in scope.bindings.items():
        if name.startswith(f"{path}["):
            yield from (binding for binding in bindings if binding.kind == "value")


def answer_with_secret(
    resolver: Resolver, whole: s.Expr, scope: Scope, context: Context
) -> list[Origin]:
    """The origins of an answer, of settings or of arguments that are told as they are at a place of
    `context`, and out of which the same code takes a secret."""
    name = _secret_item(whole, scope, context)
    held = resolver.origins(whole, scope, None) if name else ()
    # Of an attribute by whose items the class works: a mapping, whatever made it.
    kinds = _ANSWERS | {"instance"} if isinstance(whole, s.Attr) else _ANSWERS
    if not held or any(o.type not in _READ or o.kind not in kinds for o in held):
        return []
    at = (scope.module, whole.pos, whole.end, f"has `{name}` in it")
    return [
        o.designated(reading(name)).with_name(name).with_step(*at) for o in held if not o.called
    ]


def _secret_item(value: s.Expr, scope: Scope, context: Context) -> str:
    """The name of a secret that the same code takes out of what an expression reads, as it is
    there: an answer with a token in it. "" where there is none, or where it may be another answer:
    one that is told in a branch or a handler that the other ways do not take (`context`)."""
    path = path_of(value)
    if path is None or path.endswith("]") or scope.kind not in ("function", "module"):
        return ""
    if isinstance(value, s.Attr):
        # Of an object that is passed in, what the function takes; of `self`, what any method does.
        owner = scope.owner if path.startswith("self.") else None
        return _taken_out(path, source_of(owner or scope) or scope.module.text, 0)
    if not isinstance(value, s.Name):
        return ""
    given = [b for b in value.reach or () if b.kind in ("value", "enter", "param")]
    if len(given) != 1 or len(value.reach or ()) > 1:
        return ""
    only = given[0]
    text = source_of(scope) or scope.module.text
    if only.kind == "param":
        told = not _IS_ANSWER.match(value.id) or branches_only_tell_more(context, (), scope)
        return _taken_out(path, text, 0) if told else ""
    if not isinstance(only.value, s.Call | s.Await | s.Sub):
        return ""
    if not branches_only_tell_more(context, only.context, scope):
        return ""
    return _taken_out(path, text, only.pos - (scope.node.pos if scope.node is not None else 0))


def _taken_out(path: str, text: str, start: int) -> str:
    """The name of a secret that a text takes out of what has this path: `config["password"]`,
    `entry.data[CONF_API_KEY]`, and of parsed arguments `args.password`."""
    item = _ITEM_OR_FIELD if _IS_NAMESPACE.match(path) else _ITEM
    for found in re.compile(rf"(?<![\w.]){re.escape(path)}{item}").finditer(text, start):
        taken = next(filter(None, found.groups()), "")
        if reading(taken) in SECRETS - {BARE_TOKEN} or taken == "token":
            return taken
    return ""


def branches_only_tell_more(context: Context, outer: Context, scope: Scope) -> bool:
    """Whether the branches a place stands in, beside those of `outer`, only decide how much is
    told, so that what is told there is told of an answer that was given."""
    return all(block in outer or _is_for_more(block, scope) for block in context)


def _is_for_more(block: tuple[str, int, str], scope: Scope) -> bool:
    """Whether a block is one that only decides how much is told, or a loop or `try` around all."""
    kind, number, part = block
    if kind == "if":
        test = scope.tests.get(number)
        said = scope.module.text[test.pos : test.end] if test is not None else ""
        went_right = _WENT_RIGHT.search(said) is not None and _NOT.search(said) is None
        if part == "body":
            return went_right or bool(_TELLS_MORE.search(said))
        return not went_right and bool(_WENT_WRONG.search(said))
    return kind != "try" or part == "body"
