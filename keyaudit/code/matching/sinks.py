"""Sinks: the places of a file where a value plays a role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keyaudit.code import syntax as s
from keyaudit.code.matching.modelled_calls import Use, use_of
from keyaudit.code.matching.object_texts import answered, dumped, shown_keys
from keyaudit.code.matching.session_logins import sent_along
from keyaudit.code.matching.signed_texts import is_only_signed
from keyaudit.code.matching.url_templates import Templates, placed_by_template
from keyaudit.code.provenance.names import bindings_of, dotted_names
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.provenance.text_labels import labels_of_call
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import PASSWORD, reading

# Methods whose result is how an object looks as text, or what pickle keeps of it.
_AS_TEXT = frozenset({"__repr__", "__str__", "__unicode__", "__format__", "__getstate__",
                      "__reduce__", "__reduce_ex__"})  # fmt: skip
_SERIALIZE = frozenset({"serialize"})
_RECORD = frozenset({"record-answer"})
_STATE = frozenset({"state-answer"})
_HTTP = frozenset({"http"})
_LOOKUP = frozenset({"lookup"})
_LOOKS_UP = frozenset({"filter", "filter_by", "where", "and_", "find_one", "get_or_none",
                       "find_one_or_404"})  # fmt: skip
_WRITES_ITSELF = frozenset({"file-write"})
_KEPT = frozenset({"file-content", "serialized"})
_TOLD = frozenset({"log", "output"})
# What an exception is given under another name it keeps, and only shows if it says so: its `args`
# are those given without a name.
_SHOWN = regex(
    r"(?i)msg|message|detail|reason|desc|text|error|info|hint|title|body|content|response"
)
# What a condition is passed to, for a database to decide: `query.filter(Token.value == mac)`.
_QUERIES = frozenset({"filter", "filter_by", "where", "having", "and_", "or_", "not_", "any",
                      "find", "get_or_none", "select_from", "join", "outerjoin",
                      "exclude"})  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Sink:
    """`value` plays `role` in what `name` says; `use` is the call, when it is one, and `holder`
    the object it is assigned to an attribute or item of, when it is not. `opposite` is what it is
    compared with, `label` the name that the place itself gives it: the parameter of a URL; of a
    message it is what its words call the value (`core.secret_names`)."""

    role: str
    value: s.Expr
    scope: Scope
    name: str
    kinds: frozenset[str]
    use: Use | None = None
    place: tuple[int, int] | None = None
    context: tuple[tuple[str, int, str], ...] = ()
    holder: s.Expr | None = None
    opposite: s.Expr | None = None
    label: str = ""

    @property
    def span(self) -> tuple[int, int]:
        """Where to point: the argument, or the name assigned to."""
        return self.place or (self.value.pos, self.value.end)


def sinks_of_use(use: Use) -> Iterator[Sink]:
    """Sinks for the arguments of a modelled call that play a role, and for its receiver."""
    told = use.model.kinds & _TOLD
    said = labels_of_call(use.call, puts_in="log" in told) if told else {}
    into_file = use.model.name == "builtins.print" and _prints_into_file(use)
    for role, arguments in use.arguments.items():
        for _, value in arguments:
            if into_file and role == "output":
                yield Sink("file-content", value, use.scope, use.model.name, _WRITES_ITSELF, use,
                           label=said.get(id(value), ""))  # fmt: skip
                continue
            yield Sink(role, value, use.scope, use.model.name, use.model.kinds, use,
                       label=said.get(id(value), ""))  # fmt: skip
    for value in sent_along(use):
        yield Sink("headers", value, use.scope, use.model.name, use.model.kinds, use,
                   place=(use.call.pos, use.call.func.end))  # fmt: skip
    if isinstance(use.call.func, s.Attr):
        if use.model.kinds == _WRITES_ITSELF and _KEPT.isdisjoint(use.model.parameters.values()):
            # `config.write(file)`: what is written is the object itself.
            yield Sink("file-content", use.call.func.value, use.scope, use.model.name,
                       use.model.kinds, use)  # fmt: skip
        yield Sink("receiver", use.call.func.value, use.scope, use.model.name, use.model.kinds,
                   use)  # fmt: skip


def _prints_into_file(use: Use) -> bool:
    """Whether `print(…, file=file)` writes to a file that was opened here."""
    for arg in use.call.args:
        if arg.name == "file" and isinstance(arg.value, s.Name):
            return any(
                isinstance(binding.value, s.Call) and last_part(binding.value.func) == "open"
                for binding in bindings_of(arg.value, use.scope)
            )
    return False


def cache_sinks(resolver: Resolver, scope: Scope) -> Iterator[Sink]:
    """Sinks for what a function returns when a decorator of the kind `cache` keeps it."""
    for decorator in scope.decorators:
        if scope.parent is None:
            continue
        named = decorator.func if isinstance(decorator, s.Call) else decorator
        for name in dotted_names(resolver, named, scope.parent):
            model = resolver.models.calls.get(name)
            if model is None or "cache" not in model.kinds:
                continue
            # `@cache` without brackets is a call without arguments.
            call = decorator if isinstance(decorator, s.Call) else s.Call(
                decorator.pos, decorator.end, decorator, [], scope.parent)  # fmt: skip
            use = use_of(resolver, call, scope.parent, model)
            for value in scope.returns:
                yield Sink("cached", value, scope, model.name, model.kinds, use)


def sinks_of_scope(scope: Scope, templates: Templates) -> Iterator[Sink]:
    """Sinks without a model: comparisons, raised exceptions, parts of a URL, and what methods
    such as `__repr__` return. `templates` are those of URLs in the file, by name."""
    asked = _queries(scope) if scope.compares else frozenset()
    for compare in scope.compares:
        left = compare.left
        if id(compare) in asked:
            continue
        for operator, right in compare.rest:
            if operator in ("==", "!=") and not (_is_empty(left) or _is_empty(right)):
                for side, opposite in ((left, right), (right, left)):
                    yield Sink("comparison", side, scope, "operator.eq", frozenset(),
                               place=(compare.pos, compare.end), opposite=opposite)  # fmt: skip
            if operator in ("in", "not in") and isinstance(right, s.Seq):
                # One of a few values at hand, which `in` compares one after the other.
                for item in right.items if not isinstance(left, s.Const) else ():
                    if not isinstance(item, s.Const | s.Starred):
                        yield Sink("comparison", left, scope, "operator.eq", frozenset(),
                                   place=(compare.pos, compare.end), opposite=item)  # fmt: skip
            left = right
    if scope.owner is not None and scope.name in _AS_TEXT:
        for value in scope.returns:
            yield Sink("serialized", value, scope, f"`{scope.name}`", _SERIALIZE)
            for part in shown_keys(value, scope):
                yield Sink("serialized", part, scope, f"`{scope.name}`", _SERIALIZE,
                           place=(value.pos, value.end), label="secret_key")  # fmt: skip
    for given in dumped(scope):
        yield Sink("answer", given, scope, f"`{scope.name}`", _STATE)
    for given, label in answered(scope):
        yield Sink("answer", given, scope, f"`{scope.qualname}`", _RECORD, label=label)
    for name, value in (*scope.placed, *placed_by_template(scope, templates)):
        if is_only_signed(value, scope):
            continue
        yield Sink("url", value, scope, "URL", _HTTP, label=name)
    for raised in scope.raises:
        if isinstance(raised, s.Call) and not _is_for_other_types(raised, scope):
            for arg in raised.args:
                if arg.name is not None and not _SHOWN.search(arg.name):
                    continue
                yield Sink("exception", arg.value, scope, "an exception", frozenset(),
                           context=raised.context)  # fmt: skip


def _is_for_other_types(raised: s.Call, scope: Scope) -> bool:
    """Whether an error stands behind tests for the types that are handled: what is of none of
    them is no key and no password."""
    return last_part(raised.func) == "TypeError" and any(
        kind == "if" and part == "else" and _asks_for_type(scope.tests.get(number))
        for kind, number, part in raised.context
    )


def _asks_for_type(test: s.Expr | None) -> bool:
    if isinstance(test, s.BoolOp):
        return _asks_for_type(test.left) or _asks_for_type(test.right)
    return isinstance(test, s.Call) and last_part(test.func) == "isinstance"


def _queries(scope: Scope) -> frozenset[int]:
    """The comparisons, by id, that are conditions of a query and not made here."""
    return frozenset(
        id(part)
        for call in scope.calls
        if last_part(call.func) in _QUERIES
        for arg in call.args
        for part in _conditions(arg.value)
    )


def lookup_sinks(scope: Scope) -> Iterator[Sink]:
    """What a query looks a password up by: `filter(User.password == given)`,
    `filter_by(password=given)`, `find_one({"password": given})`."""
    for call in scope.calls:
        if last_part(call.func) not in _LOOKS_UP:
            continue
        for name, given in _looked_up(call):
            if reading(name) == PASSWORD:
                yield Sink("record", given, scope, f"`{name}`", _LOOKUP,
                           context=call.context)  # fmt: skip


def _looked_up(call: s.Call) -> Iterator[tuple[str, s.Expr]]:
    """The columns that a query asks about, and the values that they are to have."""
    for arg in call.args:
        if arg.name is not None:
            yield arg.name, arg.value
        elif isinstance(arg.value, s.Dict):
            for key, value in arg.value.items:
                if (column := s.literal_text(key)) is not None:
                    yield column, value
        for part in _conditions(arg.value):
            match part:
                case s.Compare(left=s.Attr(name=name, value=s.Name(id=table)),
                               rest=[("==", given)]) if table[:1].isupper():  # fmt: skip
                    yield name, given


def _conditions(expr: s.Expr) -> Iterator[s.Expr]:
    """A condition, and those it joins with `&` and `|`."""
    yield expr
    if isinstance(expr, s.BinOp) and expr.op in "&|":
        yield from _conditions(expr.left)
        yield from _conditions(expr.right)


def _is_empty(side: s.Expr) -> bool:
    """Whether it is None, zero or empty: comparing with that only asks whether there is a value."""
    return isinstance(side, s.Const) and not side.value
