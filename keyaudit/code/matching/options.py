"""Options passed by name to calls without a model: `Client(verify_ssl=False)`, `{"cert_reqs": …}`.

Hundreds of clients take the same few options. Where the name alone says what an option does
(`assignments` with `on: argument`), it plays its role in any call, and as an entry of a dict that
is made to be passed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from keyaudit.catalogue.types import AssignmentSink, Models
from keyaudit.code import syntax as s
from keyaudit.code.matching.assignment_sinks import pieces_beside, pieces_giving
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.provenance.call_targets import Callee, callees, find_method
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Module, Scope
from keyaudit.code.syntax import last_part

_MAX_NESTING = 3
_MAX_ENTRIES = 64
# Of a text of many lines, so many parts are looked at.
_MAX_PARTS = 32
# Texts with places for values: commands, and addresses with a login in them.
_MADE_OF_PARTS = frozenset({"command", "options"})


class OptionSinks:
    """The option sinks that apply to one file, by its words and imports."""

    def __init__(self, models: Models, module: Module) -> None:
        words = module.words.all
        self._by_name: dict[str, list[AssignmentSink]] = {}
        for sink in models.assignments:
            if (
                sink.on == "argument"
                and sink.name in words
                and (not sink.announced_by or not words.isdisjoint(sink.announced_by))
            ):
                self._by_name.setdefault(sink.name, []).append(sink)
        self._texts = [
            (re.compile(sink.name), sink)
            for sink in models.assignments
            if sink.on == "text" and not words.isdisjoint(sink.announced_by)
        ]
        options = [sink for sinks in self._by_name.values() for sink in sinks]
        told = [words & set(sink.announced_by) for _, sink in self._texts]
        alone = frozenset(sink.name for sink in options if not sink.beside)
        self.pieces = pieces_beside(module, options, words)
        self.pieces |= pieces_giving(module, alone, module.words.pieces_with(alone))
        self.pieces.update(module.words.pieces_with(frozenset[str]().union(*told)))

    def of_scope(self, resolver: Resolver, scope: Scope) -> Iterator[Sink]:
        """The option sinks in a scope."""
        yield from self._in_texts(scope)
        if not self._by_name:
            return
        for call in scope.calls:
            for arg in call.args:
                for option in self._by_name.get(arg.name or "", ()):
                    if _is_meant(resolver, call, scope, option):
                        name = f"`{last_part(call.func)}({option.name}=…)`"
                        place = (arg.value.pos, arg.value.end)
                        yield Sink(option.role, arg.value, scope, name, option.kinds, place=place,
                                   context=call.context)  # fmt: skip
        for display, context in _displays(scope):
            yield from self._of_display(display, scope, context)

    def _in_texts(self, scope: Scope) -> Iterator[Sink]:
        """The texts in which an option of a command is written."""
        if not self._texts:
            return
        for expr, context in _given(scope):
            for place, text in _written(expr):
                lines = "\n" in text
                for pattern, option in self._texts:
                    for found in islice(pattern.finditer(text), _MAX_PARTS if lines else 1):
                        # What is put into it, the whole expression says.
                        whole = option.role in _MADE_OF_PARTS
                        value = expr if whole else s.Const(*place, found.group())
                        said = next((w for w in option.imports if w in text), option.imports[0])
                        name = f"`{said}`"
                        where = _line_of(found, place, scope) if lines else place
                        yield Sink(option.role, value, scope, name, option.kinds, place=where,
                                   context=context)  # fmt: skip

    def _of_display(
        self, display: s.Dict, scope: Scope, context: tuple[tuple[str, int, str], ...]
    ) -> Iterator[Sink]:
        for key, value in display.items[:_MAX_ENTRIES]:
            name = key.value if isinstance(key, s.Const) else None
            for option in self._by_name.get(name, ()) if isinstance(name, str) else ():
                if option.called is None:
                    yield Sink(option.role, value, scope, f"`{name}`", option.kinds,
                               place=(value.pos, value.end), context=context)  # fmt: skip


def _line_of(found: re.Match[str], place: tuple[int, int], scope: Scope) -> tuple[int, int]:
    """Where in a text of many lines a part of it stands: its first line, if it is written as it is,
    once; otherwise the whole text."""
    first = found.group().split("\n", 1)[0].strip()
    source = scope.module.text[slice(*place)]
    at = source.find(first) if first else -1
    if at < 0 or source.find(first, at + 1) >= 0:
        return place
    return place[0] + at, place[0] + at + len(first)


def _is_meant(resolver: Resolver, call: s.Call, scope: Scope, option: AssignmentSink) -> bool:
    """Whether an option of a call is looked at here: where the call is of a model or of a
    function in sight that takes it by this name, it is looked at there."""
    if option.called is not None and not re.search(option.called, last_part(call.func)):
        return False
    # What a program's own function is given for a URL, it may hand to a client without a model.
    return not any(
        (callee.model is not None or option.role != "url") and _takes(resolver, callee, option.name)
        for callee in callees(resolver, call, scope, None)
    )


def _takes(resolver: Resolver, callee: Callee, name: str) -> bool:
    if callee.model is not None:
        return name in callee.model.parameters
    function = callee.function
    if callee.cls is not None:
        function = find_method(resolver, callee.cls, "__init__")
    return function is not None and any(param.name == name for param in function.params)


def _given(scope: Scope) -> Iterator[tuple[s.Expr, tuple[tuple[str, int, str], ...]]]:
    """What a scope names, passes or returns, with the blocks around it."""
    for bindings in scope.bindings.values():
        for binding in bindings:
            if binding.kind in ("value", "augment") and binding.value is not None:
                yield binding.value, binding.context
    for call in scope.calls:
        for arg in call.args:
            yield arg.value, call.context
    for value in scope.returns:
        yield value, ()


def _displays(scope: Scope) -> Iterator[tuple[s.Dict, tuple[tuple[str, int, str], ...]]]:
    """The dict displays that a scope names, passes or returns, with the blocks around them."""
    for expr, context in _given(scope):
        yield from _in(expr, context)


def _written(expr: s.Expr, depth: int = 0) -> Iterator[tuple[tuple[int, int], str]]:
    """The texts in an expression, each with its place; the words of a list as one command line."""
    if (text := s.literal_text(expr)) is not None:
        yield (expr.pos, expr.end), text
    elif isinstance(expr, s.Seq | s.Text) or (isinstance(expr, s.BinOp) and expr.op in "+%"):
        if depth > _MAX_NESTING:
            return
        parts = list(_joined(expr) if isinstance(expr, s.BinOp) else s.children(expr))
        words = [part.value if isinstance(part, s.Const) else None for part in parts]
        glue = " " if isinstance(expr, s.Seq) else ""
        yield (expr.pos, expr.end), glue.join(w if isinstance(w, str) else "?" for w in words)
        for part in parts:
            if not isinstance(part, s.Const):
                yield from _written(part, depth + 1)
    elif isinstance(expr, s.Call) and isinstance(expr.func, s.Attr) and expr.func.name == "format":
        yield from _written(expr.func.value, depth + 1)


def _joined(expr: s.BinOp) -> Iterator[s.Expr]:
    """What a text is put together from with `+`, or the text and what `%` puts into it."""
    pending: list[s.Expr] = [expr]
    while pending:
        part = pending.pop()
        if isinstance(part, s.BinOp) and (part is expr or part.op == expr.op == "+"):
            pending += [part.right, part.left]
        else:
            yield part


def _in(
    expr: s.Expr, context: tuple[tuple[str, int, str], ...], depth: int = 0
) -> Iterator[tuple[s.Dict, tuple[tuple[str, int, str], ...]]]:
    if depth > _MAX_NESTING or not isinstance(expr, s.Dict | s.Seq | s.IfExp | s.BoolOp | s.BinOp):
        return
    if isinstance(expr, s.IfExp):
        for part, branch in (("body", expr.body), ("else", expr.orelse)):
            yield from _in(branch, (*context, ("if", expr.number, part)), depth + 1)
        return
    if isinstance(expr, s.Dict):
        yield expr, context
    elif isinstance(expr, s.Seq) and (items := _pairs(expr)):
        yield s.Dict(expr.pos, expr.end, items), context
        return
    for child in s.children(expr):
        yield from _in(child, context, depth + 1)


def _pairs(display: s.Seq) -> list[tuple[s.Expr | None, s.Expr]]:
    """The entries of a list of pairs, `[("secret_key", key)]`; none where it is another list."""
    found: list[tuple[s.Expr | None, s.Expr]] = []
    for item in display.items:
        pair = item.items if isinstance(item, s.Seq) else ()
        if len(pair) != 2 or s.literal_text(pair[0]) is None:
            return []
        found.append((pair[0], pair[1]))
    return found
