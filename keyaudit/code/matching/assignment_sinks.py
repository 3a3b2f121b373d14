"""Sinks by assignment: what is assigned to a name that alone gives a value its role."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator, Set

from keyaudit.catalogue.types import AssignmentSink, Models
from keyaudit.code import syntax as s
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.provenance.call_targets import modelled_bases
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.selection.given_names import is_given
from keyaudit.code.semantics.scopes import Binding, Module, Scope, has_made_constructor
from keyaudit.core.patterns import regex
from keyaudit.core.rule_patterns import compiled

_ON = {"module": "module", "class": "attribute"}
_REFUSED = regex(r"\bif[ \t]+not[ \t]+(\w+)[ \t]*:[ \t]*\n[ \t]*return[ \t]+$")
_NEAR = 200


def _as_part(expression: str) -> str:
    """A regular expression as one of several alternatives: its flag, if any, stays its own."""
    if expression.startswith("(?i)"):
        return f"(?i:{expression[4:]})"
    return f"(?:{expression})"


def pieces_beside(module: Module, sinks: Iterable[AssignmentSink], words: Set[str]) -> set[int]:
    """The numbers of the pieces that give one of the sinks (`name`) a value, together with one of
    the words it must stand beside (`beside`); `words` are those of the file."""
    found: set[int] = set()
    for sink in sinks:
        if sink.beside and not words.isdisjoint(sink.beside):
            named = frozenset(filter(compiled(sink.name).fullmatch, words))
            near = {
                number
                for number in module.words.pieces_with(named)
                if not module.words.of(number).isdisjoint(sink.beside)
            }
            found |= near if sink.on == "return" else pieces_giving(module, named, near)
    return found


def pieces_giving(module: Module, names: frozenset[str], numbers: Iterable[int]) -> set[int]:
    """Of the pieces with these numbers those in which one of the names is given a value."""
    return {
        number
        for number in numbers
        if is_given(module.text, module.pieces[number], names & module.words.of(number))
    }


def _going_by(sinks: Iterable[AssignmentSink], words: Set[str]) -> frozenset[str]:
    """The words that are the name of one of these sinks."""
    any_name = re.compile("|".join(_as_part(sink.name) for sink in sinks) or r"(?!)")
    return frozenset(filter(any_name.fullmatch, words))


class AssignmentSinks:
    """The assignment sinks that apply to one file, by its imports and its path. `also` are words
    that count as if they stood in the file: those another file imports in its place."""

    def __init__(self, models: Models, module: Module, also: frozenset[str] = frozenset()) -> None:
        words = module.words.all | also
        self._active = [
            (re.compile(sink.name), sink)
            for sink in models.assignments
            if sink.on not in ("argument", "text")
            and (not sink.announced_by or not words.isdisjoint(sink.announced_by))
            and (not sink.paths or any(fnmatch.fnmatch(module.path, p) for p in sink.paths))
        ]
        alone = [sink for _, sink in self._active if not sink.beside]
        self.words = _going_by(alone, words)
        self.pieces = pieces_beside(module, (sink for _, sink in self._active), words)
        self.pieces |= pieces_giving(module, self.words, module.words.pieces_with(self.words))
        makers = _going_by([sink for sink in alone if sink.on == "return"], words)
        self.pieces.update(module.words.pieces_with(makers))

    def of_scope(self, resolver: Resolver, scope: Scope) -> Iterator[Sink]:
        """The assignments and returns of a scope that are sinks by their name."""
        if not self.words and not self.pieces:
            return
        if scope.kind == "function" and scope.returns:
            for pattern, sink in self._active:
                if sink.on == "return" and pattern.fullmatch(scope.name):
                    for value in scope.returns:
                        if _is_refused(scope, value):
                            continue
                        yield Sink(sink.role, value, scope, f"`{scope.name}`", sink.kinds)
        yield from self._fields(scope)
        for path, bindings in scope.bindings.items():
            last, on = _last(path, scope)
            for pattern, sink in self._active:
                if pattern.fullmatch(last) and (sink.on in (on, "name") or on == "any"):
                    yield from self._assigned(resolver, scope, sink, last, bindings)

    def _fields(self, scope: Scope) -> Iterator[Sink]:
        """The defaults of fields, which the constructor made from them has as its parameters."""
        cls = scope.owner
        fields = [(pattern, sink) for pattern, sink in self._active if sink.on == "field"]
        if not fields or cls is None or cls.parent is None or not has_made_constructor(cls):
            return
        for param in scope.params[1:] if scope.name == "__init__" else ():
            for pattern, sink in fields:
                if param.default is not None and pattern.fullmatch(param.name):
                    yield Sink(sink.role, param.default, cls.parent, f"`{param.name}`", sink.kinds,
                               place=(param.pos, param.end))  # fmt: skip

    def _assigned(
        self, resolver: Resolver, scope: Scope, sink: AssignmentSink, last: str,
        bindings: list[Binding],
    ) -> Iterator[Sink]:  # fmt: skip
        for binding in bindings:
            value = _given_by(binding)
            if value is None:
                continue
            if sink.holder is not None and not re.search(sink.holder, _held_by(binding)):
                continue
            if sink.of is None or _typed(resolver, binding, sink):
                place = (binding.pos, binding.end)
                yield Sink(sink.role, value, scope, f"`{last}`", sink.kinds, place=place,
                           holder=_holder(binding), context=binding.context)  # fmt: skip


def _is_refused(scope: Scope, value: s.Expr) -> bool:
    """Whether a value is returned where a flag that came with it says that it is none:
    `done, key = fetch()`, and then `if not done: return key`."""
    before = scope.module.text[max(0, value.pos - _NEAR) : value.pos]
    refused = _REFUSED.search(before)
    return refused is not None and any(
        binding.kind == "unpack" for binding in scope.bindings.get(refused[1], ())
    )


def _given_by(binding: Binding) -> s.Expr | None:
    """What an assignment gives its name: of `name += value` all that it holds then."""
    if binding.kind == "augment" and binding.value is not None and binding.name.isidentifier():
        return s.Name(binding.pos, binding.end, binding.name, (binding,), binding.scope)
    return binding.assigned


def _held_by(binding: Binding) -> str:
    """What the attribute or item is one of, as it is written: `self.session` of
    `self.session.verify`."""
    return re.split(r"\.\w+$|\[[^\]]*\]$", binding.name)[0]


def _last(path: str, scope: Scope) -> tuple[str, str]:
    """The last part of an assigned path, and what it is: module, attribute, item or name."""
    if path.endswith("]"):
        return path[path.rfind("[") + 1 : -1].strip("'\""), "item"
    if "." in path:
        return path.rsplit(".", 1)[1], "attribute"
    return path, _ON.get(scope.kind, "name")


def _typed(resolver: Resolver, binding: Binding, sink: AssignmentSink) -> bool:
    """Whether the object whose attribute or item is assigned is of the sink's type.

    What a class sets in its body is an attribute of it and of its bases.
    """
    if binding.scope.kind == "class" and "." not in binding.name:
        return sink.of in modelled_bases(resolver, binding.scope)
    holder = _holder(binding)
    return holder is not None and any(
        o.type == sink.of for o in resolver.origins(holder, binding.scope, None)
    )


def _holder(binding: Binding) -> s.Expr | None:
    """The object whose attribute or item is assigned: `self.context` for `self.context.mode`."""
    base, *others = re.split(r"\.|(?=\[)", binding.name)[:-1] or [""]
    if not base.isidentifier():
        return None
    name = s.Name(binding.pos, binding.end, base, None, binding.scope)
    held = [b for b in binding.scope.bindings.get(base, ()) if b.pos < binding.pos]
    if held:
        name.reach = tuple(held[-1:])
    holder: s.Expr = name
    for part in others:
        if not part.isidentifier():
            return name
        holder = s.Attr(binding.pos, binding.end, holder, part)
    return holder
