"""Cross-file flow of secrets: passed to, or returned by, a function of another module.

The other file may have no word of cryptography, since all it does is log, print or send what it
is given. `secret_recipients` finds the calls that pass a secret, so that the function called is
read; `exported_secrets` names what a file returns or holds, so that files which import that are
analyzed again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set

from keyaudit.code.interprocedural.carriers import (
    binds_secret,
    carries_secret,
    creates_secret,
    giving_scopes,
    returns_secret,
)
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.provenance.attributes import of_element
from keyaudit.code.provenance.call_targets import callees
from keyaudit.code.provenance.deferred_calls import deferred
from keyaudit.code.provenance.names import bindings_of, import_path
from keyaudit.code.selection import secret_uses
from keyaudit.code.selection.stretches import reads_secret
from keyaudit.code.semantics.argument_binding import bind_params
from keyaudit.code.semantics.module_names import stem
from keyaudit.code.semantics.scopes import Module, Scope, nested_scopes
from keyaudit.code.syntax import Arg, Attr, Call, Expr, Name, last_part
from keyaudit.core.context import is_test_path
from keyaudit.core.patterns import regex
from keyaudit.core.result import CALLED
from keyaudit.core.secret_names import SECRETS, reading

# Where a secret must not go. What else may be done with one, its own words announce.
ENDS = frozenset({"log", "output", "exception", "url", "body", "headers", "file-content", "command",
                  "record", "serialized", "cached", "archived", "comparison", "question",
                  "prefilled"})  # fmt: skip
KINDS = frozenset({"flow"})
# What is given a name that says secret, and is made by another file with a predictable generator.
_NAMED = frozenset({"token", "password", "salt"})
# A file that fetches such a value need not import a generator itself.
SAID_ELSEWHERE = frozenset({"random"})
_GENERATORS = frozenset({"random", "numpy"})
_DRAWS = frozenset({"choice", "choices", "sample", "randint", "randrange", "getrandbits", "random",
                    "shuffle", "randbytes"})  # fmt: skip
# What a text is put together by: one sign a round, or all at once.
_BUILDS = frozenset({"join", "range"})
_COMPOSED = frozenset({"join", "format"})
_MAX_CALLS = 40
_MAX_NESTING = 2
_IMPORTS = regex(r"^[ \t]*(?:from[ \t]+[\w.]+[ \t]+)?import\b(?:[ \t]*\([^)]*\)|[^\n]*)", re.M)
_WORD = regex(r"[^\W\d]\w*")
_MIN_WORD = 3


def exported_secrets(context: Context) -> frozenset[str]:
    """The functions, methods and module-level names from which other files get a secret or a MAC;
    none for a test. A function that has to be called for that stands as `name()`."""
    if is_test_path(context.module.judged):
        return frozenset()
    found = set(_random_makers(context))
    # Without a call: a module's name, a property.
    read = {
        name
        for scope in context.scopes
        if scope.kind == "module"
        for name, bindings in scope.bindings.items()
        if name.isidentifier() and any(binds_secret(context, binding) for binding in bindings)
    }
    found |= read
    for scope in giving_scopes(context, found):
        if scope.kind == "function" and returns_secret(context, scope):
            found.add(scope.name)
            read |= {scope.name} if scope.decorated("property", "cached_property") else set()
    return frozenset(
        name if name in read else name + CALLED
        for name in found
        if len(name) >= _MIN_WORD and not name.startswith("__")
    )


def _random_makers(context: Context) -> Iterator[str]:
    """The functions that return a text put together from predictable random numbers, but for those
    whose name says what it is for: they are reported where they stand."""
    module = context.module
    if not _GENERATORS & module.words.all:
        return
    told = {
        id(sink.scope)
        for sink in context.sinks
        if sink.role in _NAMED and sink.name == f"`{sink.scope.name}`"
    }
    for number in module.words.pieces_with(_DRAWS):
        if _BUILDS.isdisjoint(module.words.of(number)) or module.defined_by(number) is None:
            continue
        for scope in nested_scopes(module.scope(number)):
            if scope.kind != "function" or id(scope) in told:
                continue
            draws = any(last_part(call.func) in _DRAWS for call in scope.calls)
            if draws and _gives_random(context, scope):
                yield scope.name


def _gives_random(context: Context, function: Scope) -> bool:
    """Whether a function returns a text put together from predictable random numbers."""
    return any(
        origin.kind == "weak-random" and "pick" not in origin.via and origin.via & _COMPOSED
        for value in function.returns
        for origin in context.resolver.origins(value, function, None)
    )


def secret_recipients(
    context: Context, *, made_elsewhere: bool = False
) -> Iterator[tuple[Scope, Call, Scope]]:
    """The functions of other files that a secret is passed to: (function, call, its scope).

    Only a file that makes a secret is looked through, or one in which another's is known to be
    (`made_elsewhere`). What a test does with its keys is of no interest, and tests make many.
    """
    makes_any = made_elsewhere or context.secrets or any(map(creates_secret, context.uses))
    by_name = bool(context.once(("told",), lambda: secret_uses.pieces(context.module)))
    if not (makes_any or by_name) or is_test_path(context.module.judged):
        return
    count = 0
    of_tree: dict[int, bool] = {}
    for scope in context.scopes:
        for written in scope.calls:
            call = deferred(written) or written
            if not call.args or not _leads_out(context, call.func, scope, of_tree):
                continue
            said = context.module.text[written.func.end : call.end]
            read = by_name and (
                reads_secret(said) or secret_uses.carries_secret(context.module, said)
            )
            if not (read or makes_any):
                continue
            carried = any(
                carries_secret(context, origin) or context.is_used_as_key(origin)
                for arg in call.args
                for origin in context.resolver.origins(arg.value, scope, None)
            )
            told = [
                a for a in call.args if read and not carried and _tells(context, a.value, scope)
            ]
            if not carried and not told:
                continue
            for callee in callees(context.resolver, call, scope, None):
                function = callee.function
                if function is not None and function.module is not context.module:
                    if told and not _comes_unnamed(function, call, told):
                        continue
                    count += 1
                    yield function, call, scope
            if count >= _MAX_CALLS:
                return


def _tells(context: Context, expr: Expr, scope: Scope) -> bool:
    """Whether the names an argument goes by call it a secret, or an element of it."""
    layer = list(context.resolver.origins(expr, scope, None))
    for _ in range(_MAX_NESTING):
        if any(context.is_called(origin, "called-secret") for origin in layer):
            return True
        inside = [o for o in layer if o.kind == "container"]
        layer = [inner for o in inside for inner in of_element(context.resolver, o, None)]
    return False


def _comes_unnamed(function: Scope, call: Call, told: list[Arg]) -> bool:
    """Whether a function binds one of these arguments to a parameter whose name calls it no secret.
    Where the name does, the analysis of the function's own file reports it."""
    method = function.owner is not None and not function.is_static
    bound = bind_params(call, function.params, method)
    named = {id(value) for name, value in bound.values.items() if reading(name) in SECRETS}
    return any(id(arg.value) not in named for arg in told)


def _leads_out(context: Context, func: Expr, scope: Scope, of_tree: dict[int, bool]) -> bool:
    """Whether what is called may be of another file of the tree: it was imported from there, or
    is a method of an object whose class was. `of_tree` keeps what is known of imports."""
    root = _root(func)
    if root is None:
        return False
    for binding in bindings_of(root, scope):
        if binding.kind == "value" and isinstance(func, Attr) and isinstance(binding.value, Call):
            made_by = _root(binding.value.func)
            known = bindings_of(made_by, binding.scope) if made_by is not None else []
        else:
            known = [binding]
        for each in known:
            if each.kind == "import":
                if id(each) not in of_tree:
                    path = import_path(each)
                    of_tree[id(each)] = (
                        context.resolver.program.locate(path, each.scope.module) is not None
                    )
                if of_tree[id(each)]:
                    return True
    return False


def _root(expr: Expr) -> Name | None:
    """The name an expression begins with: `a` of `a.b.c` and of `a.b().c`."""
    while isinstance(expr, Attr | Call):
        expr = expr.value if isinstance(expr, Attr) else expr.func
    return expr if isinstance(expr, Name) else None


def pieces_of(functions: list[Scope]) -> list[int]:
    """The pieces of their module that functions stand in."""
    found: set[int] = set()
    for function in functions:
        top = function
        while top.parent is not None:
            top = top.parent
        found.add(function.module.number_of(top))
    return sorted(found)


def imported_secrets(module: Module, gives: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The names of other files' secrets (`gives`: by path) that occur in a file importing from
    them."""
    if is_test_path(module.judged):
        return frozenset()
    words = module.words.all
    imports: frozenset[str] | None = None
    found: set[str] = set()
    for path, names in gives.items():
        if path == module.path or stem(path) not in words:
            continue
        spoken_of = {name for name in names if name.removesuffix(CALLED) in words}
        if not spoken_of:
            continue
        if imports is None:
            imports = _imported_words(module)
        if stem(path) in imports:
            found |= {name for name in spoken_of if pieces_getting(module, {name})}
    return frozenset(found)


def pieces_getting(module: Module, names: Set[str]) -> set[int]:
    """The numbers of the pieces in which one of these names (`DocumentResult.gives`) is read, or
    called where it takes a call: a word such as `prompt` mostly is a variable of the file's own."""
    imports = _imported_words(module)
    found: set[int] = set()
    for name in names:
        word = name.removesuffix(CALLED)
        numbers = module.words.pieces(word)
        if word == name or word in imports:
            found.update(numbers)
        else:
            found.update(n for n in numbers if module.words.is_called(word, n))
    return found


def _imported_words(module: Module) -> frozenset[str]:
    """The words of the import statements of a file."""
    found: set[str] = set()
    for statement in _IMPORTS.finditer(module.text):
        found.update(_WORD.findall(statement[0]))
    return frozenset(found)


def crosses_files(hit: Hit) -> bool:
    """Whether the value came from another file than the one it is reported in."""
    here = hit.scope.module
    return any(
        step.module is not here
        for way in (hit, *hit.others)
        if way.origin is not None
        for step in way.origin.trace
    )


def restrict_to_escapes(context: Context) -> None:
    """Removes from a context the sinks and uses that the file's own analysis has matched
    already."""
    context.sinks = [sink for sink in context.sinks if sink.role in ENDS or sink.role in _NAMED]
    context.uses = [use for use in context.uses if ENDS & use.arguments.keys() or use.model.kinds]
